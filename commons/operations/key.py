"""Key: what a key says about keys: that it is here, that another follows it, or that it must not be trusted any more.

Each is a signed statement in a proposal of its own; it takes effect when a maintainer lands it. What a key signed before stays signed.
"""

from __future__ import annotations

from commons import digests, layout
from commons.governance.policy import Policy
from commons.hub.repository import Proposal, Repository
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.signed_statements import Signer


def register(repository: Repository, policy: Policy, key: SigningKey) -> Proposal:
    """Propose to enter the key into the log before it signs anything else."""
    envelope = Signer(key, policy.commons.origin).key_action("register", key.public)
    return _propose(repository, envelope, f"Register the key {key.public.key_id}")


def rotate(repository: Repository, policy: Policy, key: SigningKey, successor: SigningKey) -> Proposal:
    """Propose that ``successor`` follows ``key``; both sign."""
    envelope = Signer(key, policy.commons.origin).rotation(successor)
    return _propose(repository, envelope, f"Rotate the key {key.public.key_id} to {successor.public.key_id}")


def revoke(repository: Repository, policy: Policy, signer: SigningKey, revoked: PublicKey) -> Proposal:
    """Propose that ``revoked`` counts no more; signed by itself or by a maintainer."""
    envelope = Signer(signer, policy.commons.origin).key_action("revoke", revoked)
    return _propose(repository, envelope, f"Revoke the key {revoked.key_id}")


def _propose(repository: Repository, envelope: bytes, title: str) -> Proposal:
    files = {layout.envelope_path(digests.sha256_hex(envelope)): envelope}
    return repository.propose(
        files, title=title, description="A signed key statement, made with `commons key`."
    )
