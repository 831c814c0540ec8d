"""The decision: a pure function, tried at each of its borders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.persons import person_of

from commons.cards import dataset_card
from commons.governance import decision
from commons.governance import policy as policies
from commons.governance.decision import Author, Decision, Outcome, Vote
from commons.governance.policy import Policy
from commons.governance.roles import RoleKey, Roles
from commons.ledger.keys import SigningKey
from commons.ledger.statements import StatementKind

OPENED = datetime(2026, 11, 22, 12, tzinfo=UTC)
FOUNDING = dataset_card.founding_policy("Test commons", "knowledge-commons/tests/1").decode()
# name -> key; what follows a hyphen tells keys of one person apart
KEYS = {
    name: SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)).public
    for number, name in enumerate(("mia", "ann", "bob", "cid", "eve", "x", "mia-2", "ann-2"))
}


def person(name: str) -> str:
    return person_of(name.partition("-")[0])


def roles_of(maintainers: str, reviewers: str = "", emeritus: str = "") -> Roles:
    """Names with blanks between them."""

    def keys(names: str) -> tuple[RoleKey, ...]:
        return tuple(RoleKey.of(KEYS[name], person(name)) for name in names.split())

    return Roles(
        maintainers=keys(maintainers),
        reviewers=keys(reviewers),
        emeritus=tuple(person(name) for name in emeritus.split()),
    )


ROLES = roles_of("mia", "ann bob cid")


def policy(
    approve: int = 1, veto: int = 1, wait_hours: float = 0, not_by: str = '["author"]', members: int = 3
) -> Policy:
    text = FOUNDING.replace("approve = 1 ", f"approve = {approve} ").replace("veto = 1", f"veto = {veto}")
    text = text.replace("wait_hours = 0", f"wait_hours = {wait_hours}").replace('["author"]', not_by)
    return policies.parse(text.replace("members = 3", f"members = {members}").encode())


def vote(name: str, approve: bool, of: str = "") -> Vote:
    return Vote(KEYS[name].key_id, approve, "" if approve else f"{name} says no", of or person(name))


def author_of(name: str, of: str = "") -> Author:
    return Author(KEYS[name].key_id, of or person(name))


def decide(
    rules: Policy,
    votes: Sequence[tuple[str, bool] | Vote],
    *,
    author: str | Author = "eve",
    roles: Roles = ROLES,
    kind: StatementKind = StatementKind.CONTRIBUTION,
    after: float = 0,
    gate: Sequence[str] = (),
    refused_before: bool = False,
) -> Decision:
    return decision.decide(
        rules,
        roles,
        kind,
        refused_by_gate=gate,
        author=author if isinstance(author, Author) else author_of(author),
        votes=[each if isinstance(each, Vote) else vote(*each) for each in votes],
        opened_at=OPENED,
        now=OPENED + timedelta(hours=after),
        refused_before=refused_before,
    )


def yes(*names: str) -> list[tuple[str, bool]]:
    return [(name, True) for name in names]


def no(*names: str) -> list[tuple[str, bool]]:
    return [(name, False) for name in names]


CASES: dict[str, tuple[Policy, list[tuple[str, bool]], Outcome]] = {
    "nobody spoke": (policy(), [], Outcome.WAIT),
    "one of one": (policy(), yes("ann"), Outcome.ACCEPT),
    "a maintainer counts as a reviewer": (policy(), yes("mia"), Outcome.ACCEPT),
    "one of two": (policy(approve=2), yes("ann"), Outcome.WAIT),
    "two of two": (policy(approve=2), yes("ann", "bob"), Outcome.ACCEPT),
    "the same key twice is one": (policy(approve=2), yes("ann", "ann"), Outcome.WAIT),
    "a stranger counts nothing": (policy(), yes("x"), Outcome.WAIT),
    "a stranger's refusal counts nothing": (policy(), yes("ann") + no("x"), Outcome.ACCEPT),
    "the author's approval counts nothing": (policy(), yes("eve"), Outcome.WAIT),
    "one veto": (policy(), no("ann"), Outcome.REFUSE),
    "a veto beats approvals": (policy(approve=2), yes("ann", "bob") + no("cid"), Outcome.REFUSE),
    "one refusal where two refuse": (policy(veto=2), no("ann"), Outcome.WAIT),
    "one refusal where two refuse, and an approval": (
        policy(veto=2),
        no("ann") + yes("bob"),
        Outcome.ACCEPT,
    ),
    "two refusals of two": (policy(veto=2), no("ann", "bob") + yes("cid"), Outcome.REFUSE),
    "two keys of one person are one approval": (policy(approve=2), yes("ann", "ann-2"), Outcome.WAIT),
    "two keys of one person and another": (policy(approve=2), yes("ann", "ann-2", "bob"), Outcome.ACCEPT),
    "two keys of one person are one refusal": (policy(veto=2), no("ann", "ann-2"), Outcome.WAIT),
    "a person's latest word counts, whichever key signs it": (
        policy(),
        yes("ann") + no("ann-2"),
        Outcome.REFUSE,
    ),
    "two refusals by one key": (policy(veto=2), no("ann", "ann"), Outcome.WAIT),
    "the latest word counts: yes after no": (policy(), no("ann") + yes("ann"), Outcome.ACCEPT),
    "the latest word counts: no after yes": (policy(), yes("ann") + no("ann"), Outcome.REFUSE),
}


@pytest.mark.parametrize("name", CASES)
def test_reviews_lead_to_a_decision(name: str) -> None:
    rules, votes, outcome = CASES[name]
    made = decide(rules, votes, roles=roles_of("mia", "ann bob cid ann-2"))
    assert made.outcome is outcome
    assert made.reasons
    assert not made.founding


def test_an_author_who_reviews_is_left_out_whether_for_or_against() -> None:
    assert decide(policy(), yes("ann"), author="ann").outcome is Outcome.WAIT
    assert decide(policy(), yes("bob") + no("ann"), author="ann").outcome is Outcome.ACCEPT


def test_a_policy_may_let_authors_review_their_own() -> None:
    assert decide(policy(not_by="[]"), yes("ann"), author="ann").outcome is Outcome.ACCEPT


@pytest.mark.parametrize(
    ("after", "outcome"), [(0, "wait"), (47.999, "wait"), (48, "accept"), (48.001, "accept")]
)
def test_waiting_ends_at_the_hour_and_not_before(after: float, outcome: str) -> None:
    assert decide(policy(wait_hours=48), yes("ann"), after=after).outcome == outcome


def test_waiting_does_not_hold_back_a_refusal() -> None:
    assert decide(policy(wait_hours=48), no("ann")).outcome is Outcome.REFUSE


def test_the_gates_refusal_stands_whatever_reviewers_say() -> None:
    made = decide(policy(), yes("ann", "bob", "mia"), gate=["no licence", "no text"])
    assert made == Decision(Outcome.REFUSE, ("no licence", "no text"))


def test_a_refusal_gives_the_reviewers_reasons() -> None:
    assert decide(policy(veto=2), no("ann", "bob")).reasons == ("ann says no", "bob says no")
    silent = decide(policy(), [Vote(KEYS["ann"].key_id, False, person=person("ann"))])
    assert silent.reasons == ("refused by a reviewer",)


class TestPersons:
    """A word counts for a person: once, and never on her own work, whatever keys and accounts she has."""

    ROLES = roles_of("mia mia-2", "ann bob")

    def test_own_work_is_not_approved_under_a_second_key(self) -> None:
        assert decide(policy(), yes("mia-2"), author="mia", roles=self.ROLES).outcome is Outcome.WAIT
        assert decide(policy(), yes("mia"), author="mia-2", roles=self.ROLES).outcome is Outcome.WAIT

    def test_nor_when_the_work_names_another_person_than_the_roles_name_for_its_key(self) -> None:
        """A second account has an id of its own; the key that signs is still hers."""
        elsewhere = author_of("mia", of=person("x"))
        assert decide(policy(), yes("mia-2"), author=elsewhere, roles=self.ROLES).outcome is Outcome.WAIT
        assert decide(policy(), yes("ann"), author=elsewhere, roles=self.ROLES).outcome is Outcome.ACCEPT

    def test_nor_when_the_work_was_signed_by_a_key_without_a_role(self) -> None:
        new_key = author_of("x", of=person("ann"))
        assert decide(policy(), yes("ann"), author=new_key, roles=self.ROLES).outcome is Outcome.WAIT

    def test_a_word_in_the_name_of_another_person_than_the_keys_counts_nothing(self) -> None:
        for approve in (True, False):
            votes = [vote("ann", approve, of=person("bob"))]
            assert decide(policy(), votes, roles=self.ROLES).outcome is Outcome.WAIT

    def test_who_is_emeritus_has_no_word(self) -> None:
        roles = roles_of("mia", "ann bob", emeritus="ann")
        assert decide(policy(), yes("ann"), roles=roles).outcome is Outcome.WAIT
        assert decide(policy(), yes("bob") + no("ann"), roles=roles).outcome is Outcome.ACCEPT

    def test_of_the_earlier_generation_a_key_is_its_own_person(self) -> None:
        roles = Roles(version=1, reviewers=(RoleKey.of(KEYS["ann"]), RoleKey.of(KEYS["ann-2"])))
        votes = [Vote(KEYS[name].key_id, True) for name in ("ann", "ann-2")]
        author = Author(KEYS["eve"].key_id, KEYS["eve"].key_id)
        assert decide(policy(approve=2), votes, author=author, roles=roles).outcome is Outcome.ACCEPT
        own = Author(KEYS["ann"].key_id, KEYS["ann"].key_id)
        assert decide(policy(approve=2), votes, author=own, roles=roles).reasons == ("1 of 2 approvals",)


class TestTheFoundingPhase:
    """While the members are few a maintainer's own signature is an approval, and no more are asked for than there are members."""

    def test_it_ends_with_the_last_member_it_waits_for(self) -> None:
        two, three = roles_of("mia", "ann"), roles_of("mia", "ann bob")
        made = decide(policy(members=3), [], author="mia", roles=two)
        assert (made.outcome, made.founding) == (Outcome.ACCEPT, True)
        assert made.reasons[-1].startswith("founding phase: 2 of 3 members")
        made = decide(policy(members=3), [], author="mia", roles=three)
        assert (made.outcome, made.founding, made.reasons) == (Outcome.WAIT, False, ("0 of 1 approvals",))

    @pytest.mark.parametrize(
        ("members", "outcome"), [(0, "wait"), (1, "wait"), (2, "accept"), (3, "accept"), (1000, "accept")]
    )
    def test_a_policy_says_how_long_it_lasts(self, members: int, outcome: str) -> None:
        assert decide(policy(members=members), [], author="mia", roles=roles_of("mia")).outcome == outcome

    def test_members_are_persons_and_not_keys_or_emeriti(self) -> None:
        for roles in (roles_of("mia mia-2", "ann ann-2"), roles_of("mia", "ann bob", emeritus="bob")):
            assert decide(policy(members=3), [], author="mia", roles=roles).founding

    def test_no_more_approvals_are_asked_for_than_there_are_members(self) -> None:
        """Else a founder of a commons whose rule asks for two could never land anything."""
        rules = policy(approve=2, members=3)
        assert decide(rules, [], author="mia", roles=roles_of("mia")).outcome is Outcome.ACCEPT
        two = roles_of("mia", "ann")
        assert decide(rules, [], author="mia", roles=two).reasons == ("1 of 2 approvals",)
        assert decide(rules, yes("ann"), author="mia", roles=two).outcome is Outcome.ACCEPT
        assert decide(rules, yes("mia"), author="mia", roles=two).outcome is Outcome.WAIT

    def test_it_is_for_own_work_of_a_maintainer_alone(self) -> None:
        two = roles_of("mia", "ann")
        assert decide(policy(), [], author="ann", roles=two).outcome is Outcome.WAIT
        assert decide(policy(), [], author="eve", roles=two).outcome is Outcome.WAIT
        others = decide(policy(), yes("mia"), author="eve", roles=two)
        assert (others.outcome, others.founding) == (Outcome.ACCEPT, False)

    def test_a_second_key_gives_no_second_approval(self) -> None:
        two = roles_of("mia mia-2", "ann")
        assert decide(policy(approve=2), yes("mia-2"), author="mia", roles=two).outcome is Outcome.WAIT

    def test_who_is_emeritus_founds_nothing_any_more(self) -> None:
        """Without members left none would be asked, and anything of hers would land."""
        for roles in (roles_of("mia", emeritus="mia"), roles_of("mia", "ann", emeritus="mia")):
            made = decide(policy(), [], author="mia", roles=roles)
            assert (made.outcome, made.founding) == (Outcome.WAIT, False)

    def test_a_veto_refuses_it_all_the_same_and_the_gate_too(self) -> None:
        two = roles_of("mia", "ann")
        assert decide(policy(), no("ann"), author="mia", roles=two).outcome is Outcome.REFUSE
        assert decide(policy(), no("mia"), author="mia", roles=two).outcome is Outcome.REFUSE
        assert decide(policy(), [], author="mia", roles=two, gate=["no text"]).outcome is Outcome.REFUSE

    def test_it_waits_as_long_as_anything(self) -> None:
        alone = roles_of("mia")
        assert decide(policy(wait_hours=48), [], author="mia", roles=alone, after=47).outcome is Outcome.WAIT
        assert (
            decide(policy(wait_hours=48), [], author="mia", roles=alone, after=48).outcome is Outcome.ACCEPT
        )

    def test_a_key_statement_that_needs_no_approval_does_not_rest_on_it(self) -> None:
        made = decide(policy(), [], author="mia", roles=roles_of("mia"), kind=StatementKind.KEY)
        assert (made.outcome, made.founding) == (Outcome.ACCEPT, False)


