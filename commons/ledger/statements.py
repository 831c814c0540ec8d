"""Statements: what a key says, as in-toto Statement v1 in RFC 8785 bytes.

Every statement names the commons it is meant for and a nonce, so that it can neither be replayed nor carried to another commons, and
its public key, so that it can be checked with nothing but itself. It holds no record text, no user's name and no plain content hash.

    kind           subject                                                            the predicate adds
    policy         the policy file, by its SHA-256                                    policy and roles, serial number, what they replace
    roles          the roles file, by its SHA-256                                     the roles, serial number, what they replace
    contribution   the contribution, by the RFC 6962 root over its row commitments    person, groups of rows, certificate, what it adopts
    review         what was proposed, by the SHA-256 of its envelope                  person, head that was read, verdict, log size seen
    decision       what was proposed, by the SHA-256 of its envelope                  head, policy, reviews, outcome
    vote           what was proposed, by the SHA-256 of its envelope                  person, choice, serial number of the rules
    vouch          a person                                                           person, given or withdrawn
    key            a public key                                                       person; register, add, rotate or revoke
    tombstone      a contribution                                                     ordinals of rows, reason, erased or withdrawn
    index          the commons                                                        embedder, code, log size, inventory part
    inventory      the commons                                                        digests of the parts, the inventory before
    release, compact, usage, credit, format   the commons                             see the models

There are two generations. Generation 1 (repositories of format 1 and 2) knows policy, contribution, review, decision and key, without
persons; it is read for ever and never written: after the leaf that brought format 3 it is refused. Whether a signer may say what it says
is for ``governance`` and the auditor; ``signed_statements`` proves that a statement is what its key signed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import ConfigDict, Field, model_validator

from commons.closed_model import ClosedModel
from commons.ledger.fields import (
    CommitSha,
    ContributionId,
    Count,
    KeyHex,
    KeyId,
    Nonce,
    PersonId,
    Serial,
    Sha256,
    ShortText,
    Slug,
    Time,
)
from commons.ledger.keys import PublicKey

_Certificate = Literal[
    "I have the right to offer these records under the licences they name, and I understand that the contribution "
    "and its signature are public and that the log keeps them."
]
(CERTIFICATE,) = get_args(_Certificate)
TYPE_PREFIX = "urn:knowledge-commons:"
GENERATION = 2  # the one that is written
FORMAT = 3  # of the repository


class StatementKind(StrEnum):
    """What a statement says; the value stands in its type and in its leaf."""

    POLICY = "policy"
    ROLES = "roles"
    CONTRIBUTION = "contribution"
    REVIEW = "review"
    DECISION = "decision"
    VOTE = "vote"
    VOUCH = "vouch"
    KEY = "key"
    TOMBSTONE = "tombstone"
    INDEX = "index"
    INVENTORY = "inventory"
    RELEASE = "release"
    COMPACT = "compact"
    USAGE = "usage"
    CREDIT = "credit"
    FORMAT = "format"


class _StatementPart(ClosedModel):
    model_config = ConfigDict(strict=True)


class _Predicate(_StatementPart):
    commons: str
    nonce: Nonce
    key: KeyHex
    time: Time


class Statement(_StatementPart):
    """What all have in common. A kind of both generations says which fields of its predicate either has for itself."""

    kind: ClassVar[StatementKind]
    only_in_1: ClassVar[frozenset[str] | None] = None  # None: the kind is new in generation 2
    only_in_2: ClassVar[frozenset[str]] = frozenset()
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: str = Field(alias="predicateType")
    predicate: _Predicate

    @model_validator(mode="after")
    def _is_of_one_generation(self) -> Self:
        generations = (2,) if self.only_in_1 is None else (1, 2)
        if self.predicate_type not in {f"{TYPE_PREFIX}{self.kind.value}:v{number}" for number in generations}:
            raise ValueError(f"its type is not one of a {self.kind.value} statement")
        only_in_1 = self.only_in_1 or frozenset()
        missing, extra = (only_in_1, self.only_in_2) if self.generation == 1 else (self.only_in_2, only_in_1)
        present = self.predicate.model_fields_set
        if wrong := sorted((missing - present) | (extra & present)):
            raise ValueError(f"{wrong[0]} does not fit a statement of generation {self.generation}")
        # Left out it means the key itself, which only generation 1 may say; null would slip past that.
        if self.generation == GENERATION and getattr(self.predicate, "person", "") is None:
            raise ValueError("it names no person")
        return self

    @property
    def generation(self) -> int:
        return int(self.predicate_type[-1])

    @property
    def person(self) -> str:
        """Who stands behind the key; in generation 1, and where a kind names nobody, the key itself."""
        named: str | None = getattr(self.predicate, "person", None)
        return named or PublicKey(bytes.fromhex(self.predicate.key)).key_id


# Contributions


class AdoptedProposal(_StatementPart):
    """The proposal that the rows of a contribution were taken from, by a reviewer who signs for them.

    Its author is named in the people table only, because a name in the log could never be erased; ``head``, a commit over files
    without salt, would confirm a guess of them, and is of generation 1.
    """

    proposal: Annotated[int, Field(gt=0)]
    head: CommitSha | None = None


class RowGroup(_StatementPart):
    """Rows of a contribution that share a folder; ``pool`` is empty for questions and wishes."""

    kind: Literal["data", "links", "questions", "wishes"]
    pool: Slug | Literal[""]
    collection: Slug
    rows: Annotated[int, Field(gt=0)]


class _ContributionPredicate(_Predicate):
    certificate: _Certificate
    adopted: AdoptedProposal | None = None
    rows: dict[Literal["data", "links", "questions"], Count] = Field(default_factory=dict)
    person: PersonId | None = None
    groups: list[RowGroup] = Field(default_factory=list)


class _RootSubject(_StatementPart):
    name: ContributionId
    digest: dict[Literal["rfc6962-sha256"], Sha256] = Field(min_length=1)


class ContributionStatement(Statement):
    kind = StatementKind.CONTRIBUTION
    only_in_1 = frozenset({"rows"})
    only_in_2 = frozenset({"person", "groups"})
    subject: list[_RootSubject] = Field(min_length=1, max_length=1)
    predicate: _ContributionPredicate

    @model_validator(mode="after")
    def _adopts_as_its_generation_does(self) -> Self:
        adopted = self.predicate.adopted
        if adopted and (adopted.head is None) != (self.generation == GENERATION):
            raise ValueError("what it adopts does not fit its generation")
        return self

    @property
    def contribution(self) -> str:
        return self.subject[0].name

    @property
    def root(self) -> bytes:
        return bytes.fromhex(self.subject[0].digest["rfc6962-sha256"])

    @property
    def rows(self) -> dict[str, int]:
        """How many rows of each kind were signed; kinds without any may be left out."""
        counts: dict[str, int] = {kind: count for kind, count in self.predicate.rows.items() if count}
        for group in self.predicate.groups:
            counts[group.kind] = counts.get(group.kind, 0) + group.rows
        return counts


# What is said about a proposal


class _EnvelopeSubject(_StatementPart):
    # A contribution, a key that says something of itself, or the commons where rules are proposed.
    name: str = Field(min_length=1, max_length=200)
    digest: dict[Literal["sha256"], Sha256] = Field(min_length=1)


class _AboutProposal(Statement):
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
    head: CommitSha
    verdict: Literal["approve", "refuse"]
    person: PersonId | None = None
    size: Count = 0  # of the log that the reviewer saw: what order there is between reviews and refusals


class ReviewStatement(_AboutProposal):
    kind = StatementKind.REVIEW
    only_in_1 = frozenset()
    only_in_2 = frozenset({"person", "size"})
    predicate: _ReviewPredicate


class CountedReview(_StatementPart):
    """A review and whose it is: the decision's signer saw it posted from an account of that person."""

    envelope: Sha256
    person: PersonId


