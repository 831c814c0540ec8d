"""Statements: what a key says, as in-toto Statement v1 in RFC 8785 bytes.

Every statement names the commons it is meant for and a nonce, so that it can neither be replayed nor carried to another commons, and
its public key, so that it can be checked with nothing but itself. It holds no record text and no plain content hash.

    contribution   subject: the contribution, by the RFC 6962 root over its rows' commitments
    review         subject: the contribution, by the SHA-256 of its envelope; and the head that was read
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commons.errors import LedgerError
from commons.ledger import envelopes
from commons.ledger.keys import PublicKey, SigningKey

_IN_TOTO = "https://in-toto.io/Statement/v1"
_CONTRIBUTION = "urn:knowledge-commons:contribution:v1"
_REVIEW = "urn:knowledge-commons:review:v1"

CERTIFICATE = (
    "I have the right to offer these records under the licences they name, and I understand that the contribution and its "
    "signature are public and that the log keeps them."
)

_Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Contribution = Annotated[str, Field(pattern=r"^kc1[a-z2-7]{52}$")]
_Time = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Predicate(_Closed):
    commons: str
    nonce: _Nonce
    key: _Hex32  # the signer's raw Ed25519 public key
    time: _Time


class ContributionPredicate(_Predicate):
    """``rows`` counts the commitments under the subject's root, by kind."""

    rows: dict[Literal["data", "links", "questions"], Annotated[int, Field(ge=0)]]
    certificate: Literal[
        "I have the right to offer these records under the licences they name, and I understand that the contribution and its "
        "signature are public and that the log keeps them."
    ]


class ReviewPredicate(_Predicate):
    head: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
    verdict: Literal["approve", "refuse"]


class _ContributionSubject(_Closed):
    name: _Contribution
    digest: dict[Literal["rfc6962-sha256"], _Hex32] = Field(min_length=1)


class _ReviewSubject(_Closed):
    name: _Contribution
    digest: dict[Literal["sha256"], _Hex32] = Field(min_length=1)


class ContributionStatement(_Closed):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[_ContributionSubject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["urn:knowledge-commons:contribution:v1"] = Field(alias="predicateType")
    predicate: ContributionPredicate

    @property
    def contribution(self) -> str:
        return self.subject[0].name

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self.subject[0].digest["rfc6962-sha256"])


class ReviewStatement(_Closed):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: list[_ReviewSubject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["urn:knowledge-commons:review:v1"] = Field(alias="predicateType")
    predicate: ReviewPredicate

    @property
    def contribution(self) -> str:
        return self.subject[0].name

    @property
    def contribution_envelope(self) -> str:
        return self.subject[0].digest["sha256"]


S = TypeVar("S", ContributionStatement, ReviewStatement)


@dataclass(frozen=True)
class Signed(Generic[S]):
    """A statement whose signature has been verified with the key it names."""

    statement: S
    key: PublicKey
    sha256_hex: str  # of the envelope


def sign_contribution(
    key: SigningKey,
    *,
    commons: str,
    contribution: str,
    root: bytes,
    rows: dict[str, int],
    now: datetime | None = None,
) -> bytes:
    """Envelope bytes of a contribution statement."""
    return _sign(
        key,
        _CONTRIBUTION,
        {"name": contribution, "digest": {"rfc6962-sha256": root.hex()}},
        {"rows": rows, "certificate": CERTIFICATE},
        commons=commons,
        now=now,
    )


def sign_review(
    key: SigningKey,
    *,
    commons: str,
    contribution: str,
    contribution_envelope: str,
    head: str,
    approve: bool,
    now: datetime | None = None,
) -> bytes:
    """Envelope bytes of a review statement."""
    return _sign(
        key,
        _REVIEW,
        {"name": contribution, "digest": {"sha256": contribution_envelope}},
        {"head": head, "verdict": "approve" if approve else "refuse"},
        commons=commons,
        now=now,
    )


def verify_contribution(envelope: bytes, *, commons: str) -> Signed[ContributionStatement]:
    """Open, verify and parse; see ``_verify`` for the errors."""
    return _verify(envelope, ContributionStatement, commons)


def verify_review(envelope: bytes, *, commons: str) -> Signed[ReviewStatement]:
    return _verify(envelope, ReviewStatement, commons)


def _sign(
    key: SigningKey,
    kind: str,
    subject: dict[str, object],
    predicate: dict[str, object],
    *,
    commons: str,
    now: datetime | None,
) -> bytes:
    statement = {
        "_type": _IN_TOTO,
        "subject": [subject],
        "predicateType": kind,
        "predicate": {
            "commons": commons,
            "nonce": secrets.token_hex(16),
            "key": key.public.raw.hex(),
            "time": (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **predicate,
        },
    }
    return envelopes.sign(rfc8785.dumps(statement), key)  # type: ignore[arg-type]


def _verify(envelope: bytes, model: type[S], commons: str) -> Signed[S]:
    """Verify the signature over the very bytes that are parsed.

    Raises:
        LedgerError: ``envelope-malformed``, ``statement-malformed``, ``signature-invalid``, ``wrong-commons``, or a key's own code.
    """
    opened = envelopes.open_envelope(envelope)
    try:
        statement = model.model_validate_json(opened.payload)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LedgerError(
            f"The statement is malformed at {where}: {first['msg']}.", code="statement-malformed"
        ) from error
    key = PublicKey(bytes.fromhex(statement.predicate.key))
    if not envelopes.is_signed_by(opened, key):
        raise LedgerError(f"No valid signature by {key.key_id}.", code="signature-invalid")
    if statement.predicate.commons != commons:
        raise LedgerError(
            f"The statement was signed for the commons {statement.predicate.commons!r}, not for {commons!r}.",
            code="wrong-commons",
        )
    return Signed(statement, key, opened.sha256_hex)
