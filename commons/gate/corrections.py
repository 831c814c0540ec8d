"""Corrections: an offer that replaces records of the commons, beside what these say now and what was corrected before.

    report = corrections.examine(report, snapshot)

A contributor reads one version and corrects it; meanwhile another correction may have landed. So that at most one record of a chain is
live, the later one has to replace the newest. An offer that replaces nothing costs nothing here, and needs no data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from commons.gate.findings import Finding
from commons.gate.impact import Correction, Excerpt
from commons.gate.offered_records import OfferedRecords
from commons.gate.report import Report
from commons.layout import Need
from commons.records.catalogue import Catalogue
from commons.records.identity import is_record_id
from commons.records.schema import Record
from commons.records.states import RecordStates
from commons.snapshots.snapshot import Snapshot

_MAX_SHOWN = 20  # corrections whose texts go into a report


def examine(report: Report, snapshot: Snapshot) -> Report:
    """The report with what is wrong with the corrections in it, and with old and new text of the first of them."""
    pairs = [(new, old) for new, old in report.offering.replaces if is_record_id(old)]
    if not pairs:
        return report
    catalogue = snapshot.with_files(Need.CORRECTING).catalogue()
    shown = tuple(_corrections(pairs, report.offering, catalogue))[:_MAX_SHOWN]
    return replace(
        report,
        findings=(*report.findings, *_findings(pairs, report.offering, catalogue.states)),
        impact=replace(report.impact, corrections=shown),
    )


def _findings(
    pairs: Sequence[tuple[str, str]], offering: OfferedRecords, landed: RecordStates
) -> Iterator[Finding]:
    then = landed.with_corrections(pairs)
    entries = {entry.record.id: entry for entry in offering.records}
    for new, old in pairs:
        if objection := _objection(new, old, landed, then):
            code, message = objection
            entry = entries.get(new)
            yield entry.finding(code, message) if entry else Finding(code, message, record=new)


def _objection(new: str, old: str, landed: RecordStates, then: RecordStates) -> tuple[str, str] | None:
    """Why ``new`` may not replace ``old``: the code and the sentence; ``then`` is how it would be with all of the offer landed."""
    newest = landed.newest(old)
    if not then.is_replaced(old):
        return "replaces-circle", f"the corrections of {old} would lead in a circle"
    if landed.is_replaced(old) and then.newest(newest) != then.newest(new):
        return "replaced-before", f"{old} was replaced already; its newest version is {newest}"
    if then.newest(old) != then.newest(new):
        return "replaced-twice", f"another record of the contribution replaces {old} too"
    return None


def _corrections(
    pairs: Sequence[tuple[str, str]], offering: OfferedRecords, catalogue: Catalogue
) -> Iterator[Correction]:
    """Those of records that are here already; the new text may be an offered one or stand here too."""
    offered = {entry.record.id: entry.record for entry in offering.records}
    for new, old in pairs:
        there, here = catalogue.get(old), catalogue.get(new)
        after = offered.get(new) or (here.record if here else None)
        if there and after:
            before = there.record
            yield Correction(_whole(after), _whole(before), before.contributor, before.contribution)


def _whole(record: Record) -> Excerpt:
    """All of it, so that what differs is seen wherever it stands; the gate has bounded both texts."""
    return Excerpt(record.id, record.title or "", record.text)
