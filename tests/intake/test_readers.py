"""Foreign files: every row is read or named unreadable; a file that cannot be read at all is an error with its code."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import pickle
import zipfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import InputError
from commons.intake import handed_files, raw_rows, readers
from commons.intake.raw_rows import ForeignValue, RawRow, ReadingOptions, UnreadableRow
from commons.sandbox import confinement

BAD_PARQUET = Path(__file__).parents[1] / "gate" / "vectors" / "parquet"


def parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in members.items():
            writer.writestr(name, data)
    return archive.getvalue()


def zstd(data: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return bytes(packed.getvalue())


def rows_of(name: str, data: bytes) -> list[RawRow | UnreadableRow]:
    """As ``read``, in this process: for properties that are tried a hundred times."""
    return list(handed_files.table(io.BytesIO(data), Path(name)).rows)


def read(folder: Path, name: str, data: bytes, encoding: str = "") -> list[RawRow | UnreadableRow]:
    (folder / name).write_bytes(data)
    return list(readers.read(folder / name, ReadingOptions(encoding)).rows)


ONE_ROW = {"text": "ä, b", "title": "T"}
GOOD: dict[str, tuple[str, bytes]] = {
    "CSV": ("a.csv", 'text,title\n"ä, b",T\n'.encode()),
    "CSV with BOM": ("a.csv", '\ufefftext,title\n"ä, b",T\n'.encode()),
    "CSV with CRLF": ("a.csv", 'text,title\r\n"ä, b",T\r\n'.encode()),
    "CSV without a last newline": ("a.csv", 'text,title\n"ä, b",T'.encode()),
    "CSV with blank lines": ("a.csv", 'text,title\n\n"ä, b",T\n\n\n'.encode()),
    "CSV with a capital suffix": ("A.CSV", 'text,title\n"ä, b",T\n'.encode()),
    "gzipped CSV": ("a.csv.gz", gzip.compress('text,title\n"ä, b",T\n'.encode())),
    "gzip in two members": (
        "a.csv.gz",
        gzip.compress(b"text,title\n") + gzip.compress('"ä, b",T\n'.encode()),
    ),
    "TSV": ("a.tsv", "text\ttitle\nä, b\tT\n".encode()),
    "JSONL": ("a.jsonl", '{"text": "ä, b", "title": "T"}\n'.encode()),
    "JSONL with BOM, CRLF and blank lines": (
        "a.jsonl",
        '\ufeff\r\n{"text": "ä, b", "title": "T"}\r\n\r\n'.encode(),
    ),
    "JSONL in ASCII": ("a.ndjson", b'{"text": "\\u00e4, b", "title": "T"}'),
    "gzipped JSONL": ("a.jsonl.gz", gzip.compress('{"text": "ä, b", "title": "T"}\n'.encode())),
    "Parquet": ("a.parquet", parquet({"text": ["ä, b"], "title": ["T"]})),
    "bzip2": ("a.csv.bz2", bz2.compress('text,title\n"ä, b",T\n'.encode())),
    "xz": ("a.csv.xz", lzma.compress('text,title\n"ä, b",T\n'.encode())),
    "zstd": ("a.csv.zst", zstd('text,title\n"ä, b",T\n'.encode())),
    "zstd in two frames": ("a.csv.zst", zstd(b"text,title\n") + zstd('"ä, b",T\n'.encode())),
    "a zip with one table": (
        "a.zip",
        zipped(
            {"data/a.csv": 'text,title\n"ä, b",T\n'.encode(), "README.md": b"x", "__MACOSX/._a.csv": b"x"}
        ),
    ),
    "Parquet in a zip": ("a.zip", zipped({"a.parquet": parquet({"text": ["ä, b"], "title": ["T"]})})),
    "an array": ("a.json", '[{"text": "ä, b", "title": "T"}]'.encode()),
    "CSV in UTF-16": ("a.csv", 'text,title\n"ä, b",T\n'.encode("utf-16")),
    "CSV in UTF-16 without a mark": ("a.csv", 'text,title\n"ä, b",T\n'.encode("utf-16-le")),
    "CSV in UTF-32": ("a.csv", 'text,title\n"ä, b",T\n'.encode("utf-32")),
}
# the same row under a name that says something else -> what is said of it
MISNAMED: dict[str, tuple[str, bytes, str]] = {
    "gzip without .gz": ("a.csv", GOOD["gzipped CSV"][1], "CSV, packed with gzip"),
    ".gz without gzip": ("a.csv.gz", GOOD["CSV"][1], "CSV, though it is called .gz"),
    "zip without .zip": (
        "a.csv",
        GOOD["a zip with one table"][1],
        "CSV, 'data/a.csv' of the archive, packed with zip",
    ),
    "Parquet called CSV": ("a.csv", GOOD["Parquet"][1], "Parquet, though it is called .csv"),
    "CSV called Parquet": ("a.parquet", GOOD["CSV"][1], "CSV, though it is called .parquet"),
    "CSV called JSON Lines": ("a.jsonl", GOOD["CSV"][1], "CSV, though it is called .jsonl"),
    "JSON called CSV": ("a.csv", GOOD["an array"][1], "a JSON array, though it is called .csv"),
    "no suffix": ("notes", GOOD["CSV"][1], "CSV"),
    "a copy": ("notes.csv.bak", GOOD["CSV"][1], "CSV"),
    "text": ("notes.txt", GOOD["TSV"][1], "TSV"),
}


@pytest.mark.parametrize("name", GOOD)
def test_each_format_gives_the_same_row(name: str, tmp_path: Path) -> None:
    assert read(tmp_path, *GOOD[name]) == [RawRow(1, ONE_ROW)]


@pytest.mark.parametrize("kind", MISNAMED)
def test_a_wrong_name_keeps_no_table_out_and_is_said(kind: str, tmp_path: Path) -> None:
    name, data, said = MISNAMED[kind]
    (tmp_path / name).write_bytes(data)
    table = readers.read(tmp_path / name)
    assert list(table.rows) == [RawRow(1, ONE_ROW)]
    assert table.shape.read_as == said


def test_a_form_that_its_name_does_not_say_is_not_loaded_for_a_packed_file(tmp_path: Path) -> None:
    """What a child may have to read is loaded before it is confined: for an archive all, for ``.csv.gz`` no more than text."""
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(GOOD["Parquet"][1]))
    with pytest.raises(InputError, match="holds Parquet") as caught:
        readers.read(tmp_path / "a.csv.gz")
    assert caught.value.code == "file-format"
    assert "Unpack it" in caught.value.hint


def test_no_more_rows_are_read_than_are_asked_for(tmp_path: Path) -> None:
    for name, data in (("a.csv", b"text\na\nb\nc\n"), ("a.parquet", parquet({"text": ["a", "b", "c"]}))):
        (tmp_path / name).write_bytes(data)
        rows = list(readers.read(tmp_path / name, ReadingOptions(head=2)).rows)
        assert rows == [RawRow(1, {"text": "a"}), RawRow(2, {"text": "b"})]


def test_a_quoted_cell_may_hold_newlines_commas_and_quotes(tmp_path: Path) -> None:
    data = b'text,title\n"one\r\ntwo, ""three""",T\nx,y\n'
    assert read(tmp_path, "a.csv", data) == [
        RawRow(1, {"text": 'one\r\ntwo, "three"', "title": "T"}),
        RawRow(2, {"text": "x", "title": "y"}),
    ]


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", "text,title\nä; b,T\n".encode("cp1252"), "cp1252")[0].values == {  # type: ignore[union-attr]
        "text": "ä; b",
        "title": "T",
    }
    assert read(tmp_path, "b.csv", "text\nä\n".encode("utf-16"), "utf-16") == [RawRow(1, {"text": "ä"})]


