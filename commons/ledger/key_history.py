"""Which keys were good when: registrations, rotations and revocations in the order of the log.

The rules:
1. a key needs no registration to contribute; it is good until the log retires it;
2. a key is retired by its own revocation or rotation, or by a maintainer's revocation of it;
3. a signature counts if its key was not retired before the leaf of its own statement: what was signed before stays signed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from commons.errors import LedgerError
from commons.ledger.signed_statements import SignedStatement
from commons.ledger.statements import KeyStatement


@dataclass
class KeyHistory:
    """``retired_at``: key id -> index of the leaf that retired it."""

    retired_at: dict[str, int] = field(default_factory=dict)
    successors: dict[str, str] = field(default_factory=dict)

    def was_good(self, key_id: str, index: int) -> bool:
        return index <= self.retired_at.get(key_id, index)

    def take(self, index: int, signed: SignedStatement[KeyStatement]) -> None:
        """What the key statement at leaf ``index`` changes."""
        key_id = signed.statement.key.key_id
        action = signed.statement.predicate.action
        if action in ("rotate", "revoke"):
            self.retired_at.setdefault(key_id, index)
        if action == "rotate" and (successor := signed.statement.successor):
            self.successors[key_id] = successor.key_id

    @property
    def retired(self) -> frozenset[str]:
        return frozenset(self.retired_at)


def refuse_unentitled(signed: SignedStatement[KeyStatement], *, maintainers: Collection[str]) -> None:
    """A key speaks for itself; a maintainer may revoke any.

    Raises:
        LedgerError: ``key-not-entitled``.
    """
    own = signed.key.key_id == signed.statement.key.key_id
    revoked_by_maintainer = signed.statement.predicate.action == "revoke" and signed.key.key_id in maintainers
    if not (own or revoked_by_maintainer):
        raise LedgerError(
            f"The key {signed.key.key_id} may not speak for {signed.statement.key.key_id}.",
            code="key-not-entitled",
        )
