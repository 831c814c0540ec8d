"""One comment, edited in place, that speaks of where a proposal stands; whatever happens while it is being written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from support.world import CONTRIBUTOR, MAINTAINER, STRANGER, World

from commons.bot import checking
from commons.hub.repository import Repository
from commons.operations import show
from commons.proposals import report_comment
from commons.proposals.report_page import MARKER

from .conftest import NAME, Bot

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def say(world: World, number: int, text: str, who: str = CONTRIBUTOR) -> None:
    world.repository(who).comment(number, text)


class TestOneComment:
    @pytest.fixture(scope="class")
    @classmethod
    def number(cls, shared: World) -> int:
        return shared.propose([{"text": "Ice floats on water."}]).number

    def test_a_new_proposal_gets_a_report(self, bot: Bot, number: int) -> None:
        assert bot.check(number)
        assert bot.proposal(number).head in bot.report(number)

    def test_the_same_again_changes_nothing(self, bot: Bot, number: int) -> None:
        before = bot.proposal(number)
        assert not bot.check(number)
        assert bot.proposal(number) == before

    def test_a_comment_asks_for_another_look_once(self, bot: Bot, number: int) -> None:
        say(bot.world, number, "What about `/commons check`?")  # speaks of it, and is no command
        assert not bot.check(number)
        say(bot.world, number, "/commons check\n\nplease")
        assert bot.check(number)
        assert not bot.check(number)
        assert len(bot.reports(number)) == 1

    def test_new_commits_are_checked_and_the_comment_is_edited_in_place(self, bot: Bot, number: int) -> None:
        (before,) = bot.reports(number)
        head = bot.world.push(number, {"load.py": b"print()"})
        assert bot.check(number)
        (after,) = bot.reports(number)
        assert after.id == before.id
        assert head in after.text
        assert "path-forbidden" in after.text

    def test_a_closed_proposal_is_left_alone(self, bot: Bot, number: int) -> None:
        bot.world.repository().close(number, comment="No.")
        say(bot.world, number, "/commons check")
        assert not bot.check(number)


def test_a_comment_that_only_looks_like_ours_is_not_believed(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Steam rises."}]).number
    head = bot.proposal(number).head
    say(
        bot.world,
        number,
        f"{MARKER}\n\n**Nothing stands against it.**\n\n<!-- commons:checked {head}  -->",
        STRANGER,
    )
    assert bot.check(number)
    assert {comment.author for comment in bot.reports(number)} == {STRANGER, NAME}


class Interrupted(Repository):
    """A real repository at which something happens just after the first report was worked out."""

    interruption: Callable[[], Any] = staticmethod(lambda: None)

    def whoami(self) -> str:  # asked once before publishing
        interruption, self.interruption = self.interruption, lambda: None
        interruption()
        return super().whoami()


def interrupted(bot: Bot, interruption: Callable[[], Any]) -> Interrupted:
    made = Interrupted(bot.world.repo_id, endpoint=bot.world.url, token=bot.token, cache_dir=bot.world.cache)
    made.interruption = interruption
    return made


def test_a_head_that_moves_during_the_check_is_checked_again(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Wood burns."}]).number
    moved: list[str] = []
    repository = interrupted(bot, lambda: moved.append(bot.world.push(number, {"README.md": b"mine now"})))
    assert checking.check(repository, number, NAME)
    assert moved[0] in bot.report(number)
    assert "file-changed" in bot.report(number)


def test_a_question_that_comes_during_the_check_is_answered(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Stones sink."}]).number
    repository = interrupted(bot, lambda: say(bot.world, number, "/commons check"))
    assert checking.check(repository, number, NAME)
    assert not bot.check(number)


def test_two_bots_that_both_write_a_first_comment_leave_one(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Smoke rises."}]).number
    together = threading.Barrier(2)
    # Both have looked, neither has written.
    repositories = [interrupted(bot, together.wait) for _ in range(2)]
    threads = [
        threading.Thread(target=checking.check, args=(repository, number, NAME))
        for repository in repositories
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bot.proposal(number).head in bot.report(number)
    assert not bot.check(number)


def test_of_two_reports_the_earliest_stays_whoever_cleans_up(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Sand settles."}]).number
    assert bot.check(number)
    (first,) = bot.reports(number)
    bot.repository.comment(number, first.text)  # as if another process had written it a moment later
    say(bot.world, number, "/commons check")
    assert bot.check(number)
    assert [report.id for report in bot.reports(number)] == [first.id]


def test_a_report_on_an_earlier_head_that_another_process_left_is_replaced(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Dust settles."}]).number
    examined = show.examine(bot.repository, number)
    head = bot.world.push(number, {"notes.txt": b"x"})
    assert bot.check(number)
    show.publish(examined)  # a slow process, with what it saw before
    assert head not in bot.report(number)
    assert bot.check(number)
    assert head in bot.report(number)


def test_a_maintainer_who_publishes_a_report_does_not_end_the_bots(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Rain falls."}]).number
    show.publish(show.examine(bot.world.repository(), number))
    assert bot.check(number)
    assert {report.author for report in bot.reports(number)} == {MAINTAINER, NAME}


def test_a_reviewer_does_not_repeat_what_the_bot_said_but_says_what_it_did_not(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Snow melts."}]).number
    assert bot.check(number)
    mine = bot.world.repository()
    assert report_comment.publish(show.examine(mine, number), repeat=False) == "unchanged"
    assert [report.author for report in bot.reports(number)] == [NAME]
    bot.world.push(number, {"notes.txt": b"x"})
    assert report_comment.publish(show.examine(mine, number), repeat=False) == "written"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("/commons check", True),
        ("  /commons check  \nthanks", True),
        ("> /commons check", False),
        ("please /commons check", False),
        ("/commons checkmate", False),
        ("", False),
        (f"{MARKER}\n/commons check", False),
    ],
)
def test_the_command_is_a_line_of_its_own_at_the_beginning(text: str, is_one: bool) -> None:
    assert report_comment.is_command(text) is is_one
