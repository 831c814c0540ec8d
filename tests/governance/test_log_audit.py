"""The audit: what a log says is believed only as far as every signature, role, rule and review in it carries."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commons.cards import dataset_card
from commons.errors import HubError, LedgerError
from commons.governance import log_audit
from commons.governance.log_audit import Auditor, AuditResult
from commons.governance.roles import RoleKey, Roles
from commons.ledger import signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import MODELS, KeyStatement, StatementKind
from commons.records import identity

ORIGIN = "knowledge-commons/tests/audit"
POLICY = dataset_card.founding_policy("Audited", ORIGIN)
HEAD, OTHER_HEAD = "1" * 40, "2" * 40
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def key_of(name: str) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def id_of(name: str) -> str:
    return key_of(name).public.key_id


def roles_of(*maintainers: str, reviewers: Sequence[str] = ()) -> Roles:
    return Roles(
        maintainers=tuple(RoleKey.of(key_of(name).public) for name in maintainers),
        reviewers=tuple(RoleKey.of(key_of(name).public) for name in reviewers),
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Book:
    """Statements as they are written into a log, one after another; each call returns the envelope's digest."""

    leaves: list[Leaf] = field(default_factory=list)
    envelopes: dict[str, bytes] = field(default_factory=dict)
    rules: bytes = POLICY
    seeds: int = 0

    def write(self, kind: str, envelope: bytes) -> str:
        self.envelopes[digest(envelope)] = envelope
        self.leaves.append(Leaf(StatementKind(kind), digest(envelope)))
        return digest(envelope)

    def policy(self, roles: Roles, by: str = "maya", text: bytes = POLICY) -> str:
        self.rules = text
        return self.write("policy", signer(by).policy(text, digest(text), roles.to_bytes()))

    def contribution(self, by: str = "carl") -> tuple[str, str]:
        """(contribution, envelope)"""
        self.seeds += 1
        root = hashlib.sha256(str(self.seeds).encode()).digest()
        name = identity.contribution_id(id_of(by), root)
        counts = {"data": 1, "links": 0, "questions": 0}
        return name, self.write("contribution", signer(by).contribution(name, root, counts))

    def review(
        self,
        about: tuple[str, str],
        by: str = "maya",
        *,
        approve: bool = True,
        head: str = HEAD,
        at: datetime = NOON,
    ) -> str:
        made = signer(by, at).review(about[0], about[1], head=head, approve=approve)
        return self.write("review", made)

    def decision(
        self,
        about: tuple[str, str],
        reviews: Sequence[str],
        by: str = "maya",
        *,
        head: str = HEAD,
        at: datetime = NOON,
        policy: str = "",
    ) -> str:
        made = signer(by, at).decision(
            about[0],
            about[1],
            head=head,
            opened=NOON,
            policy=policy or digest(self.rules),
            reviews=list(reviews),
        )
        return self.write("decision", made)

    def land(self, by: str = "carl", reviewer: str = "maya", decider: str = "maya") -> str:
        """A contribution as it should land; returns its id."""
        about = self.contribution(by)
        self.decision(about, [self.review(about, reviewer)], decider)
        return about[0]

    def key(self, by: str, action: str, about: str = "", successor: str = "") -> tuple[str, str]:
        speaking = signer(by)
        if action == "rotate":
            envelope = speaking.rotation(key_of(successor))
        else:
            public = key_of(about or by).public
            envelope = (
                speaking.key_action("revoke", public)
                if action == "revoke"
                else speaking.key_action("register", public)
            )
        return id_of(about or by), self.write("key", envelope)

    def read(self, wanted: str) -> bytes:
        if wanted not in self.envelopes:
            raise HubError(f"There is no envelope {wanted[:12]}….", code="file-missing")
        return self.envelopes[wanted]

    def audited(self) -> AuditResult:
        return Auditor(ORIGIN, self.read).audit(self.leaves)

    def problems(self) -> list[tuple[int, str]]:
        return self.audited().problems


def signer(name: str, at: datetime = NOON) -> Signer:
    return Signer(key_of(name), ORIGIN, at)


@pytest.fixture
def book() -> Book:
    """A log that maya founded."""
    made = Book()
    made.policy(roles_of("maya"))
    return made