UNREADABLE_LINES: dict[str, bytes] = {
    "not JSON": b"nonsense",
    "cut": b'{"text": "x"',
    "a number": b"5",
    "a list": b"[1, 2]",
    "a string": b'"text"',
    "null": b"null",
    "a number of 5,000 digits": b'{"n": ' + b"9" * 5000 + b"}",
    "nested 100,000 deep": b'{"n": ' + b"[" * 100_000 + b"}",
    "a raw control character": b'{"a": "\x01"}',
}


@pytest.mark.parametrize("name", UNREADABLE_LINES)
def test_a_line_that_is_no_object_is_unreadable_with_its_text_and_the_next_is_read(
    name: str, tmp_path: Path
) -> None:
    line = UNREADABLE_LINES[name]
    first, second = read(tmp_path, "a.jsonl", line + b'\n{"text": "x"}\n')
    assert isinstance(first, UnreadableRow)
    assert (first.number, first.text.encode()) == (1, line)
    assert second == RawRow(2, {"text": "x"})


def test_json_lines_keep_nested_values_and_lone_surrogates_for_the_checks(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "a.jsonl", b'{"text": "\\ud800", "sources": [{"title": "s"}]}')
    assert row == RawRow(1, {"text": "\ud800", "sources": [{"title": "s"}]})


