"""Persons behind keys and accounts: nobody has two words, and what somebody signed is nobody else's to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.reviews_by_hand import post, signed
from support.world import CONTRIBUTOR, MAINTAINER, REVIEWER, SECOND_MAINTAINER, STRANGER, key_of

from commons import layout
from commons.errors import CommonsError, ProposalError
from commons.layout import Need
from commons.operations import review, show, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


@pytest.fixture(scope="module")
def staffed(found_commons: Any) -> World:
    """A commons that has left its founding phase."""
    world: World = found_commons()
    world.appoint(maintainers=(MAINTAINER, SECOND_MAINTAINER), reviewers=(REVIEWER,))
    return world


def codes(world: World, number: int) -> list[str]:
    return [finding.code for finding in show.examine(world.repository(), number).report.findings]


def problems(world: World) -> list[str]:
    return [problem for check in verify.verify(world.snapshot()).checks for problem in check.problems]


def not_accepted(world: World, number: int) -> str:
    with pytest.raises(ProposalError) as caught:
        world.land(number)
    assert caught.value.code == "not-accepted"
    return caught.value.message


class TestASecondKey:
    """One person, two keys: what she offers with either is hers."""

    def test_a_maintainer_cannot_approve_what_she_signed_with_another_key(self, staffed: World) -> None:
        second = key_of("maya's second key")
        number = staffed.propose_collections(
            {"second": [{"text": "By a second key."}]}, MAINTAINER, key=second
        ).number
        assert codes(staffed, number) == []
        with pytest.raises(CommonsError) as caught:
            staffed.approve(number, MAINTAINER)
        assert caught.value.code == "own-proposal"
        assert "0 of 1 approvals" in not_accepted(staffed, number)

    def test_nor_by_an_envelope_that_she_posts_by_hand(self, staffed: World) -> None:
        """The client refuses; whoever goes round it is told by the decision, and by every audit."""
        second = key_of("maya's second key")
        number = staffed.propose_collections({"hand": [{"text": "By hand."}]}, MAINTAINER, key=second).number
        examined = show.examine(staffed.repository(), number)
        post(staffed, number, signed(staffed, examined, MAINTAINER))
        assert "0 of 1 approvals" in not_accepted(staffed, number)
        staffed.approve(number, REVIEWER)
        staffed.land(number)
        people = staffed.snapshot(need=Need.GOVERNANCE).people
        assert people[second.public.key_id] == people[key_of(MAINTAINER).public.key_id]
        assert problems(staffed) == []

    def test_nor_what_came_from_another_account_under_her_own_key(self, staffed: World) -> None:
        """The other account opens a person of its own; the key tells that it is hers, and a key stands for one person."""
        number = staffed.propose_collections(
            {"elsewhere": [{"text": "From another account."}]}, STRANGER, key=key_of(MAINTAINER)
        ).number
        assert codes(staffed, number) == ["person-mismatch"]
        for reviewer in (MAINTAINER, REVIEWER):
            with pytest.raises(CommonsError) as caught:
                staffed.approve(number, reviewer)
            assert caught.value.code in ("own-proposal", "gate-refuses")
        not_accepted(staffed, number)


class TestAnotherAccount:
    def test_a_reviewers_key_under_another_token_signs_nothing(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Whose word?"}], "whose").number
        examined = show.examine(staffed.repository(STRANGER), number)
        before = len(staffed.repository().proposal(number).comments)
        with pytest.raises(CommonsError) as caught:
            review.submit(examined, key_of(REVIEWER), approve=True)
        assert caught.value.code == "other-account"
        assert STRANGER in caught.value.message
        assert len(staffed.repository().proposal(number).comments) == before

    def test_a_copied_review_says_why_it_does_not_count(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Copied word."}], "copied").number
        examined = show.examine(staffed.repository(REVIEWER), number)
        post(staffed, number, signed(staffed, examined, REVIEWER), STRANGER, reason="Fine")
        said = not_accepted(staffed, number)
        assert "Not counted: 1 posted from an account that is not its signer's." in said


class TestACopiedProposal:
    def files(self, world: World, number: int) -> dict[str, bytes]:
        repository = world.repository()
        head = repository.proposal(number).head
        there = repository.files(world.head())
        return {
            path: repository.read(file, head)
            for path, file in repository.files(head).items()
            if path not in there
        }

    def test_what_somebody_signed_is_not_another_accounts_to_offer(self, world: World) -> None:
        """With the opening that came along, with one of the thief's own, and with none."""
        number = world.propose([{"text": "Carl wrote this."}]).number
        files = self.files(world, number)
        without = {path: data for path, data in files.items() if not layout.parse_person(path)}
        assert len(files) == len(without) + 1
        mine = world.identity(STRANGER).files
        assert codes(world, world.propose_files(files, STRANGER).number) == ["person-mismatch"]
        assert codes(world, world.propose_files({**files, **mine}, STRANGER).number) == ["person-mismatch"]
        assert codes(world, world.propose_files({**without, **mine}, STRANGER).number) == ["person-mismatch"]
        assert codes(world, world.propose_files(without, STRANGER).number) == ["person-unknown"]
        world.approve(number)
        world.land(number)
        assert {person.user for person in world.snapshot().people.values()} == {MAINTAINER, CONTRIBUTOR}

    def test_nor_once_its_author_is_known_here_nor_when_the_thief_is(self, world: World) -> None:
        world.add([{"text": "Carl was here."}], "carls")
        number = world.propose([{"text": "Carl is back."}], "back").number
        files = self.files(world, number)
        assert not any(layout.parse_person(path) for path in files), "his row is in the table"
        assert codes(world, world.propose_files(files, STRANGER).number) == ["person-mismatch"]
        assert codes(world, world.propose_files(files, MAINTAINER).number) == ["person-known"]
        assert codes(world, world.propose_files(files, CONTRIBUTOR).number) == []

    def test_a_copy_lands_for_nobody(self, world: World) -> None:
        files = self.files(world, world.propose([{"text": "Stolen goods."}]).number)
        copied = world.propose_files(files, STRANGER).number
        with pytest.raises(CommonsError) as caught:
            world.approve(copied)
        assert caught.value.code == "gate-refuses"
        assert "is not the person behind" in caught.value.message
        not_accepted(world, copied)


class TestThePeopleTable:
    def test_who_landed_something_is_one_person_whatever_she_does_next(self, world: World) -> None:
        """Contributions, an adoption by others and a rotation are of one row."""
        world.add([{"text": "First."}], "first")
        world.add_collections({"second": [{"text": "Second."}]}, key=key_of("carl the second"))
        (carl,) = [
            person
            for person in world.snapshot(need=Need.GOVERNANCE).people_table.persons.values()
            if person.user == CONTRIBUTOR
        ]
        assert carl.keys == (key_of("carl").public.key_id, key_of("carl the second").public.key_id)
        assert problems(world) == []

    def test_a_row_that_is_not_opened_by_its_account_does_not_verify(self, world: World) -> None:
        world.add([{"text": "First."}])
        snapshot = world.snapshot()
        table = snapshot.people_table
        (carl,) = [person for person in table.persons.values() if person.user == CONTRIBUTOR]
        renamed = type(carl)(carl.id, carl.salt, ("a.hub/somebody-else",), carl.keys)
        world.change_rules(people=table.with_person(renamed))
        assert [p for p in problems(world) if layout.PEOPLE in p] == [
            f"{layout.PEOPLE}: {carl.id} is not opened by its salt and first account"
        ]
