"""One commit of ours to ``main``: files, the statements that say why, and last the inventory that binds every published byte.

    sha = sealed_commit.commit(snapshot, key, files, statements=[(StatementKind.INDEX, envelope)], message="Build …")

Founding, landing, refusing, building and migrating all end here, so there is no other way to write to ``main``. The commit stands on the
snapshot's revision: where ``main`` has moved nothing is changed and ConflictError is raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commons import digests, layout
from commons.errors import HubError
from commons.governance.rules_in_force import RulesInForce
from commons.hub.repository import Repository
from commons.ledger import inventory, log
from commons.ledger.inventory import InventoryEntry
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf, Log
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.snapshots.snapshot import Snapshot

Statements = Sequence[tuple[StatementKind, bytes]]  # envelopes, in the order of their leaves
Content = bytes | Path


@dataclass(frozen=True)
class SealedCommit:
    """What a commit writes and deletes, its log and inventory included."""

    files: dict[str, Content]
    removed: tuple[str, ...]


def commit(
    snapshot: Snapshot,
    key: SigningKey,
    files: Mapping[str, Content],
    *,
    statements: Statements,
    message: str,
    description: str = "",
    removed: Iterable[str] = (),
) -> str:
    """Commit on top of ``snapshot``, which must come from a repository; returns the commit's sha.

    Raises:
        ConflictError: ``main`` has moved; LedgerError: the log or the inventory does not hold, or has an older format.
    """
    snapshot.rules.refuse_older_format()
    return _commit_after(snapshot, key, files, statements, removed, message=message, description=description)


def found(
    repository: Repository,
    key: SigningKey,
    origin: str,
    files: Mapping[str, Content],
    *,
    policy_statement: bytes,
    message: str,
    parent: str,
) -> str:
    """The first commit of a commons: its log begins with the statement of policy and roles."""
    rules = RulesInForce(root=digests.sha256_hex(policy_statement), generation=2)
    statements = [(StatementKind.POLICY, policy_statement)]
    sealed = seal(key, origin, rules, None, _nothing, files, statements, ())
    return repository.commit(sealed.files, message=message, parent=parent)


def migrate(
    snapshot: Snapshot,
    key: SigningKey,
    files: Mapping[str, Content],
    *,
    statement: bytes,
    remaining: Mapping[str, InventoryEntry],
    removed: Iterable[str],
    message: str,
    description: str,
) -> str:
    """The commit that brings format 3 to an older repository: its log gets a ``format`` leaf and the first inventory.

    ``remaining``: what the inventory lists beside ``files``, because it stays as it is.
    """
    statements = [(StatementKind.FORMAT, statement)]
    return _commit_after(
        snapshot, key, files, statements, removed, remaining, message=message, description=description
    )


def seal(
    key: SigningKey,
    origin: str,
    rules: RulesInForce,
    before: Log | None,
    read_part: Callable[[str], bytes],
    files: Mapping[str, Content],
    statements: Statements,
    removed: tuple[str, ...],
    remaining: Mapping[str, InventoryEntry] | None = None,
) -> SealedCommit:
    """Everything a commit brings; its last leaf is the inventory."""
    changes = {**(remaining or {}), **inventory.changes_of(files, removed)}
    listed = inventory.update(rules.inventory.predicate.parts if rules.inventory else {}, read_part, changes)
    inventoried = Signer(key, origin).inventory(rules.root, listed.parts, previous=rules.inventory_envelope)
    envelopes = [*statements, (StatementKind.INVENTORY, inventoried)]
    leaves = [Leaf(kind, digests.sha256_hex(envelope)) for kind, envelope in envelopes]
    grown = log.append(before, leaves, key) if before else log.create(origin, leaves, key)
    logged = {layout.envelope_path(digests.sha256_hex(envelope)): envelope for _, envelope in envelopes}
    return SealedCommit(
        {**files, **logged, **listed.files, **grown.files}, (*removed, *listed.removed, *grown.removed)
    )


def _commit_after(
    snapshot: Snapshot,
    key: SigningKey,
    files: Mapping[str, Content],
    statements: Statements,
    removed: Iterable[str],
    remaining: Mapping[str, InventoryEntry] | None = None,
    *,
    message: str,
    description: str,
) -> str:
    """Commit on top of ``snapshot``: its log goes on, and so does its inventory, where there is one."""
    repository = snapshot.repository
    if repository is None:
        raise HubError(
            f"{snapshot.name} is a plain copy; only a repository is written to.", code="not-a-repository"
        )
    sealed = seal(
        key,
        snapshot.policy.commons.origin,
        snapshot.rules,
        snapshot.log(),
        lambda part: snapshot.fetch(layout.inventory_path(part)),
        files,
        statements,
        tuple(removed),
        remaining,
    )
    return repository.commit(
        sealed.files,
        deleted=sealed.removed,
        message=message,
        description=description,
        parent=snapshot.revision,
    )


def _nothing(part: str) -> bytes:
    raise AssertionError(f"there is no inventory to read {part} of")
