"""The positions table: which record stands where, who brought it and when it landed, as far as the log knows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.commons_on_disk import record

from commons.errors import IndexArtifactError, SchemaError
from commons.index import positions
from commons.layout import Kind
from commons.records import shards
from commons.records.schema import SCHEMAS

FIRST, SECOND = "kc1" + "a" * 52, "kc1" + "b" * 52
LANDED = {FIRST: datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)}


def records(*contributions: str) -> pa.Table:
    rows = [
        record(f"text {number}", contribution=name, topic=("science", "arts"))
        for number, name in enumerate(contributions)
    ]
    return shards.read_table(shards.write(Kind.RECORD, rows), SCHEMAS[Kind.RECORD], columns=positions.COLUMNS)


def table(version: int = 2) -> pa.Table:
    members = [(0, "notes", records(FIRST, SECOND)), (3, "more", records(FIRST))]
    return positions.table_of(members, LANDED, version=version)


def test_every_record_has_its_place_its_contributor_and_the_time_of_its_landing() -> None:
    rows = table().to_pylist()
    assert [(row["shard"], row["row"], row["collection"]) for row in rows] == [
        (0, 0, "notes"),
        (0, 1, "notes"),
        (3, 0, "more"),
    ]
    assert [row["landed"] for row in rows] == [LANDED[FIRST], None, LANDED[FIRST]]
    assert [row["contribution"] for row in rows] == [FIRST, SECOND, FIRST]
    assert {row["contributor"] for row in rows} == {"kk1" + "a" * 52}
    assert rows[0]["topic"] == ["science", "arts"]


def test_the_first_version_knew_neither_contributor_nor_time() -> None:
    assert table(version=1).column_names == ["id", "shard", "row", "collection", "license", "lang", "topic"]


@pytest.mark.parametrize("version", [1, 2])
def test_without_records_it_is_empty_and_of_the_same_shape(version: int) -> None:
    assert positions.table_of([], {}, version=version).schema == positions.SCHEMAS[version]


def written(folder: Path, made: pa.Table) -> Path:
    path = folder / "x.parquet"
    path.write_bytes(shards.to_parquet(made))
    return path


def read(path: Path, **changes: Any) -> pa.Table:
    expectations: dict[str, Any] = {"rows": 3, "shards_count": 4, "version": 2, "name": "x", **changes}
    return positions.read(path, **expectations)


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    for version in (1, 2):
        path = written(tmp_path, table(version))
        assert read(path, version=version).equals(table(version))
    assert read(written(tmp_path, positions.table_of([], {})), rows=0, shards_count=0).num_rows == 0


@pytest.mark.parametrize(
    "changes", [{"rows": 2}, {"rows": 4}, {"rows": 0}, {"shards_count": 3}, {"shards_count": 0}]
)
def test_places_that_are_not_there_are_refused(changes: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(IndexArtifactError) as caught:
        read(written(tmp_path, table()), **changes)
    assert caught.value.code == "index-shape"


@pytest.mark.parametrize(("column", "value"), [("shard", None), ("shard", -1), ("id", None)])
def test_a_place_or_record_that_is_nothing_is_refused(column: str, value: Any, tmp_path: Path) -> None:
    made = table()
    field = made.schema.field(column)
    values = [*made[column].to_pylist()[:2], value]
    spoiled = made.set_column(made.schema.get_field_index(column), field, pa.array(values, field.type))
    with pytest.raises(IndexArtifactError) as caught:
        read(written(tmp_path, spoiled))
    assert caught.value.code == "index-shape"


def test_a_table_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        read(written(tmp_path, table(version=1)))
    with pytest.raises(SchemaError):
        read(written(tmp_path, table()), version=1)
