"""Refusals that nobody can take away: what reviewers signed becomes leaves, and what was refused needs more to land."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import get_session
from support.accounts import register
from support.reviews_by_hand import post, signed
from support.world import CONTRIBUTOR, MAINTAINER, STRANGER, key_of

from commons import layout
from commons.errors import CommonsError, ProposalError
from commons.governance.decision import Outcome
from commons.hub.repository import Proposal, Repository
from commons.ledger.statements import StatementKind
from commons.local_hub import RunningHub
from commons.operations import key as keys
from commons.operations import review, show, verify
from commons.proposals import refusals
from commons.proposals.examination import Examination

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

REVIEWER, SECOND = "rosa", "sven"  # may write nothing but comments


@pytest.fixture(scope="session")
def staff(hub: RunningHub, tokens: dict[str, str]) -> dict[str, str]:
    """The tokens of two reviewers."""
    tokens |= register(hub, [REVIEWER, SECOND])
    return tokens


@pytest.fixture
def staffed(found_commons: Any, staff: dict[str, str]) -> World:
    """A commons with two reviewers beside its maintainer."""
    world: World = found_commons()
    world.appoint(reviewers=[REVIEWER, SECOND])
    return world


def refuse(world: World, number: int, who: str = REVIEWER) -> review.ReviewOutcome:
    examined = show.examine(world.repository(who), number)
    return review.submit(examined, key_of(who), approve=False, reason="Too vague")


def approve(world: World, number: int, who: str) -> review.ReviewOutcome:
    return review.submit(show.examine(world.repository(who), number), key_of(who), approve=True)


def kinds(world: World) -> list[StatementKind]:
    return [leaf.kind for leaf in world.snapshot().log().leaves()]


def logged(world: World, examined: Examination) -> bool:
    """Whether the log has a refusal of exactly what was examined."""
    return examined.report.statement_digest in refusals_of(world)


def refusals_of(world: World) -> set[str]:
    return set(world.snapshot().refusals)


def not_accepted(world: World, number: int) -> ProposalError:
    with pytest.raises(ProposalError) as caught:
        world.land(number)
    assert caught.value.code == "not-accepted"
    return caught.value


def offer_again(world: World, number: int) -> int:
    """The same signed files in another proposal of their author."""
    proposal = world.repository().proposal(number)
    repository = world.repository(CONTRIBUTOR)
    listed = repository.files(proposal.head)
    new = [path for path in listed if path not in world.files() and layout.may_be_proposed(path)]
    files = {path: repository.read(listed[path], proposal.head) for path in new}
    return repository.propose(files, title="Once more", description="").number


def holds(world: World) -> None:
    problems = [problem for check in verify.verify(world.snapshot()).checks for problem in check.problems]
    assert problems == []


class TestWhatALandingTakesIn:
    def test_a_reviewers_refusal_of_the_authors_other_proposal_becomes_leaves_before_what_lands(
        self, staffed: World
    ) -> None:
        bad = staffed.propose([{"text": "Something vague."}], "vague").number
        examined = show.examine(staffed.repository(), bad)
        refuse(staffed, bad)
        assert not logged(staffed, examined)
        before = len(kinds(staffed))
        staffed.add([{"text": "Something exact."}], "exact")
        kind = StatementKind
        assert kinds(staffed)[before:] == [
            *(kind.REVIEW, kind.DECISION),
            *(kind.CONTRIBUTION, kind.REVIEW, kind.DECISION, kind.INVENTORY),
        ]
        assert logged(staffed, examined)
        holds(staffed)

    def test_another_authors_is_left_for_the_sweep(self, staffed: World) -> None:
        bad = staffed.propose([{"text": "Something vague."}], "vague", STRANGER).number
        refuse(staffed, bad)
        staffed.add([{"text": "Something exact."}], "exact")
        assert refusals_of(staffed) == set()

    def test_it_cannot_overtake_a_refusal_that_it_can_see(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Liked by one, refused by another."}]).number
        approve(staffed, number, SECOND)
        examined = show.examine(staffed.repository(), number)
        refuse(staffed, number)
        error = not_accepted(staffed, number)
        assert "Too vague" in error.message
        assert f"commons show {number}" in error.hint
        assert logged(staffed, examined)
        holds(staffed)

    def test_a_refusal_of_the_same_under_an_earlier_number_counts_too(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Offered twice."}]).number
        refuse(staffed, number)
        again = offer_again(staffed, number)
        approve(staffed, again, SECOND)
        assert show.examine(staffed.repository(), again).decision.outcome is Outcome.ACCEPT, (
            "from here it looks so"
        )
        assert "Too vague" in not_accepted(staffed, again).message

    def test_a_key_that_a_rotation_makes_a_maintainers_signs_no_leaf_before_it(self, staffed: World) -> None:
        """Leaves before the rotation are judged by the roles before it."""
        old, new = key_of(MAINTAINER), key_of("maya's next")
        bad = staffed.propose([{"text": "Something vague."}], "vague", MAINTAINER).number
        refuse(staffed, bad)
        snapshot = staffed.snapshot()
        rotation = keys.rotate(staffed.repository(), snapshot, old, new, staffed.identity(MAINTAINER)).number
        staffed.land(rotation, key=new)
        assert refusals_of(staffed) == set()
        holds(staffed)


class TestWhatWasRefused:
    @pytest.fixture
    def refused(self, staffed: World) -> int:
        """A proposal whose refusal is in the log, open as its reviewer could not close it."""
        number = staffed.propose([{"text": "Refused once."}]).number
        approve(staffed, number, SECOND)
        refuse(staffed, number)
        not_accepted(staffed, number)
        return number

    def test_it_is_a_warning_under_every_proposal_of_the_same_statement(
        self, staffed: World, refused: int
    ) -> None:
        first = staffed.repository().proposal(refused)
        again = offer_again(staffed, refused)
        for number in (refused, again):
            examined = show.examine(staffed.repository(), number)
            assert "refused-before" in {finding.code for finding in examined.report.findings}
            show.publish(examined)
            report = staffed.repository().proposal(number).comments[-1].text
            assert f"as [#{refused}]({first.url}). It needs one approval more" in report

    def test_of_proposals_opened_within_one_second_it_names_the_one_that_was_refused(
        self, staffed: World, refused: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        staffed.propose([{"text": "Opened by a script, one after the other."}], "script")
        again = offer_again(staffed, refused)
        opened = staffed.repository().proposal(refused).opened_at
        listed = Repository.proposals

        def at_one_moment(repository: Repository, **options: bool) -> list[Proposal]:
            latest_first = reversed(listed(repository, **options))
            return [replace(each, opened_at=opened) for each in latest_first]

        monkeypatch.setattr(Repository, "proposals", at_one_moment)
        former = refusals.refused_under(show.examine(staffed.repository(), again))
        assert former is not None
        assert former.number == refused

    def test_what_was_signed_before_counts_no_more_and_one_approval_more_is_needed(
        self, staffed: World, refused: int
    ) -> None:
        examined = show.examine(staffed.repository(), refused)
        assert examined.decision.outcome is Outcome.WAIT
        assert "0 of 2 approvals" in examined.decision.reasons[0]
        assert {given.unbound for given in examined.reviews} == {"signed before a refusal in the log"}
        assert approve(staffed, refused, SECOND).decision.missing == 1
        assert "1 of 2 approvals" in not_accepted(staffed, refused).message
        approve(staffed, refused, MAINTAINER)
        staffed.land(refused)
        holds(staffed)

    def test_the_refusers_own_approval_lifts_it(self, staffed: World, refused: int) -> None:
        assert approve(staffed, refused, REVIEWER).outcome is Outcome.ACCEPT
        examined = show.examine(staffed.repository(), refused)
        assert "has approved it since" in refusals.words(examined, "")
        staffed.land(refused)
        holds(staffed)

    def test_a_hidden_comment_and_another_number_change_nothing(self, staffed: World, refused: int) -> None:
        for comment in staffed.repository().proposal(refused).comments:
            if "Refused" in comment.text:
                staffed.repository().hide_comment(refused, comment.id)
        again = offer_again(staffed, refused)
        approve(staffed, again, SECOND)
        for number in (refused, again):
            assert show.examine(staffed.repository(), number).decision.outcome is Outcome.WAIT

    def test_a_review_of_a_log_that_is_longer_than_it_is_does_not_count(
        self, staffed: World, refused: int
    ) -> None:
        """Else an approval could be signed beforehand that outlives every refusal."""
        examined = show.examine(staffed.repository(SECOND), refused)
        post(staffed, refused, signed(staffed, examined, SECOND, size=10**9), SECOND)
        last = show.examine(staffed.repository(), refused).reviews[-1]
        assert (last.size, last.bound) == (10**9, False)

    def test_a_refusal_after_an_approval_that_lifted_the_first_stands_again(
        self, staffed: World, refused: int
    ) -> None:
        approve(staffed, refused, REVIEWER)
        refuse(staffed, refused, SECOND)
        not_accepted(staffed, refused)
        examined = show.examine(staffed.repository(), refused)
        assert examined.decision.outcome is Outcome.WAIT
        assert examined.refusal and len(examined.refusal.persons) == 2
        holds(staffed)


class TestWhatIsTakenIn:
    def record(self, world: World, *numbers: int) -> int:
        conversations = [world.repository().conversation(number) for number in numbers]
        return len(refusals.record(world.repository(), key_of(MAINTAINER), conversations))

    def test_something_else_pushed_over_it_does_not_undo_a_refusal(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Refused, then replaced."}]).number
        examined = show.examine(staffed.repository(), number)
        refuse(staffed, number)
        staffed.push_instead(number, [{"text": "Quite another text."}])
        approve(staffed, number, SECOND)
        staffed.land(number)
        assert logged(staffed, examined)
        holds(staffed)

    def test_a_closed_proposal_whose_ref_is_deleted_is_read_all_the_same(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Refused, closed, gone."}]).number
        examined = show.examine(staffed.repository(), number)
        refuse(staffed, number)
        staffed.repository(CONTRIBUTOR).close(number, comment="Never mind.")
        address = f"{staffed.url}/api/datasets/{staffed.repo_id}/discussions/{number}/ref"
        headers = {"Authorization": f"Bearer {staffed.tokens[MAINTAINER]}"}
        assert get_session().delete(address, headers=headers).status_code == 200
        staffed.add([{"text": "Something exact."}], "exact")
        assert logged(staffed, examined)

    def test_the_last_word_of_a_person_counts_wherever_it_stands(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Refused, offered again, approved."}]).number
        refuse(staffed, number)
        again = offer_again(staffed, number)
        staffed.add(
            [{"text": "The log grows, so that the later word saw more of it."}], "growth", who=STRANGER
        )
        approve(staffed, again, REVIEWER)
        assert self.record(staffed, number, again) == 0
        staffed.land(again)
        holds(staffed)

    def test_a_strangers_word_and_one_from_anothers_account_are_none(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Refused by nobody."}]).number
        examined = show.examine(staffed.repository(), number)
        reviewer = staffed.identity(REVIEWER).person
        for who, poster in ((STRANGER, STRANGER), (REVIEWER, STRANGER)):
            envelope = signed(staffed, examined, who, approve=False, person=reviewer)
            post(staffed, number, envelope, poster, approve=False)
        assert self.record(staffed, number) == 0

    def test_where_two_refusals_are_needed_one_is_not_enough(self, found_commons: Any, staff: Any) -> None:
        world: World = found_commons({"veto = 1": "veto = 2"})
        world.appoint(reviewers=[REVIEWER, SECOND])
        number = world.propose([{"text": "Refused by one, then by two."}]).number
        assert refuse(world, number).outcome is Outcome.WAIT
        assert self.record(world, number) == 0
        refuse(world, number, SECOND)
        assert self.record(world, number) == 1
        holds(world)

    def test_a_commit_takes_a_bounded_number_and_the_next_one_goes_on(
        self, staffed: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        numbers = [staffed.propose([{"text": f"Refused number {n}."}]).number for n in range(3)]
        for number in numbers:
            refuse(staffed, number)
        monkeypatch.setattr(refusals, "MAX_REFUSALS", 2)
        before = len(kinds(staffed))
        assert self.record(staffed, *numbers) == 3
        pair = [StatementKind.REVIEW, StatementKind.DECISION]
        assert kinds(staffed)[before:] == [
            *pair,
            *pair,
            StatementKind.INVENTORY,
            *pair,
            StatementKind.INVENTORY,
        ]
        holds(staffed)

    def test_what_landed_cannot_be_refused_any_more(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Landed already."}]).number
        approve(staffed, number, SECOND)
        examined = show.examine(staffed.repository(), number)
        staffed.land(number)
        with pytest.raises(CommonsError):
            refuse(staffed, number)
        post(staffed, number, signed(staffed, examined, REVIEWER, approve=False), REVIEWER, approve=False)
        assert self.record(staffed, number) == 0

    def test_only_a_maintainers_key_appends(self, staffed: World) -> None:
        with pytest.raises(ProposalError) as caught:
            refusals.record(staffed.repository(), key_of(REVIEWER), [])
        assert caught.value.code == "not-a-maintainer"
