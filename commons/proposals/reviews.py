"""Reviews on a proposal: signed statements carried in comments.

A comment is only the envelope's vehicle: who posted it does not matter, and words around it do not count. A review counts when its
signature holds, it was signed for this commons, and it names exactly the head and the contribution envelope that were examined.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from commons.errors import LedgerError
from commons.gate.report import Report
from commons.governance.decision import Vote
from commons.hub.repository import Proposal
from commons.ledger import signed_statements
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import ReviewStatement
from commons.proposals.markdown import details, fence

_CARRIED = re.compile(r"```commons-review\n(?P<envelope>\{.{1,20000}?\})\n```", re.DOTALL)


@dataclass(frozen=True)
class Review:
    """A verified review; ``envelope`` goes into the log when the contribution lands."""

    vote: Vote
    envelope: bytes
    sha256_hex: str
    signed_at: str
    unbound: str  # why it does not count, in words; empty when it does

    @property
    def bound(self) -> bool:
        """By a key that is in use, of exactly what was examined: then it counts."""
        return not self.unbound


def carry(envelope: bytes, *, approve: bool, reason: str) -> str:
    """The comment that carries a signed review."""
    verdict = "**Approved**" if approve else "**Refused**"
    words = f"{verdict}: {reason}" if reason else f"{verdict}."
    carried = fence(envelope.decode("ascii"), "commons-review")
    return f"{words}\n\n{details('Signed review', carried)}"


def read(
    proposal: Proposal, report: Report, *, commons: str, retired_keys: frozenset[str] = frozenset()
) -> tuple[Review, ...]:
    """Every review in the conversation whose signature holds, each envelope once, in the order of signing.

    The order is the signers' own, because anybody may post somebody's earlier envelope again; of several postings the first, whose
    words are the reviewer's, counts.
    """
    by_envelope: dict[str, Review] = {}
    for review in _postings(proposal, report, commons, retired_keys):
        by_envelope.setdefault(review.sha256_hex, review)
    return tuple(sorted(by_envelope.values(), key=lambda review: (review.signed_at, review.sha256_hex)))


def _postings(
    proposal: Proposal, report: Report, commons: str, retired_keys: frozenset[str]
) -> Iterator[Review]:
    for comment in proposal.comments:
        for match in _CARRIED.finditer(comment.text):
            envelope = match["envelope"].encode("utf-8")
            try:
                signed = signed_statements.verify(envelope, ReviewStatement, commons=commons)
            except LedgerError:
                continue  # anybody may write a comment; what does not verify is no review
            statement = signed.statement
            approve = statement.predicate.verdict == "approve"
            reason = "" if approve else _reason(comment.text)
            vote = Vote(signed.key.key_id, approve, reason)
            unbound = _unbound(signed, proposal, report, retired_keys)
            yield Review(vote, envelope, signed.sha256_hex, statement.predicate.time, unbound)


def _unbound(
    signed: SignedStatement[ReviewStatement], proposal: Proposal, report: Report, retired_keys: frozenset[str]
) -> str:
    statement = signed.statement
    if statement.predicate.head != proposal.head:
        return "of another head"
    if statement.envelope != report.statement_digest or statement.about != report.contribution:
        return "of another contribution"
    return "by a retired key" if signed.key.key_id in retired_keys else ""


def _reason(comment: str) -> str:
    first = comment.splitlines()[0] if comment else ""
    return first.partition("**: ")[2]
