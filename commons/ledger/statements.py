"""Statements: what a key says, as in-toto Statement v1 in RFC 8785 bytes, in a DSSE envelope.

Every statement names the commons it is meant for and a nonce, so that it can neither be replayed nor carried to another commons, and
its public key, so that it can be checked with nothing but itself. It holds no record text and no plain content hash.

    kind           subject                                                             the predicate adds
    contribution   the contribution, by the RFC 6962 root over its row commitments     counts of rows, the certificate, what it adopts
    review         what was proposed, by the SHA-256 of its envelope                   the head that was read, the verdict
    decision       what was proposed, by the SHA-256 of its envelope                   head, policy, reviews, outcome
    policy         the policy file, by its SHA-256                                     the policy and the roles themselves
    key            a public key                                                        register, rotate (to a successor) or revoke

A key's rotation is signed by both keys. Whether a signer may say what it says is for ``governance`` and the auditor; here a statement
is only proved to be what its key signed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar, get_args

import rfc8785
from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from commons.closed_model import ClosedModel
from commons.errors import LedgerError
from commons.ledger import envelopes
from commons.ledger.keys import PublicKey, SigningKey

_Certificate = Literal[
    "I have the right to offer these records under the licences they name, and I understand that the contribution "
    "and its signature are public and that the log keeps them."
]
(CERTIFICATE,) = get_args(_Certificate)
_IN_TOTO = "https://in-toto.io/Statement/v1"
_TYPE_PREFIX = "urn:knowledge-commons:"


def _a_moment(text: str) -> str:
    moment(text)
    return text


_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]  # raw Ed25519 public key
_Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
_Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Time = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"), AfterValidator(_a_moment)]
_Contribution = Annotated[str, Field(pattern=r"^kc1[a-z2-7]{52}$")]


class StatementKind(StrEnum):
    """What a statement says; the value stands in its type and in its leaf."""

    CONTRIBUTION = "contribution"
    REVIEW = "review"
    DECISION = "decision"
    POLICY = "policy"
    KEY = "key"


class _StatementPart(ClosedModel):
    model_config = ConfigDict(strict=True)


class _Predicate(_StatementPart):
    commons: str
    nonce: _Nonce
    key: _Key
    time: _Time


class _Statement(_StatementPart):
    kind: ClassVar[StatementKind]
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate: _Predicate


class AdoptedProposal(_StatementPart):
    """The proposal that the rows of a contribution were taken from, by a reviewer who signs for them. Its author is named in the people
    table only, under the contribution's id, because a name in the log could never be erased."""

    proposal: Annotated[int, Field(gt=0)]
    head: _Commit


class _ContributionPredicate(_Predicate):
    rows: dict[Literal["data", "links", "questions"], Annotated[int, Field(ge=0)]]
    certificate: _Certificate
    adopted: AdoptedProposal | None = None


class _RootSubject(_StatementPart):
    name: _Contribution
    digest: dict[Literal["rfc6962-sha256"], _Sha256] = Field(min_length=1)


class _EnvelopeSubject(_StatementPart):
    # A contribution, or a key that says something of itself.
    name: Annotated[str, Field(pattern=r"^k[ck]1[a-z2-7]{52}$")]
    digest: dict[Literal["sha256"], _Sha256] = Field(min_length=1)


class ContributionStatement(_Statement):
    kind = StatementKind.CONTRIBUTION
    subject: list[_RootSubject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["urn:knowledge-commons:contribution:v1"] = Field(alias="predicateType")
    predicate: _ContributionPredicate

    @property
    def contribution(self) -> str:
        return self.subject[0].name

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self.subject[0].digest["rfc6962-sha256"])


class _AboutProposal(_Statement):
    subject: list[_EnvelopeSubject] = Field(min_length=1, max_length=1)

    @property
    def about(self) -> str:
        """The id of the contribution or key."""
        return self.subject[0].name

    @property
    def envelope(self) -> str:
        """The SHA-256 (hex) of the envelope it is about."""
        return self.subject[0].digest["sha256"]


class _ReviewPredicate(_Predicate):
    head: _Commit
    verdict: Literal["approve", "refuse"]


class ReviewStatement(_AboutProposal):
    kind = StatementKind.REVIEW
    predicate_type: Literal["urn:knowledge-commons:review:v1"] = Field(alias="predicateType")
    predicate: _ReviewPredicate


class _DecisionPredicate(_Predicate):
    head: _Commit
    opened: _Time
    policy: _Sha256  # of governance/policy.toml as it was then
    reviews: list[_Sha256]  # envelopes
    outcome: Literal["accept"]


class DecisionStatement(_AboutProposal):
    kind = StatementKind.DECISION
    predicate_type: Literal["urn:knowledge-commons:decision:v1"] = Field(alias="predicateType")
    predicate: _DecisionPredicate


class _FileSubject(_StatementPart):
    name: Literal["governance/policy.toml"]
    digest: dict[Literal["sha256"], _Sha256] = Field(min_length=1)


class _PolicyPredicate(_Predicate):
    policy: str
    roles: str


