"""Review: what a refusal leaves behind, who may have a word at all, and what its reviewer is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal
from support.accounts import register
from support.world import MAINTAINER, STRANGER, key_of

from commons.cli import run
from commons.errors import CommonsError
from commons.governance.decision import Outcome
from commons.hub.repository import Repository
from commons.ledger.statements import StatementKind
from commons.local_hub import RunningHub
from commons.operations import review, show, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

REVIEWER, EMERITA = "rike", "elsa"


@pytest.fixture(scope="module")
def staffed(found_commons: Any, hub: RunningHub, tokens: dict[str, str]) -> World:
    """A commons with a reviewer and an emerita, who may write nothing but comments."""
    tokens |= register(hub, [REVIEWER, EMERITA])
    world: World = found_commons()
    world.appoint(reviewers=[REVIEWER, EMERITA], emeritus=[EMERITA])
    return world


def submit(world: World, number: int, who: str, *, approve: bool = False) -> review.ReviewOutcome:
    examined = show.examine(world.repository(who), number)
    return review.submit(examined, key_of(who), approve=approve, reason="Not about our topics")


def kinds(world: World) -> list[StatementKind]:
    return [leaf.kind for leaf in world.snapshot().log().leaves()]


class TestAMaintainersRefusal:
    def test_it_is_in_the_log_before_the_proposal_is_closed(
        self, staffed: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        number = staffed.propose([{"text": "Refused by a maintainer."}]).number
        before = len(kinds(staffed))
        leaves_at_closing: list[list[StatementKind]] = []
        close = Repository.close

        def closing(repository: Repository, number: int, *, comment: str) -> None:
            leaves_at_closing.append(kinds(staffed)[before:])
            close(repository, number, comment=comment)

        monkeypatch.setattr(Repository, "close", closing)
        outcome = submit(staffed, number, MAINTAINER)
        assert (outcome.outcome, outcome.counts, outcome.logged, outcome.closed) == (
            Outcome.REFUSE,
            *(True, True, True),
        )
        kind = StatementKind
        assert leaves_at_closing == [[kind.REVIEW, kind.DECISION, kind.INVENTORY]]
        assert not staffed.repository().proposal(number).is_open
        assert all(check.ok for check in verify.verify(staffed.snapshot()).checks)

    def test_a_lost_race_is_begun_anew(self, staffed: World, monkeypatch: pytest.MonkeyPatch) -> None:
        number = staffed.propose([{"text": "Refused while another lands."}], "raced").number
        other = staffed.propose([{"text": "Lands meanwhile."}], "meanwhile").number
        staffed.approve(other)
        commit = Repository.commit
        races: list[int] = []

        def racing(repository: Repository, *arguments: Any, **options: Any) -> str:
            if not races:
                races.append(other)
                staffed.land(other)
            return commit(repository, *arguments, **options)

        monkeypatch.setattr(Repository, "commit", racing)
        assert submit(staffed, number, MAINTAINER).logged
        assert races == [other]

    def test_what_nobody_signed_leaves_no_leaf(self, staffed: World) -> None:
        number = staffed.propose_files({"data/x.txt": b"x"}).number
        before = staffed.head()
        outcome = submit(staffed, number, MAINTAINER)
        assert (outcome.counts, outcome.logged, outcome.closed) == (False, False, True)
        assert staffed.head() == before

    def test_an_account_that_may_not_write_leaves_it_in_the_conversation(self, found_commons: Any) -> None:
        world: World = found_commons()
        world.appoint(maintainers=[MAINTAINER, STRANGER])
        number = world.propose([{"text": "Refused without the right to write."}]).number
        before = world.head()
        outcome = submit(world, number, STRANGER)
        assert (outcome.counts, outcome.logged, outcome.closed) == (True, False, False)
        assert world.head() == before
        assert world.repository().proposal(number).is_open


class TestAReviewersRefusal:
    def test_it_stands_in_the_conversation_and_the_log_does_not_change(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Refused by a reviewer."}], "reviewed").number
        before = staffed.head()
        outcome = submit(staffed, number, REVIEWER)
        assert (outcome.outcome, outcome.counts, outcome.logged, outcome.closed) == (
            Outcome.REFUSE,
            *(True, False, False),
        )
        assert staffed.head() == before
        assert show.examine(staffed.repository(), number).decision.outcome is Outcome.REFUSE


class TestWhoHasNoWord:
    """Each is told before anything is signed, with a hint that is not the step that failed."""

    @pytest.mark.parametrize(
        ("code", "propose", "who", "account"),
        [
            (
                "own-proposal",
                lambda world: world.propose([{"text": "Mine."}], "own", REVIEWER),
                REVIEWER,
                REVIEWER,
            ),
            ("other-account", lambda world: world.propose([{"text": "x."}], "other"), REVIEWER, STRANGER),
            ("not-a-reviewer", lambda world: world.propose([{"text": "y."}], "none"), STRANGER, STRANGER),
            ("not-a-reviewer", lambda world: world.propose([{"text": "z."}], "em"), EMERITA, EMERITA),
            ("gate-refuses", lambda world: world.propose_files({"data/y.txt": b"y"}), REVIEWER, REVIEWER),
        ],
    )
    def test_a_word_that_would_not_count_is_not_signed(
        self, staffed: World, code: str, propose: Callable[[Any], Any], who: str, account: str
    ) -> None:
        proposal = propose(staffed)
        examined = show.examine(staffed.repository(account), proposal.number)
        before = staffed.repository().proposal(proposal.number).comments
        with pytest.raises(CommonsError) as caught:
            review.submit(examined, key_of(who), approve=True)
        assert caught.value.code == code
        assert caught.value.hint
        assert f"review {proposal.number} --approve" not in caught.value.hint
        assert staffed.repository().proposal(proposal.number).comments == before


class TestWhatTheReviewerIsTold:
    @pytest.fixture
    def be(self, staffed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        """At a terminal as somebody, with their token and key."""

        def at_terminal(who: str) -> None:
            terminal.sit_down(monkeypatch, staffed, who, tmp_path)

        return at_terminal

    def test_of_a_reviewers_refusal_that_it_is_not_in_the_log_yet(
        self, staffed: World, be: Callable[[str], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        number = staffed.propose([{"text": "Told to a reviewer."}], "told").number
        be(REVIEWER)
        head = staffed.head(f"refs/pr/{number}")
        assert run(["review", str(number), "--refuse", "--quick", "--head", head]) == 0
        output = " ".join(capsys.readouterr().err.split())
        assert "Your refusal is signed and counts." in output
        assert "becomes part of the log with the next landing" in output
        assert "Your account may not close the proposal" in output

    def test_of_a_maintainers_that_it_is_and_of_an_approval_what_is_missing(
        self, staffed: World, be: Callable[[str], None], capsys: pytest.CaptureFixture[str]
    ) -> None:
        number = staffed.propose([{"text": "Told to a maintainer."}], "logged").number
        be(MAINTAINER)
        head = staffed.head(f"refs/pr/{number}")
        assert run(["review", str(number), "--refuse", "--quick", "--head", head]) == 0
        assert "The refusal is in the log" in capsys.readouterr().err
        staffed.api().change_discussion_status(staffed.repo_id, number, "open", repo_type="dataset")
        assert run(["review", str(number), "--refuse", "--quick", "--head", head]) == 0
        capsys.readouterr()
        staffed.api().change_discussion_status(staffed.repo_id, number, "open", repo_type="dataset")
        be(REVIEWER)
        assert run(["review", str(number), "--approve", "--quick", "--head", head]) == 0
        output = " ".join(capsys.readouterr().err.split())
        assert "Approvals by other persons are missing: 1" in output
        assert f"review {number} --approve" not in output
        assert run(["land", str(number)]) == 1, "not hers to land"
        be(MAINTAINER)
        assert run(["land", str(number)]) == 1
        output = " ".join(capsys.readouterr().err.split())
        assert "1 of 2 approvals, one more than usual" in output
        assert f"Another reviewer or maintainer approves it: commons review {number} --approve" in output
        assert run(["show", str(number), "--quick"]) == 2
        output = " ".join(capsys.readouterr().out.split())
        assert f"refused before, as proposal {number} ({staffed.repository().proposal(number).url})" in output

    def test_of_a_proposal_that_only_has_to_wait_no_approval_is_asked_for(self, found_commons: Any) -> None:
        world: World = found_commons({"wait_hours = 0": "wait_hours = 48"})
        number = world.propose([{"text": "Patience."}]).number
        world.approve(number)
        with pytest.raises(CommonsError) as caught:
            world.land(number)
        assert "open for review until" in caught.value.message
        assert caught.value.hint == ""
