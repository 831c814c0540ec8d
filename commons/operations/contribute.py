"""Contribute: what was prepared is sealed, checked and becomes proposals, as many as it takes.

    for batch in offering.batches(…): contribute.offer(repository, snapshot, batch, prepared, key, identity)

Preparing and sealing are ``intake.offering``; the gate's preview is ``gate.preview``.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from commons.gate import preview, wording
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.report import Report
from commons.governance.people import SignerIdentity
from commons.hub import retries
from commons.hub.repository import Proposal, Repository
from commons.intake import offering
from commons.intake.batches import Batch
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind
from commons.ledger.contributions import Contribution, Group
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.proposals import open_offers
from commons.records import identity as row_ids
from commons.records import summary
from commons.records.schema import Row
from commons.snapshots.snapshot import Snapshot

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OfferedContribution:
    """One contribution, the gate's report on it, and its proposal; None where the gate refuses it, or nothing was to be sent."""

    contribution: Contribution
    report: Report
    proposal: Proposal | None


def offer(
    repository: Repository,
    snapshot: Snapshot,
    batch: Batch,
    prepared: PreparedRows,
    key: SigningKey,
    identity: SignerIdentity,
    resources: ComparisonResources | None = None,
    *,
    memory: Path | None = None,
    message: str = "",
    part: str = "",
    anyway: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> OfferedContribution:
    """Seal a batch, ask the gate, and open the proposal unless the gate refuses it.

    ``anyway`` offers what the gate refuses too; ``dry_run`` sends nothing; ``part`` says which of several batches it is. What is read of
    open proposals is kept in ``memory``.
    """
    contribution = offering.seal(batch.groups, key, snapshot.policy, identity)
    places = offering.places(contribution, batch.groups, prepared)
    step = f"Running the gate {part}".strip()
    progress(step, 0, 1)
    report = preview.report(
        contribution, snapshot, resources, places=places, warnings=prepared.warnings(), progress=progress
    )
    progress(step, 1, 1)
    if dry_run:
        return OfferedContribution(contribution, report, None)
    report = _beside_open_proposals(report, repository, batch.groups, memory, progress)
    if report.refusals() and not anyway:
        return OfferedContribution(contribution, report, None)
    proposal = propose(repository, contribution, batch.groups, message=message, part=part, memory=memory)
    return OfferedContribution(contribution, report, proposal)


def _beside_open_proposals(
    report: Report,
    repository: Repository,
    groups: Mapping[Group, Sequence[Row]],
    memory: Path | None,
    progress: Progress,
) -> Report:
    """The report, and which open proposals offer some of the rows already."""
    with open_offers.memory(memory) as place:
        offers = open_offers.read(repository, place, progress=progress)
    findings = open_offers.repetitions(offers, _ids(groups), offered_by=repository.whoami())
    return replace(report, findings=(*report.findings, *findings))


def propose(
    repository: Repository,
    contribution: Contribution,
    groups: Mapping[Group, Sequence[Row]],
    *,
    message: str = "",
    part: str = "",
    memory: Path | None = None,
) -> Proposal:
    """Open the pull request; or give the open one in which this person offers just these rows already, and say so in the log.

    That one may have been opened by a run whose end was never heard of. ``part`` says which of several it is. With ``memory`` what was
    read of proposals is kept there.
    """
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
    user, ids = repository.whoami(), _ids(groups)
    with open_offers.memory(memory) as place:

        def same() -> Proposal | None:
            return open_offers.find_same(repository, user, title, ids, place)

        if known := same():
            _log.warning("Proposal %d offers just these rows already, so no other was opened.", known.number)
            return known
        return retries.again_unless_done(
            lambda: repository.propose(
                contribution.files,
                title=f"{title}{f', {part}' if part else ''}",
                description=description,
            ),
            same,
        )


def _ids(groups: Mapping[Group, Sequence[Row]]) -> set[str]:
    return {row_ids.row_id(row) for rows in groups.values() for row in rows}
