"""OBO: each term is a row or unreadable, whatever liberties its file takes with the format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.foreign_files import filled, read

from commons.errors import InputError
from commons.intake.formats import obo
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

HEADER = "format-version: 1.2\nontology: x\ndefault-namespace: anatomy\n\n"
WHOLE = (
    HEADER
    + """[Term]
id: PO:0009009
name: plant embryo
namespace: plant_anatomy
def: "A whole plant (PO:0000003), called \\"embryo\\"\\: young." [POC:curators, PMID:1 "a, b", http\\://example.org/a\\,b]
comment: Not a seed.\\nAsk a botanist.
subset: Angiosperm ! a subset
synonym: "embrión" EXACT Spanish [POC:Someone]
synonym: "proembryo (narrow)" NARROW []
xref: PO_GIT:537
xref: Wikipedia:Embryo "the article"
alt_id: PO:0004536
is_a: PO:0009011 {source="PMID:2", is_inferred="true"} ! plant structure
is_a: PO:0000003
relationship: part_of PO:0009010 ! seed
relationship: develops_from PO:0000423 {source="x"} ! plant zygote
created_by: somebody

[Term]
id: PO:0000001
name: old embryo
is_obsolete: true
replaced_by: PO:0009009
consider: PO:0009010

[Typedef]
id: part_of
name: part of
"""
)


def test_a_term_is_a_row_with_its_links_under_the_names_of_predicates(tmp_path: Path) -> None:
    shape, (embryo, old) = read(tmp_path, "a.obo", WHOLE.encode())
    assert shape.read_as == "OBO, 2 terms of the ontology 'x', without 1 stanza of other kinds"
    assert filled(embryo) == {
        "id": "PO:0009009",
        "title": "plant embryo",
        "namespace": "plant_anatomy",
        "text": 'A whole plant (PO:0000003), called "embryo": young.',
        "definition_xrefs": ["POC:curators", 'PMID:1 "a, b"', "http://example.org/a,b"],
        "comment": "Not a seed.\nAsk a botanist.",
        "subset": ["Angiosperm"],
        "synonyms": ["embrión", "proembryo (narrow)"],
        "xref": ["PO_GIT:537", 'Wikipedia:Embryo "the article"'],
        "alt_id": ["PO:0004536"],
        "skos:broader": ["PO:0009011", "PO:0000003"],
        "dcterms:isPartOf": ["PO:0009010"],
        "dcterms:replaces": ["PO:0000001"],
        "develops_from": ["PO:0000423"],
        "created_by": ["somebody"],
    }
    assert filled(old) == {
        "id": "PO:0000001",
        "title": "old embryo",
        "namespace": "anatomy",
        "deprecated": True,
        "replaced_by": ["PO:0009009"],
        "consider": ["PO:0009010"],
    }
    assert [(row.number, row.line) for row in (embryo, old)] == [(1, 5), (2, 23)]
    assert set(shape.columns) >= {*filled(embryo), *filled(old)}


# How files in use are written -> what the term says beside its id, X:1, and its title, a; those marked are refused as a whole by fastobo
TERM = "[Term]\nid: X:1\nname: a\n"
LIBERTIES: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": (HEADER + TERM, {}),
    "an unknown tag in the header": ("foo: bar\n" + HEADER + TERM, {}),
    "an unknown tag (refused)": (HEADER + TERM + "wikipedia: foo\n", {"wikipedia": ["foo"]}),
    "a definition without references (refused)": (HEADER + TERM + 'def: "b"\n', {"text": "b"}),
    "quotes within quotes (refused)": (HEADER + TERM + 'def: "b "c" d" [X:2]\n', {"text": 'b "c" d', "definition_xrefs": ["X:2"]}),
    "modifiers": (HEADER + TERM + 'is_a: X:2 {source="Y:1", is_inferred="true"} ! b\n', {"skos:broader": ["X:2"]}),
    "modifiers behind a definition": (HEADER + TERM + 'def: "b" [] {source="Y:1"}\n', {"text": "b"}),
    "a blank in a reference (refused)": (HEADER + TERM + "xref: Wikipedia: Foo Bar\n", {"xref": ["Wikipedia: Foo Bar"]}),
    "quotes in a list of references": (HEADER + TERM + 'def: "b" [PMID:1 "d, e"]\n', {"text": "b", "definition_xrefs": ['PMID:1 "d, e"']}),
    "a synonym without a scope (refused)": (HEADER + TERM + 'synonym: "b" []\n', {"synonyms": ["b"]}),
    "a synonym as OBO 1.0 writes it (refused)": (HEADER + TERM + 'exact_synonym: "b" []\n', {"synonyms": ["b"]}),
    "a date of another form (refused)": ("date: 2012-01-01\n" + HEADER + TERM, {}),
    "an id with a blank (refused)": (HEADER + TERM + "is_a: X 2\n", {"skos:broader": ["X 2"]}),
    "two names": (HEADER + TERM + "name: b\n", {"synonyms": ["b"]}),
    "no blank lines": (HEADER.rstrip("\n") + "\n" + TERM, {}),
    "a tab behind the colon": (HEADER + TERM + "comment:\tb\t\n", {"comment": "b"}),
    "a line that goes on": (HEADER + TERM + 'def: "b \\\nc" []\n', {"text": "b c"}),
    "carriage returns": ((HEADER + TERM).replace("\n", "\r\n"), {}),
    "comments between the lines (refused)": (HEADER + "! one\n" + TERM + "! two\n", {}),
    "an empty value (refused)": (HEADER + TERM + "comment: \n", {}),
    "a byte order mark": ("\ufeff" + HEADER + TERM, {}),
    "a relationship that is called like a field": (HEADER + TERM + "relationship: text X:2\n", {"relationship:text": ["X:2"]}),
    "no header": (TERM, {"namespace": None}),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBERTIES)
def test_liberties_that_files_take_are_understood(name: str) -> None:
    text, said = LIBERTIES[name]
    shape, row = obo.rows(text.encode(), "a.obo", ReadingOptions())
    assert isinstance(shape, TableShape)
    assert isinstance(row, RawRow)
    expected = {"id": "X:1", "title": "a", "namespace": "anatomy", **said}
    assert filled(row) == {column: value for column, value in expected.items() if value is not None}


UNREADABLE = {
    "a term without an id": ("name: b\n", "the term has no id"),
    "a line without a tag": ("id: X:2\nno tag here\n", "line 9 is no tag with a value"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_term_that_cannot_be_read_is_unreadable_with_its_text_and_the_others_stay(
    name: str, tmp_path: Path
) -> None:
    lines, reason = UNREADABLE[name]
    data = f"{TERM}\n\n\n[Term]\n{lines}\n[Term]\nid: X:3\n"
    _, rows = read(tmp_path, "a.obo", data.encode())
    assert [row.number for row in rows] == [1, 2, 3]
    assert isinstance(rows[1], UnreadableRow)
    assert (rows[1].line, rows[1].reason, rows[1].text) == (7, reason, f"[Term]\n{lines}".rstrip())


@pytest.mark.parametrize("text", ["", HEADER, "[Typedef]\nid: part_of\n", "some text\n"])
def test_a_file_without_a_term_says_so(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no rows") as caught:
        read(tmp_path, "a.obo", text.encode())
    assert (caught.value.code, "[Term]" in caught.value.hint) == ("file-empty", True)


def test_only_columns_in_which_some_term_says_something_are_there() -> None:
    shape, *_ = obo.rows(TERM.encode(), "a.obo", ReadingOptions())
    assert isinstance(shape, TableShape)
    assert shape.columns == ("id", "title", "text")


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    data = "[Term]\nid: X:1\nname: ä\n".encode("latin-1")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "a.obo", data)
    assert caught.value.code == "file-encoding"
    _, (row,) = read(tmp_path, "a.obo", data, encoding="latin-1")
    assert filled(row)["title"] == "ä"


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1).map(
    str.strip
)


@given(words.filter(bool), words, st.lists(words.filter(bool), max_size=3))
def test_what_is_escaped_is_read_back(name: str, definition: str, synonyms: list[str]) -> None:
    lines = [
        f'def: "{escaped(definition)}" [X:9]',
        *(f'synonym: "{escaped(each)}" EXACT []' for each in synonyms),
    ]
    text = (
        "[Term]\nid: X:1\nname: "
        + escaped(name).replace("!", "\\!").replace("{", "\\{")
        + "\n"
        + "\n".join(lines)
    )
    _, row = obo.rows(text.encode(), "a.obo", ReadingOptions())
    assert isinstance(row, RawRow)
    assert (row.values["title"], row.values["text"]) == (name, definition)
    assert row.values.get("synonyms") == (synonyms or None)


@given(st.text(st.sampled_from('[]Term"\\{}=!:, \nid') | st.characters(codec="utf-8"), max_size=80))
def test_any_text_behind_a_tag_is_a_row_or_unreadable(text: str) -> None:
    data = f"[Term]\nid: X:1\ndef: {text}\n[Term]\nid: X:2\n".encode(errors="replace")
    rows = [row for row in obo.rows(data, "a.obo", ReadingOptions()) if not isinstance(row, TableShape)]
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= 2


@pytest.mark.parametrize("piece", ['" [', " {a=b", ' "', "=", ",", "\\", " !", "] "])
def test_a_long_line_takes_no_longer_than_it_is(piece: str) -> None:
    """A megabyte in one definition; what would be quadratic in it would take minutes, and the test's own limit ends it."""
    data = f'[Term]\nid: X:1\ndef: "x{piece * (1_000_000 // len(piece))}\nsynonym: "{piece * 1000}" []\n'
    assert len(list(obo.rows(data.encode(), "a.obo", ReadingOptions()))) == 2


def test_no_more_terms_are_read_than_are_asked_for(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.obo", WHOLE.encode(), head=1)
    assert [filled(row)["id"] for row in rows] == ["PO:0009009"]