class TestWhatWasRefusedBefore:
    def test_it_needs_one_approval_more(self) -> None:
        made = decide(policy(), yes("ann"), refused_before=True)
        assert made.outcome is Outcome.WAIT
        assert "1 of 2 approvals" in made.reasons[0]
        assert "refused before" in made.reasons[0]
        assert decide(policy(), yes("ann", "bob"), refused_before=True).outcome is Outcome.ACCEPT

    def test_a_key_statement_then_needs_one_too(self) -> None:
        kind = StatementKind.KEY
        assert decide(policy(), [], kind=kind).outcome is Outcome.ACCEPT
        assert decide(policy(), [], kind=kind, refused_before=True).outcome is Outcome.WAIT
        assert decide(policy(), yes("ann"), kind=kind, refused_before=True).outcome is Outcome.ACCEPT

    def test_the_founding_phase_asks_for_no_more_than_there_are(self) -> None:
        made = decide(policy(), [], author="mia", roles=roles_of("mia"), refused_before=True)
        assert made.outcome is Outcome.ACCEPT
        two = roles_of("mia", "ann")
        assert decide(policy(), [], author="mia", roles=two, refused_before=True).outcome is Outcome.WAIT

    def test_who_refused_lifts_it_and_nobody_else(self) -> None:
        refused_by = {person("ann")}
        lifted = [vote("ann", True)]
        assert not decision.refusal_stands(refused_by, ROLES, lifted)
        for votes in ([], [vote("bob", True)], [vote("ann", False)], [*lifted, vote("ann", False)]):
            assert decision.refusal_stands(refused_by, ROLES, votes)

    def test_of_several_who_refused_all_have_to_lift_it(self) -> None:
        refused_by = {person("ann"), person("bob")}
        assert decision.refusal_stands(refused_by, ROLES, [vote("ann", True)])
        assert not decision.refusal_stands(refused_by, ROLES, [vote("ann", True), vote("bob", True)])

    def test_who_holds_no_role_any_more_cannot_lift_it(self) -> None:
        roles = roles_of("mia", "bob")
        assert decision.refusal_stands({person("ann")}, roles, [vote("ann", True)])


votes = st.lists(st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()))


@given(votes, st.integers(1, 4), st.integers(1, 4))
def test_nothing_is_accepted_without_enough_different_reviewers_who_are_not_its_author(
    given_votes: list[tuple[str, bool]], approve: int, veto: int
) -> None:
    made = decide(policy(approve, veto), given_votes)
    last = {name: approves for name, approves in given_votes if name in ("mia", "ann", "bob", "cid")}
    approvals, refusals = sum(last.values()), len(last) - sum(last.values())
    if refusals >= veto:
        assert made.outcome is Outcome.REFUSE
    else:
        assert made.outcome is (Outcome.ACCEPT if approvals >= approve else Outcome.WAIT)
