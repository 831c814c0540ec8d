"""What a file is: by its first bytes, then by its name; and what is loaded for one whose content only unpacking tells."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from commons.errors import InputError
from commons.intake.formats import Form, recognition, suffixes
from commons.intake.formats.unpacking import Packing

CONTENT: dict[str, tuple[str, bytes, Form]] = {
    "JSON in a .txt": ("a.txt", b'\n {"text": "x"}', Form.JSON),
    "an array": ("a", b'[\n  {"text": "x"}', Form.JSON),
    "an array in UTF-16": ("a.txt", '[\n  {"text": "x"}]'.encode("utf-16"), Form.JSON),
    "a column in brackets": ("a.csv", b"[id],text\n1,x\n", Form.DELIMITED),
    "words in braces": ("a.csv", b"{country},text\nx,y\n", Form.DELIMITED),
    "JSON Lines that begin badly": ("a.jsonl", b'oh, no\n{"text": "x"}\n', Form.JSON),
    "CSV called JSON": ("a.json", b"title,text\nx,y\n", Form.DELIMITED),
    "text in nothing": ("notes", b"title,text\nx,y\n", Form.DELIMITED),
    "text of a year": ("notes.2024", b"title,text\nx,y\n", Form.DELIMITED),
    "a column that is called as Parquet begins": ("a.csv", b"PAR1,text\nx,y\n", Form.DELIMITED),
    "damaged Parquet": ("a.parquet", b"PAR1 and no more", Form.PARQUET),
    "a word for a pickle": ("a.csv", b"bullet,text\nx,y\n", Form.DELIMITED),
}


@pytest.mark.parametrize("kind", CONTENT)
def test_a_file_is_what_its_first_bytes_say_and_else_its_name(kind: str) -> None:
    name, head, form = CONTENT[kind]
    assert recognition.recognise(head, Path(name)) == recognition.Recognition(Packing.NONE, (form,))


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("notes.md", b"# Title\n"),
        ("a.py", b"import os\n"),
        ("notes", b"\0\1\2"),
        ("a.xml", b"<?xml version='1.0'?><a/>"),
    ],
)
def test_what_is_no_table_is_refused_with_what_would_be_read(name: str, head: bytes) -> None:
    with pytest.raises(InputError) as caught:
        recognition.recognise(head, Path(name))
    assert caught.value.code == "file-format"
    assert caught.value.hint


def test_a_name_that_tells_what_is_packed_spares_loading_all() -> None:
    packed = gzip.compress(b"text\n")
    assert set(recognition.recognise(packed, Path("a.csv.gz")).forms) == {Form.DELIMITED, Form.JSON}
    assert set(recognition.recognise(packed, Path("a.gz")).forms) >= {Form.DELIMITED, Form.JSON, Form.PARQUET}
    assert Form.PARQUET in recognition.recognise(b"PK\x03\x04", Path("a.zip")).forms


def test_bzip2_is_told_from_a_word_that_begins_so() -> None:
    assert recognition.packing_of(b"BZh9,text\n") is Packing.NONE
    assert recognition.packing_of(b"BZh91AY&SY\0\0") is Packing.BZIP2


@pytest.mark.parametrize(
    ("name", "form", "table"),
    [
        ("a.csv", Form.DELIMITED, ".csv"),
        ("data/A.JSONL", Form.JSON, ".jsonl"),
        ("a.csv.bak", Form.DELIMITED, ""),
        ("a.csv.1", Form.DELIMITED, ""),
        ("a.tsv.txt", Form.DELIMITED, ""),
        ("notes.txt", None, ""),
        ("csv", None, ""),
        (".csv", None, ""),
        ("a.csv.md", None, ""),
    ],
)
def test_what_a_name_says(name: str, form: Form | None, table: str) -> None:
    """A table in a proposal made by hand is told by its name alone, so only by one that leaves no doubt."""
    assert suffixes.form_of(name) is form
    assert suffixes.table(name) == table
    assert suffixes.table(f"{name}.gz") == (f"{table}.gz" if table else "")
