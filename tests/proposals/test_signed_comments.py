"""A Hub's page tells a signed review from words that look like one, in the form in which reviews are written now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from support.world import MAINTAINER, ORIGIN, key_of

from commons.governance.roles import Roles
from commons.hub.repository import Comment, Proposal
from commons.ledger.signed_statements import Signer
from commons.local_hub.signed_comments import carries_signed_review
from commons.proposals import reviews
from commons.proposals.reviews import ReviewGround

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("reason", ["", "Good.", "```\nand `more`\n```"])
def test_a_review_is_recognised_whatever_its_reason(reason: str) -> None:
    envelope = Signer(key_of(MAINTAINER), ORIGIN).review(
        "kc1" + "a" * 52, "0" * 64, head="1" * 40, approve=True, person="kp1" + "a" * 52, size=7
    )
    comment = reviews.carry(envelope, approve=True, reason=reason)
    assert carries_signed_review(comment)
    assert reviews.are_carried(comment)


@pytest.mark.parametrize(
    "text", ["**Approved**", "**Approved**: Good.", "**Refused**: signed by a maintainer"]
)
def test_words_alone_are_no_review(text: str) -> None:
    assert not carries_signed_review(text)
    assert not reviews.are_carried(text)


def test_half_a_character_in_a_comment_ends_no_reader() -> None:
    """A Hub's JSON may bring one; every landing reads the comments of everybody."""
    comment = Comment("1", "eve", "```commons-review\n{\ud800}\n```", NOON)
    proposal = Proposal(1, "Ice", "open", "carl", NOON, "", "1" * 40, (comment,))
    ground = ReviewGround(ORIGIN, Roles(), {}, str, log_size=3)
    assert reviews.read_any(proposal, ground) == ()
    assert reviews.fingerprint(proposal)