class _DecisionPredicate(_Predicate):
    head: CommitSha
    opened: Time
    policy: Sha256  # of governance/policy.toml as it was then
    reviews: list[Sha256 | CountedReview]
    outcome: Literal["accept", "refuse"]
    founding: bool = False  # whether a founder's own work was accepted because the members are few
    # A cosigned checkpoint, whole: its time is the decision's where there are witnesses; else it is the Hub's.
    checkpoint: Annotated[str, Field(max_length=20_000)] | None = None


class DecisionStatement(_AboutProposal):
    kind = StatementKind.DECISION
    only_in_1 = frozenset()
    only_in_2 = frozenset({"founding"})
    predicate: _DecisionPredicate

    @model_validator(mode="after")
    def _decides_as_its_generation_does(self) -> Self:
        predicate = self.predicate
        kind = CountedReview if self.generation == GENERATION else str
        if not all(isinstance(review, kind) for review in predicate.reviews):
            raise ValueError("its reviews are not named as its generation does")
        if self.generation == GENERATION and len(set(self.reviews)) < len(self.reviews):
            raise ValueError("it counts a review twice")
        if self.generation == 1 and (predicate.outcome == "refuse" or predicate.checkpoint):
            raise ValueError("generation 1 has no such decision")
        return self

    @property
    def reviews(self) -> list[str]:
        """The envelopes of the reviews it counts."""
        return [review if isinstance(review, str) else review.envelope for review in self.predicate.reviews]

    @property
    def persons(self) -> dict[str, str]:
        """Review envelope -> person, as its signer attests; empty in generation 1."""
        counted = (review for review in self.predicate.reviews if not isinstance(review, str))
        return {review.envelope: review.person for review in counted}