class TestAnHonestLog:
    def test_it_is_believed(self, book: Book) -> None:
        names = {book.land(), book.land("dora")}
        audited = book.audited()
        assert audited.problems == []
        assert set(audited.contributions) == names
        assert {audited.contributions[name].key.key_id for name in names} == {id_of("carl"), id_of("dora")}
        assert len(audited.accepted) == 2
        assert audited.statements == 7
        assert (audited.policy_text, audited.policy_sha256) == (POLICY.decode(), digest(POLICY))
        assert audited.roles == roles_of("maya")

    def test_later_rules_hold_from_their_leaf_on(self, book: Book) -> None:
        book.land()
        stricter = POLICY.replace(b"approve = 1", b"approve = 2")
        book.policy(roles_of("maya", reviewers=["rita"]), text=stricter)
        about = book.contribution()
        book.decision(about, [book.review(about), book.review(about, "rita")])
        assert book.problems() == []
        book.land()
        assert [problem for _, problem in book.problems()] == [
            f"the rules in force do not accept {list(book.audited().contributions)[-1]}: 1 of 2 approvals"
        ]

    def test_maintainers_follow_one_another(self, book: Book) -> None:
        book.policy(roles_of("maya", "mona"))
        book.policy(roles_of("mona"), by="mona")
        book.land(reviewer="mona", decider="mona")
        assert book.problems() == []
        assert book.audited().roles == roles_of("mona")

    def test_a_key_statement_needs_a_decision_and_by_the_founding_policy_no_review(self, book: Book) -> None:
        about = book.key("carl", "register")
        book.decision(about, [])
        book.land()
        assert book.problems() == []

    def test_a_maintainers_successor_takes_the_place(self, book: Book) -> None:
        about = book.key("maya", "rotate", successor="maya the second")
        book.decision(about, [], "maya the second")
        book.land(reviewer="maya the second", decider="maya the second")
        assert book.problems() == []
        assert book.audited().roles == roles_of("maya the second")
        assert book.audited().keys.retired == {id_of("maya")}


def _stranger_founds(book: Book) -> None:
    book.leaves.clear()
    book.policy(roles_of("maya"), by="eve")


def _no_policy_first(book: Book) -> None:
    first = book.leaves.pop()
    book.contribution()
    book.leaves.append(first)


def _unread(book: Book) -> None:
    book.decision(book.contribution(), [])


def _read_at_another_head(book: Book) -> None:
    about = book.contribution()
    book.decision(about, [book.review(about, head=OTHER_HEAD)])


def _decided_at_another_head(book: Book) -> None:
    about = book.contribution()
    book.decision(about, [book.review(about)], head=OTHER_HEAD)


def _review_after_its_decision(book: Book) -> None:
    about = book.contribution()
    review = signer("maya").review(about[0], about[1], head=HEAD, approve=True)
    book.decision(about, [digest(review)])
    book.write("review", review)


def _one_review_for_two(book: Book) -> None:
    first, second = book.contribution(), book.contribution()
    review = book.review(first)
    book.decision(first, [review])
    book.decision(second, [review])


def _decided_twice(book: Book) -> None:
    about = book.contribution()
    review = book.review(about)
    book.decision(about, [review])
    book.decision(about, [review], at=NOON + timedelta(hours=1))


def _decided_under_another_name(book: Book) -> None:
    about, other = book.contribution(), book.contribution()
    review = book.review((other[0], about[1]))
    book.decision((other[0], about[1]), [review])


def _contribution_taken_over(book: Book) -> None:
    root = b"r" * 32
    name = identity.contribution_id(id_of("carl"), root)
    counts = {"data": 1, "links": 0, "questions": 0}
    about = name, book.write("contribution", signer("eve").contribution(name, root, counts))
    book.decision(about, [book.review(about)])


def _contribution_said_again(book: Book) -> None:
    root = b"r" * 32
    name = identity.contribution_id(id_of("carl"), root)
    for data in (1, 2):
        counts = {"data": data, "links": 0, "questions": 0}
        about = name, book.write("contribution", signer("carl").contribution(name, root, counts))
        book.decision(about, [book.review(about)])


def _envelope_exchanged(book: Book) -> None:
    book.land()
    first, second = (leaf.envelope for leaf in book.leaves[1:3])
    book.envelopes[first] = book.envelopes[second]


def _envelope_lost(book: Book) -> None:
    book.land()
    del book.envelopes[book.leaves[2].envelope]


def _leaf_of_another_kind(book: Book) -> None:
    book.land()
    book.leaves[1] = Leaf(StatementKind.REVIEW, book.leaves[1].envelope)


def _statement_twice(book: Book) -> None:
    book.land()
    book.leaves.append(book.leaves[1])


def _for_another_commons(book: Book) -> None:
    book.write("key", Signer(key_of("carl"), "another/commons").key_action("register", key_of("carl").public))


def _policy_by_a_reviewer(book: Book) -> None:
    book.policy(roles_of("maya", reviewers=["rita"]))
    book.policy(roles_of("rita"), by="rita")


def _policy_that_is_none(book: Book) -> None:
    text = b"version = 99"
    book.write("policy", signer("maya").policy(text, digest(text), roles_of("maya").to_bytes()))


