"""Contribute: what was prepared and sealed becomes a proposal.

    proposal = contribute.propose(repository, contribution, prepared)   a pull request

Preparing and sealing are ``intake.offering``; the gate's preview is ``gate.preview``.
"""

from __future__ import annotations

from collections import Counter

from commons.hub.repository import Proposal, Repository
from commons.intake.preparation import PreparedRows
from commons.layout import Kind
from commons.ledger.contributions import Contribution
from commons.records import summary


def propose(
    repository: Repository, contribution: Contribution, prepared: PreparedRows, *, message: str = ""
) -> Proposal:
    """Open the pull request."""
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
    return repository.propose(contribution.files, title=title, description=description)
