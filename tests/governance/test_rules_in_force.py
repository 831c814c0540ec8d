"""The rules in force: what no audit would believe, no writer obeys, whoever signed the checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from support.log_book import PARTS, POLICY, LogBook, digest, id_of, role_of, roles_of
from support.world import key_of

from commons.errors import HubError, LedgerError, PolicyError
from commons.governance import rules_in_force
from commons.governance.roles import RoleKey, Roles
from commons.governance.rules_in_force import RulesInForce
from commons.ledger.log import Leaf
from commons.ledger.statements import StatementKind

STRICTER = POLICY.replace(b"approve = 1 ", b"approve = 2 ")
MIGRATED = roles_of("maya the second", reviewers=["rosa"])


def read(book: LogBook) -> RulesInForce:
    return rules_in_force.read(book.leaves, book.read, book.origin)


def roles_of_version_1(*maintainers: str) -> Roles:
    return Roles(version=1, maintainers=tuple(RoleKey.of(key_of(name).public) for name in maintainers))


@pytest.fixture
def book() -> LogBook:
    return LogBook.founded()


class TestAnHonestLog:
    """What is read for writing is what an audit of every leaf comes to."""

    def agrees(self, book: LogBook) -> RulesInForce:
        rules, audited = read(book), book.audited()
        assert audited.problems == []
        assert (rules.root, rules.generation, rules.serial) == (
            audited.root,
            audited.generation,
            audited.serial,
        )
        assert (rules.policy_text, rules.policy_sha256) == (audited.policy_text, audited.policy_sha256)
        assert (rules.roles, rules.keys) == (audited.roles, audited.keys)
        assert rules.inventory_envelope == audited.inventory_envelope
        assert rules.inventory == audited.inventory
        assert rules.size == len(book.leaves)
        return rules

    def test_founding(self, book: LogBook) -> None:
        book.inventory()
        rules = self.agrees(book)
        assert (rules.generation, rules.serial, rules.roles) == (2, 1, roles_of("maya"))
        assert rules.inventory is not None
        assert rules.inventory.predicate.parts == PARTS
        rules.refuse_older_format()
        rules.refuse_edited(POLICY, roles_of("maya"))

    def test_rules_that_follow_one_another(self, book: LogBook) -> None:
        book.policy(roles_of("maya", "mona"), text=STRICTER)
        book.roles(roles_of("mona", builders=["box"]), roles_of("maya", "mona"), by="mona")
        book.policy(roles_of("mona"), by="mona")
        assert self.agrees(book).serial == 4

    def test_keys_that_are_accepted(self, book: LogBook) -> None:
        book.decision(book.key("carl", "register"), [])
        book.decision(book.key("carl", "rotate", successor="carl-2"), [])
        book.decision(book.key("maya", "rotate", successor="maya-2"), [], "maya-2", founding=False)
        book.land("carl-2", reviewer="maya-2", decider="maya-2")
        rules = self.agrees(book)
        assert rules.keys.retired == {id_of("carl"), id_of("maya")}
        assert rules.roles == roles_of("maya-2")

    def test_the_earlier_format(self) -> None:
        book = LogBook.of_format_2()
        rules = self.agrees(book)
        assert (rules.generation, rules.serial, rules.roles.version) == (1, 2, 1)
        with pytest.raises(LedgerError) as caught:
            rules.refuse_older_format()
        assert caught.value.code == "format-older"

    def test_a_change_of_format_and_what_follows(self) -> None:
        book = LogBook.of_format_2()
        book.format(MIGRATED)
        book.inventory("maya the second")
        rules = self.agrees(book)
        assert (rules.generation, rules.roles, rules.serial) == (2, MIGRATED, 2)
        rules.refuse_older_format()
        book.policy(MIGRATED, "maya the second")
        assert self.agrees(book).serial == 3

    def test_without_an_inventory_nothing_is_written(self, book: LogBook) -> None:
        """A format leaf, or a founding, without its last leaf is half a commit."""
        with pytest.raises(LedgerError) as caught:
            read(book).refuse_older_format()
        assert caught.value.code == "format-older"

    def test_an_empty_log_makes_no_rules(self) -> None:
        rules = read(LogBook())
        assert (rules.roles, rules.policy_text, rules.root, rules.size) == (Roles(), "", "", 0)


def _replayed(book: LogBook) -> None:
    first = book.leaves[0]
    book.policy(roles_of("maya", "mona"), text=STRICTER)
    book.leaves.append(first)


def _replayed_format(book: LogBook) -> None:
    book.format(MIGRATED)
    book.policy(roles_of("maya the second", "mona"), "maya the second")
    book.leaves.append(book.leaves[-2])


def _replayed_in_format_2(book: LogBook) -> None:
    book.leaves.append(book.leaves[0])


def _roles_by_a_builder(book: LogBook) -> None:
    book.policy(roles_of("maya", builders=["box"]))
    book.roles(roles_of("box"), roles_of("maya", builders=["box"]), by="box")


def _roles_of_others(book: LogBook) -> None:
    book.roles(roles_of("maya", "mona"), roles_of("mona"))


def _old_statement(book: LogBook) -> None:
    """What a maintainer of format 2 signed and never landed, after format 3 has come."""
    book.format(MIGRATED)
    text = book.rules.decode()
    book.any_statement(
        StatementKind.POLICY,
        {"name": "governance/policy.toml", "digest": {"sha256": digest(book.rules)}},
        {"policy": text, "roles": roles_of_version_1("maya the second").to_bytes().decode()},
        "maya the second",
        generation=1,
    )


def _new_statement_too_early(book: LogBook) -> None:
    book.policy(MIGRATED, "maya the second")


def _another_role(book: LogBook) -> None:
    book.format(roles_of("maya the second", "eve", reviewers=["rosa"]))


def _exchanged_role(book: LogBook) -> None:
    book.format(roles_of("maya the second", reviewers=["eve"]))


def _lost_role(book: LogBook) -> None:
    book.format(roles_of("maya the second"))


def _exchanged_places(book: LogBook) -> None:
    book.format(roles_of("maya the second", "rosa"))


def _new_builder(book: LogBook) -> None:
    book.format(roles_of("maya the second", reviewers=["rosa"], builders=["box"]))


def _new_emeritus(book: LogBook) -> None:
    book.format(roles_of("maya the second", reviewers=["rosa"], emeritus=["rosa"]))


def _format_without_persons(book: LogBook) -> None:
    named = Roles(
        version=1,
        maintainers=(RoleKey.of(key_of("maya the second").public),),
        reviewers=(RoleKey.of(key_of("rosa").public),),
    )
    book.format(named)


def _format_twice(book: LogBook) -> None:
    book.format(MIGRATED)
    book.format(MIGRATED)


FOUNDED, FORMAT_2 = LogBook.founded, LogBook.of_format_2
# name -> the log before, how it goes on, and a part of what is said
FORGERIES: dict[str, tuple[Callable[[], LogBook], Callable[[LogBook], object], str]] = {
    "a founder who is not among the maintainers": (
        LogBook, lambda b: b.policy(roles_of("maya"), "eve"), "who was no maintainer",
    ),
    "a policy by a stranger": (FOUNDED, lambda b: b.policy(roles_of("eve"), "eve"), "who was no maintainer"),
    "roles by a builder": (FOUNDED, _roles_by_a_builder, "who was no maintainer"),
    "the founding policy landed again": (FOUNDED, _replayed, "stands in the log twice"),
    "a format landed again": (FORMAT_2, _replayed_format, "stands in the log twice"),
    "a policy of format 2 landed again": (FORMAT_2, _replayed_in_format_2, "stands in the log twice"),
    "the same rules under an old number": (
        FOUNDED, lambda b: b.policy(roles_of("maya"), serial=1), "have the number 1, not 2",
    ),
    "a number passed over": (FOUNDED, lambda b: b.policy(roles_of("maya"), serial=3), "have the number 3, not 2"),
    "a founding number that is not the first": (
        LogBook, lambda b: b.policy(roles_of("maya"), serial=2), "have the number 2, not 1",
    ),
    "rules that replace nothing": (
        FOUNDED, lambda b: b.policy(roles_of("maya"), replaces=None), "do not name the ones that they replace",
    ),
    "rules that replace others": (
        FOUNDED, lambda b: b.policy(roles_of("maya"), replaces="0" * 64), "do not name the ones that they replace",
    ),
    "a founding that replaces something": (
        LogBook, lambda b: b.policy(roles_of("maya"), replaces="0" * 64), "do not name the ones that they replace",
    ),
    "roles under an old number": (
        FOUNDED, lambda b: b.roles(roles_of("mona"), roles_of("maya"), serial=1), "have the number 1, not 2",
    ),
    "roles that replace others": (FOUNDED, _roles_of_others, "do not name the ones that they replace"),
    "a policy whose roles name no persons": (
        FOUNDED, lambda b: b.policy(roles_of_version_1("maya")), "which names no persons",
    ),
    "an earlier statement after format 3": (FORMAT_2, _old_statement, "of generation 1, where the log is at 2"),
    "a new statement before format 3": (FORMAT_2, _new_statement_too_early, "of generation 2, where the log is at 1"),
    "a format that gives a role": (FORMAT_2, _another_role, "gives a role to another key"),
    "a format that exchanges a reviewer": (FORMAT_2, _exchanged_role, "gives a role to another key"),
    "a format that takes a role away": (FORMAT_2, _lost_role, "gives a role to another key"),
    "a format that makes a reviewer a maintainer": (FORMAT_2, _exchanged_places, "gives a role to another key"),
    "a format that names a builder": (FORMAT_2, _new_builder, "roles that nobody decided on"),
    "a format that takes a word away": (FORMAT_2, _new_emeritus, "roles that nobody decided on"),
    "a format without persons": (FORMAT_2, _format_without_persons, "which names no persons"),
    "a format by a reviewer": (FORMAT_2, lambda b: b.format(MIGRATED, "rosa"), "who was no maintainer"),
    "a format by a key that was rotated away": (FORMAT_2, lambda b: b.format(MIGRATED, "maya"), "no maintainer"),
    "a second format": (FORMAT_2, _format_twice, "was in format 3 already"),
    "a format where there was no other": (FOUNDED, lambda b: b.format(roles_of("maya"), "maya"), "in format 3 already"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_what_cannot_be_a_rule_is_named_by_the_audit_and_obeyed_by_nobody(name: str) -> None:
    begin, go_on, sentence = FORGERIES[name]
    book = begin()
    if book.leaves:
        assert (book.problems(), read(book).size) == ([], len(book.leaves))
    go_on(book)
    assert any(sentence in problem for _, problem in book.problems()), book.problems()
    with pytest.raises(LedgerError) as caught:
        read(book)
    assert caught.value.code == "rules-invalid"
    assert sentence in caught.value.message


class TestAKeyStatementWaitsForItsDecision:
    """It stands in proposals for everybody to see, so that it is in the log says nothing yet."""

    def test_without_one_it_changes_nothing(self) -> None:
        book = LogBook.founded(roles_of("maya", reviewers=["rita"]))
        book.key("maya", "revoke", "rita")
        rules = read(book)
        assert rules.keys.retired == frozenset()
        assert rules.roles == roles_of("maya", reviewers=["rita"])

    @pytest.mark.parametrize("by", ["box", "rita", "eve"])
    def test_nor_with_one_that_no_maintainer_made(self, by: str) -> None:
        before = roles_of("maya", reviewers=["rita"], builders=["box"])
        book = LogBook.founded(before)
        book.decision(book.key("maya", "revoke", "rita"), [], by)
        assert read(book).roles == before
        assert any("who was no maintainer" in problem for _, problem in book.problems())

    def test_nor_with_one_that_refuses_or_speaks_of_another(self) -> None:
        before = roles_of("maya", reviewers=["rita"])
        book = LogBook.founded(before)
        about = book.key("maya", "revoke", "rita")
        book.decision(about, [], accept=False)
        book.decision(book.contribution(), [])
        assert read(book).roles == before
        book.decision(about, [])
        assert read(book).roles == roles_of("maya")

    def test_one_that_speaks_for_anothers_key_stops_everything(self, book: LogBook) -> None:
        book.decision(book.key("eve", "revoke", "maya"), [])
        with pytest.raises(LedgerError) as caught:
            read(book)
        assert caught.value.code == "key-not-entitled"


class TestEditedFiles:
    @pytest.mark.parametrize(
        "policy", [b"", POLICY + b"\n", POLICY.replace(b"veto = 1", b"veto = 9"), b"\xff"]
    )
    def test_a_policy_that_somebody_edited(self, policy: bytes, book: LogBook) -> None:
        with pytest.raises(PolicyError, match=r"governance/policy\.toml") as caught:
            read(book).refuse_edited(policy, roles_of("maya"))
        assert caught.value.code == "rules-edited"
        assert book.root in caught.value.hint

    @pytest.mark.parametrize(
        "roles",
        [
            Roles(),
            roles_of("maya", "eve"),
            roles_of("maya", reviewers=["eve"]),
            roles_of("maya", builders=["eve"]),
            roles_of("maya", emeritus=["maya"]),
            Roles(maintainers=(role_of("maya").model_copy(update={"person": role_of("eve").person}),)),
        ],
        ids=["none", "a maintainer", "a reviewer", "a builder", "an emeritus", "another person"],
    )
    def test_roles_that_somebody_edited(self, roles: Roles, book: LogBook) -> None:
        with pytest.raises(PolicyError, match=r"governance/roles\.json") as caught:
            read(book).refuse_edited(POLICY, roles)
        assert caught.value.code == "rules-edited"

    def test_roles_written_otherwise_are_the_same_roles(self, book: LogBook) -> None:
        """A file's blanks are the inventory's business."""
        spaced = json.dumps(json.loads(roles_of("maya").to_bytes()), indent=7)
        read(book).refuse_edited(POLICY, Roles.model_validate_json(spaced))


def test_only_what_speaks_of_rules_is_fetched(book: LogBook) -> None:
    """A log of thousands of contributions costs a writer a handful of envelopes."""
    for _ in range(3):
        book.land()
        book.inventory()
    book.decision(book.key("carl", "register"), [])
    fetched: list[str] = []

    def fetching(envelope: str) -> bytes:
        fetched.append(envelope)
        return book.read(envelope)

    rules_in_force.read(book.leaves, fetching, book.origin)
    kinds = [leaf.kind.value for envelope in fetched for leaf in book.leaves if leaf.envelope == envelope]
    assert kinds == ["policy", "key", "decision", "inventory"]


def test_an_envelope_that_is_missing_or_of_another_kind_is_an_error(book: LogBook) -> None:
    with pytest.raises(HubError) as missing:
        read(LogBook(leaves=book.leaves))
    assert missing.value.code == "file-missing"
    book.leaves[0] = Leaf(StatementKind.ROLES, book.root)
    with pytest.raises(LedgerError) as other:
        read(book)
    assert other.value.code == "statement-malformed"
