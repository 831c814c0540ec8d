"""What a report saw once and is gone later: a finding in every report from then on, for whom it was ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import reviews_by_hand
from support.world import MAINTAINER, STRANGER, World

from commons import digests
from commons.bot import receiver
from commons.operations import show
from commons.proposals import report_comment, reviews
from commons.proposals.report_comment import MAX_SEEN

from .conftest import NAME, Bot

if TYPE_CHECKING:
    from commons.hub.repository import Comment

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def refuse(world: World, number: int, who: str = MAINTAINER) -> str:
    """A signed refusal in the conversation alone, as a reviewer leaves it; the SHA-256 of its envelope."""
    examined = show.examine(world.repository(who), number)
    maya = world.identity(MAINTAINER).person
    envelope = reviews_by_hand.signed(world, examined, who, approve=False, person=maya)
    reviews_by_hand.post(world, number, envelope, who, approve=False, reason="No")
    return digests.sha256_hex(envelope)


def the_review(world: World, number: int) -> Comment:
    (only,) = (c for c in world.repository().proposal(number).comments if reviews.are_carried(c.text))
    return only


def test_a_review_that_is_hidden_is_a_finding_and_stays_one(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Hidden words."}]).number
    assert bot.check(number)
    digest = refuse(bot.world, number)
    assert bot.check(number), "a review came"
    assert "envelope-gone" not in bot.report(number)
    bot.world.repository().hide_comment(number, the_review(bot.world, number).id)
    assert bot.check(number), "a review went"
    assert f"the review {digest[:12]}… that an earlier report saw is gone" in bot.report(number)
    assert not bot.check(number), "it was said"
    bot.world.push(number, {"notes.txt": b"x"})
    assert bot.check(number)
    assert "envelope-gone" in bot.report(number)


def test_a_review_whose_comment_is_edited_is_gone(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Edited words."}]).number
    refuse(bot.world, number)
    assert bot.check(number)
    comment = the_review(bot.world, number)
    bot.world.repository().edit_comment(number, comment.id, "I never said a thing.")
    assert bot.check(number)
    assert "envelope-gone" in bot.report(number)


def test_a_statement_that_is_replaced_is_a_finding_until_it_is_back(bot: Bot) -> None:
    number = bot.world.propose([{"text": "The first words."}]).number
    assert bot.check(number)
    first = show.examine(bot.repository, number).report.statement_digest
    bot.world.push_instead(number, [{"text": "The second words."}])
    assert bot.check(number)
    assert f"the statement {first[:12]}… that an earlier report saw is gone" in bot.report(number)


def test_a_statement_that_goes_with_nothing_signed_in_its_place_is_a_finding(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Signed words."}]).number
    assert bot.check(number)
    bot.world.push(number, {"notes.csv": b"text\nUnsigned words.\n"}, deleted=bot.world.offered(number))
    assert bot.check(number)
    assert "Not signed yet" in bot.report(number)
    assert "envelope-gone" in bot.report(number)


def test_only_what_our_own_reports_saw_is_believed(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Invented words."}]).number
    assert bot.check(number)
    (ours,) = bot.reports(number)
    invented = ours.text.replace("statement:", f"review:{'0' * 32} statement:")
    assert invented != ours.text
    bot.world.repository(STRANGER).comment(number, invented)
    bot.world.push(number, {"notes.txt": b"x"})
    assert bot.check(number)
    report = next(comment for comment in bot.reports(number) if comment.author == NAME)
    assert "envelope-gone" not in report.text


def test_a_strangers_review_is_nothing_to_remember(bot: Bot) -> None:
    number = bot.world.propose([{"text": "A stranger's words."}]).number
    refuse(bot.world, number, STRANGER)
    assert bot.check(number)
    bot.world.repository(STRANGER).hide_comment(number, the_review(bot.world, number).id)
    assert bot.check(number)
    assert "envelope-gone" not in bot.report(number)


def test_a_report_that_a_reviewer_leaves_remembers_as_the_bots_does(bot: Bot) -> None:
    number = bot.world.propose([{"text": "A reviewer's own report."}]).number
    refuse(bot.world, number)
    mine = bot.world.repository()
    show.publish(show.examine(mine, number))
    mine.hide_comment(number, the_review(bot.world, number).id)
    show.publish(show.examine(mine, number))
    assert "envelope-gone" in bot.report(number)


def test_statements_without_end_push_no_review_out_of_the_stamp(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Pushed again and again."}]).number
    refuse(bot.world, number)
    assert bot.check(number)
    (ours,) = bot.reports(number)
    many = " ".join(f"statement:{n:032x}" for n in range(MAX_SEEN - 2))
    bot.repository.edit_comment(number, ours.id, f"{ours.text.removesuffix(' -->')} {many} -->")
    bot.world.push_instead(number, [{"text": "Pushed once more."}])
    assert bot.check(number)
    stamp = bot.report(number).rsplit("<!--", 1)[1]
    assert stamp.count("review:") == 1
    assert stamp.count("statement:") == MAX_SEEN - 1
    assert len(bot.report(number)) < 2**16


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("/commons check", [7]),
        ('**Approved**.\n\n```commons-review\n{"payload":""}\n```', [7]),
        ("**Approved**", []),
    ],
)
def test_a_delivery_of_a_comment_is_a_reason_to_look_where_it_may_carry_a_review(
    text: str, numbers: list[int]
) -> None:
    delivery = {
        "event": {"scope": "discussion.comment"},
        "repo": {"type": "dataset", "name": "a/b"},
        "discussion": {"num": 7, "isPullRequest": True},
        "comment": {"content": text},
    }
    assert receiver.proposals_in(delivery, "a/b") == numbers


def test_a_stamp_of_an_earlier_version_is_read(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Checked long ago."}]).number
    proposal = bot.proposal(number)
    old = f"{report_comment.MARKER}\n\nFine.\n\n<!-- commons:checked {proposal.head}  -->"
    bot.repository.comment(number, old)
    assert bot.check(number)
    assert not bot.check(number)
