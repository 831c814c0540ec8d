"""Refusals that are not in the log yet: signed under a proposal, they become leaves, so that nobody can take them away.

    unlogged = refusals.unlogged(examined, [proposal, …])        what entitled reviewers have refused under these
    statements = refusals.statements(unlogged, examined, key)     reviews and decisions, in the order of their leaves

A comment can be hidden, a proposal reopened or offered again; a leaf stays. Only a maintainer's key appends to the log: refusing by one
does so at once, and every landing takes in what reviewers refused under its author's proposals. Reviews are read wherever they stand, at
the head they were signed on. What is said of a proposed index stays in its conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commons import digests, layout
from commons.cards import dataset_card
from commons.governance import decision
from commons.hub.repository import Proposal
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.proposals import reviews
from commons.proposals.examination import Examination
from commons.proposals.reviews import Review
from commons.snapshots.sealed_commit import Statements

MAX_PROPOSALS = 200  # whose conversations one landing reads


@dataclass(frozen=True)
class UnloggedRefusal:
    """Enough refusals of one envelope, at one head, to refuse it."""

    about: str
    envelope: str
    head: str
    opened_at: datetime
    reviews: tuple[Review, ...]


def unlogged(examined: Examination, proposals: Iterable[Proposal]) -> list[UnloggedRefusal]:
    """What the conversations of ``proposals`` (with their comments) refuse, and the log does not know."""
    refusals = []
    for proposal in proposals:
        by_envelope: dict[str, list[Review]] = {}
        for review in reviews.read(proposal, examined.ground):
            if review.bound and not review.is_of_index and review.sha256_hex not in examined.state.envelopes:
                by_envelope.setdefault(review.of, []).append(review)
        for envelope, given in by_envelope.items():
            refusing = _refusing(examined, given)
            if refusing and envelope not in examined.state.envelopes:
                refusals.append(
                    UnloggedRefusal(given[0].about, envelope, proposal.head, proposal.opened_at, refusing)
                )
    return refusals


def of_the_same_author(examined: Examination) -> list[Proposal]:
    """The proposals of whoever made this one that have not landed, this one first, with their conversations; of very many the newest."""
    changelog = examined.snapshot.fetch(layout.CHANGELOG).decode() if examined.state.contributions else ""
    known = {examined.proposal.number, *dataset_card.landed_numbers(changelog)}
    others = [
        other
        for other in examined.repository.proposals(only_open=False)
        if other.author == examined.proposal.author and other.number not in known
    ]
    newest = others[::-1][:MAX_PROPOSALS]
    return [examined.proposal, *(examined.repository.proposal(other.number) for other in newest)]


def statements(refusals: Sequence[UnloggedRefusal], examined: Examination, key: SigningKey) -> Statements:
    """The reviews that refuse, each followed by the decision that it makes."""
    signer = Signer(key, examined.snapshot.policy.commons.origin)
    policy = digests.sha256_hex(examined.snapshot.policy_bytes)
    signed: list[tuple[StatementKind, bytes]] = []
    for refusal in refusals:
        signed += [(StatementKind.REVIEW, review.envelope) for review in refusal.reviews]
        decided = signer.decision(
            refusal.about,
            refusal.envelope,
            head=refusal.head,
            opened=refusal.opened_at,
            policy=policy,
            reviews={review.sha256_hex: review.vote.person for review in refusal.reviews},
            accept=False,
        )
        signed.append((StatementKind.DECISION, decided))
    return signed


def _refusing(examined: Examination, given: Sequence[Review]) -> tuple[Review, ...]:
    """The reviews that refuse, when they are enough; the last word of each person counts."""
    snapshot = examined.snapshot
    counted = decision.counting(snapshot.roles, [review.vote for review in given], None)
    persons = {vote.person for vote in counted if not vote.approve}
    if len(persons) < snapshot.policy.decision.data.veto:
        return ()
    last = {review.vote.person: review for review in given if not review.vote.approve}
    return tuple(last[person] for person in sorted(persons))
