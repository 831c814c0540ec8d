"""Links by what people have: a local id, a record id, an address, an exact title; and what becomes of those that lead nowhere."""

from __future__ import annotations

import json
from collections.abc import Set
from pathlib import Path
from typing import Any

import pytest

from commons.governance.policy import Policy
from commons.intake import preparation, refused_files
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.intake.name_index import NameIndex
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind
from commons.records.schema import Link, Record

DEFAULTS = {"lang": "en", "topic": ["science"], "license": "CC0-1.0", "source.title": "A notebook"}
KNOWN = "kr1" + "a" * 52  # the record "Bolivia" of the collection "countries"
OTHER = "kr1" + "b" * 52  # the record "Bolivia" of the collection "songs"


def look_up(names: Set[str]) -> NameIndex:
    index = NameIndex()
    if "Bolivia" in names:
        index.add_title("Bolivia", "countries", KNOWN)
        index.add_title("Bolivia", "songs", OTHER)
    if "Andes" in names:
        index.add_title("Andes", "ranges", KNOWN)
    return index


def prepare(folder: Path, policy: Policy, *rows: dict[str, Any], **options: Any) -> PreparedRows:
    path = folder / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    mapping = Mapping(options.pop("columns", {}), DEFAULTS, explode=options.pop("explode", ()))
    known = frozenset({KNOWN, OTHER}) | options.pop("known_ids", frozenset())
    source = Input(path, mapping, options.pop("collection", "notes"), name=options.pop("name", ""))
    return preparation.prepare([source], policy, known_ids=known, look_up=look_up, **options)


def links(prepared: PreparedRows) -> list[tuple[str, str, str]]:
    """(text of the subject, predicate, text of the object, or what it is)."""
    records = {
        row.id: row.text for rows in prepared.groups.values() for row in rows if isinstance(row, Record)
    }
    made = (row for group, rows in prepared.groups.items() if group[0] is Kind.LINK for row in rows)
    return [
        (records.get(row.subject, row.subject), row.predicate, records.get(row.object, row.object))
        for row in made
        if isinstance(row, Link)
    ]


def dropped(prepared: PreparedRows) -> list[str]:
    return [row.findings[0].code for rows in prepared.dropped.values() for row in rows]


@pytest.mark.parametrize(
    ("object_", "collection", "target"),
    [
        (KNOWN, "notes", KNOWN),
        ("https://example.org/x", "notes", "https://example.org/x"),
        ("Andes", "notes", KNOWN),
        ("Bolivia", "countries", KNOWN),
        ("Bolivia", "songs", OTHER),
        ("countries/Bolivia", "notes", KNOWN),
        ("songs/Bolivia", "notes", OTHER),
    ],
)
def test_the_other_end_is_what_people_call_it(
    object_: str, collection: str, target: str, policy: Policy, tmp_path: Path
) -> None:
    row = {"text": "A text.", "parents": object_}
    prepared = prepare(tmp_path, policy, row, columns={"skos:broader": "parents"}, collection=collection)
    assert links(prepared) == [("A text.", "skos:broader", target)]


@pytest.mark.parametrize(
    ("object_", "code"),
    [("Bolivia", "link-ambiguous"), ("Peru", "link-dangling"), ("nowhere/Bolivia", "link-dangling")],
)
def test_what_could_be_several_or_nothing_is_dropped_and_said(
    object_: str, code: str, policy: Policy, tmp_path: Path
) -> None:
    prepared = prepare(tmp_path, policy, {"text": "A text.", "skos:related": object_})
    assert links(prepared) == []
    assert dropped(prepared) == [code]
    assert (prepared.accepted, prepared.refused_count) == (1, 0)


@pytest.mark.parametrize(
    "cell", ["x|y", "x; y", "x\ny", ["x", "y"], '["x", "y"]', [{"id": "x"}, {"id": "y"}]]
)
def test_a_cell_may_name_several(cell: Any, policy: Policy, tmp_path: Path) -> None:
    rows = [{"id": "x", "text": "X."}, {"id": "y", "text": "Y."}, {"text": "Z.", "is_a": cell}]
    prepared = prepare(tmp_path, policy, *rows, columns={"skos:broader": "is_a"})
    assert links(prepared) == [("Z.", "skos:broader", "X."), ("Z.", "skos:broader", "Y.")]
    assert (prepared.links.given, prepared.links.offered) == (2, 2)


