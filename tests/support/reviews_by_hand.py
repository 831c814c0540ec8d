"""Reviews made without our client, which refuses to make some of these: signed with whatever words, posted from whatever account.

envelope = reviews_by_hand.signed(world, examined, "maya", approve=False)       right in everything that is not asked to be wrong
reviews_by_hand.post(world, number, envelope, "eve")
"""

from __future__ import annotations

from datetime import datetime

from support.world import MAINTAINER, World, key_of

from commons.ledger.signed_statements import Signer
from commons.proposals import reviews
from commons.proposals.examination import Examination


def signed(
    world: World,
    examined: Examination,
    who: str,
    *,
    approve: bool = True,
    person: str = "",
    size: int | None = None,
    origin: str = "",
    head: str = "",
    contribution: str = "",
    envelope: str = "",
    now: datetime | None = None,
) -> bytes:
    """The envelope of a review of what was examined, by the key of ``who``."""
    signer = Signer(key_of(who), origin or examined.snapshot.policy.commons.origin, now)
    return signer.review(
        contribution or examined.report.contribution,
        envelope or examined.report.statement_digest,
        head=head or examined.proposal.head,
        approve=approve,
        person=person or world.identity(who).person,
        size=examined.snapshot.rules.size if size is None else size,
    )


def post(
    world: World,
    number: int,
    envelope: bytes,
    who: str = MAINTAINER,
    *,
    approve: bool = True,
    reason: str = "",
) -> None:
    """Anybody may write a comment; ``approve`` is what its words say, whatever was signed."""
    world.repository(who).comment(number, reviews.carry(envelope, approve=approve, reason=reason))