def test_a_cell_of_50_mb_is_one_row_and_ends_nothing(tmp_path: Path) -> None:
    first, second = read(tmp_path, "a.csv", b"text\n" + b"x" * 50_000_000 + b"\nok\n")
    assert isinstance(first, RawRow)
    assert len(first.values["text"]) == 50_000_000
    assert second == RawRow(2, {"text": "ok"})


def test_nul_bytes_are_kept_for_the_checks_to_refuse(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", b"text\na\0b\n") == [RawRow(1, {"text": "a\0b"})]


def test_parquet_values_come_as_plain_python(tmp_path: Path) -> None:
    data = parquet({"text": ["x", None], "topic": [["a"], []], "source": [{"title": "s"}, None], "n": [1, 2]})
    assert read(tmp_path, "a.parquet", data) == [
        RawRow(1, {"text": "x", "topic": ["a"], "source": {"title": "s"}, "n": 1}),
        RawRow(2, {"text": None, "topic": [], "source": None, "n": 2}),
    ]


_SOME = gzip.compress(b"text\n" + b"".join(b"row %d\n" % number for number in range(20_000)))
_MANY = parquet({"text": [f"row {n}" for n in range(500)]})
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "empty CSV": ("a.csv", b"", "file-empty"),
    "only a BOM": ("a.csv", b"\xef\xbb\xbf", "file-empty"),
    "only a header": ("a.csv", b"text,title\n", "file-empty"),
    "only blank lines": ("a.jsonl", b"\n \n\n", "file-empty"),
    "empty gzip": ("a.csv.gz", gzip.compress(b""), "file-empty"),
    "Parquet without rows": ("a.parquet", parquet({"text": pa.array([], pa.string())}), "file-empty"),
    "letters of no encoding": ("a.csv", b"text\nx\xe4\x81y\n", "file-encoding"),
    "letters of no encoding in JSON": ("a.jsonl", b'{"text": "\xff\xe9\x81"}\n', "file-encoding"),
    "a header twice": ("a.csv", b"text,title,text\n1,2,3\n", "file-format"),
    "cut gzip": ("a.csv.gz", _SOME[:-2000], "file-damaged"),
    "gzip cut in its header": ("a.csv.gz", _SOME[:5], "file-damaged"),
    "gzip with a wrong checksum": ("a.csv.gz", _SOME[:-8] + b"\0" * 8, "file-damaged"),
    "gzip with a changed byte": ("a.csv.gz", _SOME[:2000] + b"\xff\xff\xff" + _SOME[2003:], "file-damaged"),
    "empty Parquet": ("a.parquet", b"", "file-damaged"),
    "cut Parquet": ("a.parquet", parquet({"text": ["x"] * 100})[:-20], "file-damaged"),
    "Parquet without its middle": ("a.parquet", _MANY[:50] + bytes(100) + _MANY[150:], "file-damaged"),
    "a page of text": ("README.md", b"# Title\n\nWords, more words.\n", "file-format"),
    "other XML": ("a.csv", b"<?xml version='1.0'?><a/>", "file-format"),
    "empty zip": ("a.zip", zipped({}), "file-format"),
    "a zip without a table": ("a.zip", zipped({"README.md": b"text", "LICENSE": b"text"}), "file-format"),
    "a zip with two tables": ("a.zip", zipped({"a.csv": b"text\na\n", "b.csv": b"text\na\n"}), "file-format"),
    "cut zip": ("a.zip", zipped({"a.csv": b"text\na\n"})[:60], "file-damaged"),
    "cut bzip2": ("a.csv.bz2", bz2.compress(b"text\na\n")[:-8], "file-damaged"),
    "cut xz": ("a.csv.xz", lzma.compress(b"text\na\n")[:-8], "file-damaged"),
    "cut zstd": ("a.csv.zst", zstd(b"text\na\n")[:-4], "file-damaged"),
    "nothing at all": ("a.gz", b"", "file-empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_an_error_with_its_code(name: str, tmp_path: Path) -> None:
    file, data, code = REFUSED[name]
    with pytest.raises(InputError) as caught:
        read(tmp_path, file, data)
    assert caught.value.code == code
    assert file in caught.value.message


@pytest.mark.parametrize("name", sorted(path.name for path in BAD_PARQUET.glob("*.parquet")))
def test_the_bad_parquet_files_of_others_are_damaged_or_harmless(name: str) -> None:
    try:
        rows = list(readers.read(BAD_PARQUET / name).rows)
    except InputError as error:
        assert error.code == "file-damaged"
    else:
        assert all(isinstance(row, RawRow) for row in rows)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf-16", b"t\0e\0x\0t\0"),  # no byte order mark
        ("no-such", b"text\na\n"),
        ("hex", b"text\na\n"),  # a codec of Python that is no text encoding
        ("undefined", b"text\na\n"),
    ],
)
def test_an_encoding_that_does_not_work_is_an_error_with_its_code(
    encoding: str, data: bytes, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, "a.csv", data, encoding)
    assert caught.value.code == "file-encoding"


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(readers.read(tmp_path / "none.csv").rows)
    assert caught.value.code == "file-missing"


