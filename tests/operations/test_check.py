"""Check: the verdict that an offer would get, found out without offering anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from commons.errors import InputError
from commons.gate.report import Report
from commons.intake import offering
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind, Need
from commons.operations import check, show
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

ROW = {"lang": "en", "topic": ["science"], "license": "CC0-1.0", "source.title": "A notebook"}


@pytest.fixture(scope="module")
def snapshot(shared: World) -> Snapshot:
    shared.add([{"title": "Ice", "text": "Ice is solid water."}], "water")
    return shared.snapshot(need=Need.COMPARING)


def file(folder: Path, *rows: dict[str, Any], kind: Kind = Kind.RECORD) -> Input:
    path = folder / "offered.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Input(path, Mapping(kind=kind), "water")


class Checked(NamedTuple):
    prepared: PreparedRows
    reports: list[Report]


def check_rows(snapshot: Snapshot, source: Input) -> Checked:
    prepared = offering.prepare(snapshot, [source], source.mapping.kind)
    return Checked(prepared, check.reports(prepared, snapshot))


def test_it_finds_what_the_same_rows_find_when_they_are_offered(
    shared: World, snapshot: Snapshot, tmp_path: Path
) -> None:
    rows = [{"text": "Steam is water as a gas."}, {"text": "Look at https://example.org/ for more."}]
    checked = check_rows(snapshot, file(tmp_path, *({**ROW, **row} for row in rows)))
    offered = show.examine(shared.repository(), shared.propose(rows, "water").number).report
    (report,) = checked.reports
    assert [(f.code, f.row) for f in report.findings] == [(f.code, f.row) for f in offered.findings]
    assert report.verdict == offered.verdict
    assert report.impact == offered.impact


def test_nothing_is_sent_and_nothing_is_written(shared: World, snapshot: Snapshot, tmp_path: Path) -> None:
    before = shared.repository().proposals(only_open=False)
    source = file(tmp_path, {**ROW, "text": "Snow is white."}, {**ROW, "text": "Bad.", "lang": "gibberish"})
    check_rows(snapshot, source)
    assert list(tmp_path.iterdir()) == [source.path]
    assert shared.repository().proposals(only_open=False) == before


def test_each_row_is_accepted_or_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    source = file(tmp_path, {**ROW, "text": "Hail falls."}, {**ROW, "text": "Bad.", "lang": "gibberish"})
    prepared = check_rows(snapshot, source).prepared
    assert prepared.accepted == 1
    assert [row.number for rows in prepared.refused.values() for row in rows] == [2]


def test_where_no_row_passes_there_is_no_report(snapshot: Snapshot, tmp_path: Path) -> None:
    assert check_rows(snapshot, file(tmp_path, {**ROW, "text": "Bad.", "lang": "gibberish"})).reports == []


def test_questions_are_checked_against_the_records_that_the_commons_holds(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    asked = {"question": "What is frozen water called?", "lang": "en", "license": "CC0-1.0"}
    rows = [{**asked, "relevant": ["Ice"]}, {**asked, "relevant": ["Basalt"]}]
    checked = check_rows(snapshot, file(tmp_path, *rows, kind=Kind.QUESTION))
    (report,) = checked.reports
    assert report.impact.questions == 1
    assert [row.number for rows in checked.prepared.refused.values() for row in rows] == [2]


def test_a_file_that_cannot_be_read_is_an_error(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        check_rows(snapshot, Input(tmp_path / "none.csv", Mapping(), "water"))
