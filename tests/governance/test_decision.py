"""The decision: a pure function, tried at each of its borders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commons.cards import dataset_card
from commons.governance import decision
from commons.governance import policy as policies
from commons.governance.decision import Decision, Outcome, Vote
from commons.governance.policy import Policy
from commons.governance.roles import RoleKey, Roles
from commons.ledger.keys import SigningKey

OPENED = datetime(2026, 11, 22, 12, tzinfo=UTC)
FOUNDING = dataset_card.founding_policy("Test commons", "knowledge-commons/tests/1").decode()
KEYS = {
    name: SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)).public
    for number, name in enumerate(("mia", "ann", "bob", "cid", "eve", "x"))
}
ROLES = Roles(
    maintainers=(RoleKey.of(KEYS["mia"]),),
    reviewers=tuple(RoleKey.of(KEYS[name]) for name in ("ann", "bob", "cid")),
)


def policy(approve: int = 1, veto: int = 1, wait_hours: float = 0, not_by: str = '["author"]') -> Policy:
    text = FOUNDING.replace("approve = 1 ", f"approve = {approve} ").replace("veto = 1", f"veto = {veto}")
    text = text.replace("wait_hours = 0", f"wait_hours = {wait_hours}").replace('["author"]', not_by)
    return policies.parse(text.encode())


def decide(
    rules: Policy,
    votes: Sequence[tuple[str, bool]],
    *,
    author: str = "eve",
    after: float = 0,
    gate: Sequence[str] = (),
) -> Decision:
    return decision.decide(
        rules.decision.data,
        ROLES,
        refused_by_gate=gate,
        author_key_id=KEYS[author].key_id,
        votes=[
            Vote(KEYS[name].key_id, approve, "" if approve else f"{name} says no") for name, approve in votes
        ],
        opened_at=OPENED,
        now=OPENED + timedelta(hours=after),
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
    "two refusals by one key": (policy(veto=2), no("ann", "ann"), Outcome.WAIT),
    "the latest word counts: yes after no": (policy(), no("ann") + yes("ann"), Outcome.ACCEPT),
    "the latest word counts: no after yes": (policy(), yes("ann") + no("ann"), Outcome.REFUSE),
}


@pytest.mark.parametrize("name", CASES)
def test_reviews_lead_to_a_decision(name: str) -> None:
    rules, votes, outcome = CASES[name]
    made = decide(rules, votes)
    assert made.outcome is outcome
    assert made.reasons


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
    silent = decision.decide(
        policy().decision.data,
        ROLES,
        refused_by_gate=(),
        author_key_id="",
        votes=[Vote(KEYS["ann"].key_id, False)],
        opened_at=OPENED,
        now=OPENED,
    )
    assert silent.reasons == ("refused by a reviewer",)


votes = st.lists(st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()))


@given(votes, st.integers(1, 4), st.integers(1, 4))
def test_nothing_is_accepted_without_enough_different_reviewers_who_are_not_its_author(
    given_votes: list[tuple[str, bool]], approve: int, veto: int
) -> None:
    made = decide(policy(approve, veto), given_votes)
    last = {name: approves for name, approves in given_votes if name not in ("eve", "x")}
    approvals, refusals = sum(last.values()), len(last) - sum(last.values())
    if refusals >= veto:
        assert made.outcome is Outcome.REFUSE
    else:
        assert made.outcome is (Outcome.ACCEPT if approvals >= approve else Outcome.WAIT)
