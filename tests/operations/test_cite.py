"""Cite: one list of references that a program of each kind reads, and that no record can break out of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from support import commons_on_disk, markdown
from support.commons_on_disk import link, record
from support.row_strategies import records as any_record
from support.space_records import HOSTILE

from commons.errors import CommonsError, UsageError
from commons.evidence import bibliography
from commons.evidence.bibliography import BibliographicReference, Style
from commons.evidence.hit import Hit
from commons.operations import cite
from commons.records.catalogue import Catalogue
from commons.records.identity import ids_in
from commons.records.schema import Record, Source
from commons.records.states import RecordState
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

GLAUCOMA = record(
    "Glaucoma is caused by pressure.",
    title="Glaucoma & 100% of {eyes}",
    license="CC-BY-4.0",
    sources=(
        Source(title="Handbook", url="https://health.example/g_1", author="A. Nurse", retrieved="2026-03-01"),
        Source(title="Atlas", author="B. Doctor", retrieved="2026-04-02"),
    ),
)
PLAIN = record("Ice floats.")
OLD = record("The earth is a disc.")
NEW = record("The earth is round.")
SIBLING = record("Cataract clouds the lens.", title="Cataract", sources=GLAUCOMA.sources)
ATTACKS = [
    record(row["text"], title=row["title"], license="MIT", sources=tuple(Source(**s) for s in row["sources"]))
    for row in HOSTILE
]
INJECTED = record(
    "x",
    title="A\r\nER  - \r\nTY  - BOOK\u2028TI  - y\x85AU  - z\x0bA} , @misc{evil, title={b",
    sources=(
        Source(title="t\nER  - ", author="Eve} and {Mallory\nAU  - x", url="https://e.example/}\n@misc{z,"),
    ),
)
# Of CSL 1.0.2: resource.citationstyles.org/schema/latest/input/json/csl-data.json
CSL_TEXTS = {"title", "container-title", "source", "version", "URL", "language", "note"}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    commons = commons_on_disk.founded(tmp_path_factory.mktemp("cite") / "commons")
    commons.put([GLAUCOMA, PLAIN, OLD, NEW, SIBLING, INJECTED, *ATTACKS])
    commons.put([link(NEW, "dcterms:replaces", OLD), link(PLAIN, "cito:disputes", NEW)])
    return commons.snapshot


@pytest.fixture(scope="module")
def catalogue(snapshot: Snapshot) -> Catalogue:
    return snapshot.catalogue()


def cited(snapshot: Snapshot, catalogue: Catalogue, *ids: str, style: str = "text") -> str:
    return cite.cite(snapshot, catalogue, ids, style=style).text


@pytest.mark.parametrize("style", cite.STYLES)
def test_each_style_says_what_a_citation_needs(style: str, snapshot: Snapshot, catalogue: Catalogue) -> None:
    text = (
        cited(snapshot, catalogue, GLAUCOMA.id, style=style)
        .replace("\\u002e", ".")
        .replace("\\u003a", ":")
        .replace("\\", "")
    )
    parts = [
        GLAUCOMA.id,
        f"commons://record/{GLAUCOMA.id}",
        "A. Nurse",
        "B. Doctor",
        GLAUCOMA.contributor,
        "folder",
    ]
    parts.append("Creative Commons Attribution 4.0" if style in ("text", "markdown") else "CC-BY-4.0")
    assert [part for part in parts if part not in text] == []
    assert re.search(r"2026[-/,\s]+0?4[-/,\s]+0?2", text)


def test_the_line_of_a_text_is_the_records_own(snapshot: Snapshot, catalogue: Catalogue) -> None:
    assert cited(snapshot, catalogue, PLAIN.id) == (
        f"A notebook. CC0 1.0 Universal. {PLAIN.id} Contributed by {PLAIN.contributor}. "
        f"commons@folder, commons://record/{PLAIN.id} (disputed by other records)\n"
    )


def test_ids_come_in_addresses_and_lists_and_each_record_stands_once(
    snapshot: Snapshot, catalogue: Catalogue
) -> None:
    pasted = [f"https://example.org/record/{PLAIN.id.upper()}", f"“{GLAUCOMA.id}”, {PLAIN.id}", SIBLING.id]
    references = cite.cite(snapshot, catalogue, pasted).references
    assert [each.id for each in references] == [PLAIN.id, GLAUCOMA.id, SIBLING.id]


def test_a_replaced_record_is_cited_and_its_newest_named(snapshot: Snapshot, catalogue: Catalogue) -> None:
    for style in cite.STYLES:
        citations = cite.cite(snapshot, catalogue, [OLD.id], style=style)
        assert set(ids_in(citations.text)) == {OLD.id, NEW.id}
        assert NEW.id in citations.notes[0]


@pytest.mark.parametrize(
    ("ids", "style", "code"),
    [
        (["kr1" + "a" * 52], "text", "record-missing"),
        (["glaucoma"], "text", "record-missing"),
        ([""], "text", "record-missing"),
        ([PLAIN.id, "kr1" + "a" * 52], "text", "record-missing"),
        (["kc1" + "a" * 52], "text", "usage"),
        ([], "text", "usage"),
        ([PLAIN.id], "bibtx", "style-unknown"),
    ],
)
def test_what_cannot_be_cited_is_refused(
    ids: list[str], style: str, code: str, snapshot: Snapshot, catalogue: Catalogue
) -> None:
    with pytest.raises(CommonsError) as caught:
        cite.cite(snapshot, catalogue, ids, style=style)
    assert caught.value.code == code
    assert caught.value.hint
    if code == "style-unknown":
        assert isinstance(caught.value, UsageError)
        assert "did you mean" in caught.value.message


# Nothing breaks out


def reference_of(snapshot: Snapshot, row: Record) -> BibliographicReference:
    """As of a commons whose records have an address on the web."""
    hit = Hit(row, "notes", "open", 1, 1, row.title or "somebody", RecordState(row.id))
    return replace(cite._reference(snapshot, hit), url=f"https://space.example/record/{row.id}")


def bibtex_entries(text: str) -> list[dict[str, str]]:
    """The entries of a list as BibTeX cuts them: by braces that balance."""
    entries = []
    for name, body in re.findall(r"^@(\w+)\{(.*?)^\}\n", text, re.MULTILINE | re.DOTALL):
        assert name == "misc"
        fields = re.findall(r"^  (\w+) = \{(.*)\},$", body, re.MULTILINE)
        assert len(fields) == body.count("\n") - 1
        for _, value in fields:
            depth = 0
            for sign in value:
                depth += {"{": 1, "}": -1}.get(sign, 0)
                assert depth >= 0
            assert depth == 0
            assert "@" not in value
        entries.append(dict(fields))
    return entries


def check(snapshot: Snapshot, rows: list[Record]) -> None:
    references = [reference_of(snapshot, row) for row in rows]
    written = {style: bibliography.written(references, style) for style in Style}
    assert len(written[Style.TEXT].splitlines()) == len(rows)
    assert len(written[Style.MARKDOWN].split("\n")) == len(rows) + 1
    assert markdown.active(written[Style.MARKDOWN]) == ["link_open"] * len(rows)  # the permalink
    assert (
        len(bibtex_entries(written[Style.BIBTEX])) == written[Style.BIBTEX].count("\n@misc{") + 1 == len(rows)
    )
    if find_spec("pybtex"):  # a check of its own where nobody installed it
        from pybtex.database import parse_string

        assert list(parse_string(written[Style.BIBTEX], "bibtex").entries) == list(
            dict.fromkeys(row.id for row in rows)
        )
    for line in written[Style.RIS].split("\r\n"):
        assert line == "" or re.match(r"[A-Z][A-Z0-9]  - ", line)
        assert len((line + ".").splitlines()) == 1
    assert written[Style.RIS].count("ER  - \r\n") == written[Style.RIS].count("\r\nER  - ") == len(rows)
    assert markdown.active(written[Style.CSL_JSON]) == []
    for item in json.loads(written[Style.CSL_JSON]):
        check_csl(item)


def check_csl(item: dict[str, Any]) -> None:
    assert item["type"] == "entry"
    assert set(item) <= {*CSL_TEXTS, "id", "type", "author", "contributor", "custom", "accessed"}
    assert all(isinstance(item[name], str) for name in CSL_TEXTS)
    assert all(set(name) == {"literal"} for name in (*item["author"], *item["contributor"]))
    assert item["author"]
    if "accessed" in item:
        assert [len(parts) for parts in item["accessed"]["date-parts"]] == [3]


def test_hostile_records_stay_in_their_values(snapshot: Snapshot) -> None:
    check(snapshot, [*ATTACKS, INJECTED, GLAUCOMA])


@given(any_record)
@settings(max_examples=60)
def test_any_record_stays_in_its_values(snapshot: Snapshot, row: Record) -> None:
    check(snapshot, [row, PLAIN])


def test_a_commons_is_called_by_its_folder_from_within_too(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(snapshot.folder)
    here = snapshots.of_folder(Path())
    assert "commons@folder" in cite.cite(here, here.catalogue(), [PLAIN.id]).text


def test_an_error_does_not_say_where_a_folder_lies(snapshot: Snapshot) -> None:
    with pytest.raises(CommonsError) as caught:
        cite.cite(snapshot, snapshot.catalogue(), [record("Nowhere.").id])
    assert caught.value.message.startswith("commons has no record")
