"""Parquet of strangers: what nothing needs is not looked at, what is needed and cannot be decoded is named with its reason."""

from __future__ import annotations

import io
import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.foreign_files import filled, read

from commons.errors import InputError
from commons.intake.raw_rows import UnreadableRow

GATE_VECTORS = Path(__file__).parents[2] / "gate" / "vectors"
TEXT = "The moon orbits the Earth about every twenty-seven days."


def parquet(table: pa.Table | dict[str, Any], **settings: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink, **settings)
    return sink.getvalue()


def table_of(columns: list[tuple[str, pa.Array]]) -> pa.Table:
    return pa.Table.from_arrays([values for _, values in columns], [name for name, _ in columns])


def damaged(column: str) -> bytes:
    """A file whose page of this column was overwritten; the others are sound."""
    data = parquet(
        {"text": [TEXT], "note": ["a note"]}, compression="none", use_dictionary=False, write_statistics=False
    )
    chunk = pq.read_metadata(io.BytesIO(data)).row_group(0).column(["text", "note"].index(column))
    start = chunk.data_page_offset
    return data[:start] + b"\xff" * chunk.total_compressed_size + data[start + chunk.total_compressed_size :]


# Columns that nobody needs, whatever they hold
EXOTIC: dict[str, pa.Table] = {
    "dates beyond year 9999": pa.table({"text": [TEXT], "when": pa.array([2**62], pa.timestamp("us"))}),
    "a decimal of 76 digits": pa.table({"text": [TEXT], "n": pa.array([10**60], pa.decimal256(76, 0))}),
    "integers of 128 bits": pa.table({"text": [TEXT], "n": pa.array([b"\xff" * 16], pa.binary(16))}),
    "a column twice": table_of([("n", pa.array([1])), ("text", pa.array([TEXT])), ("n", pa.array([2]))]),
    "a column without a name": table_of([("text", pa.array([TEXT])), ("", pa.array([1]))]),
    "maps of maps": pa.table(
        {
            "text": [TEXT],
            "m": pa.array([[("a", [("b", 1)])]], pa.map_(pa.string(), pa.map_(pa.string(), pa.int64()))),
        }
    ),
    "points in a name": table_of([("text", pa.array([TEXT])), ("a.b", pa.array([1])), ("a", pa.array([2]))]),
}


@pytest.mark.parametrize("name", EXOTIC)
def test_a_column_that_nobody_needs_does_not_matter(name: str, tmp_path: Path) -> None:
    shape, rows = read(tmp_path, "a.parquet", parquet(EXOTIC[name]), wanted=())
    assert shape.columns == tuple(EXOTIC[name].schema.names)
    assert [filled(row) for row in rows] == [{"text": TEXT}]


@pytest.mark.parametrize("name", EXOTIC)
def test_where_all_is_wanted_each_column_is_decoded_or_said_to_be_left_out(name: str, tmp_path: Path) -> None:
    shape, (row,) = read(tmp_path, "a.parquet", parquet(EXOTIC[name]))
    assert filled(row)["text"] == TEXT
    assert set(filled(row)) == set(shape.columns) or "without" in shape.read_as
    assert "encrypted" not in shape.read_as


