"""One proposal: check it when a check is due, and leave a report that speaks of where it stands now."""

from __future__ import annotations

import logging

from commons.errors import HubError
from commons.escaping import escape
from commons.gate.comparison.compare import ComparisonResources
from commons.hub.repository import Proposal, Repository
from commons.operations import show
from commons.proposals import report_comment
from commons.proposals.report_page import MARKER

_ROUNDS = 5  # an author who pushes faster than we check is answered when they pause
# What is wrong with the proposal itself; anything else is our trouble or the Hub's, and is tried again.
_OF_THE_PROPOSAL = ("unrelated-history", "digest-mismatch")
_log = logging.getLogger(__name__)


def check(repository: Repository, number: int, me: str, resources: ComparisonResources | None = None) -> bool:
    """Bring the report on proposal ``number`` up to date; whether anything was due.

    After each report the proposal is read again: a commit or a wish that came meanwhile is due at once, and a report on an earlier head
    that another process wrote over ours is seen as well.

    Raises:
        CommonsError: the Hub cannot be reached, say; nothing was left half done, and the same call may be made again.
    """
    checked = False
    for _ in range(_ROUNDS):
        proposal = repository.proposal(number)
        why = report_comment.due(proposal, me)
        if not why:
            return checked
        _check_once(repository, proposal, why, resources)
        checked = True
    _log.warning("proposal %d moves faster than it can be checked; the next event looks again", number)
    return checked


def _check_once(
    repository: Repository, proposal: Proposal, why: str, resources: ComparisonResources | None
) -> None:
    _log.info("proposal %d at %s: checking, %s", proposal.number, proposal.head[:12], why)
    try:
        examined = show.examine(repository, proposal.number, resources)
    except HubError as error:
        if error.code not in _OF_THE_PROPOSAL:
            raise
        text = f"{MARKER}\n\n### Report of the gate\n\n**It could not be checked.** {escape(error.message)} {escape(error.hint)}"
        done = report_comment.publish_text(repository, proposal, text)
        _log.warning(
            "proposal %d at %s: %s; report %s", proposal.number, proposal.head[:12], error.code, done
        )
        return
    if repository.head(f"refs/pr/{proposal.number}") != examined.proposal.head:
        _log.info("proposal %d moved while it was being checked", proposal.number)
        return
    done = show.publish(examined)
    verdict = examined.report.verdict.value if examined.report.verdict else "clean"
    _log.info("proposal %d at %s: %s, report %s", proposal.number, examined.proposal.head[:12], verdict, done)