class _VotePredicate(_Predicate):
    person: PersonId
    choice: Literal["yes", "no", "abstain"]
    rules: Serial  # number of the policy that was in force where the vote opened


class VoteStatement(_AboutProposal):
    kind = StatementKind.VOTE
    predicate: _VotePredicate


# Rules


class _FileSubject(_StatementPart):
    name: Literal["governance/policy.toml", "governance/roles.json"]
    digest: dict[Literal["sha256"], Sha256] = Field(min_length=1)


class _PolicyPredicate(_Predicate):
    policy: str
    roles: str
    serial: Serial = 1  # rises with every change of the rules
    replaces: Sha256 | None = None  # SHA-256 of the policy before; None founds


class PolicyStatement(Statement):
    kind = StatementKind.POLICY
    only_in_1 = frozenset()
    only_in_2 = frozenset({"serial", "replaces"})
    subject: list[_FileSubject] = Field(min_length=1, max_length=1)
    predicate: _PolicyPredicate


class _RolesPredicate(_Predicate):
    roles: str
    serial: Serial
    replaces: Sha256  # SHA-256 of the roles before


class RolesStatement(Statement):
    kind = StatementKind.ROLES
    subject: list[_FileSubject] = Field(min_length=1, max_length=1)
    predicate: _RolesPredicate


# Persons and keys


class _KeySubject(_StatementPart):
    name: KeyId
    digest: dict[Literal["ed25519"], KeyHex] = Field(min_length=1)


class _KeyPredicate(_Predicate):
    action: Literal["register", "rotate", "revoke", "add"]
    successor: KeyHex | None = None  # of a rotation, or the key that is added for the same person
    person: PersonId | None = None
    # Of a rotation: envelopes of the old key that stay good though they have not landed.
    remaining: list[Sha256] = Field(default_factory=list)


class KeyStatement(Statement):
    kind = StatementKind.KEY
    only_in_1 = frozenset()
    only_in_2 = frozenset({"person"})
    subject: list[_KeySubject] = Field(min_length=1, max_length=1)
    predicate: _KeyPredicate

    @model_validator(mode="after")
    def _names_a_successor_where_one_follows(self) -> Self:
        predicate = self.predicate
        if (predicate.successor is not None) != (predicate.action in ("rotate", "add")):
            raise ValueError("a rotation or an addition names another key, and nothing else does")
        if predicate.remaining and predicate.action != "rotate":
            raise ValueError("only a rotation says what stays good")
        if self.generation == 1 and (predicate.action == "add" or predicate.remaining):
            raise ValueError("generation 1 has no such key statement")
        return self

    @property
    def key(self) -> PublicKey:
        return PublicKey(bytes.fromhex(self.subject[0].digest["ed25519"]))

    @property
    def successor(self) -> PublicKey | None:
        raw = self.predicate.successor
        return PublicKey(bytes.fromhex(raw)) if raw else None


class _PersonSubject(_StatementPart):
    name: PersonId
    digest: dict[Literal["sha256"], Sha256] = Field(min_length=1)  # what the name spells


class _VouchPredicate(_Predicate):
    person: PersonId
    action: Literal["give", "withdraw"]


