"""The rules in force: what the log's statements make of policy, roles and keys, which the files in the repository must equal.

    rules = rules_in_force.read(leaves, read_envelope, origin)
    rules.refuse_edited(policy_bytes, roles)        before anybody acts on the files

A checkpoint may be signed by a builder's key, which is a machine's and may be stolen, so what stands in the log is no rule yet. A
statement of rules takes effect when a maintainer in force signed it, it follows the one before, and it stands there once; a key statement
when the decision that accepts it follows. Whether the decision had its reviews is asked by every audit (``log_audit``), which judges what
concerns rules with the functions below. Reading costs the few envelopes that speak of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from commons import digests, layout
from commons.errors import LedgerError, PolicyError
from commons.governance import roles as roles_files
from commons.governance.roles import ROLES_VERSION, Roles
from commons.ledger import key_history, signed_statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import (
    GENERATION,
    MODELS,
    DecisionStatement,
    FormatStatement,
    InventoryStatement,
    KeyStatement,
    PolicyStatement,
    RolesStatement,
    Statement,
    StatementKind,
)

ReadEnvelope = Callable[[str], bytes]  # SHA-256 in hex -> bytes; raises CommonsError when there is none

_OF_RULES = (StatementKind.POLICY, StatementKind.ROLES, StatementKind.KEY, StatementKind.FORMAT)


@dataclass
class RulesInForce:
    """``root`` is the SHA-256 (hex) of the log's first envelope; ``inventory`` is None where format 3 has not come yet."""

    root: str = ""
    generation: int = 1
    policy_text: str = ""
    policy_envelope: str = ""  # the statement that holds the text
    roles: Roles = field(default_factory=Roles)
    serial: int = 0
    keys: KeyHistory = field(default_factory=KeyHistory)
    inventory: InventoryStatement | None = None
    inventory_envelope: str | None = None
    size: int = 0  # of the log
    maintainers: set[str] = field(default_factory=set)  # keys that are a maintainer's, or were
    reviewers: dict[int, frozenset[str]] = field(
        default_factory=dict
    )  # leaf that changed roles -> the keys that might review from there on, maintainers' too

    def reviewers_at(self, index: int) -> frozenset[str]:
        """The keys that might review, maintainers' too, when the leaf ``index`` was added."""
        return next((keys for leaf, keys in reversed(self.reviewers.items()) if leaf <= index), frozenset())

    @property
    def policy_sha256(self) -> str:
        return digests.sha256_hex(self.policy_text.encode())

    def refuse_edited(self, policy: bytes, roles: Roles) -> None:
        """Raise PolicyError (``rules-edited``) unless the governance files are the ones that were signed."""
        if policy != self.policy_text.encode():
            raise _edited(layout.POLICY, self.policy_envelope, "predicate.policy")
        if roles != self.roles:
            raise _edited(
                layout.ROLES, self.policy_envelope, "predicate.roles, as the key statements since have it"
            )

    def refuse_older_format(self) -> None:
        """Raise LedgerError (``format-older``) where nothing can be written before the repository has format 3."""
        if self.generation != GENERATION or self.inventory is None:
            raise LedgerError(
                "This commons has an older format, which is read and verified but not written any more.",
                hint="A maintainer brings it up to date: commons migrate",
                code="format-older",
            )


def read(leaves: Iterable[Leaf], envelope: ReadEnvelope, origin: str) -> RulesInForce:
    """The rules at the end of the log.

    Raises:
        LedgerError: a statement that does not verify, or that cannot make rules (``rules-invalid``); CommonsError: an envelope that is
            missing.
    """
    rules = RulesInForce()
    proposed: dict[
        str, SignedStatement[KeyStatement]
    ] = {}  # envelope -> a key statement that waits for its decision
    seen: set[str] = set()
    last_inventory = ""
    for index, leaf in enumerate(leaves):
        rules.root = rules.root or leaf.envelope
        rules.size = index + 1
        if leaf.kind is StatementKind.INVENTORY:
            last_inventory = leaf.envelope
        if leaf.kind not in _OF_RULES and not (proposed and leaf.kind is StatementKind.DECISION):
            continue
        signed = signed_statements.verify(envelope(leaf.envelope), MODELS[leaf.kind], commons=origin)
        twice = ["the same statement stands in the log twice"] if leaf.envelope in seen else []
        objections = [*twice, *_objections(rules, index, signed)]
        if objections:
            raise LedgerError(
                f"What leaf {index} of the log says cannot be a rule: {objections[0]}.",
                hint="commons verify says what else is wrong. Ask the maintainers; nothing is written to this commons before it is mended.",
                code="rules-invalid",
            )
        seen.add(leaf.envelope)
        _take(rules, index, signed, proposed)
        rules.maintainers |= {key.key_id for key in rules.roles.maintainers}
        rules.reviewers[index] = frozenset(
            key.key_id for key in (*rules.roles.maintainers, *rules.roles.reviewers)
        )
    if last_inventory:
        opened = signed_statements.verify(envelope(last_inventory), InventoryStatement, commons=origin)
        rules.inventory, rules.inventory_envelope = opened.statement, last_inventory
    return rules