def test_a_name_that_holds_a_separator_is_looked_for_whole_first(policy: Policy, tmp_path: Path) -> None:
    rows = [{"id": "x|y", "text": "X."}, {"text": "Z.", "skos:broader": "x|y"}]
    assert links(prepare(tmp_path, policy, *rows)) == [("Z.", "skos:broader", "X.")]


def test_a_title_in_the_same_file_will_do(policy: Policy, tmp_path: Path) -> None:
    rows = [{"title": "Ice", "text": "Ice is solid."}, {"text": "It melts.", "schema:about": "Ice"}]
    assert links(prepare(tmp_path, policy, *rows)) == [("It melts.", "schema:about", "Ice is solid.")]


def test_a_link_to_a_row_that_repeats_a_record_goes_to_that_record(policy: Policy, tmp_path: Path) -> None:
    first = prepare(tmp_path, policy, {"id": "ice", "text": "Ice."})
    (ice,) = [row for rows in first.groups.values() for row in rows if isinstance(row, Record)]
    rows = [{"id": "ice", "text": "Ice."}, {"text": "Steam.", "skos:related": "ice"}]
    prepared = prepare(tmp_path, policy, *rows, known_ids=frozenset({ice.id}))
    assert prepared.repeated_count == 1
    assert links(prepared) == [("Steam.", "skos:related", ice.id)]


def test_a_row_that_repeats_a_record_brings_its_new_links(policy: Policy, tmp_path: Path) -> None:
    first = prepare(tmp_path, policy, {"text": "Ice."})
    (ice,) = [row for rows in first.groups.values() for row in rows if isinstance(row, Record)]
    row = {"text": "Ice.", "schema:about": "https://example.org/ice"}
    prepared = prepare(tmp_path, policy, row, known_ids=frozenset({ice.id}))
    assert links(prepared) == [(ice.id, "schema:about", "https://example.org/ice")]
    assert not prepared.is_nothing_new


def test_links_of_rows_that_are_refused_are_counted_with_them(policy: Policy, tmp_path: Path) -> None:
    prepared = prepare(tmp_path, policy, {"text": "", "skos:related": ["https://example.org/a", KNOWN]})
    assert prepared.links.dropped == {"row-refused": 2}
    assert prepared.links.given == 2


def test_a_dropped_link_comes_back_from_the_refused_file_alone(policy: Policy, tmp_path: Path) -> None:
    link = refused_files.link_in(
        {"record": KNOWN, "license": "CC0-1.0", "link": {"predicate": "skos:related", "object": OTHER}}
    )
    assert link is not None
    line = {"row": 7, "findings": [], "data": refused_files.link_data(*link)}
    prepared = prepare(tmp_path, policy, line, name="a.jsonl.refused.jsonl")
    assert links(prepared) == [(KNOWN, "skos:related", OTHER)]
    assert (prepared.read, prepared.links.given) == (0, 1)


class TestExplode:
    def test_each_element_becomes_a_row_with_what_stands_around_it(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        row = {"title": "Moon", "paragraphs": [{"context": "One."}, {"context": "Two."}]}
        prepared = prepare(
            tmp_path, policy, row, columns={"text": "paragraphs.context"}, explode=("paragraphs",)
        )
        records = [row for rows in prepared.groups.values() for row in rows if isinstance(row, Record)]
        assert [(record.title, record.text) for record in records] == [("Moon", "One."), ("Moon", "Two.")]
        assert prepared.read == 2

    def test_lists_in_lists_are_exploded_one_after_the_other(self, policy: Policy, tmp_path: Path) -> None:
        row = {"p": [{"c": "Context.", "qas": [{"a": "A1."}, {"a": "A2."}]}, {"c": "More.", "qas": []}]}
        columns = {"title": "p.c", "text": "p.qas.a"}
        prepared = prepare(tmp_path, policy, row, columns=columns, explode=("p", "p.qas"))
        records = [row for rows in prepared.groups.values() for row in rows if isinstance(row, Record)]
        assert [(record.title, record.text) for record in records] == [
            ("Context.", "A1."),
            ("Context.", "A2."),
        ]
        assert prepared.read == 3, "a row whose list is empty is not lost"
        assert prepared.refused_count == 1

    def test_a_list_that_is_not_exploded_is_a_problem_with_the_way_out(
        self, policy: Policy, tmp_path: Path
    ) -> None:
        prepared = prepare(tmp_path, policy, {"text": ["One.", "Two."]})
        ((row,),) = prepared.refused.values()
        assert "--explode" in row.findings[0].message