class VouchStatement(Statement):
    kind = StatementKind.VOUCH
    subject: list[_PersonSubject] = Field(min_length=1, max_length=1)
    predicate: _VouchPredicate


# Rows that leave


class _TombstonePredicate(_Predicate):
    ordinals: list[Count] = Field(min_length=1)  # of the contribution's commitments
    reason: Literal["personal-data", "copyright", "unlawful", "malware", "contributor-request", "error"]
    erased: bool  # whether the id went too


class TombstoneStatement(Statement):
    kind = StatementKind.TOMBSTONE
    subject: list[_RootSubject] = Field(min_length=1, max_length=1)
    predicate: _TombstonePredicate


# What is said about the commons as a whole


class _CommonsSubject(_StatementPart):
    """The commons by its origin and its root, the SHA-256 of the log's first envelope."""

    name: str = Field(min_length=8, max_length=200)
    digest: dict[Literal["sha256"], Sha256] = Field(min_length=1)


class _AboutCommons(Statement):
    subject: list[_CommonsSubject] = Field(min_length=1, max_length=1)

    @property
    def root(self) -> str:
        return self.subject[0].digest["sha256"]


class _IndexPredicate(_Predicate):
    embedder: ShortText  # the slug that names its folder
    model: ShortText
    model_revision: ShortText
    code: ShortText  # version of the code that built it
    size: Count  # of the log it was built from
    records: Count
    part: ShortText  # of the inventory, whose salt keeps a digest from confirming a guess


class IndexStatement(_AboutCommons):
    kind = StatementKind.INDEX
    predicate: _IndexPredicate


class _InventoryPredicate(_Predicate):
    parts: dict[Annotated[str, Field(pattern=r"^[a-z]+(?:/[a-z0-9][a-z0-9.-]*){0,2}$")], Sha256]
    previous: Sha256 | None  # envelope of the inventory before


class InventoryStatement(_AboutCommons):
    kind = StatementKind.INVENTORY
    predicate: _InventoryPredicate


class _ReleasePredicate(_Predicate):
    version: Annotated[str, Field(pattern=r"^v[0-9]+\.[0-9]+\.[0-9]+$")]
    size: Count  # of the log it releases
    records: Count
    previous: ShortText | None  # version


class ReleaseStatement(_AboutCommons):
    kind = StatementKind.RELEASE
    predicate: _ReleasePredicate


class _CompactPredicate(_Predicate):
    groups: list[RowGroup] = Field(
        min_length=1
    )  # what was packed into fewer shards, and how many rows it has
    size: Count  # of the log whose contributions it packs


class CompactStatement(_AboutCommons):
    kind = StatementKind.COMPACT
    predicate: _CompactPredicate


_Epoch = Annotated[str, Field(pattern=r"^[0-9]{4}-Q[1-4]$")]


class _UsagePredicate(_Predicate):
    epoch: _Epoch
    part: ShortText


class UsageStatement(_AboutCommons):
    kind = StatementKind.USAGE
    predicate: _UsagePredicate


class _CreditPredicate(_Predicate):
    epoch: _Epoch
    size: Count  # of the log it was computed from
    usage: list[Sha256]  # envelopes of the usage statements it counts
    code: ShortText
    part: ShortText


class CreditStatement(_AboutCommons):
    kind = StatementKind.CREDIT
    predicate: _CreditPredicate


class _FormatPredicate(_Predicate):
    version: Literal[3]
    roles: str  # the same keys, with their persons


class FormatStatement(_AboutCommons):
    kind = StatementKind.FORMAT
    predicate: _FormatPredicate


MODELS: dict[StatementKind, type[Statement]] = {
    model.kind: model
    for model in (
        PolicyStatement,
        RolesStatement,
        ContributionStatement,
        ReviewStatement,
        DecisionStatement,
        VoteStatement,
        VouchStatement,
        KeyStatement,
        TombstoneStatement,
        IndexStatement,
        InventoryStatement,
        ReleaseStatement,
        CompactStatement,
        UsageStatement,
        CreditStatement,
        FormatStatement,
    )
}


def as_json(kind: StatementKind, subject: dict[str, Any], predicate: dict[str, Any]) -> dict[str, Any]:
    """A statement of the present generation, as the JSON that is signed."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": f"{TYPE_PREFIX}{kind.value}:v{GENERATION}",
        "predicate": predicate,
    }
