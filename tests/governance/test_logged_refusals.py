"""Refusals in a log: the audit believes one only as far as reviews carry it, and reading finds exactly those."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from support.world import key_of

from commons import digests
from commons.cards import dataset_card
from commons.governance import logged_refusals, rules_in_force
from commons.governance.log_audit import Auditor, AuditResult
from commons.governance.roles import RoleKey, Roles
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.records import identity

ORIGIN = "knowledge-commons/tests/refusals"
POLICY = dataset_card.founding_policy("Refusing", ORIGIN)
HEAD = "1" * 40
OPENED = datetime(2026, 1, 1, 12, tzinfo=UTC)


def person_of(name: str) -> str:
    return identity.person_id(hashlib.sha256(name.encode()).digest(), f"host/{name}")


@dataclass
class RefusalLog:
    """Statements as they are written into a log, one after another; what is written gives the envelope's digest."""

    policy: bytes = POLICY
    leaves: list[Leaf] = field(default_factory=list)
    envelopes: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        def role(name: str) -> RoleKey:
            return RoleKey.of(key_of(name).public, person_of(name))

        roles = Roles(maintainers=(role("maya"),), reviewers=(role("rosa"), role("sven")))
        envelope = self.signer("maya").policy(self.policy, digests.sha256_hex(self.policy), roles.to_bytes())
        self.write(StatementKind.POLICY, envelope)

    def signer(self, name: str) -> Signer:
        return Signer(key_of(name), ORIGIN)

    def write(self, kind: StatementKind, envelope: bytes) -> str:
        digest = digests.sha256_hex(envelope)
        self.envelopes[digest] = envelope
        self.leaves.append(Leaf(kind, digest))
        return digest

    def review(self, about: tuple[str, str], by: str, *, approve: bool = False, size: int = -1) -> str:
        """``about`` is a contribution and its envelope; ``size`` is the log's as it is unless another is claimed."""
        return self.write(
            StatementKind.REVIEW,
            self.signer(by).review(
                *about,
                head=HEAD,
                approve=approve,
                person=person_of(by),
                size=len(self.leaves) if size < 0 else size,
            ),
        )

    def decide(
        self, about: tuple[str, str], reviews: dict[str, str], *, by: str = "maya", accept: bool = False
    ) -> None:
        """``reviews``: envelope -> whose."""
        self.write(
            StatementKind.DECISION,
            self.signer(by).decision(
                *about,
                head=HEAD,
                opened=OPENED,
                policy=digests.sha256_hex(self.policy),
                reviews={digest: person_of(name) for digest, name in reviews.items()},
                accept=accept,
            ),
        )

    def refuse(self, about: tuple[str, str], *names: str, by: str = "maya") -> None:
        self.decide(about, {self.review(about, name): name for name in names}, by=by)

    def land(self, about: tuple[str, str], envelope: bytes, *names: str) -> None:
        self.write(StatementKind.CONTRIBUTION, envelope)
        reviews = {self.review(about, name, approve=True): name for name in names}
        self.decide(about, reviews, accept=True)

    def audit(self) -> AuditResult:
        return Auditor(ORIGIN, self.envelopes.__getitem__).audit(self.leaves)

    def problems(self) -> list[str]:
        return [problem for _, problem in self.audit().problems]

    def refusals(self) -> dict[str, logged_refusals.Refusal]:
        def envelopes(wanted: Sequence[str]) -> dict[str, bytes]:
            return {digest: self.envelopes[digest] for digest in wanted}

        rules = rules_in_force.read(self.leaves, self.envelopes.__getitem__, ORIGIN)
        return logged_refusals.read(self.leaves, envelopes, ORIGIN, rules.maintainers)


@pytest.fixture
def log() -> Iterator[RefusalLog]:
    written = RefusalLog()
    yield written
    assert written.refusals().keys() == written.audit().refused.keys(), "two readers of one log agree"


def contribution(seed: str = "x") -> tuple[tuple[str, str], bytes]:
    """What is offered by carl: its name and its envelope's digest, and the envelope."""
    root = hashlib.sha256(seed.encode()).digest()
    key = key_of("carl")
    name = identity.contribution_id(key.public.key_id, root)
    group = {"kind": "data", "pool": "open", "collection": "notes", "rows": 1}
    envelope = Signer(key, ORIGIN).contribution(name, root, person=person_of("carl"), groups=[group])
    return (name, digests.sha256_hex(envelope)), envelope


