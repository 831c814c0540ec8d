"""Review: a reviewer's signed word on a proposal, exactly as it stands.

    examined = review.examine(repository, 12, key, head="3f2a…", approve=True)
    decision = review.submit(examined, key, approve=True)

What is signed is what was seen: the reviewer says which head that was. The preconditions come first: nothing is written under a proposal
that is closed or has moved, or by a key that has no word in it.
"""

from __future__ import annotations

from commons.errors import CommonsError
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Decision, Outcome
from commons.hub.repository import Repository
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.progress import Progress, silent
from commons.proposals import examination, receipts, report_comment, reviews, unsigned_page
from commons.proposals.examination import Examination


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


def submit(examined: Examination, key: SigningKey, *, approve: bool, reason: str = "") -> Decision:
    """Sign a review of exactly what was examined, and close the proposal when that refuses it.

    Raises:
        CommonsError: the proposal is closed (``proposal-closed``), has moved since (``head-moved``), the gate refuses what is to be
            approved (``gate-refuses``), the key holds no reviewing role (``not-a-reviewer``), it is the signer's own
            (``own-proposal``), or the account is another person's than the key (``other-account``).
    """
    _refuse(examined, key, approve)
    repository, proposal, report = examined.repository, examined.proposal, examined.report
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
    decision = examined.with_conversation_of_now().decision
    if decision.outcome is Outcome.REFUSE:
        reasons = [reason] if reason else []
        repository.close(
            proposal.number,
            comment=receipts.of_refusal([*reasons, *decision.reasons], _how_to_go_on(examined)),
        )
    return decision


def _refuse(examined: Examination, key: SigningKey, approve: bool) -> None:
    number = examined.proposal.number
    examination.refuse_closed(examined.proposal)
    examined.refuse_non_reviewer(key.public.key_id)
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
