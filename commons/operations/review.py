"""Review: a reviewer's signed word on a proposal, exactly as it stands.

    examined = review.examine(repository, 12, key, head="3f2a…", approve=True)
    decision = review.submit(examined, key, approve=True)

What is signed is what was seen: the reviewer says which head that was. The preconditions come first: nothing is written under a proposal
that is closed or has moved, or by a key that has no word in it. A maintainer's refusal that decides goes to the log before the proposal is
closed, so that nobody can take it away; a reviewer's stands in the conversation until a maintainer's key takes it in.
"""

from __future__ import annotations

from dataclasses import dataclass

from commons import digests
from commons.errors import AccessError, CommonsError
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Decision, Outcome
from commons.hub.repository import Repository
from commons.layout import Need
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.progress import Progress, silent
from commons.proposals import examination, receipts, refusals, report_comment, reviews, unsigned_page
from commons.proposals.examination import Examination
from commons.snapshots import snapshot as snapshots


@dataclass(frozen=True)
class ReviewOutcome:
    """Where it leads. ``counts``: what was signed has weight; ``logged``: the refusal is in the log; ``closed``: the proposal is."""

    decision: Decision
    counts: bool
    logged: bool = False
    closed: bool = False

    @property
    def outcome(self) -> Outcome:
        return self.decision.outcome


def examine(
    repository: Repository,
    number: int,
    key: SigningKey,
    *,
    head: str,
    approve: bool,
    resources: ComparisonResources | None = None,
    progress: Progress = silent,
) -> Examination:
    """Proposal ``number``, to be reviewed at ``head``, the commit that this reviewer has seen; its report is left under it.

    Raises:
        ProposalError: it is closed (``proposal-closed``), or at another head by now (``head-moved``, with what changed).
        CommonsError: see ``submit``.
    """
    examined = examination.examine(repository, number, resources, only_open=True, progress=progress)
    examined.refuse_other_head(head)
    _refuse(examined, key, approve)
    report_comment.publish(examined, repeat=False)
    return examined


def submit(examined: Examination, key: SigningKey, *, approve: bool, reason: str = "") -> ReviewOutcome:
    """Sign a review of exactly what was examined; when that refuses it, log the refusal and close the proposal, as far as one may.

    Raises:
        CommonsError: the proposal is closed (``proposal-closed``), has moved since (``head-moved``), the gate refuses what is to be
            approved (``gate-refuses``), the key holds no reviewing role (``not-a-reviewer``), it is the signer's own
            (``own-proposal``), or the account is another person's than the key (``other-account``).
    """
    _refuse(examined, key, approve)
    repository, proposal, report = examined.repository, examined.proposal, examined.report
    envelope = b""
    if report.statement_digest:
        snapshot = examined.snapshot
        envelope = Signer(key, snapshot.policy.commons.origin).review(
            report.contribution,
            report.statement_digest,
            head=proposal.head,
            approve=approve,
            person=snapshot.roles.person_of(key.public.key_id),
            size=snapshot.rules.size,
        )
        repository.comment(proposal.number, reviews.carry(envelope, approve=approve, reason=reason))
    # An unsigned proposal has nothing a review could be bound to; the gate refuses it by itself.
    now = examined.with_conversation_of_now()
    digest = digests.sha256_hex(envelope)
    counts = any(review.bound and review.sha256_hex == digest for review in now.reviews)
    if now.decision.outcome is not Outcome.REFUSE:
        return ReviewOutcome(now.decision, counts)
    logged = _log(now, key)
    reasons = [reason] if reason else []
    words = receipts.of_refusal([*reasons, *now.decision.reasons], _how_to_go_on(examined))
    return ReviewOutcome(now.decision, counts, logged, _close(now, words))


def _log(examined: Examination, key: SigningKey) -> bool:
    """Whether the refusal is in the log now: a maintainer's key appends it, from an account that may write to ``main``.

    A landing that won a race against this may have taken it in already.
    """
    if not examined.snapshot.roles.is_maintainer(key.public.key_id):
        return False
    try:
        refusals.record(examined.repository, key, [examined.proposal])
    except AccessError:
        return False
    return (
        examined.report.statement_digest in snapshots.take(examined.repository, need=Need.CHECKING).refusals
    )


def _close(examined: Examination, words: str) -> bool:
    """Whether the proposal is closed; the Hub lets nobody do that but its author and who may write."""
    try:
        examined.repository.close(examined.proposal.number, comment=words)
    except AccessError:
        return False
    return True


def _refuse(examined: Examination, key: SigningKey, approve: bool) -> None:
    number = examined.proposal.number
    examination.refuse_closed(examined.proposal)
    examined.refuse_non_reviewer(key.public.key_id)
    examined.refuse_emeritus(key.public.key_id)
    examined.refuse_own(key.public.key_id)
    examined.refuse_other_account(key.public.key_id)
    examined.refuse_moved()
    if approve and (refusals := examined.report.refusals()):
        raise CommonsError(
            f"The gate refuses proposal {number}: {refusals[0]}.",
            hint=f"commons review {number} --refuse closes it with the reasons.",
            code="gate-refuses",
        )


def _how_to_go_on(examined: Examination) -> str:
    if examined.unsigned:
        return unsigned_page.signing_yourself(examined.unsigned, examined.repository.id)
    return receipts.next_steps(examined.report, examined.repository.id)