def test_a_folder_that_is_called_like_a_file_says_so(tmp_path: Path) -> None:
    for name in ("a.csv", "a.parquet", "a.jsonl.gz"):
        (tmp_path / name).mkdir()
        with pytest.raises(InputError) as caught:
            list(readers.read(tmp_path / name).rows)
        assert name in caught.value.message


cells = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.dictionaries(cells, cells | st.integers() | st.none() | st.lists(cells)), min_size=1))
def test_what_a_json_writer_writes_is_read_back(rows: list[dict[str, Any]]) -> None:
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    read_rows = rows_of("a.jsonl", data)
    assert [row.values for row in read_rows if isinstance(row, RawRow)] == rows


@given(
    st.binary(max_size=200),
    st.sampled_from(["a.csv", "a.tsv", "a.json", "a.jsonl", "a.csv.gz", "a.parquet", "a.zip", "a", "a.txt"]),
)
def test_any_bytes_are_rows_or_an_error_of_ours(data: bytes, name: str) -> None:
    try:
        read_rows = rows_of(name, data)
    except InputError as error:
        assert error.code.startswith("file-")
    else:
        assert [row.number for row in read_rows] == list(range(1, len(read_rows) + 1))


# what the bytes are -> a name they were given
DISGUISED: dict[str, tuple[str, bytes]] = {
    "a Python pickle": ("a.csv", pickle.dumps({"text": "x"})),
    "a pickle called Parquet": ("a.parquet", pickle.dumps({"text": "x"}, protocol=2)),
    "gzip in gzip": ("a.csv.gz", gzip.compress(gzip.compress(b"text\nx\n"))),
    "a zip in a zip": ("a.zip", zipped({"b.zip": zipped({"a.csv": b"text\nx\n"})})),
    "a tar archive in gzip": (
        "a.csv.gz",
        gzip.compress(b"a.txt".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 300),
    ),
    "a pickle in a zip": ("a.zip", zipped({"a.csv": pickle.dumps({"text": "x"})})),
    "an encrypted Parquet file": ("a.parquet", b"PARE" + b"\0" * 40),
    "a program": ("a.csv", b"\x7fELF" + b"\0" * 40),
    "a tar archive": ("a.csv", b"a.txt".ljust(257, b"\0") + b"ustar\x0000" + b"\0" * 300),
    "a Git LFS pointer": (
        "a.parquet",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    ),
    "a web page": ("a.csv", b"<!DOCTYPE html><html></html>"),
    "a web page in small letters": ("a.json", b"\n<!doctype html><html></html>"),
}


@pytest.mark.parametrize("name", DISGUISED)
def test_a_file_that_is_something_else_is_refused_for_what_it_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, *DISGUISED[name])
    assert caught.value.code == "file-disguised"


