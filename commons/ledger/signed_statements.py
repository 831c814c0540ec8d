"""Statements in their envelopes: signed here, and proved to be what their key signed.

    envelope = Signer(key, origin).review(contribution, digest, …)       canonical DSSE bytes
    signed = verify(envelope, ReviewStatement, commons=origin)           signed.statement, signed.key, signed.sha256_hex

A rotation, and the addition of a key, is signed by both keys.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import rfc8785
from pydantic import ValidationError

from commons.errors import LedgerError
from commons.ledger import envelopes, statements
from commons.ledger.fields import as_time
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.statements import (
    CERTIFICATE,
    FORMAT,
    AdoptedProposal,
    KeyStatement,
    Statement,
    StatementKind,
)

S = TypeVar("S", bound=Statement)


@dataclass(frozen=True)
class SignedStatement(Generic[S]):
    """A statement whose signature has been verified with the key it names."""

    statement: S
    key: PublicKey
    sha256_hex: str  # of the envelope


def verify(envelope: bytes, model: type[S], *, commons: str) -> SignedStatement[S]:
    """Verify the signature over the very bytes that are parsed as ``model``.

    Raises:
        LedgerError: ``envelope-malformed``, ``envelope-not-canonical``, ``statement-malformed``, ``signature-invalid``,
            ``wrong-commons``, or a key's own code.
    """
    opened = envelopes.open_envelope(envelope)
    try:
        statement = model.model_validate_json(opened.payload)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its beginning"
        message = f"This is no {model.kind.value} statement; at {where}: {first['msg']}."
        raise LedgerError(message, code="statement-malformed") from error
    envelopes.refuse_other_form(opened)
    key = PublicKey(bytes.fromhex(statement.predicate.key))
    signers = (key, *_also_needed(statement))
    for signer in signers:
        if not envelopes.is_signed_by(opened, signer):
            raise LedgerError(f"No valid signature by {signer.key_id}.", code="signature-invalid")
    envelopes.refuse_other_signatures(opened, signers)
    if statement.predicate.commons != commons:
        raise LedgerError(
            f"The statement was signed for the commons {statement.predicate.commons!r}, not for {commons!r}.",
            code="wrong-commons",
        )
    return SignedStatement(statement, key, opened.sha256_hex)


def _also_needed(statement: Statement) -> list[PublicKey]:
    """Who else must have signed; and what no schema says about a key's name and successor."""
    if not isinstance(statement, KeyStatement):
        return []
    if statement.key.key_id != statement.subject[0].name:
        raise LedgerError("The key statement names a key by another key's id.", code="statement-malformed")
    successor = statement.successor
    if successor == statement.key:
        raise LedgerError("A key cannot follow itself.", code="statement-malformed")
    return [successor] if successor else []


@dataclass(frozen=True)
class Signer:
    """A key speaking to one commons; ``now`` is for tests. Every method gives the bytes of an envelope."""

    key: SigningKey
    commons: str
    now: datetime | None = None

    def contribution(
        self,
        contribution: str,
        root: bytes,
        *,
        person: str,
        groups: Sequence[Mapping[str, Any]],
        adopted: AdoptedProposal | None = None,
    ) -> bytes:
        """``groups``: see ``RowGroup``, in the order of the commitments."""
        subject = {"name": contribution, "digest": {"rfc6962-sha256": root.hex()}}
        predicate: dict[str, Any] = {
            "person": person,
            "groups": [dict(group) for group in groups],
            "certificate": CERTIFICATE,
        }
        if adopted:
            predicate["adopted"] = adopted.model_dump(exclude_none=True)
        return self._sign(StatementKind.CONTRIBUTION, subject, predicate)

    def review(self, about: str, envelope: str, *, head: str, approve: bool, person: str, size: int) -> bytes:
        return self._sign(
            StatementKind.REVIEW,
            _envelope(about, envelope),
            {
                "head": head,
                "verdict": "approve" if approve else "refuse",
                "person": person,
                "size": size,
            },
        )

    def decision(
        self,
        about: str,
        envelope: str,
        *,
        head: str,
        opened: datetime,
        policy: str,
        reviews: Mapping[str, str],
        accept: bool = True,
        founding: bool = False,
    ) -> bytes:
        """``reviews``: envelope -> the person from whose account it was posted."""
        predicate = {
            "head": head,
            "opened": as_time(opened),
            "policy": policy,
            "reviews": [{"envelope": digest, "person": person} for digest, person in reviews.items()],
            "outcome": "accept" if accept else "refuse",
            "founding": founding,
        }
        return self._sign(StatementKind.DECISION, _envelope(about, envelope), predicate)

    def policy(
        self, policy: bytes, policy_sha256: str, roles: bytes, *, serial: int = 1, replaces: str | None = None
    ) -> bytes:
        subject = {"name": "governance/policy.toml", "digest": {"sha256": policy_sha256}}
        predicate = {
            "policy": policy.decode(),
            "roles": roles.decode(),
            "serial": serial,
            "replaces": replaces,
        }
        return self._sign(StatementKind.POLICY, subject, predicate)

    def key_action(self, action: Literal["register", "revoke"], key: PublicKey, *, person: str) -> bytes:
        return self._sign(StatementKind.KEY, _key(key), {"action": action, "person": person})

    def rotation(self, successor: SigningKey, *, person: str) -> bytes:
        """Signed by this key and by its successor."""
        predicate = {"action": "rotate", "successor": successor.public.raw.hex(), "person": person}
        return self._sign(StatementKind.KEY, _key(self.key.public), predicate, successor)

    def index(self, root: str, predicate: Mapping[str, Any]) -> bytes:
        """``predicate``: see ``IndexStatement``."""
        return self._sign(StatementKind.INDEX, self._of_commons(root), dict(predicate))

    def inventory(self, root: str, parts: Mapping[str, str], *, previous: str | None) -> bytes:
        predicate = {"parts": dict(parts), "previous": previous}
        return self._sign(StatementKind.INVENTORY, self._of_commons(root), predicate)

    def format(self, root: str, roles: bytes) -> bytes:
        predicate = {"version": FORMAT, "roles": roles.decode()}
        return self._sign(StatementKind.FORMAT, self._of_commons(root), predicate)

    def _of_commons(self, root: str) -> dict[str, Any]:
        return {"name": self.commons, "digest": {"sha256": root}}

    def _sign(
        self, kind: StatementKind, subject: dict[str, Any], predicate: dict[str, Any], *others: SigningKey
    ) -> bytes:
        common = {
            "commons": self.commons,
            "nonce": secrets.token_hex(16),
            "key": self.key.public.raw.hex(),
            "time": as_time(self.now or datetime.now(UTC)),
        }
        statement = statements.as_json(kind, subject, {**common, **predicate})
        return envelopes.sign(rfc8785.dumps(statement), self.key, *others)


def _envelope(about: str, digest: str) -> dict[str, Any]:
    return {"name": about, "digest": {"sha256": digest}}


def _key(key: PublicKey) -> dict[str, Any]:
    return {"name": key.key_id, "digest": {"ed25519": key.raw.hex()}}
