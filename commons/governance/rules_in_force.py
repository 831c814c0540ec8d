"""The rules in force: what the log's statements make of policy, roles and keys, which the files in the repository must equal.

    rules = rules_in_force.read(leaves, read_envelope, origin)
    rules.refuse_edited(policy_bytes, roles)        before anybody acts on the files

Who was entitled to each statement was asked when it landed and is asked again by every audit (``log_audit``); here the log, whose
checkpoint a maintainer signed, is only read to its end. That costs the few envelopes that speak of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from commons import digests, layout
from commons.errors import LedgerError, PolicyError
from commons.governance import roles as roles_files
from commons.governance.roles import Roles
from commons.ledger import signed_statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf
from commons.ledger.statements import (
    GENERATION,
    MODELS,
    FormatStatement,
    InventoryStatement,
    KeyStatement,
    PolicyStatement,
    RolesStatement,
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
        LedgerError: a statement that does not verify; CommonsError: an envelope that is missing.
    """
    rules = RulesInForce()
    last_inventory = ""
    for index, leaf in enumerate(leaves):
        rules.root = rules.root or leaf.envelope
        rules.size = index + 1
        if leaf.kind is StatementKind.INVENTORY:
            last_inventory = leaf.envelope
        if leaf.kind not in _OF_RULES:
            continue
        signed = signed_statements.verify(envelope(leaf.envelope), MODELS[leaf.kind], commons=origin)
        rules.generation = max(rules.generation, signed.statement.generation)
        match signed.statement:
            case PolicyStatement() as statement:
                rules.policy_text, rules.policy_envelope = statement.predicate.policy, leaf.envelope
                rules.roles = roles_files.parse_roles(statement.predicate.roles.encode())
                rules.serial += 1
            case RolesStatement() | FormatStatement() as statement:
                rules.roles = roles_files.parse_roles(statement.predicate.roles.encode())
                rules.serial += isinstance(statement, RolesStatement)
            case KeyStatement() as statement:
                rules.keys.take(
                    index, signed_statements.SignedStatement(statement, signed.key, signed.sha256_hex)
                )
                rules.roles = roles_after(statement, rules.roles)
    if last_inventory:
        opened = signed_statements.verify(envelope(last_inventory), InventoryStatement, commons=origin)
        rules.inventory, rules.inventory_envelope = opened.statement, last_inventory
    return rules


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
