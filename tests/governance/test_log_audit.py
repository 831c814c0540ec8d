"""The audit: what a log says is believed only as far as every signature, role, rule and review in it carries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.log_book import (
    GROUPS,
    HEAD,
    NOON,
    ORIGIN,
    OTHER_HEAD,
    POLICY,
    LogBook,
    digest,
    id_of,
    person,
    roles_of,
)  # fmt: skip
from support.world import key_of

from commons.errors import LedgerError
from commons.governance.log_audit import Auditor
from commons.governance.roles import Roles
from commons.governance.rules_in_force import roles_after
from commons.ledger import signed_statements
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import MODELS, KeyStatement, StatementKind
from commons.records import identity
from tests.ledger.test_statements import GOOD

# Three members, so that the founding phase is over.
MEMBERS = roles_of("maya", reviewers=["rita", "rosa"])


@pytest.fixture
def book() -> LogBook:
    """A log that maya founded."""
    return LogBook.founded()


class TestAnHonestLog:
    def test_it_is_believed(self, book: LogBook) -> None:
        names = {book.land(), book.land("dora")}
        audited = book.audited()
        assert audited.problems == []
        assert set(audited.contributions) == names
        assert {audited.contributions[name].key.key_id for name in names} == {id_of("carl"), id_of("dora")}
        assert len(audited.accepted) == 2
        assert audited.statements == 7
        assert (audited.policy_text, audited.policy_sha256) == (POLICY.decode(), digest(POLICY))
        assert audited.roles == roles_of("maya")

    def test_later_rules_hold_from_their_leaf_on(self, book: LogBook) -> None:
        book.land()
        stricter = POLICY.replace(b"approve = 1", b"approve = 2")
        book.policy(roles_of("maya", reviewers=["rita"]), text=stricter)
        about = book.contribution()
        book.decision(about, {book.review(about): "maya", book.review(about, "rita"): "rita"})
        assert book.problems() == []
        book.land()
        assert [problem for _, problem in book.problems()] == [
            f"the rules in force do not accept {list(book.audited().contributions)[-1]}: 1 of 2 approvals"
        ]

    def test_maintainers_follow_one_another(self, book: LogBook) -> None:
        book.policy(roles_of("maya", "mona"))
        book.policy(roles_of("mona"), by="mona")
        book.land(reviewer="mona", decider="mona")
        assert book.problems() == []
        assert book.audited().roles == roles_of("mona")

    def test_a_key_statement_needs_a_decision_and_by_the_founding_policy_no_review(
        self, book: LogBook
    ) -> None:
        about = book.key("carl", "register")
        book.decision(about, [])
        book.land()
        assert book.problems() == []

    def test_a_maintainers_successor_takes_the_place(self, book: LogBook) -> None:
        about = book.key("maya", "rotate", successor="maya the second")
        book.decision(about, [], "maya the second")
        book.land(reviewer="maya the second", decider="maya the second")
        assert book.problems() == []
        assert book.audited().roles == roles_of("maya the second")
        assert book.audited().keys.retired == {id_of("maya")}


def _stranger_founds(book: LogBook) -> None:
    book.leaves.clear()
    book.policy(roles_of("maya"), by="eve")


def _no_policy_first(book: LogBook) -> None:
    first = book.leaves.pop()
    book.contribution()
    book.leaves.append(first)


def _unread(book: LogBook) -> None:
    book.decision(book.contribution(), [])


def _read_at_another_head(book: LogBook) -> None:
    about = book.contribution()
    book.decision(about, [book.review(about, head=OTHER_HEAD)])


def _decided_at_another_head(book: LogBook) -> None:
    about = book.contribution()
    book.decision(about, [book.review(about)], head=OTHER_HEAD)


def _review_after_its_decision(book: LogBook) -> None:
    about = book.contribution()
    review = book.signer("maya").review(
        about[0], about[1], head=HEAD, approve=True, person=person("maya"), size=0
    )
    book.decision(about, [digest(review)])
    book.write("review", review)


def _one_review_for_two(book: LogBook) -> None:
    first, second = book.contribution(), book.contribution()
    review = book.review(first)
    book.decision(first, [review])
    book.decision(second, [review])


def _decided_twice(book: LogBook) -> None:
    about = book.contribution()
    review = book.review(about)
    book.decision(about, [review])
    book.decision(about, [review], at=NOON + timedelta(hours=1))


def _decided_under_another_name(book: LogBook) -> None:
    about, other = book.contribution(), book.contribution()
    review = book.review((other[0], about[1]))
    book.decision((other[0], about[1]), [review])


def _contribution_taken_over(book: LogBook) -> None:
    root = b"r" * 32
    name = identity.contribution_id(id_of("carl"), root)
    taken = book.signer("eve").contribution(name, root, person=person("eve"), groups=GROUPS)
    about = name, book.write("contribution", taken)
    book.decision(about, [book.review(about)])


def _contribution_said_again(book: LogBook) -> None:
    root = b"r" * 32
    name = identity.contribution_id(id_of("carl"), root)
    for _ in range(2):
        again = book.signer("carl").contribution(name, root, person=person("carl"), groups=GROUPS)
        about = name, book.write("contribution", again)
        book.decision(about, [book.review(about)])


def _envelope_exchanged(book: LogBook) -> None:
    book.land()
    first, second = (leaf.envelope for leaf in book.leaves[1:3])
    book.envelopes[first] = book.envelopes[second]


def _envelope_lost(book: LogBook) -> None:
    book.land()
    del book.envelopes[book.leaves[2].envelope]


def _leaf_of_another_kind(book: LogBook) -> None:
    book.land()
    book.leaves[1] = Leaf(StatementKind.REVIEW, book.leaves[1].envelope)


def _statement_twice(book: LogBook) -> None:
    book.land()
    book.leaves.append(book.leaves[1])


def _for_another_commons(book: LogBook) -> None:
    other = Signer(key_of("carl"), "another/commons")
    book.write("key", other.key_action("register", key_of("carl").public, person=person("carl")))


def _policy_by_a_reviewer(book: LogBook) -> None:
    book.policy(roles_of("maya", reviewers=["rita"]))
    book.policy(roles_of("rita"), by="rita")


def _rules(book: LogBook, text: bytes, named: str, roles: bytes) -> None:
    made = book.signer("maya").policy(text, named, roles, serial=2, replaces=digest(POLICY))
    book.write("policy", made)


def _policy_that_is_none(book: LogBook) -> None:
    text = b"version = 99"
    _rules(book, text, digest(text), roles_of("maya").to_bytes())


def _roles_that_are_none(book: LogBook) -> None:
    _rules(book, POLICY, digest(POLICY), b'{"maintainers": 5}')


def _policy_named_wrongly(book: LogBook) -> None:
    _rules(book, POLICY, "0" * 64, roles_of("maya").to_bytes())


def _revoked_then_used(book: LogBook) -> None:
    book.decision(book.key("carl", "revoke"), [])
    book.land()


def _revoked_reviewer(book: LogBook) -> None:
    book.policy(roles_of("maya", reviewers=["rita"]))
    book.decision(book.key("maya", "revoke", "rita"), [])
    book.land(reviewer="rita")


def _revoked_by_a_stranger(book: LogBook) -> None:
    book.decision(book.key("eve", "revoke", "carl"), [])


def _rotated_away_then_used(book: LogBook) -> None:
    book.decision(book.key("carl", "rotate", successor="carl-2"), [])
    book.land("carl")


def _rotated_to_a_retired_key(book: LogBook) -> None:
    book.decision(book.key("carl", "revoke"), [])
    book.decision(book.key("dora", "rotate", successor="carl"), [])


def _old_maintainer_decides(book: LogBook) -> None:
    book.decision(book.key("maya", "rotate", successor="maya-2"), [], "maya-2")
    book.land(reviewer="maya-2", decider="maya")


def _last_maintainer_revoked(book: LogBook) -> None:
    book.decision(book.key("maya", "revoke"), [])


def _own_contribution(book: LogBook) -> None:
    book.policy(MEMBERS)
    book.land(by="maya", reviewer="maya")


def _waited_too_little(book: LogBook) -> None:
    book.policy(roles_of("maya"), text=POLICY.replace(b"wait_hours = 0", b"wait_hours = 48"))
    about = book.contribution()
    book.decision(about, [book.review(about)], at=NOON + timedelta(hours=48, seconds=-1))


def _last_word_was_no(book: LogBook) -> None:
    """A reviewer approved, then refused; the decision lists the two the other way round, and her clock says so too."""
    about = book.contribution()
    approval = book.review(about, at=NOON + timedelta(hours=1))
    refusal = book.review(about, approve=False)
    book.decision(about, [refusal, approval], at=NOON + timedelta(hours=2))


def _refusal_left_out(book: LogBook) -> None:
    """A refusal that binds is in the log, and the decision does not count it."""
    book.policy(roles_of("maya", reviewers=["rita"]))
    about = book.contribution()
    book.review(about, "rita", approve=False)
    book.decision(about, [book.review(about)])


# name -> how the log is written, and a part of what the audit says
FORGERIES: dict[str, tuple[Callable[[LogBook], object], str]] = {
    "a founder who is not among the maintainers": (_stranger_founds, "who was no maintainer"),
    "something before the policy": (_no_policy_first, "does not begin with a policy"),
    "nobody has read it": (_unread, "0 of 1 approvals"),
    "a review of another head": (_read_at_another_head, "that is not of what it decides"),
    "a decision at another head": (_decided_at_another_head, "that is not of what it decides"),
    "a review after its decision": (_review_after_its_decision, "that is not of what it decides"),
    "one review for two contributions": (_one_review_for_two, "that is not of what it decides"),
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
    def test_it_is_named(self, name: str, book: LogBook) -> None:
        forge, sentence = FORGERIES[name]
        forge(book)
        assert any(sentence in problem for _, problem in book.problems()), book.problems()

    def test_each_problem_says_at_which_leaf(self, book: LogBook) -> None:
        book.land()
        _unread(book)
        book.land()
        assert [index for index, _ in book.problems()] == [5]

    def test_what_was_never_accepted_is_named_at_the_end(self, book: LogBook) -> None:
        name, _ = book.contribution()
        ((index, problem),) = book.problems()
        assert index == 2
        assert name in problem
        assert "never accepted" in problem

    def test_one_wrong_leaf_does_not_hide_the_next(self, book: LogBook) -> None:
        _unread(book)
        _for_another_commons(book)
        _policy_named_wrongly(book)
        assert {index for index, _ in book.problems()} == {2, 3, 4}

    def test_an_empty_log_says_nothing_and_believes_nothing(self) -> None:
        audited = LogBook().audited()
        assert (audited.problems, audited.contributions, audited.roles) == ([], {}, Roles())

    @given(data=st.data())
    def test_no_order_but_its_own_is_believed_to_the_same_end(self, data: st.DataObject) -> None:
        """Leaves in another order are refused, unless the statements that moved past each other do not touch."""
        book = LogBook()
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
        book = LogBook()
        book.policy(roles_of("maya"))
        book.write(kind, garbage)
        assert book.problems()


class TestRolesAfter:
    def statement(self, by: str, action: str, about: str = "", successor: str = "") -> KeyStatement:
        book = LogBook()
        _, envelope = book.key(by, action, about, successor)
        return signed_statements.verify(book.envelopes[envelope], KeyStatement, commons=ORIGIN).statement

    def test_registering_changes_nothing(self) -> None:
        assert roles_after(self.statement("maya", "register"), roles_of("maya")) == roles_of("maya")

    def test_a_revoked_key_loses_every_role(self) -> None:
        before = roles_of("maya", "mona", reviewers=["maya", "rita"])
        after = roles_after(self.statement("maya", "revoke"), before)
        assert after == roles_of("mona", reviewers=["rita"])

    def test_a_successor_takes_every_role_in_its_place(self) -> None:
        before = roles_of("maya", "mona", reviewers=["maya", "rita"])
        after = roles_after(self.statement("maya", "rotate", successor="maya-2"), before)
        assert after == roles_of("maya-2", "mona", reviewers=["maya-2", "rita"])

    def test_a_successor_who_has_the_role_already_has_it_once(self) -> None:
        after = roles_after(self.statement("maya", "rotate", successor="mona"), roles_of("maya", "mona"))
        assert after == roles_of("mona")

    def test_a_key_without_roles_gives_none(self) -> None:
        before = roles_of("maya")
        assert roles_after(self.statement("carl", "rotate", successor="carl-2"), before) == before


def test_the_same_log_is_read_the_same_twice() -> None:
    book = LogBook()
    book.policy(roles_of("maya"))
    book.land()
    _unread(book)
    audited: Any = book.audited()
    assert audited == book.audited()


def test_what_the_reader_raises_on_purpose_is_a_problem_and_what_it_does_not_is_not_swallowed() -> None:
    book = LogBook()
    book.policy(roles_of("maya"))

    def broken(_: str) -> bytes:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        Auditor(ORIGIN, broken).audit(book.leaves)

    def missing(_: str) -> bytes:
        raise LedgerError("It is gone.", code="gone")

    assert Auditor(ORIGIN, missing).audit(book.leaves).problems == [(0, "It is gone.")]


@pytest.mark.parametrize(
    "kind",
    [StatementKind.VOTE, StatementKind.VOUCH, StatementKind.TOMBSTONE, StatementKind.RELEASE, StatementKind.COMPACT,
     StatementKind.USAGE, StatementKind.CREDIT],
)  # fmt: skip
def test_a_kind_that_nobody_can_judge_yet_is_a_problem_and_never_passed_over(
    kind: StatementKind, book: LogBook
) -> None:
    subject, predicate = GOOD[kind]
    book.any_statement(kind, subject, predicate)
    assert book.problems() == [
        (1, f"a newer commons is needed to judge a statement of the kind {kind.value}")
    ]
    assert book.audited().roles == roles_of("maya")