def test_a_link_is_not_followed_to_what_was_never_meant_to_be_offered(tmp_path: Path) -> None:
    (tmp_path / "secrets.csv").write_text("text\nmy password\n")
    (tmp_path / "notes.csv").symlink_to(tmp_path / "secrets.csv")
    with pytest.raises(InputError, match=r"secrets\.csv") as caught:
        list(readers.read(tmp_path / "notes.csv").rows)
    assert caught.value.code == "file-is-link"


def test_a_file_in_the_cache_of_the_hub_clients_is_a_link_and_is_read(tmp_path: Path) -> None:
    blob = tmp_path / "datasets--org--name" / "blobs" / "0123"
    shown = tmp_path / "datasets--org--name" / "snapshots" / "abcd" / "data" / "notes.csv"
    blob.parent.mkdir(parents=True)
    shown.parent.mkdir(parents=True)
    blob.write_text("text\nx\n")
    shown.symlink_to(Path("../../../blobs/0123"))
    assert list(readers.read(shown).rows) == [RawRow(1, {"text": "x"})]


@pytest.mark.parametrize("place", ["text", "list"])
def test_a_parquet_file_that_repeats_a_large_value_is_refused_before_it_fills_the_memory(
    place: str, tmp_path: Path
) -> None:
    """64 kB of text a million times: 64 GB in memory, some kilobytes as a file."""
    values: pa.Array = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), ["x" * 64_000])
    if place == "list":
        values = pa.ListArray.from_arrays(pa.array([0, 1_000_000], pa.int32()), values)
    with pytest.raises(InputError, match="unfolded") as caught:
        read(tmp_path, "a.parquet", parquet({"text": values}))
    assert caught.value.code == "limit-exceeded"


def test_strings_of_every_arrow_type_are_read_as_they_are(tmp_path: Path) -> None:
    columns = {
        "large": pa.array(["x"], pa.large_string()),
        "view": pa.array(["x"], pa.string_view()),
        "coded": pa.array(["x"]).dictionary_encode(),
        "binary": pa.array([b"\xff"]),
        "map": pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string())),
        "nested": pa.array([{"s": [{"t": "q"}]}]),
        "nothing": pa.nulls(1),
    }
    (row,) = read(tmp_path, "a.parquet", parquet(columns))
    assert isinstance(row, RawRow)
    assert row.values == {
        "large": "x",
        "view": "x",
        "coded": "x",
        "binary": ForeignValue("bytes", "b'\\xff'"),
        "map": [["k", "v"]],
        "nested": {"s": [{"t": "q"}]},
        "nothing": None,
    }


def test_lists_may_stand_in_several_row_groups(tmp_path: Path) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["x"] * 10, "topic": [["a", "b"]] * 10}), sink, row_group_size=3)
    assert read(tmp_path, "a.parquet", sink.getvalue()) == [
        RawRow(number, {"text": "x", "topic": ["a", "b"]}) for number in range(1, 11)
    ]


def test_dates_and_times_of_parquet_are_text_in_utc_whatever_their_year_and_zone(tmp_path: Path) -> None:
    noon = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    columns = {
        "date": pa.array([noon.date()]),
        "stamp": pa.array([noon], pa.timestamp("ns", "America/Caracas")),
        "part": pa.array([noon.replace(microsecond=500)], pa.timestamp("us")),
        "time": pa.array([noon.time()], pa.time64("us")),
        "far": pa.array([300_000_000_000], pa.timestamp("s")),
        "beyond": pa.array([2**62], pa.timestamp("us")),
        "span": pa.array([5], pa.duration("ms")),
        "nested": pa.array([[{"when": noon.date()}]]),
        "map": pa.array([[("k", noon.date())]], pa.map_(pa.string(), pa.date32())),
        "nothing": pa.array([None], pa.date32()),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    (row,) = read(tmp_path, "a.parquet", sink.getvalue())
    assert isinstance(row, RawRow)
    beyond = row.values.pop("beyond")
    assert isinstance(beyond, str)
    assert row.values == {
        "date": "2024-05-01",
        "stamp": "2024-05-01 12:30:00",
        "part": "2024-05-01 12:30:00.000500",
        "time": "12:30:00",
        "far": "11476-08-15 05:20:00",
        "span": 5,
        "nested": [{"when": "2024-05-01"}],
        "map": [["k", "2024-05-01"]],
        "nothing": None,
    }


def test_a_parquet_column_that_stands_there_twice_is_named(tmp_path: Path) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], ["text", "text"]), sink)
    with pytest.raises(InputError, match="'text' twice") as caught:
        read(tmp_path, "a.parquet", sink.getvalue())
    assert caught.value.code == "file-format"