def _roles_that_are_none(book: Book) -> None:
    book.write("policy", signer("maya").policy(POLICY, digest(POLICY), b'{"maintainers": 5}'))


def _policy_named_wrongly(book: Book) -> None:
    book.write("policy", signer("maya").policy(POLICY, "0" * 64, roles_of("maya").to_bytes()))


def _revoked_then_used(book: Book) -> None:
    book.decision(book.key("carl", "revoke"), [])
    book.land()


def _revoked_reviewer(book: Book) -> None:
    book.policy(roles_of("maya", reviewers=["rita"]))
    book.decision(book.key("maya", "revoke", "rita"), [])
    book.land(reviewer="rita")


def _revoked_by_a_stranger(book: Book) -> None:
    book.decision(book.key("eve", "revoke", "carl"), [])


def _rotated_away_then_used(book: Book) -> None:
    book.decision(book.key("carl", "rotate", successor="c2"), [])
    book.land("carl")


def _rotated_to_a_retired_key(book: Book) -> None:
    book.decision(book.key("carl", "revoke"), [])
    book.decision(book.key("dora", "rotate", successor="carl"), [])


def _old_maintainer_decides(book: Book) -> None:
    book.decision(book.key("maya", "rotate", successor="m2"), [], "m2")
    book.land(reviewer="m2", decider="maya")


def _last_maintainer_revoked(book: Book) -> None:
    book.decision(book.key("maya", "revoke"), [])


def _own_contribution(book: Book) -> None:
    book.land(by="maya", reviewer="maya")


def _waited_too_little(book: Book) -> None:
    book.policy(roles_of("maya"), text=POLICY.replace(b"wait_hours = 0", b"wait_hours = 48"))
    about = book.contribution()
    book.decision(about, [book.review(about)], at=NOON + timedelta(hours=48, seconds=-1))


def _last_word_was_no(book: Book) -> None:
    """A reviewer approved, then refused; the decision lists the two the other way round."""
    about = book.contribution()
    refusal = book.review(about, approve=False, at=NOON + timedelta(hours=1))
    approval = book.review(about)
    book.decision(about, [refusal, approval], at=NOON + timedelta(hours=2))


def _refusal_left_out(book: Book) -> None:
    """A refusal that binds is in the log, and the decision does not count it."""
    book.policy(roles_of("maya", reviewers=["rita"]))
    about = book.contribution()
    book.review(about, "rita", approve=False)
    book.decision(about, [book.review(about)])


# name -> how the log is written, and a part of what the audit says
FORGERIES: dict[str, tuple[Callable[[Book], object], str]] = {
    "a founder who is not among the maintainers": (_stranger_founds, "who was no maintainer"),
    "something before the policy": (_no_policy_first, "does not begin with a policy"),
    "nobody has read it": (_unread, "0 of 1 approvals"),
    "a review of another head": (_read_at_another_head, "that is not of what it accepts"),
    "a decision at another head": (_decided_at_another_head, "that is not of what it accepts"),
    "a review after its decision": (_review_after_its_decision, "that is not of what it accepts"),
    "one review for two contributions": (_one_review_for_two, "that is not of what it accepts"),
    "two decisions on one contribution": (_decided_twice, "not proposed before it"),
    "a decision under another name": (_decided_under_another_name, "not proposed before it"),
    "a contribution under another's id": (
        _contribution_taken_over,
        "is not the id of what its signer signed",
    ),
    "a contribution said again": (_contribution_said_again, "stands in the log twice"),
    "an envelope exchanged": (_envelope_exchanged, "has other bytes than the log names"),
    "an envelope lost": (_envelope_lost, "There is no envelope"),
    "a leaf of another kind": (_leaf_of_another_kind, "This is no review statement"),
    "a statement twice": (_statement_twice, "the same statement stands in the log twice"),
    "a statement for another commons": (_for_another_commons, "signed for the commons 'another/commons'"),
    "a policy by a reviewer": (_policy_by_a_reviewer, "who was no maintainer"),
    "a policy that is none": (_policy_that_is_none, "policy.toml"),
    "roles that are none": (_roles_that_are_none, "roles.json"),
    "a policy under another digest": (_policy_named_wrongly, "is not the one it names"),
    "a key revoked, then used": (_revoked_then_used, "had been retired"),
    "a reviewer's key revoked, then used": (_revoked_reviewer, "had been retired"),
    "a key revoked by a stranger": (_revoked_by_a_stranger, "may not speak for"),
    "a key rotated away, then used": (_rotated_away_then_used, "had been retired"),
    "a retired key as successor": (_rotated_to_a_retired_key, "had been retired"),
    "a maintainer who was": (_old_maintainer_decides, "who was no maintainer"),
    "the last maintainer": (_last_maintainer_revoked, "who was no maintainer"),
    "a maintainer's own contribution, read by nobody else": (_own_contribution, "0 of 1 approvals"),
    "a second too early": (_waited_too_little, "open for review until"),
    "a reviewer's last word was no": (_last_word_was_no, "do not accept"),
    "a refusal left out": (_refusal_left_out, "refus"),
}


