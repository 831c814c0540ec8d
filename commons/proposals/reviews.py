"""Reviews on a proposal: signed statements carried in comments.

    reviews.read(proposal, ground, id, digest)   each review, and whether it counts for this envelope at the proposal's head
    reviews.read_any(proposal, ground)           the same for whatever envelope and head each names

A review counts when its signature holds, it was signed for this commons, it names exactly the head and the envelope that were examined,
its signer holds a role for the person it names, and its comment was posted from an account of that person: so a stolen key alone says
nothing, and words around the envelope do not count. What a refusal in the log has overtaken counts no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from commons import digests, layout
from commons.errors import LedgerError
from commons.governance.decision import Vote
from commons.governance.logged_refusals import Refusal
from commons.governance.roles import Roles
from commons.hub.repository import Comment, Proposal, Repository
from commons.ledger import signed_statements
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import GENERATION, ReviewStatement
from commons.proposals.markdown import details, fence
from commons.snapshots.snapshot import Snapshot

_CARRIED = re.compile(r"```commons-review\n(?P<envelope>\{.{1,20000}?\})\n```", re.DOTALL)


@dataclass(frozen=True)
class Review:
    """A verified review; ``envelope`` goes into the log when the contribution lands."""

    vote: Vote
    about: str  # a contribution, a key or an index
    of: str  # SHA-256 (hex) of the envelope it speaks of
    head: str  # the commit that its signer saw
    envelope: bytes
    sha256_hex: str
    signed_at: str
    size: int  # of the log that its signer saw
    unbound: str  # why it does not count, in words; empty when it does

    @property
    def is_of_index(self) -> bool:
        """Whether it speaks of a proposed index, of which nothing but the index itself goes into the log (``index_proposal``)."""
        return self.about.startswith(layout.INDEX)

    @property
    def bound(self) -> bool:
        """Of exactly what was examined, by its signer: then it counts."""
        return not self.unbound


def carry(envelope: bytes, *, approve: bool, reason: str) -> str:
    """The comment that carries a signed review. The reason becomes one line, which cannot open a fence around what follows."""
    reason = " ".join(reason.split())
    verdict = "**Approved**" if approve else "**Refused**"
    words = f"{verdict}: {reason}" if reason else f"{verdict}."
    carried = fence(envelope.decode("ascii"), "commons-review")
    return f"{words}\n\n{details('Signed review', carried)}"


@dataclass(frozen=True)
class ReviewGround:
    """What a review is held against beside the proposal itself. ``accounts``: ``host/user`` -> person id."""

    commons: str
    roles: Roles
    accounts: Mapping[str, str]
    account_of: Callable[[str], str]  # the account of a user of this Hub
    log_size: int
    retired_keys: frozenset[str] = frozenset()
    refusals: Mapping[str, Refusal] = field(default_factory=dict)  # envelope -> what the log has against it

    @classmethod
    def of(cls, repository: Repository, snapshot: Snapshot) -> ReviewGround:
        """The ground at the snapshot's revision."""
        return cls(
            snapshot.policy.commons.origin,
            snapshot.roles,
            snapshot.people_table.accounts(),
            repository.account,
            snapshot.rules.size,
            snapshot.rules.keys.retired,
            snapshot.refusals,
        )


def are_carried(text: str) -> bool:
    """Whether a comment carries what may be a signed review."""
    return _CARRIED.search(text) is not None


def carried_by(proposal: Proposal) -> list[str]:
    """What its comments carry as signed reviews, whether they verify or not: SHA-256 (hex) of each envelope, in order."""
    return [
        digests.sha256_hex(envelope) for comment in proposal.comments for envelope in _envelopes(comment.text)
    ]


def fingerprint(proposal: Proposal) -> str:
    """Another one whenever a comment that may carry a review came, went or was edited."""
    return digests.sha256_hex("\n".join(sorted(carried_by(proposal))).encode())[:16]


def read(proposal: Proposal, ground: ReviewGround, about: str, envelope: str) -> tuple[Review, ...]:
    """Every review in the conversation whose signature holds, each once, by the log that its signer saw, then by their clock.

    Anybody may post somebody's earlier envelope again; of several postings the first that counts, else the first, is taken.
    ``about`` is the contribution or key that is proposed, ``envelope`` its statement's: a review of another, or of another head, does not
    count.
    """
    return in_order(_as_of(review, proposal.head, about, envelope) for review in _postings(proposal, ground))


def read_any(proposal: Proposal, ground: ReviewGround) -> tuple[Review, ...]:
    """As ``read``, for whatever envelope and head each review names."""
    return in_order(_postings(proposal, ground))


def in_order(postings: Iterable[Review]) -> tuple[Review, ...]:
    """Each review once, the posting that counts if one does."""
    by_envelope: dict[str, Review] = {}
    for review in postings:
        known = by_envelope.get(review.sha256_hex)
        if known is None or (known.unbound and review.bound):
            by_envelope[review.sha256_hex] = review
    order = sorted(
        by_envelope.values(), key=lambda review: (review.size, review.signed_at, review.sha256_hex)
    )
    return tuple(order)


def _envelopes(comment: str) -> Iterator[bytes]:
    """What a comment carries; a Hub's JSON may bring halves of characters, which are none in an envelope."""
    return (match["envelope"].encode("utf-8", "replace") for match in _CARRIED.finditer(comment))


def _as_of(review: Review, head: str, about: str, envelope: str) -> Review:
    """The review as one of this envelope at this head."""
    if review.head != head:
        return replace(review, unbound="of another head")
    if (review.about, review.of) != (about, envelope):
        return replace(review, unbound="of another contribution")
    return review


def _postings(proposal: Proposal, ground: ReviewGround) -> Iterator[Review]:
    for comment in proposal.comments:
        for envelope in _envelopes(comment.text):
            try:
                signed = signed_statements.verify(envelope, ReviewStatement, commons=ground.commons)
            except LedgerError:
                continue  # anybody may write a comment; what does not verify is no review
            predicate = signed.statement.predicate
            approve = predicate.verdict == "approve"
            reason = "" if approve else _reason(comment.text)
            vote = Vote(signed.key.key_id, approve, reason, signed.statement.person)
            unbound = _unbound(signed, comment, ground)
            yield Review(
                vote,
                signed.statement.about,
                signed.statement.envelope,
                predicate.head,
                envelope,
                signed.sha256_hex,
                predicate.time,
                predicate.size,
                unbound,
            )


def _unbound(signed: SignedStatement[ReviewStatement], comment: Comment, ground: ReviewGround) -> str:
    statement, key_id = signed.statement, signed.key.key_id
    if statement.generation != GENERATION:
        return "in the form of an earlier format"
    if statement.predicate.size > ground.log_size:
        return "signed for a log that is longer than it was when main was read"
    if key_id in ground.retired_keys:
        return "by a retired key"
    if ground.roles.may_review(key_id) and ground.roles.person_of(key_id) != statement.person:
        return "in the name of another person than the key's"
    if ground.accounts.get(ground.account_of(comment.author)) != statement.person:
        return "posted from an account that is not its signer's"
    refusal = ground.refusals.get(statement.envelope)
    if refusal and statement.predicate.size <= refusal.leaf:
        return "signed before a refusal in the log"
    return ""


def _reason(comment: str) -> str:
    first = comment.splitlines()[0] if comment else ""
    return first.partition("**: ")[2]
