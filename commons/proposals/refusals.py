"""Refusals that are not in the log yet: signed under a proposal, they become leaves, so that nobody can take them away.

    refusals.record(repository, key, [proposal, …])             what entitled reviewers refused under these goes to the log, now
    refusals.unlogged(snapshot, ground, [proposal, …])          what that would be
    refusals.statements(unlogged, snapshot, key)                reviews and decisions, in the order of their leaves

A comment can be hidden, a proposal reopened or offered again; a leaf stays. Only a maintainer's key appends to the log: refusing by one
does so at once, and every landing takes in what reviewers refused under its author's proposals. A refusal is of an envelope: it is read
wherever it stands, at whatever head it was signed, so that pushing something else over it does not undo it. What is said of a proposed
index, which has no envelope, stays in its conversation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commons import digests, layout
from commons.cards import dataset_card
from commons.errors import ProposalError
from commons.governance import decision
from commons.hub.repository import Proposal, Repository
from commons.hub.retries import again_on_conflict
from commons.layout import Need
from commons.ledger.fields import as_time
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.proposals import reviews
from commons.proposals.examination import Examination
from commons.proposals.reviews import Review, ReviewGround
from commons.snapshots import sealed_commit
from commons.snapshots import snapshot as snapshots
from commons.snapshots.sealed_commit import Statements
from commons.snapshots.snapshot import Snapshot

MAX_PROPOSALS = 200  # whose conversations one landing reads
MAX_REFUSALS = 200  # in one commit


@dataclass(frozen=True)
class UnloggedRefusal:
    """Enough refusals of one envelope, at one head, to refuse it; ``opened_at`` is of the proposal where the first of them stands."""

    about: str
    envelope: str
    head: str
    opened_at: datetime
    reviews: tuple[Review, ...]


def unlogged(
    snapshot: Snapshot, ground: ReviewGround, proposals: Iterable[Proposal]
) -> list[UnloggedRefusal]:
    """What the conversations of ``proposals`` (with their comments) refuse, and the log does not know; at most ``MAX_REFUSALS``."""
    logged = {leaf.envelope for leaf in snapshot.log().leaves()}
    opened: dict[str, datetime] = {}
    given: list[Review] = []
    for proposal in proposals:
        for review in reviews.read_any(proposal, ground):
            if not review.is_of_index and review.sha256_hex not in logged and review.of not in logged:
                given.append(review)
                opened.setdefault(review.sha256_hex, proposal.opened_at)
    by_envelope: dict[str, list[Review]] = {}
    for review in reviews.in_order(given):
        if review.bound and snapshot.roles.may_review(review.vote.key_id):
            by_envelope.setdefault(review.of, []).append(review)
    refusals = []
    for envelope, words in by_envelope.items():
        if refusing := _refusing(snapshot, words):
            first = refusing[0]
            refusals.append(
                UnloggedRefusal(first.about, envelope, first.head, opened[first.sha256_hex], refusing)
            )
    return refusals[:MAX_REFUSALS]


def _refusing(snapshot: Snapshot, words: Sequence[Review]) -> tuple[Review, ...]:
    """The reviews that refuse, when they are enough at one head; of each person the last word on the envelope counts."""
    last = {review.vote.person: review for review in words}
    by_head: dict[tuple[str, str], list[Review]] = {}
    for review in last.values():
        by_head.setdefault((review.head, review.about), []).append(review)
    for (_, about), given in by_head.items():
        votes = [review.vote for review in given]
        persons = decision.refused_by(snapshot.policy, snapshot.roles, about, votes)
        if persons:
            return tuple(review for review in given if review.vote.person in persons)
    return ()


def of_the_same_author(examined: Examination) -> list[Proposal]:
    """The proposals of whoever made this one that have not landed, this one first, with their conversations; of very many the newest."""
    changelog = examined.snapshot.signed_bytes(layout.CHANGELOG).decode()
    known = {examined.proposal.number, *dataset_card.landed_numbers(changelog)}
    author = examined.proposal.author
    others = [
        other
        for other in examined.repository.proposals(only_open=False)
        if other.number not in known and _are_one_person(examined, other.author, author)
    ]
    newest = others[::-1][:MAX_PROPOSALS]
    return [examined.proposal, *(examined.repository.conversation(other.number) for other in newest)]


def _are_one_person(examined: Examination, user: str, other: str) -> bool:
    """By name, or by the people table, which knows all accounts of a person."""
    if user == other:
        return True
    accounts, account_of = examined.state.accounts, examined.repository.account
    person = accounts.get(account_of(user))
    return person is not None and person == accounts.get(account_of(other))


def statements(refusals: Sequence[UnloggedRefusal], snapshot: Snapshot, key: SigningKey) -> Statements:
    """The reviews that refuse, each followed by the decision that it makes."""
    signer = Signer(key, snapshot.policy.commons.origin)
    policy = digests.sha256_hex(snapshot.policy_bytes)
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


def record(
    repository: Repository, key: SigningKey, proposals: Sequence[Proposal]
) -> tuple[UnloggedRefusal, ...]:
    """Append to the log what these conversations refuse, in as many commits as it takes; returns what was appended.

    Raises:
        ProposalError: the key is no maintainer's (``not-a-maintainer``).
        ConflictError: main moved three times while we worked; what was committed before stays.
    """
    appended: list[UnloggedRefusal] = []
    while refusals := again_on_conflict(lambda: _record_once(repository, key, proposals)):
        appended += refusals
    return tuple(appended)


def _record_once(
    repository: Repository, key: SigningKey, proposals: Sequence[Proposal]
) -> list[UnloggedRefusal]:
    snapshot = snapshots.take(repository, need=Need.LANDING)
    snapshot.refuse_unwritable()
    refuse_non_maintainer(snapshot, key)
    refusals = unlogged(snapshot, ReviewGround.of(repository, snapshot), proposals)
    if refusals:
        commit(refusals, snapshot, key)
    return refusals


def refuse_non_maintainer(snapshot: Snapshot, key: SigningKey) -> None:
    """Raise ProposalError (``not-a-maintainer``) unless the key may append to the log."""
    if not snapshot.roles.is_maintainer(key.public.key_id):
        raise ProposalError(
            f"The key {key.public.key_id} is no maintainer's; it cannot sign the log.",
            hint="Maintainers are listed in governance/roles.json.",
            code="not-a-maintainer",
        )


def commit(refusals: Sequence[UnloggedRefusal], snapshot: Snapshot, key: SigningKey) -> str:
    """One commit that brings nothing but these refusals; returns its sha.

    Raises:
        ConflictError: ``main`` has moved.
    """
    count = len(refusals)
    return sealed_commit.commit(
        snapshot,
        key,
        {},
        statements=statements(refusals, snapshot, key),
        message=f"Record {count} refusal{'s' * (count != 1)}",
        description="\n".join(f"{refusal.about}, at {refusal.head}" for refusal in refusals),
    )


def refused_under(examined: Examination) -> Proposal | None:
    """The proposal under which the very same was refused before, as far as this Hub knows it.

    It was opened when the decision says, to the second; of several it is the one whose conversation still carries what was signed.
    """
    refusal = examined.refusal
    if refusal is None:
        return None
    repository, author = examined.repository, examined.proposal.author
    same_moment = [
        other
        for other in repository.proposals(only_open=False)
        if as_time(other.opened_at) == refusal.opened and _are_one_person(examined, other.author, author)
    ]
    if len(same_moment) == 1:
        return same_moment[0]
    conversations = (repository.conversation(other.number) for other in same_moment)
    return next((p for p in conversations if refusal.reviews.intersection(reviews.carried_by(p))), None)


def words(examined: Examination, reference: str) -> str:
    """What follows from a refusal in the log for what is proposed; nothing where there is none. ``reference`` names the proposal."""
    if examined.refusal is None:
        return ""
    beginning = f"The same statement was refused before{f', as {reference}' if reference else ''}."
    if not examined.refusal_stands:
        return f"{beginning} Whoever refused it has approved it since."
    return (
        f"{beginning} It needs one approval more than usual, and only what was signed after that refusal counts; "
        "the approval of everybody who refused it lifts that."
    )
