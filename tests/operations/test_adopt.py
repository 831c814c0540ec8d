"""Adopting: rows that somebody proposed by hand land under a reviewer's signature, and their author is named where a name can be erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.world import CONTRIBUTOR, MAINTAINER, REVIEWER, SECOND_MAINTAINER, STRANGER, World, key_of

from commons import layout
from commons.errors import CommonsError, InputError, ProposalError, UsageError
from commons.gate import child_process, snapshot_state
from commons.gate.offer import Offer
from commons.governance import people
from commons.intake.mapping import Mapping
from commons.layout import Kind
from commons.ledger import contributions
from commons.ledger.statements import AdoptedProposal
from commons.operations import adopt, verify
from commons.records import identity
from commons.records.schema import Record

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

CSV = (
    b"question,answer\nWhy is grass green?,It holds chlorophyll.\nWhy is snow white?,\n"
    b'Why is the sea salty?,"Rivers carry salt, \r\nand it stays."\n'
)
SAID = Mapping(
    {"title": "question", "text": "answer"},
    {"license": "cc0-1.0", "lang": "en", "topic": ["science"], "source.title": "A notebook"},
)


def take(
    world: World, number: int, who: str = MAINTAINER, mapping: Mapping = SAID, **options: Any
) -> adopt.Adoption:
    identity = world.identity(who)
    return adopt.adopt(world.repository(who), number, key_of(who), identity, mapping=mapping, **options)


@pytest.fixture(scope="module")
def staffed(found_commons: Any) -> World:
    """A commons that has left its founding phase: two maintainers and a reviewer."""
    world: World = found_commons()
    world.appoint(maintainers=(MAINTAINER, SECOND_MAINTAINER), reviewers=(REVIEWER,))
    return world


class TestTheRoad:
    """Carl proposes a CSV; Maya adopts it; Rita approves it; Maya lands it."""

    @pytest.fixture(scope="class")
    @classmethod
    def old(cls, staffed: World) -> int:
        return staffed.propose_files({"notes.csv": CSV}, CONTRIBUTOR).number

    @pytest.fixture(scope="class")
    @classmethod
    def adopted(cls, staffed: World, old: int) -> adopt.Adoption:
        return take(staffed, old, accept_partial=True)

    def test_the_rows_are_normalised_like_anybodys(self, adopted: adopt.Adoption) -> None:
        ((group, rows),) = adopted.taken.groups.items()
        assert group == (Kind.RECORD, "open", "notes")
        assert [row.text for row in rows if isinstance(row, Record)] == [
            "It holds chlorophyll.",
            "Rivers carry salt, \nand it stays.",
        ]
        assert adopted.report.verdict is None

    def test_the_old_proposal_is_closed_with_a_link_and_thanks(
        self, staffed: World, old: int, adopted: adopt.Adoption
    ) -> None:
        closed = staffed.repository().proposal(old)
        assert adopted.proposal
        assert not closed.is_open
        assert adopted.proposal.url in closed.comments[-1].text
        assert "1 rows could not be taken" in closed.comments[-1].text

    def test_the_new_one_refers_to_it(self, staffed: World, old: int, adopted: adopt.Adoption) -> None:
        assert adopted.proposal
        assert adopted.proposal.title == f"Adopt proposal {old}: By hand"
        told = adopted.proposal.comments[0].text
        assert f"[#{old}](" in told
        assert CONTRIBUTOR in told

    def test_who_signed_for_it_does_not_review_it_too(self, staffed: World, adopted: adopt.Adoption) -> None:
        """The founding policy says that nobody reviews their own; what one adopted is one's own."""
        assert adopted.proposal
        number = adopted.proposal.number
        with pytest.raises(CommonsError) as caught:
            staffed.approve(number, MAINTAINER)
        assert caught.value.code == "own-proposal"
        with pytest.raises(ProposalError, match="0 of 1 approvals"):
            staffed.land(number)

    @pytest.fixture(scope="class")
    @classmethod
    def landed(cls, staffed: World, adopted: adopt.Adoption) -> World:
        assert adopted.proposal
        staffed.approve(adopted.proposal.number, REVIEWER)
        staffed.land(adopted.proposal.number)
        return staffed

    def test_the_author_is_named_in_the_erasable_table_and_nowhere_in_the_log(
        self, landed: World, adopted: adopt.Adoption
    ) -> None:
        snapshot = landed.snapshot()
        names = snapshot.people
        contribution = adopted.contribution.id
        assert names[contribution].user == CONTRIBUTOR
        assert people.credited(names, key_of(MAINTAINER).public.key_id, contribution) == CONTRIBUTOR
        (author,) = [p for p in snapshot.people_table.persons.values() if contribution in p.adopted]
        assert author.keys == (), "who is named signed nothing"
        for path in snapshot.paths():
            if path.startswith("log/"):
                assert CONTRIBUTOR.encode() not in snapshot.read(path)

    def test_the_card_counts_the_rows_for_their_author(self, landed: World) -> None:
        card = landed.snapshot().read("cards/notes.md").decode()
        assert f"| contributors | {CONTRIBUTOR} 2 |" in card

    def test_the_commons_still_verifies(self, landed: World) -> None:
        verdict = verify.verify(landed.snapshot(), memory=None)
        assert [check.problems for check in verdict.checks if not check.ok] == []


