"""Key: what a key says about keys: that it is here, that another follows it, or that it must not be trusted any more.

Each is a signed statement in a proposal of its own; it takes effect when a maintainer lands it. What a key signed before stays signed.
"""

from __future__ import annotations

from commons import digests, layout
from commons.governance.people import SignerIdentity
from commons.hub.repository import Proposal, Repository
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.signed_statements import Signer
from commons.snapshots.snapshot import Snapshot


def register(
    repository: Repository, snapshot: Snapshot, key: SigningKey, identity: SignerIdentity
) -> Proposal:
    """Propose to enter the key into the log before it signs anything else."""
    envelope = _signer(snapshot, key).key_action("register", key.public, person=identity.person)
    return _propose(repository, envelope, identity, f"Register the key {key.public.key_id}")


def rotate(
    repository: Repository,
    snapshot: Snapshot,
    key: SigningKey,
    successor: SigningKey,
    identity: SignerIdentity,
) -> Proposal:
    """Propose that ``successor`` follows ``key``; both sign."""
    envelope = _signer(snapshot, key).rotation(successor, person=identity.person)
    title = f"Rotate the key {key.public.key_id} to {successor.public.key_id}"
    return _propose(repository, envelope, identity, title)


def revoke(
    repository: Repository,
    snapshot: Snapshot,
    signer: SigningKey,
    revoked: PublicKey,
    identity: SignerIdentity,
) -> Proposal:
    """Propose that ``revoked`` counts no more; signed by itself or by a maintainer."""
    envelope = _signer(snapshot, signer).key_action("revoke", revoked, person=identity.person)
    return _propose(repository, envelope, identity, f"Revoke the key {revoked.key_id}")


def _signer(snapshot: Snapshot, key: SigningKey) -> Signer:
    snapshot.refuse_unwritable()
    return Signer(key, snapshot.policy.commons.origin)


def _propose(repository: Repository, envelope: bytes, identity: SignerIdentity, title: str) -> Proposal:
    files = {layout.envelope_path(digests.sha256_hex(envelope)): envelope, **identity.files}
    return repository.propose(
        files, title=title, description="A signed key statement, made with `commons key`."
    )
