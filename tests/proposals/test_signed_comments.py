"""A Hub's page tells a signed review from words that look like one, in the form in which reviews are written now."""

from __future__ import annotations

import pytest
from support.world import MAINTAINER, ORIGIN, key_of

from commons.ledger.signed_statements import Signer
from commons.local_hub.signed_comments import carries_signed_review
from commons.proposals import reviews


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