def test_a_damaged_column_that_nobody_needs_does_not_matter(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.parquet", damaged("note"), wanted=())
    assert [filled(row) for row in rows] == [{"text": TEXT}]


def test_a_damaged_column_is_said_to_be_left_out_where_all_are_wanted(tmp_path: Path) -> None:
    shape, rows = read(tmp_path, "a.parquet", damaged("note"))
    assert "without 'note', which cannot be decoded" in shape.read_as
    assert [filled(row) for row in rows] == [{"text": TEXT}]


@pytest.mark.parametrize(("column", "wanted"), [("text", ()), ("note", ("note",))])
def test_a_needed_column_that_is_damaged_is_named_with_the_reason(
    column: str, wanted: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=rf"(?s)its column '{column}' is damaged[^:]*: .*thrift") as caught:
        read(tmp_path, "a.parquet", damaged(column), wanted=wanted)
    assert caught.value.code == "file-damaged"


@pytest.mark.parametrize("wanted", [(), ("text", "note")])
def test_a_needed_column_that_stands_there_twice_is_an_error(wanted: tuple[str, ...], tmp_path: Path) -> None:
    column = wanted[-1] if wanted else "text"
    table = table_of([(column, pa.array(["x"])), (column, pa.array(["y"]))])
    with pytest.raises(InputError, match=f"'{column}' twice") as caught:
        read(tmp_path, "a.parquet", parquet(table), wanted=wanted)
    assert caught.value.code == "file-format"


def test_a_path_needs_the_column_it_begins_with(tmp_path: Path) -> None:
    columns = {"qa": [{"answer": TEXT, "n": 1}], "other": ["x"]}
    _, (row,) = read(tmp_path, "a.parquet", parquet(columns), wanted=("qa.answer",))
    assert filled(row) == {"qa": {"answer": TEXT, "n": 1}}


@pytest.mark.parametrize("name", [" Text", "TEXT", "Source_URL", "source url"])
def test_a_column_that_bears_the_name_of_a_field_is_needed_however_it_is_written(
    name: str, tmp_path: Path
) -> None:
    _, (row,) = read(tmp_path, "a.parquet", parquet({name: ["x"], "other": ["y"]}), wanted=())
    assert filled(row) == {name: "x"}


def test_where_nothing_of_a_file_is_needed_its_rows_are_empty_and_counted(tmp_path: Path) -> None:
    shape, rows = read(tmp_path, "a.parquet", parquet({"a": [1, 2, 3]}), wanted=())
    assert shape.columns == ("a",)
    assert [filled(row) for row in rows] == [{}, {}, {}]


def test_encrypted_columns_do_not_matter_unless_they_are_needed(tmp_path: Path) -> None:
    data = (GATE_VECTORS / "encrypted" / "columns_plaintext_footer.parquet").read_bytes()
    shape, rows = read(tmp_path, "a.parquet", data, wanted=("int32_field",))
    assert shape.read_as == "Parquet, of which some columns are encrypted"
    assert len(rows) == 50
    assert filled(rows[3]) == {"int32_field": "00:00:00.003"}
    with pytest.raises(InputError, match="has encrypted columns") as caught:
        read(tmp_path, "a.parquet", data, wanted=("float_field",))
    assert "Map only columns that are not encrypted" in caught.value.hint


@pytest.mark.parametrize("encoding", ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "PLAIN"])
def test_texts_are_read_in_every_encoding_that_writers_use(encoding: str, tmp_path: Path) -> None:
    data = parquet(
        {"text": [TEXT, None, "ä"], "topic": [["a"], [], None]},
        use_dictionary=False,
        column_encoding={"text": encoding, "topic.list.element": encoding},
        data_page_version="2.0",
    )
    _, rows = read(tmp_path, "a.parquet", data)
    assert [filled(row) for row in rows] == [{"text": TEXT, "topic": ["a"]}, {"topic": []}, {"text": "ä"}]


def test_a_text_of_a_shared_beginning_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    """Delta encoding writes what each value shares with the one before as a number: 200 GB in some kilobytes."""
    values = pa.array(["x" * 1_000_000] * 300)
    data = parquet(
        {"text": values},
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
        compression="zstd",
        write_statistics=False,
    )
    assert len(data) < 1_000_000
    with pytest.raises(InputError) as caught:
        read(tmp_path, "a.parquet", data)
    assert caught.value.code == "limit-exceeded"


def test_dictionaries_and_categories_give_their_values(tmp_path: Path) -> None:
    columns = {"text": pa.array(["a", "b", "a", None]).dictionary_encode()}
    _, rows = read(tmp_path, "a.parquet", parquet(columns))
    assert [filled(row).get("text") for row in rows] == ["a", "b", "a", None]


