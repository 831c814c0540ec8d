"""Statements as they are written into a log, one after another, with nobody to say whether they may: what audits are tried on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785
from support.persons import person_of
from support.world import key_of

from commons.cards import dataset_card
from commons.errors import HubError
from commons.governance.log_audit import Auditor, AuditResult
from commons.governance.roles import RoleKey, Roles
from commons.ledger import envelopes, fields, statements
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.records import identity
from commons.snapshots import snapshot as snapshots

ORIGIN = "knowledge-commons/tests/audit"
POLICY = dataset_card.founding_policy("Audited", ORIGIN)
HEAD, OTHER_HEAD = "1" * 40, "2" * 40
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GROUPS = [{"kind": "data", "pool": "open", "collection": "notes", "rows": 1}]
PARTS = {
    name: digit * 64
    for name, digit in zip(("governance", "openings", "pages", "people"), "abcd", strict=True)
}


def id_of(name: str) -> str:
    return key_of(name).public.key_id


def role_of(name: str) -> RoleKey:
    return RoleKey.of(key_of(name).public, person(name))


def person(name: str) -> str:
    """What follows the first word, or a hyphen, tells keys of one person apart."""
    return person_of(name.replace("-", " ").split()[0])


def roles_of(
    *maintainers: str,
    reviewers: Sequence[str] = (),
    builders: Sequence[str] = (),
    emeritus: Sequence[str] = (),
) -> Roles:
    return Roles(
        maintainers=tuple(role_of(name) for name in maintainers),
        reviewers=tuple(role_of(name) for name in reviewers),
        builders=tuple(RoleKey.of(key_of(name).public) for name in builders),
        emeritus=tuple(person(name) for name in emeritus),
    )


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class LogBook:
    """Each method writes one statement, or the few that belong together, and returns the envelope's digest."""

    leaves: list[Leaf] = field(default_factory=list)
    envelopes: dict[str, bytes] = field(default_factory=dict)
    origin: str = ORIGIN
    rules: bytes = POLICY
    serial: int = 0
    seeds: int = 0
    inventory_envelope: str | None = None
    parts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def founded(cls, roles: Roles | None = None, policy: bytes = POLICY) -> LogBook:
        """A log that maya founded."""
        book = cls()
        book.policy(roles or roles_of("maya"), text=policy)
        return book

    @classmethod
    def of_format_2(cls) -> LogBook:
        """The log of the golden repository; ``maya the second`` is its maintainer, rosa its reviewer."""
        snapshot = snapshots.of_folder(Path(__file__).parents[1] / "golden" / "format-2-whole")
        leaves = list(snapshot.log().leaves())
        held = {leaf.envelope: snapshot.envelope(leaf.envelope) for leaf in leaves}
        serial = sum(leaf.kind is StatementKind.POLICY for leaf in leaves)
        return cls(leaves, held, snapshot.policy.commons.origin, snapshot.policy_bytes, serial)

    @property
    def root(self) -> str:
        return self.leaves[0].envelope

    def signer(self, name: str, at: datetime = NOON) -> Signer:
        return Signer(key_of(name), self.origin, at)

    def write(self, kind: str, envelope: bytes) -> str:
        self.envelopes[digest(envelope)] = envelope
        self.leaves.append(Leaf(StatementKind(kind), digest(envelope)))
        return digest(envelope)

    def any_statement(
        self,
        kind: StatementKind,
        subject: dict[str, Any],
        predicate: Mapping[str, Any],
        by: str = "maya",
        generation: int = 2,
    ) -> str:
        """A statement that no method of ``Signer`` makes, of either generation."""
        self.seeds += 1
        common = {
            "commons": self.origin,
            "nonce": f"{self.seeds:032x}",
            "key": key_of(by).public.raw.hex(),
            "time": fields.as_time(NOON),
        }
        value = statements.as_json(kind, subject, {**common, **predicate})
        value["predicateType"] = f"urn:knowledge-commons:{kind.value}:v{generation}"
        return self.write(kind.value, envelopes.sign(rfc8785.dumps(value), key_of(by)))

    # Rules

    def policy(
        self,
        roles: Roles,
        by: str = "maya",
        text: bytes = POLICY,
        *,
        serial: int = 0,
        replaces: str | None = "",
    ) -> str:
        """The next rules, unless another number, or other rules that they replace, are given."""
        before = digest(self.rules) if self.serial else None
        self.rules, self.serial = text, self.serial + 1
        made = self.signer(by).policy(
            text,
            digest(text),
            roles.to_bytes(),
            serial=serial or self.serial,
            replaces=before if replaces == "" else replaces,
        )
        return self.write("policy", made)

    def roles(self, roles: Roles, replaced: Roles, by: str = "maya", *, serial: int = 0) -> str:
        self.serial += 1
        return self.any_statement(
            StatementKind.ROLES,
            {"name": "governance/roles.json", "digest": {"sha256": digest(roles.to_bytes())}},
            {
                "roles": roles.to_bytes().decode(),
                "serial": serial or self.serial,
                "replaces": digest(replaced.to_bytes()),
            },
            by,
        )

    def format(self, roles: Roles, by: str = "maya the second") -> str:
        return self.write("format", self.signer(by).format(self.root, roles.to_bytes()))

    # What is proposed and decided

    def offer(self, by: str = "carl", of: str = "") -> tuple[tuple[str, str], Callable[[], str]]:
        """((contribution, envelope), what writes it): it is signed, and stands in no log before."""
        self.seeds += 1
        root = hashlib.sha256(str(self.seeds).encode()).digest()
        name = identity.contribution_id(id_of(by), root)
        signed = self.signer(by).contribution(name, root, person=person(of or by), groups=GROUPS)
        return (name, digest(signed)), lambda: self.write("contribution", signed)

    def contribution(self, by: str = "carl", of: str = "") -> tuple[str, str]:
        """(contribution, envelope)"""
        about, write = self.offer(by, of)
        write()
        return about

    def review(
        self,
        about: tuple[str, str],
        by: str = "maya",
        *,
        of: str = "",
        approve: bool = True,
        head: str = HEAD,
        at: datetime = NOON,
        size: int | None = None,
    ) -> str:
        """By a reviewer who saw the log as it is now, unless ``size`` says otherwise."""
        size = len(self.leaves) if size is None else size
        made = self.signer(by, at).review(
            about[0], about[1], head=head, approve=approve, person=person(of or by), size=size
        )
        return self.write("review", made)

    def decision(
        self,
        about: tuple[str, str],
        reviews: Mapping[str, str] | Sequence[str],
        by: str = "maya",
        *,
        head: str = HEAD,
        at: datetime = NOON,
        policy: str = "",
        accept: bool = True,
        founding: bool = False,
    ) -> str:
        """``reviews``: envelopes, of maya unless the name of another reviewer stands beside them."""
        named = reviews if isinstance(reviews, Mapping) else dict.fromkeys(reviews, "maya")
        made = self.signer(by, at).decision(
            about[0],
            about[1],
            head=head,
            opened=NOON,
            policy=policy or digest(self.rules),
            reviews={envelope: person(name) for envelope, name in named.items()},
            accept=accept,
            founding=founding,
        )
        return self.write("decision", made)

    def land(self, by: str = "carl", reviewer: str = "maya", decider: str = "maya") -> str:
        """A contribution as it should land; returns its id."""
        about = self.contribution(by)
        self.decision(about, {self.review(about, reviewer): reviewer}, decider)
        return about[0]

    def refuse(self, about: tuple[str, str], *reviewers: str, by: str = "maya") -> str:
        """A refusal by these reviewers, as a maintainer takes it into the log."""
        reviews = {self.review(about, name, approve=False): name for name in reviewers or ("maya",)}
        return self.decision(about, reviews, by, accept=False)

    def key(self, by: str, action: str, about: str = "", successor: str = "") -> tuple[str, str]:
        speaking = self.signer(by)
        if action == "rotate":
            envelope = speaking.rotation(key_of(successor), person=person(by))
        else:
            public = key_of(about or by).public
            envelope = (
                speaking.key_action("revoke", public, person=person(by))
                if action == "revoke"
                else speaking.key_action("register", public, person=person(by))
            )
        return id_of(about or by), self.write("key", envelope)

    # Builds and inventories

    def index(self, by: str = "maya", *, root: str = "", **changes: Any) -> str:
        predicate = {
            "embedder": "tiny",
            "model": "tiny",
            "model_revision": "1",
            "code": "0.1.0",
            "size": len(self.leaves),
            "records": 1,
            "part": "index/tiny",
            **changes,
        }
        return self.write("index", self.signer(by).index(root or self.root, predicate))

    def inventory(
        self, by: str = "maya", *, root: str = "", previous: str | None = "", **changed: str | None
    ) -> str:
        """The next one, with these parts changed (None: gone); a part of two folders is spelt with two underscores."""
        named = {name.replace("__", "/"): value for name, value in changed.items()}
        self.parts = {name: value for name, value in {**PARTS, **self.parts, **named}.items() if value}
        before = self.inventory_envelope if previous == "" else previous
        made = self.signer(by).inventory(root or self.root, self.parts, previous=before)
        self.inventory_envelope = self.write("inventory", made)
        return self.inventory_envelope

    # Reading

    def read(self, wanted: str) -> bytes:
        if wanted not in self.envelopes:
            raise HubError(f"There is no envelope {wanted[:12]}….", code="file-missing")
        return self.envelopes[wanted]

    def audited(self) -> AuditResult:
        return Auditor(self.origin, self.read).audit(self.leaves)

    def problems(self) -> list[tuple[int, str]]:
        return self.audited().problems
