"""Contribute: what was prepared and sealed becomes a proposal.

    proposal = contribute.propose(repository, contribution, prepared)   a pull request

Preparing and sealing are ``intake.offering``; the gate's preview is ``gate.preview``.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

from commons.gate.report import Report
from commons.hub import retries
from commons.hub.repository import Proposal, Repository
from commons.intake.preparation import PreparedRows
from commons.layout import Kind
from commons.ledger.contributions import Contribution
from commons.progress import Progress, silent
from commons.proposals import open_offers
from commons.records import identity, summary

_log = logging.getLogger(__name__)


def beside_open_proposals(
    report: Report,
    repository: Repository,
    prepared: PreparedRows,
    memory: Path,
    *,
    progress: Progress = silent,
) -> Report:
    """The report, and which open proposals offer some of the rows already; what was read of them is kept in ``memory``."""
    offers = open_offers.read(repository, memory, progress=progress)
    findings = open_offers.repetitions(offers, _ids(prepared))
    return replace(report, findings=(*report.findings, *findings))


def propose(
    repository: Repository,
    contribution: Contribution,
    prepared: PreparedRows,
    *,
    message: str = "",
    memory: Path | None = None,
) -> Proposal:
    """Open the pull request; or give the open one in which this person offers just these rows already, and say so in the log.

    That one may have been opened by a run whose end was never heard of. With ``memory`` what was read of proposals is kept there.
    """
    groups = [(group, rows) for group, rows in prepared.groups.items() if group[0] is not Kind.LINK]
    what = Counter(kind for (kind, _, _), rows in groups for _ in rows)
    named = dict.fromkeys(collection for _, _, collection in (group for group, _ in groups))
    spdx = sorted({row.license for _, rows in groups for row in rows})
    offered = summary.in_words(records=what[Kind.RECORD], questions=what[Kind.QUESTION])
    title = f"Add {offered} to {', '.join(named)} ({', '.join(spdx)})"
    description = "\n\n".join(
        part
        for part in (
            message,
            f"Contribution `{contribution.id}`, signed by `{contribution.key_id}`.",
            "Made with `commons contribute`. The gate's report follows as a comment.",
        )
        if part
    )
    user, ids = repository.whoami(), _ids(prepared)
    with open_offers.memory(memory) as place:

        def same() -> Proposal | None:
            return open_offers.find_same(repository, user, title, ids, place)

        if known := same():
            _log.warning("Proposal %d offers just these rows already, so no other was opened.", known.number)
            return known
        return retries.again_unless_done(
            lambda: repository.propose(contribution.files, title=title, description=description), same
        )


def _ids(prepared: PreparedRows) -> set[str]:
    return {identity.row_id(row) for rows in prepared.groups.values() for row in rows}