# Files that mean harm, if only to whoever reads them as their own


@pytest.fixture(scope="module")
def zeros() -> bytes:
    """2.9 MB that unfold to nearly 3 GB of one line."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"0" * 1024**2
    return b"".join(packer.compress(block) for _ in range(2800)) + packer.flush()


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tsv.gz", "a.jsonl.gz", "a.csv"])
def test_a_small_gzip_that_unfolds_without_end_is_refused(name: str, tmp_path: Path, zeros: bytes) -> None:
    assert len(zeros) < 3_000_000
    with pytest.raises(InputError, match="when unpacked") as caught:
        read(tmp_path, name, zeros)
    assert caught.value.code == "limit-exceeded"
    assert name in caught.value.message


# what takes far more memory as rows than as text
SWOLLEN = {
    "empty cells": (
        "a.csv.gz",
        ",".join(f"c{n}" for n in range(1000)) + "\n" + ("x" + "," * 999 + "\n") * 10_500,
    ),
    "empty objects": ("a.jsonl.gz", ('{"a": [' + "{}," * 9_999 + "{}]}\n") * 600),
    "no columns": ("a.jsonl.gz", "{}\n" * 600_000),
}


@pytest.mark.parametrize("name", SWOLLEN)
def test_values_are_counted_as_well_as_bytes(name: str, tmp_path: Path) -> None:
    file, text = SWOLLEN[name]
    with pytest.raises(InputError, match="values") as caught:
        read(tmp_path, file, gzip.compress(text.encode()))
    assert caught.value.code == "limit-exceeded"


def test_an_encrypted_parquet_file_is_named_and_ends_nothing(tmp_path: Path) -> None:
    """Arrow ends the process that reads this one."""
    data = (BAD_PARQUET.parent / "encrypted" / "columns_plaintext_footer.parquet").read_bytes()
    with pytest.raises(InputError, match="has encrypted columns") as caught:
        read(tmp_path, "a.parquet", data)
    assert caught.value.code == "file-disguised"


def test_what_no_child_of_ours_sends_is_an_error_and_not_a_row() -> None:
    for message in (1, {}, {"columns": ["a"], "rows": [[1]]}, {"columns": ["a"], "rows": [1]}, {"columns": [[]], "rows": [[1, 2]]},
                    {"unreadable": [1, 2, 3]}, {"refused": {}}):  # fmt: skip
        with pytest.raises(InputError) as caught:
            list(raw_rows.received([{"shape": {"columns": [], "read_as": ""}}, message]).rows)
        assert caught.value.code == "check-limit"


def test_objects_nested_as_deep_as_they_may_be_come_back_or_are_unreadable(tmp_path: Path) -> None:
    lines = b"".join(b'{"a": ' + b"[" * depth + b"]" * depth + b"}\n" for depth in range(10, 2000, 10))
    read_rows = read(tmp_path, "a.jsonl", lines)
    assert len(read_rows) == 199
    assert [row.number for row in read_rows if isinstance(row, RawRow)] == list(range(1, 10))


def test_every_format_is_read_without_opening_a_file(tmp_path: Path) -> None:
    """What the formats' libraries load on first use is loaded before their process is confined."""
    files = {str(number): data for number, (_, data) in enumerate(GOOD.values())}
    code = """
from pathlib import Path
paths = confinement.context()["paths"]
rows = [list(handed_files.table(files[name], Path(path)).rows) for name, path in paths.items()]
confinement.answer([[len(each) for each in rows], openings])
"""
    context = {
        "code": code,
        "before": "import pathlib; from commons.intake import handed_files; handed_files.load()",
        "paths": {str(number): name for number, (name, _) in enumerate(GOOD.values())},
    }
    counts, openings = confinement.run("tests.support.sample_child", files, context=context)
    assert openings == []
    assert counts == [1] * len(GOOD)
