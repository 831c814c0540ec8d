"""Arrow IPC: files and streams are read alike, column by column, within the bounds of Parquet."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.foreign_files import filled, read

from commons.errors import InputError

KINDS = {"file": pa.ipc.new_file, "stream": pa.ipc.new_stream}


def arrow(table: pa.Table | dict[str, Any], kind: str = "file", **settings: Any) -> bytes:
    table = table if isinstance(table, pa.Table) else pa.table(table)
    sink = io.BytesIO()
    with KINDS[kind](sink, table.schema, options=pa.ipc.IpcWriteOptions(**settings)) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue()


TABLE = {"title": ["A", "B", "C"], "text": ["ä", None, "c"], "topic": [["x"], [], None], "n": [1, 2, 3]}
ROWS = [
    {"title": "A", "text": "ä", "topic": ["x"], "n": 1},
    {"title": "B", "topic": [], "n": 2},
    {"title": "C", "text": "c", "n": 3},
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".ipc"])
def test_files_and_streams_are_read_alike(
    kind: str, compression: str | None, suffix: str, tmp_path: Path
) -> None:
    shape, rows = read(tmp_path, f"a{suffix}", arrow(TABLE, kind, compression=compression))
    assert [filled(row) for row in rows] == ROWS
    assert (shape.columns, shape.read_as) == (tuple(TABLE), f"Arrow {kind}")


@pytest.mark.parametrize("kind", KINDS)
def test_only_needed_columns_are_decoded(kind: str, tmp_path: Path) -> None:
    other = {"when": pa.array([2**62] * 3, pa.timestamp("us"))}
    shape, rows = read(tmp_path, "a.arrow", arrow({**TABLE, **other}, kind), wanted=("n",))
    assert [filled(row) for row in rows] == ROWS
    assert "when" in shape.columns


@pytest.mark.parametrize("kind", KINDS)
def test_where_nothing_of_a_file_is_needed_its_rows_are_empty_and_counted(kind: str, tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.arrow", arrow({"a": [1, 2, 3]}, kind), wanted=())
    assert [filled(row) for row in rows] == [{}, {}, {}]


def test_names_of_classes_stand_in_place_of_their_numbers(tmp_path: Path) -> None:
    features = {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}}
    table = pa.table({"text": ["a", "b"], "label": [1, 0]}).replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": features}})}
    )
    _, rows = read(tmp_path, "a.arrow", arrow(table, "stream"))
    assert [filled(row)["label"] for row in rows] == ["yes", "no"]


def test_values_of_every_kind_of_array_are_read(tmp_path: Path) -> None:
    columns = {
        "text": pa.array(["x", "a text of more than twelve bytes"], pa.string_view()),
        "coded": pa.array(["x", "x"]).dictionary_encode(),
        "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), ["v"]),
        "dates": pa.array([0, 1], pa.date32()).dictionary_encode(),
        "views": pa.array([[1], [2, 3]], pa.list_view(pa.int64())),
    }
    _, rows = read(tmp_path, "a.arrow", arrow(columns))
    assert [filled(row) for row in rows] == [
        {"text": "x", "coded": "x", "runs": "v", "dates": "1970-01-01", "views": [1]},
        {
            "text": "a text of more than twelve bytes",
            "coded": "x",
            "runs": "v",
            "dates": "1970-01-02",
            "views": [2, 3],
        },
    ]


GOOD = arrow({"text": [f"row {n}" for n in range(1000)]})
REFUSED = {
    "nothing": (b"", "file-damaged"),
    "bytes without a meaning": (bytes(range(256)), "file-damaged"),
    "cut": (GOOD[:-100], "file-damaged"),
    "without its middle": (GOOD[:2000] + b"\xff" * 4000 + GOOD[6000:], "file-damaged"),
    "no rows": (arrow({"text": pa.array([], pa.string())}), "file-empty"),
    "Feather of version 1": (b"FEA1" + b"\0" * 40 + b"FEA1", "file-format"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_an_error_with_its_code(name: str, tmp_path: Path) -> None:
    data, code = REFUSED[name]
    with pytest.raises(InputError, match=r"a\.arrow") as caught:
        read(tmp_path, "a.arrow", data)
    assert caught.value.code == code


def test_a_file_that_repeats_a_large_value_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), ["x" * 64_000])
    table = pa.table({"text": values})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    with pytest.raises(InputError, match="unfolded") as caught:
        read(tmp_path, "a.arrow", sink.getvalue())
    assert caught.value.code == "limit-exceeded"


def test_runs_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    """A million characters a hundred million times, in a kilobyte."""
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([100_000_000], pa.int32()), ["x" * 1_000_000])
    table = pa.table({"text": runs})
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(InputError) as caught:
        read(tmp_path, "a.arrow", sink.getvalue())
    assert caught.value.code in ("limit-exceeded", "check-limit")