class TestForgeries:
    @pytest.mark.parametrize("name", FORGERIES)
    def test_it_is_named(self, name: str, book: Book) -> None:
        forge, sentence = FORGERIES[name]
        forge(book)
        assert any(sentence in problem for _, problem in book.problems()), book.problems()

    def test_each_problem_says_at_which_leaf(self, book: Book) -> None:
        book.land()
        _unread(book)
        book.land()
        assert [index for index, _ in book.problems()] == [5]

    def test_what_was_never_accepted_is_named_at_the_end(self, book: Book) -> None:
        name, _ = book.contribution()
        ((index, problem),) = book.problems()
        assert index == 2
        assert name in problem
        assert "never accepted" in problem

    def test_one_wrong_leaf_does_not_hide_the_next(self, book: Book) -> None:
        _unread(book)
        _for_another_commons(book)
        _policy_named_wrongly(book)
        assert len(book.problems()) == 3

    def test_an_empty_log_says_nothing_and_believes_nothing(self) -> None:
        audited = Book().audited()
        assert (audited.problems, audited.contributions, audited.roles) == ([], {}, Roles())

    @given(data=st.data())
    def test_no_order_but_its_own_is_believed_to_the_same_end(self, data: st.DataObject) -> None:
        """Leaves in another order are refused, unless the statements that moved past each other do not touch."""
        book = Book()
        book.policy(roles_of("maya"))
        book.land()
        book.decision(book.key("carl", "revoke"), [])
        honest = book.audited()
        book.leaves = data.draw(st.permutations(book.leaves))
        audited = book.audited()
        if not audited.problems:
            assert audited.contributions == honest.contributions
            assert audited.keys.retired == honest.keys.retired

    @given(garbage=st.binary(max_size=300), kind=st.sampled_from(sorted(MODELS)))
    def test_no_envelope_crashes_it(self, garbage: bytes, kind: str) -> None:
        book = Book()
        book.policy(roles_of("maya"))
        book.write(kind, garbage)
        assert book.problems()


class TestRolesAfter:
    def statement(self, by: str, action: str, about: str = "", successor: str = "") -> KeyStatement:
        book = Book()
        _, envelope = book.key(by, action, about, successor)
        return signed_statements.verify(book.envelopes[envelope], KeyStatement, commons=ORIGIN).statement

    def test_registering_changes_nothing(self) -> None:
        assert log_audit.roles_after(self.statement("maya", "register"), roles_of("maya")) == roles_of("maya")

    def test_a_revoked_key_loses_every_role(self) -> None:
        before = roles_of("maya", "mona", reviewers=["maya", "rita"])
        after = log_audit.roles_after(self.statement("maya", "revoke"), before)
        assert after == roles_of("mona", reviewers=["rita"])

    def test_a_successor_takes_every_role_in_its_place(self) -> None:
        before = roles_of("maya", "mona", reviewers=["maya", "rita"])
        after = log_audit.roles_after(self.statement("maya", "rotate", successor="m2"), before)
        assert after == roles_of("m2", "mona", reviewers=["m2", "rita"])

    def test_a_successor_who_has_the_role_already_has_it_once(self) -> None:
        after = log_audit.roles_after(
            self.statement("maya", "rotate", successor="mona"), roles_of("maya", "mona")
        )
        assert after == roles_of("mona")

    def test_a_key_without_roles_gives_none(self) -> None:
        before = roles_of("maya")
        assert log_audit.roles_after(self.statement("carl", "rotate", successor="c2"), before) == before


def test_the_same_log_is_read_the_same_twice() -> None:
    book = Book()
    book.policy(roles_of("maya"))
    book.land()
    _unread(book)
    audited: Any = book.audited()
    assert audited == book.audited()


def test_what_the_reader_raises_on_purpose_is_a_problem_and_what_it_does_not_is_not_swallowed() -> None:
    book = Book()
    book.policy(roles_of("maya"))

    def broken(_: str) -> bytes:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        Auditor(ORIGIN, broken).audit(book.leaves)

    def missing(_: str) -> bytes:
        raise LedgerError("It is gone.", code="gone")

    assert Auditor(ORIGIN, missing).audit(book.leaves).problems == [(0, "It is gone.")]
