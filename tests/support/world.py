"""A commons on a real Hub, and the people around it with their keys: who founds, proposes, approves and lands.

    world = World.found(hub, accounts.register(hub, ["maya", "carl"]), "maya/notes", folder)
    world.add([{"text": "Ice floats."}])                                 one collection, landed
    world.add_collections({"ice": [...], "stones": [...]})               several in one proposal
    number = world.propose(rows, "ice", who="carl").number               or each step by itself
    world.approve(number)
    world.land(number)

Nothing here pretends: rows are read from files, signed with real keys, checked in a confined child and landed over HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

from commons import digests, layout
from commons.embedding.embedder import Embedder
from commons.governance.people import People, SignerIdentity, open_person
from commons.governance.roles import RoleKey, Roles
from commons.hub.repository import Proposal, Repository
from commons.intake import offering
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping as Columns
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Kind, Need
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.local_hub import RunningHub
from commons.operations import build, contribute, init, land, review, show
from commons.progress import Progress, silent
from commons.proposals.examination import Examination
from commons.proposals.identities import Identities
from commons.snapshots import sealed_commit
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
MAINTAINER, CONTRIBUTOR, STRANGER = "maya", "carl", "eve"
REVIEWER, SECOND_MAINTAINER = "rita", "mona"  # where a test appoints them

Rows = Sequence[dict[str, Any]]

# What a row says of itself unless a test says otherwise; a question has neither topic nor sources.
_DEFAULTS: dict[Kind, dict[str, Any]] = {
    Kind.RECORD: {
        "lang": "en",
        "topic": ["science"],
        "license": "CC0-1.0",
        "source.title": "A notebook",
    },
    Kind.QUESTION: {"lang": "en", "license": "CC0-1.0"},
}


def key_of(name: str) -> SigningKey:
    """The same key for the same name, so that ids in tests do not change."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def pem_of(key: SigningKey) -> str:
    """The private key, as a file or the environment has it."""
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass(frozen=True)
class World:
    """A commons on the Hub, and the people around it: a maintainer, a contributor who may only propose, a stranger.

    ``who`` names an account with its token, and whose key signs unless ``key`` is another one.
    """

    url: str
    tokens: dict[str, str]
    repo_id: str
    folder: Path  # to write input files into
    cache: Path

    @classmethod
    def found(
        cls,
        hub: RunningHub,
        tokens: dict[str, str],
        repo_id: str,
        folder: Path,
        *,
        name: str = "Test commons",
        origin: str = ORIGIN,
    ) -> World:
        world = cls(hub.url, tokens, repo_id, folder, folder / "cache")
        init.found(world.repository(), key_of(MAINTAINER), name=name, origin=origin)
        return world

    def api(self, who: str = MAINTAINER) -> HfApi:
        return HfApi(endpoint=self.url, token=self.tokens[who])

    def repository(self, who: str = MAINTAINER) -> Repository:
        return Repository(self.repo_id, endpoint=self.url, token=self.tokens[who], cache_dir=self.cache)

    def identity(self, who: str = CONTRIBUTOR) -> SignerIdentity:
        """As whom ``who`` signs here."""
        snapshot = self.snapshot(need=Need.GOVERNANCE)
        return Identities(self.folder / "persons" / who).of(self.repository(who), snapshot)

    def snapshot(self, revision: str = "main", need: Need = Need.VERIFYING) -> Snapshot:
        return snapshots.take(self.repository(), revision, need=need)

    def head(self, revision: str = "main") -> str:
        return self.repository().head(revision)

    def files(self, revision: str = "main") -> set[str]:
        return set(self.repository().files(revision))

    def change_policy(self, changes: Mapping[str, str]) -> None:
        """Other rules from now on: old words -> new words, signed by the maintainer."""
        policy = self.snapshot(need=Need.GOVERNANCE).policy_bytes.decode()
        for old, new in changes.items():
            assert old in policy
            policy = policy.replace(old, new)
        self.change_rules(policy=policy.encode())

    def appoint(
        self,
        *,
        maintainers: Sequence[str] = (MAINTAINER,),
        reviewers: Sequence[str] = (),
        emeritus: Sequence[str] = (),
    ) -> None:
        """These and nobody else hold roles from now on, each with the key of that name, and stand in the people table."""
        table = self.snapshot(need=Need.GOVERNANCE).people_table

        def role_key(who: str) -> RoleKey:
            nonlocal table
            account = self.repository().account(who)
            known = table.of_account(account)
            opening = None if known else open_person(account)
            person = known.id if known else opening.person if opening else ""
            table = table.with_key(opening, person, key_of(who).public.key_id)
            return RoleKey.of(key_of(who).public, person)

        roles = Roles(
            maintainers=tuple(map(role_key, maintainers)),
            reviewers=tuple(map(role_key, reviewers)),
            emeritus=tuple(role_key(who).person or "" for who in emeritus),
        )
        self.change_rules(roles=roles, people=table)

    def change_rules(
        self, *, policy: bytes = b"", roles: Roles | None = None, people: People | None = None
    ) -> None:
        """Other rules from now on, as a maintainer signs them: there is no command for it yet."""
        snapshot = self.snapshot(need=Need.LANDING)
        policy = policy or snapshot.policy_bytes
        roles_bytes = (roles or snapshot.roles).to_bytes()
        statement = Signer(key_of(MAINTAINER), snapshot.policy.commons.origin).policy(
            policy,
            digests.sha256_hex(policy),
            roles_bytes,
            serial=snapshot.rules.serial + 1,
            replaces=snapshot.rules.policy_sha256,
        )
        sealed_commit.commit(
            snapshot,
            key_of(MAINTAINER),
            {
                layout.POLICY: policy,
                layout.ROLES: roles_bytes,
                layout.PEOPLE: (people or snapshot.people_table).to_bytes(),
            },
            statements=[(StatementKind.POLICY, statement)],
            message="Other rules",
        )

    def prepare(self, rows: Rows, collection: str = "notes", **options: Any) -> PreparedRows:
        return self._prepare(self.snapshot(need=Need.CHECKING), {collection: rows}, **options)

    def _prepare(
        self,
        snapshot: Snapshot,
        collections: Mapping[str, Rows],
        kind: Kind = Kind.RECORD,
        *,
        keep_refused_licenses: bool = False,
    ) -> PreparedRows:
        inputs = [self.input_of(rows, collection, kind) for collection, rows in collections.items()]
        return offering.prepare(snapshot, inputs, kind, keep_refused_licenses=keep_refused_licenses)

    def input_of(self, rows: Rows, collection: str, kind: Kind) -> Input:
        path = self.folder / f"{collection}.jsonl"
        path.write_text("".join(json.dumps(_complete(row, kind)) + "\n" for row in rows))
        return Input(path, Columns(kind=kind), collection)

    def seal(self, rows: Rows, collection: str = "notes", who: str = CONTRIBUTOR) -> Contribution:
        snapshot = self.snapshot(need=Need.CHECKING)
        prepared = self._prepare(snapshot, {collection: rows})
        return offering.seal(prepared.groups, key_of(who), snapshot.policy, self.identity(who))

    def propose(
        self, rows: Rows, collection: str = "notes", who: str = CONTRIBUTOR, **options: Any
    ) -> Proposal:
        return self.propose_collections({collection: rows}, who, **options)

    def propose_collections(
        self,
        collections: Mapping[str, Rows],
        who: str = CONTRIBUTOR,
        *,
        key: SigningKey | None = None,
        **options: Any,
    ) -> Proposal:
        """Several collections in one proposal. ``options``: ``kind`` of the rows, ``keep_refused_licenses``."""
        snapshot = self.snapshot(need=Need.CHECKING)
        prepared = self._prepare(snapshot, collections, **options)
        contribution = offering.seal(prepared.groups, key or key_of(who), snapshot.policy, self.identity(who))
        return contribute.propose(self.repository(who), contribution, prepared.groups)

    def propose_files(self, files: dict[str, bytes], who: str = CONTRIBUTOR) -> Proposal:
        """A pull request made by hand, as somebody would who does not use our client."""
        return self.repository(who).propose(files, title="By hand", description="")

    def push(
        self,
        number: int,
        files: Mapping[str, bytes],
        who: str = CONTRIBUTOR,
        *,
        deleted: Iterable[str] = (),
    ) -> str:
        """Another commit on a proposal, as its author may make at any time; the new head."""
        commit = self.api(who).create_commit(
            self.repo_id,
            [
                *(CommitOperationAdd(path, data) for path, data in files.items()),
                *(CommitOperationDelete(path) for path in sorted(deleted)),
            ],
            commit_message="One more thing",
            repo_type="dataset",
            revision=f"refs/pr/{number}",
        )
        return str(commit.oid)

    def push_instead(self, number: int, rows: Rows) -> str:
        """Another contribution, signed as well, in the place of what the proposal brought; the new head."""
        sealed = self.seal(rows)
        return self.push(number, sealed.files, deleted=self.offered(number) - sealed.files.keys())

    def offered(self, number: int) -> set[str]:
        """The paths that a proposal would add to main."""
        return self.files(f"refs/pr/{number}") - self.files()

    def approve(self, number: int, who: str = MAINTAINER, *, key: SigningKey | None = None) -> Examination:
        """From the account of ``who``."""
        examined = show.examine(self.repository(who), number)
        review.submit(examined, key or key_of(who), approve=True)
        return examined

    def land(self, number: int, *, key: SigningKey | None = None) -> land.Landing:
        return land.land(self.repository(), number, key or key_of(MAINTAINER))

    def add(self, rows: Rows, collection: str = "notes", **options: Any) -> land.Landing:
        """Propose, approve, land."""
        return self.add_collections({collection: rows}, **options)

    def add_collections(self, collections: Mapping[str, Rows], **options: Any) -> land.Landing:
        number = self.propose_collections(collections, **options).number
        self.approve(number)
        return self.land(number)

    def build(
        self, embedder: Embedder, work: Path | None = None, *, progress: Progress = silent
    ) -> build.Publication:
        """Build the index and publish it; vectors are kept in ``work``, or beside the input files."""
        return build.build_and_publish(
            self.repository(), key_of(MAINTAINER), embedder, work or self.folder / "work", progress=progress
        )


def _complete(row: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """The row with what it does not say itself; sources are given as a list or one by one."""
    defaults = dict(_DEFAULTS[kind])
    if "sources" in row:
        defaults.pop("source.title", None)
    return {**defaults, **row}
