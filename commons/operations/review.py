"""Review: what is proposed, what the gate says of it, and a reviewer's signed word.

examined = review.examine(repository, 12)     the report on exactly the head it names
review.publish_report(repository, examined)   one comment, edited in place
review.submit(repository, examined, key, approve=True)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from commons.errors import CommonsError
from commons.gate import state as standing
from commons.gate.comparison import compare as comparison
from commons.gate.comparison.compare import Means
from commons.gate.findings import Report
from commons.gate.signatures import Standing
from commons.governance import decision
from commons.governance.decision import Decision, Outcome
from commons.hub.repository import Proposal, Repository
from commons.ledger.keys import SigningKey
from commons.ledger.statements import Signer
from commons.progress import Progress, silent
from commons.proposals import examination as proposals
from commons.proposals import receipts, report_comment, reviews
from commons.proposals import report_page as markdown
from commons.proposals import unsigned as handmade
from commons.proposals import unsigned_page as handmade_markdown
from commons.proposals.reviews import Review
from commons.proposals.unsigned import Handmade
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Examined:
    """A proposal at one head, with the gate's report, the reviews so far, and where they lead."""

    proposal: Proposal
    report: Report
    reviews: tuple[Review, ...]
    decision: Decision
    snapshot: Snapshot
    held: Standing
    handmade: Handmade | None = None  # what it holds, when it was not made with our client


def examine(
    repository: Repository, number: int, means: Means | None = None, *, progress: Progress = silent
) -> Examined:
    """Run the gate on the proposal as it stands now and weigh the reviews on it; with ``means`` compare it with the commons too."""
    patterns = snapshots.FOR_COMPARING if means else snapshots.FOR_CHECKING
    snapshot = snapshots.take(repository, patterns=patterns)
    proposal = repository.proposal(number)
    held = standing.of(snapshot)
    offer = proposals.fetch(repository, proposal, snapshot.policy)
    report = proposals.examine(offer, proposal, snapshot, held)
    if means:
        report = comparison.compare(report, snapshot, means, progress=progress)
    found = _reviews(proposal, report, snapshot, held)
    by_hand = handmade.look(repository, proposal, offer, snapshot, held)
    return Examined(
        proposal, report, found, _decide(proposal, report, found, snapshot), snapshot, held, by_hand
    )


def publish_report(repository: Repository, examined: Examined, *, repeat: bool = True) -> str:
    """Put the report under the proposal: edit our earlier comment when there is one, else write it. Says what was done.

    ``repeat`` false leaves it out where another account's report says exactly the same.
    """
    proposal = examined.proposal
    if examined.handmade:
        body = handmade_markdown.render(examined.handmade, proposal, repository.id)
        text = f"{markdown.MARKER}\n\n{body}"
    else:
        steps = receipts.next_steps(examined.report, repository.id) if examined.report.refusals() else ""
        text = "\n\n".join(part for part in (markdown.render(examined.report), steps) if part)
    return report_comment.publish(repository, proposal, text, repository.whoami(), repeat=repeat)


def submit(
    repository: Repository, examined: Examined, key: SigningKey, *, approve: bool, reason: str = ""
) -> Decision:
    """Sign a review of exactly what was examined, and close the proposal when that refuses it.

    Raises:
        CommonsError: the proposal is closed (``proposal-closed``), has moved since (``head-moved``), the gate refuses what is to be
            approved (``gate-refuses``), or the key holds no reviewing role (``not-a-reviewer``).
    """
    proposal, report, snapshot = examined.proposal, examined.report, examined.snapshot
    _refuse_review(repository, examined, key, approve)
    if report.statement_digest:
        envelope = Signer(key, snapshot.policy.commons.origin).review(
            report.contribution, report.statement_digest, head=proposal.head, approve=approve
        )
        repository.comment(proposal.number, reviews.carry(envelope, approve=approve, reason=reason))
    # An unsigned proposal has nothing a review could be bound to; the gate refuses it by itself.
    now = repository.proposal(proposal.number)
    found = _reviews(now, report, snapshot, examined.held)
    outcome = _decide(now, report, found, snapshot)
    if outcome.outcome is Outcome.REFUSE:
        reasons = [reason] if reason else []
        steps = (
            handmade_markdown.signing_yourself(examined.handmade, repository.id)
            if examined.handmade
            else receipts.next_steps(report, repository.id)
        )
        repository.close(proposal.number, comment=receipts.refused([*reasons, *outcome.reasons], steps))
    return outcome


def _refuse_review(repository: Repository, examined: Examined, key: SigningKey, approve: bool) -> None:
    number = examined.proposal.number
    if not examined.proposal.is_open:
        raise CommonsError(
            f"Proposal {number} is {examined.proposal.status} already.", code="proposal-closed"
        )
    if not examined.snapshot.roles.may_review(key.public.key_id):
        raise CommonsError(
            f"The key {key.public.key_id} may not review here.",
            hint="Reviewers and maintainers are listed in governance/roles.json.",
            code="not-a-reviewer",
        )
    if repository.head(f"refs/pr/{number}") != examined.proposal.head:
        raise CommonsError(
            f"Proposal {number} has moved since it was examined.",
            hint=f"commons show {number}",
            code="head-moved",
        )
    if approve and (refusals := examined.report.refusals()):
        raise CommonsError(
            f"The gate refuses proposal {number}: {refusals[0]}.",
            hint=f"commons review {number} --refuse closes it with the reasons.",
            code="gate-refuses",
        )


def _reviews(proposal: Proposal, report: Report, snapshot: Snapshot, held: Standing) -> tuple[Review, ...]:
    return reviews.read(
        proposal, report, commons=snapshot.policy.commons.origin, retired_keys=held.retired_keys
    )


def _decide(proposal: Proposal, report: Report, found: tuple[Review, ...], snapshot: Snapshot) -> Decision:
    return decision.decide(
        snapshot.policy.decision.rule(report.kind),
        snapshot.roles,
        refused_by_gate=report.refusals(),
        author_key_id=report.author_key_id,
        votes=[review.vote for review in found if review.bound],
        opened_at=proposal.opened_at,
        now=datetime.now(UTC),
    )
