"""The maintainers' own gate on a contribution that is not proposed yet, so that whoever offers it need not wait to be told.

A finding's place is the contributor's: their file, the row and the line in it, in place of the shard that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from commons.gate import child_process, corrections, snapshot_state
from commons.gate.comparison import compare
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.findings import Finding, RowPlace
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.ledger.contributions import Contribution
from commons.progress import Progress, silent
from commons.snapshots.snapshot import Snapshot

ShardRow = tuple[str, int]  # a shard's path, and the number of a row in it, from 1


def report(
    contribution: Contribution,
    snapshot: Snapshot,
    resources: ComparisonResources | None = None,
    *,
    proposer: str = "",
    places: Mapping[ShardRow, RowPlace] | None = None,
    warnings: Iterable[Finding] = (),
    progress: Progress = silent,
) -> Report:
    """What the gate will say; with ``resources`` the contribution is compared with the commons too, whose data the snapshot has.

    ``places`` says where the rows of the shards come from; ``warnings`` are what reading these rows has found, said with the rest.
    """
    offer = Offer.of(contribution.files, proposer)
    checked = child_process.examine(offer, snapshot.policy_bytes, snapshot_state.of(snapshot))
    checked = corrections.examine(_relocated(checked, places or {}), snapshot)
    here = {(place.file, place.row) for place in (places or {}).values()}
    of_these = [finding for finding in warnings if not finding.row or (finding.file, finding.row) in here]
    checked = replace(checked, findings=(*checked.findings, *of_these))
    if not resources:
        return checked
    compared = compare.compare(checked, snapshot, resources, progress=progress)
    lines = {(place.file, place.row): place for place in (places or {}).values()}
    return replace(compared, findings=tuple(_at(finding, lines) for finding in compared.findings))


def _relocated(checked: Report, places: Mapping[ShardRow, RowPlace]) -> Report:
    """The report with its findings, and what is still to be compared, where the contributor has them."""
    offering = checked.offering
    records = [
        replace(entry, file=place.file, row=place.row)
        if (place := places.get((entry.file, entry.row)))
        else entry
        for entry in offering.records
    ]
    findings = tuple(_at(finding, places) for finding in checked.findings)
    return replace(checked, findings=findings, offering=replace(offering, records=tuple(records)))


def _at(finding: Finding, places: Mapping[ShardRow, RowPlace]) -> Finding:
    place = places.get((finding.file, finding.row))
    return finding.at(place) if place else finding