def test_a_refusal_holds_and_what_it_refuses_is_no_leaf(log: RefusalLog) -> None:
    about, _ = contribution()
    review = log.review(about, "rosa")
    log.decide(about, {review: "rosa"})
    assert log.problems() == []
    assert log.refusals() == {
        about[1]: logged_refusals.Refusal(
            2, frozenset({person_of("rosa")}), "2026-01-01T12:00:00Z", frozenset({review})
        )
    }
    assert log.audit().refused == log.refusals()


def test_a_decision_to_land_is_no_refusal_whatever_stands_before_it(log: RefusalLog) -> None:
    refused, _ = contribution("refused")
    about, envelope = contribution("landed")
    log.refuse(refused, "rosa")
    log.land(about, envelope, "sven")
    assert log.problems() == []
    assert log.refusals().keys() == {refused[1]}


def test_a_reviewer_cannot_append_it(log: RefusalLog) -> None:
    log.refuse(contribution()[0], "sven", by="rosa")
    assert any("who was no maintainer" in problem for problem in log.problems())


@pytest.mark.parametrize("by", ["rosa", "bert"])
def test_what_no_maintainer_signed_refuses_nothing(by: str, log: RefusalLog) -> None:
    """A builder's key signs checkpoints, and may be stolen: it can leave such an entry, but stop nothing by it."""
    about, envelope = contribution()
    log.refuse(about, "eve", by=by)
    assert log.refusals() == {}
    log.land(about, envelope, "sven")
    assert [problem.partition(" was signed by ")[0] for problem in log.problems()] == ["the refusal"]


def test_it_needs_reviews_that_refuse_and_enough_of_them() -> None:
    about, _ = contribution()
    alone = RefusalLog()
    alone.decide(about, {})
    strict = RefusalLog(POLICY.replace(b"veto = 1", b"veto = 2"))
    strict.refuse(about, "rosa")
    for log in (alone, strict):
        assert log.problems() == ["the refusal names no review that refuses, or not enough of them"]
    enough = RefusalLog(POLICY.replace(b"veto = 1", b"veto = 2"))
    enough.refuse(about, "rosa", "sven")
    assert enough.problems() == []


def test_what_was_refused_needs_one_approval_more_by_who_saw_the_refusal(log: RefusalLog) -> None:
    about, envelope = contribution()
    log.refuse(about, "rosa")
    log.land(about, envelope, "sven")
    (problem,) = log.problems()
    assert "1 of 2 approvals, one more than usual" in problem


def test_two_who_saw_it_or_who_refused_it_may_land_it_all_the_same() -> None:
    for names in (("sven", "maya"), ("rosa",)):
        log, (about, envelope) = RefusalLog(), contribution()
        log.refuse(about, "rosa")
        log.land(about, envelope, *names)
        assert log.problems() == [], names


def test_an_approval_by_who_had_not_seen_the_refusal_is_none(log: RefusalLog) -> None:
    about, envelope = contribution()
    log.refuse(about, "rosa")
    log.write(StatementKind.CONTRIBUTION, envelope)
    reviews = {
        log.review(about, "sven", approve=True, size=1): "sven",
        log.review(about, "maya", approve=True): "maya",
    }
    log.decide(about, reviews, accept=True)
    assert any("1 of 2 approvals" in problem for problem in log.problems())


def test_nobody_has_seen_a_log_that_is_longer_than_it_is(log: RefusalLog) -> None:
    about, _ = contribution()
    digest = log.review(about, "rosa", size=10**9)
    log.decide(about, {digest: "rosa"})
    assert log.problems() == ["the review speaks of a log longer than the one it stands in"]


def test_refused_again_all_who_refused_have_to_be_satisfied(log: RefusalLog) -> None:
    about, envelope = contribution()
    log.refuse(about, "rosa")
    log.refuse(about, "sven")
    assert log.refusals()[about[1]].persons == {person_of("rosa"), person_of("sven")}
    log.land(about, envelope, "sven")
    assert any("1 of 2 approvals" in problem for problem in log.problems())


def test_what_landed_is_not_refused_any_more() -> None:
    log, (about, envelope) = RefusalLog(), contribution()
    log.land(about, envelope, "sven")
    log.refuse(about, "rosa")
    assert any("is refused after it was accepted" in problem for problem in log.problems())