def test_a_uuid_is_written_as_everybody_writes_one(tmp_path: Path) -> None:
    value = uuid.UUID("bc3a12c0-1b44-47d3-9d6b-bd963dc2a58e")
    column = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([value.bytes, None], pa.binary(16)))
    _, rows = read(tmp_path, "a.parquet", parquet({"id": column, "text": ["x", "y"]}))
    assert [filled(row).get("id") for row in rows] == [str(value), None]


FEATURES = {
    "label": {"names": ["no", "yes"], "_type": "ClassLabel"},
    "tags": {"feature": {"names": ["x", "y"], "_type": "ClassLabel"}, "_type": "List"},
    "old": [{"names": ["x", "y"], "_type": "ClassLabel"}],
    "qa": {
        "kind": {"names": ["m", "n"], "_type": "ClassLabel"},
        "text": {"dtype": "string", "_type": "Value"},
    },
    "turns": {"feature": {"who": {"names": ["bot", "user"], "_type": "ClassLabel"}}, "_type": "List"},
    "text": {"dtype": "string", "_type": "Value"},
}
LABELLED = {
    "label": [1, -1, None, 7],
    "tags": [[0, 1], [], None, [1]],
    "old": [[1], [], None, [0]],
    "qa": [{"kind": 1, "text": "q"}, {"kind": 0, "text": "r"}, None, {"kind": None, "text": "s"}],
    "turns": [[{"who": 1}, {"who": 0}], [], None, []],
    "text": ["a", "b", "c", "d"],
}


def labelled(features: Any) -> pa.Table:
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    return pa.table(LABELLED).replace_schema_metadata(metadata)


def test_numbers_of_classes_become_the_names_that_the_datasets_library_wrote(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.parquet", parquet(labelled(FEATURES)))
    assert [filled(row) for row in rows] == [
        {
            "label": "yes",
            "tags": ["x", "y"],
            "old": ["y"],
            "qa": {"kind": "n", "text": "q"},
            "turns": [{"who": "user"}, {"who": "bot"}],
            "text": "a",
        },
        {"tags": [], "old": [], "qa": {"kind": "m", "text": "r"}, "turns": [], "text": "b"},
        {"text": "c"},
        {
            "label": 7,
            "tags": ["y"],
            "old": ["x"],
            "qa": {"kind": None, "text": "s"},
            "turns": [],
            "text": "d",
        },
    ]


@pytest.mark.parametrize("features", [None, [], {"label": None}, {"label": {"_type": "ClassLabel"}}, "x"])
def test_what_the_metadata_of_a_schema_says_wrongly_does_not_matter(features: Any, tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.parquet", parquet(labelled(features)), wanted=("label",))
    assert filled(rows[0]) == {"label": 1, "text": "a"}


def test_a_text_that_is_not_utf_8_makes_one_row_unreadable(tmp_path: Path) -> None:
    texts = pa.array([b"one", b"caf\xe9", b"three"]).cast(pa.string(), safe=False)
    _, rows = read(tmp_path, "a.parquet", parquet({"text": texts, "id": ["1", "2", "3"]}))
    assert [row.number for row in rows] == [1, 2, 3]
    assert isinstance(rows[1], UnreadableRow)
    assert json.loads(rows[1].text) == {"text": "caf\\xe9", "id": "2"}
    assert filled(rows[2]) == {"text": "three", "id": "3"}


def test_no_more_rows_are_read_than_are_asked_for(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.parquet", parquet({"text": ["x"] * 5000}), head=3)
    assert len(rows) == 3


def test_a_file_without_rows_says_that_it_is_parquet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no rows") as caught:
        read(tmp_path, "a.parquet", parquet({"text": pa.array([], pa.string())}))
    assert (caught.value.code, "Parquet" in caught.value.hint) == ("file-empty", True)


def test_dates_of_every_kind_are_iso_text(tmp_path: Path) -> None:
    columns = {"text": ["x"], "when": pa.array([date(2024, 5, 1)]), "old": pa.array([0], pa.timestamp("ns"))}
    data = parquet(columns, use_deprecated_int96_timestamps=True)
    _, (row,) = read(tmp_path, "a.parquet", data)
    assert filled(row) == {"text": "x", "when": "2024-05-01", "old": "1970-01-01 00:00:00"}