class PolicyStatement(_Statement):
    kind = StatementKind.POLICY
    subject: list[_FileSubject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["urn:knowledge-commons:policy:v1"] = Field(alias="predicateType")
    predicate: _PolicyPredicate


class _KeySubject(_StatementPart):
    name: Annotated[str, Field(pattern=r"^kk1[a-z2-7]{52}$")]
    digest: dict[Literal["ed25519"], _Key] = Field(min_length=1)


class _KeyPredicate(_Predicate):
    action: Literal["register", "rotate", "revoke"]
    successor: _Key | None = None


class KeyStatement(_Statement):
    kind = StatementKind.KEY
    subject: list[_KeySubject] = Field(min_length=1, max_length=1)
    predicate_type: Literal["urn:knowledge-commons:key:v1"] = Field(alias="predicateType")
    predicate: _KeyPredicate

    @property
    def key(self) -> PublicKey:
        return PublicKey(bytes.fromhex(self.subject[0].digest["ed25519"]))

    @property
    def successor(self) -> PublicKey | None:
        raw = self.predicate.successor
        return PublicKey(bytes.fromhex(raw)) if raw else None


Statement = ContributionStatement | ReviewStatement | DecisionStatement | PolicyStatement | KeyStatement
_MODELS = (ContributionStatement, ReviewStatement, DecisionStatement, PolicyStatement, KeyStatement)
MODELS: dict[StatementKind, type[Statement]] = {model.kind: model for model in _MODELS}

S = TypeVar("S", bound=_Statement)


@dataclass(frozen=True)
class SignedStatement(Generic[S]):
    """A statement whose signature has been verified with the key it names."""

    statement: S
    key: PublicKey
    sha256_hex: str  # of the envelope


@dataclass(frozen=True)
class Signer:
    """A key speaking to one commons; ``now`` is for tests."""

    key: SigningKey
    commons: str
    now: datetime | None = None

    def contribution(
        self, contribution: str, root: bytes, rows: dict[str, int], adopted: AdoptedProposal | None = None
    ) -> bytes:
        """Envelope bytes of the statement; so do the others."""
        subject = {"name": contribution, "digest": {"rfc6962-sha256": root.hex()}}
        predicate: dict[str, Any] = {"rows": rows, "certificate": CERTIFICATE}
        if adopted:
            predicate["adopted"] = adopted.model_dump()
        return self._sign(StatementKind.CONTRIBUTION, subject, predicate)

    def review(self, about: str, envelope: str, *, head: str, approve: bool) -> bytes:
        subject = {"name": about, "digest": {"sha256": envelope}}
        return self._sign(
            StatementKind.REVIEW, subject, {"head": head, "verdict": "approve" if approve else "refuse"}
        )

    def decision(
        self,
        about: str,
        envelope: str,
        *,
        head: str,
        opened: datetime,
        policy: str,
        reviews: list[str],
    ) -> bytes:
        subject = {"name": about, "digest": {"sha256": envelope}}
        predicate = {
            "head": head,
            "opened": as_time(opened),
            "policy": policy,
            "reviews": reviews,
            "outcome": "accept",
        }
        return self._sign(StatementKind.DECISION, subject, predicate)

    def policy(self, policy: bytes, policy_sha256: str, roles: bytes) -> bytes:
        subject = {"name": "governance/policy.toml", "digest": {"sha256": policy_sha256}}
        return self._sign(StatementKind.POLICY, subject, {"policy": policy.decode(), "roles": roles.decode()})

    def key_action(self, action: Literal["register", "revoke"], key: PublicKey) -> bytes:
        subject = {"name": key.key_id, "digest": {"ed25519": key.raw.hex()}}
        return self._sign(StatementKind.KEY, subject, {"action": action})

    def rotation(self, successor: SigningKey) -> bytes:
        """Signed by this key and by its successor."""
        subject = {"name": self.key.public.key_id, "digest": {"ed25519": self.key.public.raw.hex()}}
        predicate = {"action": "rotate", "successor": successor.public.raw.hex()}
        return self._sign(StatementKind.KEY, subject, predicate, successor)

    def _sign(
        self, kind: StatementKind, subject: dict[str, Any], predicate: dict[str, Any], *others: SigningKey
    ) -> bytes:
        statement: Any = {
            "_type": _IN_TOTO,
            "subject": [subject],
            "predicateType": f"{_TYPE_PREFIX}{kind.value}:v1",
            "predicate": {
                "commons": self.commons,
                "nonce": secrets.token_hex(16),
                "key": self.key.public.raw.hex(),
                "time": as_time(self.now or datetime.now(UTC)),
                **predicate,
            },
        }
        return envelopes.sign(rfc8785.dumps(statement), self.key, *others)


def as_time(when: datetime) -> str:
    """UTC to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The inverse of ``as_time``; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def verify(envelope: bytes, model: type[S], *, commons: str) -> SignedStatement[S]:
    """Verify the signature over the very bytes that are parsed as ``model``.

    Raises:
        LedgerError: ``envelope-malformed``, ``statement-malformed``, ``signature-invalid``, ``wrong-commons``, or a key's own code.
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
    signers = [key, *_also_needed(statement)]
    for signer in signers:
        if not envelopes.is_signed_by(opened, signer):
            raise LedgerError(f"No valid signature by {signer.key_id}.", code="signature-invalid")
    if statement.predicate.commons != commons:
        raise LedgerError(
            f"The statement was signed for the commons {statement.predicate.commons!r}, not for {commons!r}.",
            code="wrong-commons",
        )
    return SignedStatement(statement, key, opened.sha256_hex)


def _also_needed(statement: _Statement) -> list[PublicKey]:
    """Who else must have signed; and what no schema says about a key's name and successor."""
    if not isinstance(statement, KeyStatement):
        return []
    if statement.key.key_id != statement.subject[0].name:
        raise LedgerError("The key statement names a key by another key's id.", code="statement-malformed")
    successor = statement.successor
    if successor == statement.key:
        raise LedgerError("A key cannot follow itself.", code="statement-malformed")
    if (successor is not None) != (statement.predicate.action == "rotate"):
        raise LedgerError("A rotation names a successor, and nothing else does.", code="statement-malformed")
    return [successor] if successor else []