# what is wrong -> the code; each is asked of a fresh proposal of the same file
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "rows are refused and nobody said that this is fine": ("rows-refused", {}),
    "nobody says the licence": (
        "rows-incomplete",
        {"mapping": Mapping({"title": "question", "text": "answer"})},
    ),
    "the mapping names a column that is not there": (
        "table-unreadable",
        {"mapping": Mapping({**SAID.columns, "lang": "language"}, SAID.defaults)},
    ),
    "no row passes": (
        "nothing-accepted",
        {
            "mapping": Mapping(SAID.columns, {**SAID.defaults, "license": "cc-by-nc-4.0"}),
            "accept_partial": True,
        },
    ),
    "the key reviews nothing here": ("not-a-reviewer", {"who": STRANGER}),
    "the collection has no good name": ("usage", {"collection": "No Such Name"}),
}


class TestRefusals:
    @pytest.fixture(scope="class")
    @classmethod
    def number(cls, staffed: World) -> int:
        return staffed.propose_files(
            {"notes.csv": CSV.replace(b"grass", b"moss").replace(b"salt", b"brine")}
        ).number

    @pytest.mark.parametrize("name", REFUSED)
    def test_nothing_changes_and_the_reason_is_said(self, name: str, staffed: World, number: int) -> None:
        code, options = REFUSED[name]
        before = staffed.repository().proposals()
        with pytest.raises((CommonsError, InputError, UsageError)) as caught:
            take(staffed, number, **options)
        assert caught.value.code == code
        assert staffed.repository().proposals() == before

    def test_a_dry_run_changes_nothing(self, staffed: World, number: int) -> None:
        before = staffed.repository().proposals()
        assert take(staffed, number, accept_partial=True, dry_run=True).proposal is None
        assert staffed.repository().proposals() == before

    def test_what_was_signed_is_not_adopted(self, staffed: World) -> None:
        number = staffed.propose([{"text": "Ice is cold."}]).number
        with pytest.raises(CommonsError) as caught:
            take(staffed, number)
        assert caught.value.code == "signed-already"

    def test_what_holds_no_table_is_not_adopted(self, staffed: World) -> None:
        with pytest.raises(InputError) as caught:
            take(staffed, staffed.propose_files({"load.py": b"print()"}).number)
        assert caught.value.code == "nothing-to-adopt"

    def test_after_a_kill_between_the_two_halves_the_next_call_does_the_second(self, staffed: World) -> None:
        old = staffed.propose_files({"more.csv": b"text\nFire is hot.\n"}, STRANGER).number
        new = take(staffed, old, mapping=Mapping({}, SAID.defaults)).proposal
        assert new
        # As if it had never been closed.
        staffed.api().change_discussion_status(staffed.repo_id, old, "open", repo_type="dataset")
        for dry_run in (True, False):
            assert staffed.repository().proposal(old).is_open
            with pytest.raises(CommonsError) as caught:
                take(staffed, old, mapping=Mapping({}, SAID.defaults), dry_run=dry_run)
            assert caught.value.code == "adopted-already"
        assert not staffed.repository().proposal(old).is_open

    def test_who_may_not_close_the_old_one_says_under_it_what_became_of_it(self, staffed: World) -> None:
        """A reviewer's key belongs to an account that may only propose."""
        old = staffed.propose_files({"ice.csv": b"text\nIce is cold.\n"}, CONTRIBUTOR).number

        def attempt() -> adopt.Adoption:
            return take(staffed, old, REVIEWER, Mapping({}, SAID.defaults))

        adopted = attempt()
        assert adopted.proposal
        assert not adopted.closed
        with pytest.raises(CommonsError, match="may close the old one") as caught:
            attempt()
        assert caught.value.code == "adopted-already"
        told = staffed.repository().proposal(old)
        assert told.is_open
        assert [comment.text for comment in told.comments if adopted.proposal.url in comment.text] == [
            f"**Adopted** as [#{adopted.proposal.number}]({adopted.proposal.url}), with you as author. Thank you."
        ]


def test_only_a_reviewer_may_say_that_something_was_adopted(staffed: World, make_record: Any) -> None:
    """Or anybody could put somebody's name to words that they never proposed."""
    snapshot = staffed.snapshot()
    for who, codes in ((STRANGER, {"key-not-entitled"}), (REVIEWER, set()), (MAINTAINER, set())):
        made = contributions.seal(
            {(Kind.RECORD, "open", "notes"): [make_record(f"Said by {who}.")]},
            key_of(who),
            commons=snapshot.policy.commons.origin,
            person=staffed.identity(who).person,
            adopted=AdoptedProposal(proposal=1),
        )
        report = child_process.examine(
            Offer.of(made.files), snapshot.policy_bytes, snapshot_state.of(snapshot)
        )
        assert {finding.code for finding in report.findings} == codes


def test_an_adopted_proposal_that_is_gone_leaves_nobody_named(staffed: World) -> None:
    records = [
        row
        for rows in staffed.prepare([{"text": "Nobody knows who said this."}]).groups.values()
        for row in rows
    ]
    made = contributions.seal(
        {(Kind.RECORD, "open", "orphans"): records},
        key_of(REVIEWER),
        commons=staffed.snapshot().policy.commons.origin,
        person=staffed.identity(REVIEWER).person,
        adopted=AdoptedProposal(proposal=9999),
    )
    number = staffed.propose_files(made.files, REVIEWER).number
    staffed.approve(number)
    staffed.land(number)
    assert made.id not in staffed.snapshot().people


def test_a_statement_without_the_field_is_as_it_was(make_record: Any, policy: Any) -> None:
    """Contributions signed before adoption existed keep their form: the field is left out, not null."""
    made = contributions.seal(
        {(Kind.RECORD, "open", "notes"): [make_record()]},
        key_of(CONTRIBUTOR),
        commons=policy.commons.origin,
        person=people.open_person("a.hub/carl").person,
    )
    (envelope,) = (data for path, data in made.files.items() if layout.parse_envelope(path))
    assert b"adopted" not in json.dumps(json.loads(envelope)).encode()
    assert identity.is_record_id(make_record().id)
