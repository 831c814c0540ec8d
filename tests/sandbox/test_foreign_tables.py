"""Tables of a foreign copy: every row of every file comes back, or the file's error, whatever the files beside it do."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commons.errors import SchemaError
from commons.layout import Kind
from commons.records import shards
from commons.records.schema import SCHEMAS, Link, Question, Record, Row
from commons.sandbox import foreign_tables
from tests.gate import test_bombs as bombs

LINK = Link("kr1a", "skos:related", "kr1b", "MIT", "ed25519:a", "kc1a")
QUESTION = Question("When?", "en", ("kr1a", "kr1b"), "MIT")


@pytest.fixture
def records(make_record: Any) -> list[Record]:
    return [make_record(f"Record {number} – 日本語 \u2028.") for number in range(1500)]


def outcomes(files: dict[str, tuple[Kind, Path]]) -> dict[str, list[Row] | str]:
    """By file, all its rows or the code of what ended it."""
    by_name: dict[str, Any] = {}
    for name, batch in foreign_tables.read_rows(files):
        if isinstance(batch, SchemaError):
            by_name[name] = batch.code
        else:
            by_name.setdefault(name, []).extend(batch)
    return by_name


def stored(folder: Path, **contents: bytes) -> dict[str, tuple[Kind, Path]]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: (Kind.RECORD, folder / name) for name in contents}


def test_rows_of_every_kind_come_back_as_they_were(tmp_path: Path, records: list[Record]) -> None:
    rows: dict[str, tuple[Kind, list[Any]]] = {
        "records": (Kind.RECORD, records),
        "links": (Kind.LINK, [LINK]),
        "questions": (Kind.QUESTION, [QUESTION, replace(QUESTION, relevant=())]),
        "nothing": (Kind.RECORD, []),
    }
    files = {}
    for name, (kind, content) in rows.items():
        (tmp_path / name).write_bytes(shards.write(kind, content))
        files[name] = (kind, tmp_path / name)
    assert outcomes(files) == {name: content for name, (_, content) in rows.items()}
    assert list(outcomes(files)) == list(files)


def test_openings_come_back_as_they_were_and_erased_ones_too(tmp_path: Path) -> None:
    rows = [
        {"commitment": os.urandom(32), "id": "kr1a", "salt": os.urandom(16)},
        {"commitment": os.urandom(32), "id": None, "salt": None},
    ]
    half_erased = [{"commitment": os.urandom(32), "id": "kr1a", "salt": None}]
    (tmp_path / "good").write_bytes(shards.write_openings(rows))
    (tmp_path / "bad").write_bytes(shards.write_openings(half_erased))
    good, bad = foreign_tables.read_openings({"good": tmp_path / "good", "bad": tmp_path / "bad"})
    assert good == ("good", rows)
    assert isinstance(bad[1], SchemaError)
    assert bad[1].code == "openings-malformed"


def test_row_groups_are_read_one_after_the_other(tmp_path: Path, records: list[Record]) -> None:
    sink = io.BytesIO()
    table = pq.read_table(io.BytesIO(shards.write(Kind.RECORD, records)))
    pq.write_table(table, sink, row_group_size=700, store_schema=False)
    assert outcomes(stored(tmp_path, a=sink.getvalue())) == {"a": records}


def test_each_file_has_an_outcome_of_its_own(tmp_path: Path, records: list[Record]) -> None:
    good = shards.write(Kind.RECORD, records[:3])
    no_text = pa.Table.from_pylist([{"text": None, "topic": [], "sources": []}], schema=SCHEMAS[Kind.RECORD])
    files = stored(
        tmp_path,
        a=good,
        cut=good[: len(good) // 2],
        empty=b"",
        csv=b"id,text\n1,2\n",
        links=shards.write(Kind.LINK, [LINK]),
        nulls=shards.to_parquet(no_text),
        b=good,
    )
    files |= {
        "missing": (Kind.RECORD, tmp_path / "missing"),
        "folder": (Kind.RECORD, tmp_path),
        "c": files["a"],
    }
    assert outcomes(files) == {
        "a": records[:3],
        "cut": "unreadable-shard",
        "empty": "unreadable-shard",
        "csv": "unreadable-shard",
        "links": "column-missing",
        "nulls": "value-missing",
        "b": records[:3],
        "missing": "unreadable-shard",
        "folder": "unreadable-shard",
        "c": records[:3],
    }


# Nobody bounds the row groups of a whole copy as those of one contribution, and what lies about itself comes below.
BOMBS = sorted({*bombs.BOMBS} - {"row_groups", "zeros_that_lie"})


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_the_file_behind_it_is_read(
    name: str, tmp_path: Path, records: list[Record]
) -> None:
    good = shards.write(Kind.RECORD, records[:3])
    read = outcomes(stored(tmp_path, a=good, bomb=bombs.BOMBS[name][0](), b=good))
    assert (read["a"], read["b"]) == (records[:3], records[:3])
    assert isinstance(read["bomb"], str)


def test_a_file_that_kills_its_child_is_named_and_the_next_is_read(
    tmp_path: Path, records: list[Record]
) -> None:
    """Its footer says that little comes out of what is half a gigabyte, so it goes as far as the memory does."""
    good = shards.write(Kind.RECORD, records[:3])
    read = outcomes(stored(tmp_path, a=good, bomb=bombs.zeros_that_lie(), b=good))
    assert read == {"a": records[:3], "bomb": read["bomb"], "b": records[:3]}
    assert read["bomb"] in ("limit-exceeded", "check-limit", "unreadable-shard")


def test_more_files_than_one_child_takes_are_read_in_order(
    tmp_path: Path, records: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_tables, "_FILES_A_CHILD", 3)
    contents = {f"f{number}": shards.write(Kind.RECORD, records[number : number + 2]) for number in range(8)}
    read = outcomes(stored(tmp_path, **contents))
    assert list(read.items()) == [(f"f{number}", records[number : number + 2]) for number in range(8)]


@pytest.mark.parametrize(
    "message",
    [1, {}, {"file": 5}, {"file": 0.5}, {"batch": {"id": [1]}}, {"refused": {}}, {"batch": 1}],
)
def test_what_no_child_of_ours_sends_is_an_error_and_not_a_row(
    message: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = stored(tmp_path, a=b"")
    monkeypatch.setattr(foreign_tables, "_messages", lambda _: iter([{"file": 0}, message]))
    assert outcomes(files) == {"a": "check-limit"}
