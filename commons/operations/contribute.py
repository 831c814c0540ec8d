"""Contribute: what was prepared is sealed, checked and becomes proposals, as many as it takes.

    for offer in contribute.offers(repository, snapshot, prepared, key, identity): offer.report, offer.proposal

Preparing and sealing are ``intake.offering``; the gate's preview is ``gate.preview``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from commons.gate import preview, wording
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.report import Report
from commons.governance.people import SignerIdentity
from commons.hub.repository import Proposal, Repository
from commons.intake import offering
from commons.intake.batches import Batch
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind
from commons.ledger.contributions import Contribution, Group
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.records import summary
from commons.records.schema import Row
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class OfferedContribution:
    """One contribution, the gate's report on it, and its proposal; None where the gate refuses it, or nothing was to be sent."""

    contribution: Contribution
    report: Report
    proposal: Proposal | None


def offers(
    repository: Repository,
    snapshot: Snapshot,
    batches: Sequence[Batch],
    prepared: PreparedRows,
    key: SigningKey,
    identity: SignerIdentity,
    resources: ComparisonResources | None = None,
    *,
    message: str = "",
    anyway: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Iterator[OfferedContribution]:
    """Offer the batches one after the other, each as soon as it is asked for; it ends after one that the gate refuses.

    ``anyway`` offers what the gate refuses too; ``dry_run`` sends nothing.
    """
    for number, batch in enumerate(batches, start=1):
        part = f"part {number} of {len(batches)}" if len(batches) > 1 else ""
        contribution = offering.seal(batch.groups, key, snapshot.policy, identity)
        places = offering.places(contribution, batch.groups, prepared)
        step = f"Running the gate {part}".strip()
        progress(step, 0, 1)
        report = preview.report(contribution, snapshot, resources, places=places, progress=progress)
        progress(step, 1, 1)
        stops = bool(report.refusals()) and not anyway
        proposal = None
        if not (dry_run or stops):
            proposal = propose(repository, contribution, batch.groups, message=message, part=part)
        yield OfferedContribution(contribution, report, proposal)
        if stops:
            return


def propose(
    repository: Repository,
    contribution: Contribution,
    groups: Mapping[Group, Sequence[Row]],
    *,
    message: str = "",
    part: str = "",
) -> Proposal:
    """Open the pull request. ``part`` says which of several it is."""
    rows = [(group, each) for group, each in groups.items() if group[0] is not Kind.LINK] or [*groups.items()]
    what = Counter(kind for (kind, _, _), each in groups.items() for _ in each)
    named = dict.fromkeys(collection for (_, _, collection), _ in rows)
    spdx = sorted({row.license for _, each in rows for row in each})
    offered = summary.in_words(records=what[Kind.RECORD], questions=what[Kind.QUESTION])
    title = (
        f"Add {offered or wording.amount(what[Kind.LINK], 'link')} to {', '.join(named)} ({', '.join(spdx)})"
    )
    description = "\n\n".join(
        text
        for text in (
            message,
            f"Contribution `{contribution.id}`, signed by `{contribution.key_id}`.",
            "Made with `commons contribute`. The gate's report follows as a comment.",
        )
        if text
    )
    return repository.propose(
        contribution.files, title=f"{title}{f', {part}' if part else ''}", description=description
    )