def _objections(rules: RulesInForce, index: int, signed: SignedStatement[Statement]) -> Iterator[str]:
    """Why the statement at leaf ``index`` cannot take effect, where ``rules`` were in force before it."""
    statement, key_id = signed.statement, signed.key.key_id
    yield from objections_to_generation(statement, index, rules.generation)
    match statement:
        case PolicyStatement():
            named = roles_files.parse_roles(statement.predicate.roles.encode())
            if not (named if index == 0 else rules.roles).is_maintainer(key_id):
                yield f"the policy was signed by {key_id}, who was no maintainer"
            yield from objections_to_order(statement, rules.serial, rules.policy_sha256 if index else None)
        case RolesStatement():
            if not rules.roles.is_maintainer(key_id):
                yield f"the roles were signed by {key_id}, who was no maintainer"
            before = digests.sha256_hex(rules.roles.to_bytes())
            yield from objections_to_order(statement, rules.serial, before)
        case FormatStatement():
            if not rules.roles.is_maintainer(key_id):
                yield f"the format was signed by {key_id}, who was no maintainer"
            yield from objections_to_format(statement, rules.roles)


def _take(
    rules: RulesInForce,
    index: int,
    signed: SignedStatement[Statement],
    proposed: dict[str, SignedStatement[KeyStatement]],
) -> None:
    """What the statement changes of rules and of what waits."""
    statement = signed.statement
    if index == 0 or isinstance(statement, FormatStatement):
        rules.generation = statement.generation
    match statement:
        case PolicyStatement():
            rules.policy_text, rules.policy_envelope = statement.predicate.policy, signed.sha256_hex
            rules.roles = roles_files.parse_roles(statement.predicate.roles.encode())
            rules.serial += 1
        case RolesStatement() | FormatStatement():
            rules.roles = roles_files.parse_roles(statement.predicate.roles.encode())
            rules.serial += isinstance(statement, RolesStatement)
        case KeyStatement():
            proposed[signed.sha256_hex] = SignedStatement(statement, signed.key, signed.sha256_hex)
        case DecisionStatement():
            accepted = proposed.get(statement.envelope)
            if accepted is None or statement.predicate.outcome != "accept":
                return
            after = roles_after(accepted.statement, rules.roles)
            maintainers = {key.key_id for key in rules.roles.maintainers}
            key_history.refuse_unentitled(accepted, maintainers=maintainers)
            if after.is_maintainer(signed.key.key_id):
                rules.keys.take(index, proposed.pop(statement.envelope))
                rules.roles = after


# What is wrong with a statement of rules, in words; the audit asks the same


def objections_to_generation(statement: Statement, index: int, generation: int) -> Iterator[str]:
    """Statements never go back to an earlier generation; only a format leaf goes forward."""
    if index and not isinstance(statement, FormatStatement) and statement.generation != generation:
        yield f"it is of generation {statement.generation}, where the log is at {generation}"


def objections_to_order(
    statement: PolicyStatement | RolesStatement, serial: int, before: str | None
) -> Iterator[str]:
    """Rules only go forward: what was in force once cannot be landed again.

    ``serial``: of the rules before; ``before``: the SHA-256 (hex) of the file that is replaced.
    """
    if statement.generation < GENERATION:
        return
    if statement.predicate.serial != serial + 1:
        yield f"the rules have the number {statement.predicate.serial}, not {serial + 1}"
    if statement.predicate.replaces != before:
        yield "the rules do not name the ones that they replace"
    if roles_files.parse_roles(statement.predicate.roles.encode()).version != ROLES_VERSION:
        yield "the roles have an older version, which names no persons"


def objections_to_format(statement: FormatStatement, before: Roles) -> Iterator[str]:
    """A change of format says who stands behind the keys that hold roles, and gives none."""
    named = roles_files.parse_roles(statement.predicate.roles.encode())
    if before.version == ROLES_VERSION:
        yield "the log was in format 3 already"
    if named.version != ROLES_VERSION:
        yield "the roles have an older version, which names no persons"
    for holders, after in ((before.maintainers, named.maintainers), (before.reviewers, named.reviewers)):
        if [key.key_id for key in holders] != [key.key_id for key in after]:
            yield "the change of format gives a role to another key"
    if named.builders or named.emeritus:
        yield "the change of format gives roles that nobody decided on"


def roles_after(statement: KeyStatement, before: Roles) -> Roles:
    """What a key statement that takes effect makes of the roles."""
    if statement.predicate.action in ("register", "add"):
        return before
    return before.after(statement.key.key_id, statement.successor)


def _edited(path: str, envelope: str, where: str) -> PolicyError:
    return PolicyError(
        f"{path} is not the one that was signed last: somebody edited it by hand, and what is decided by it would never verify.",
        hint=f"Put back what {layout.envelope_path(envelope)} holds under {where}; rules are changed by a signed statement in the log.",
        code="rules-edited",
    )
