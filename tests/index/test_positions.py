"""The positions table: which record stands where, who brought it and when it landed, as far as the log knows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.commons_on_disk import record

from commons import layout
from commons.errors import IndexArtifactError, SchemaError
from commons.index import positions
from commons.index.positions import LogPlaces
from commons.layout import Kind
from commons.ledger.landings import Acceptance
from commons.records import shards
from commons.records.schema import SCHEMAS

FIRST, SECOND = "kc1" + "a" * 52, "kc1" + "b" * 52
TIME = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
NOTHING = LogPlaces({}, Path())


def records(*contributions: str) -> pa.Table:
    rows = [
        record(f"text {number}", contribution=name, topic=("science", "arts"))
        for number, name in enumerate(contributions)
    ]
    return shards.read_table(shards.write(Kind.RECORD, rows), SCHEMAS[Kind.RECORD], columns=positions.COLUMNS)


def table(version: int = 2, folder: Path = Path()) -> pa.Table:
    members = [(0, "notes", records(FIRST, SECOND)), (3, "more", records(FIRST))]
    return positions.table_of(members, LogPlaces({FIRST: Acceptance(TIME, 3)}, folder), version=version)


def test_every_record_has_its_place_its_contributor_and_the_time_of_its_landing() -> None:
    rows = table().to_pylist()
    assert [(row["shard"], row["row"], row["collection"]) for row in rows] == [
        (0, 0, "notes"),
        (0, 1, "notes"),
        (3, 0, "more"),
    ]
    assert [row["landed"] for row in rows] == [TIME, None, TIME]
    assert [row["contribution"] for row in rows] == [FIRST, SECOND, FIRST]
    assert {row["contributor"] for row in rows} == {"kk1" + "a" * 52}
    assert rows[0]["topic"] == ["science", "arts"]


def test_the_first_version_knew_neither_contributor_nor_time() -> None:
    assert table(version=1).column_names == ["id", "shard", "row", "collection", "license", "lang", "topic"]


def test_a_record_has_the_leaf_of_its_contribution_and_its_place_in_the_openings(tmp_path: Path) -> None:
    """Whatever has become of its row since; what was erased before it counts all the same."""
    members = [records(FIRST, SECOND), records(FIRST)]
    erased = {"commitment": bytes(32), "id": None, "salt": None}
    ids = ["kl1", members[1]["id"][0].as_py(), members[0]["id"][0].as_py()]
    opened = [erased, *({"commitment": bytes(32), "id": name, "salt": bytes(16)} for name in ids)]
    path = tmp_path / layout.openings_path(FIRST)
    path.parent.mkdir(parents=True)
    path.write_bytes(shards.write_openings(opened))
    made = table(positions.VERSION, tmp_path)
    assert made["log_index"].to_pylist() == [3, None, 3]
    assert made["ordinal"].to_pylist()[1] is None
    assert [ids[place - 1] for place in made["ordinal"].to_pylist()[::2]] == made["id"].to_pylist()[::2]
    assert table(positions.VERSION)["ordinal"].null_count == 3, "where there are no openings"


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_without_records_it_is_empty_and_of_the_same_shape(version: int) -> None:
    assert positions.table_of([], NOTHING, version=version).schema == positions.SCHEMAS[version]


def written(folder: Path, made: pa.Table) -> Path:
    path = folder / "x.parquet"
    path.write_bytes(shards.to_parquet(made))
    return path


def read(path: Path, **changes: Any) -> pa.Table:
    expectations: dict[str, Any] = {"rows": 3, "shards_count": 4, "version": 2, "name": "x", **changes}
    return positions.read(path, **expectations)


def test_it_is_read_back_as_it_was(tmp_path: Path) -> None:
    for version in positions.SCHEMAS:
        path = written(tmp_path, table(version))
        assert read(path, version=version).equals(table(version))
    assert (
        read(written(tmp_path, positions.table_of([], NOTHING, version=2)), rows=0, shards_count=0).num_rows
        == 0
    )


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
