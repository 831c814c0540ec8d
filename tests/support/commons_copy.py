"""A copy of a commons in a folder, as a mirror holds it, and what a forger can do to it, with the keys of whoever is named.

    copy = Copy(folder, key_of)
    copy.land(copy.seal("Rightly landed."))              a landing made by hand, right in everything
    copy.flip(layout.ROLES)                              one byte of one file
    copy.append(("review", envelope), by="maya")         leaves, and the inventory that ends every commit

So a test says the one thing that is wrong, and the rest is as our own client would have made it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commons import digests, layout
from commons.cards import dataset_card, page_versions, search_quality
from commons.cards.page_versions import PageVersion
from commons.governance.people import PersonOpening
from commons.governance.roles import RoleKey, Roles
from commons.layout import Kind, ShardPath
from commons.ledger import contributions, envelopes, inventory, log
from commons.ledger.contributions import Contribution
from commons.ledger.inventory import InventoryEntry
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.operations import verify
from commons.operations.build import BuiltIndex
from commons.records import identity, shards, summary
from commons.records.schema import Record, Source
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot
from commons.verification.verdict import Verdict
from commons.version import __version__

HEAD = "1" * 40  # of a proposal that was never anywhere
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Copy:
    """``key``: name -> signing key; what follows "'s" in a name is another key of the same person."""

    folder: Path
    key: Callable[[str], SigningKey]
    page_version: PageVersion = page_versions.CURRENT

    @property
    def snapshot(self) -> Snapshot:
        return snapshots.of_folder(self.folder)

    def verdict(self, memory: Path | None = None, *, root: str = "") -> Verdict:
        return verify.verify(self.snapshot, memory=memory, root=root)

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_bytes(data)

    def remove(self, path: str) -> None:
        (self.folder / path).unlink()

    def flip(self, path: str, at: int | None = None) -> None:
        """Change one byte, the middle one unless another is named."""
        data = bytearray(self.read(path))
        data[len(data) // 2 if at is None else at] ^= 1
        self.write(path, bytes(data))

    def replace(self, path: str, old: str, new: str) -> None:
        text = self.read(path).decode()
        assert old in text
        self.write(path, text.replace(old, new, 1).encode())

    def one(self, pattern: str) -> str:
        """The path of a file that matches."""
        return sorted(p.relative_to(self.folder).as_posix() for p in self.folder.glob(pattern))[0]

    # Rows

    def shard(self, collection: str = "notes", kind: Kind = Kind.RECORD) -> ShardPath:
        return next(shard for shard in self.snapshot.shards(kind) if shard.collection == collection)

    def rows(self, collection: str = "notes") -> list[Record]:
        shard = self.shard(collection)
        return [row for row in shards.read(shard.kind, self.folder / str(shard)) if isinstance(row, Record)]

    def put(self, collection: str, rows: Sequence[Record]) -> None:
        """Other rows for a collection, in a shard that bears its digest as it should."""
        old = self.shard(collection)
        self.put_bytes(old, shards.write(Kind.RECORD, rows))

    def put_bytes(self, old: ShardPath, data: bytes) -> None:
        self.remove(str(old))
        self.write(str(replace(old, digest=digests.sha256_hex(data))), data)

    # Persons

    def opening(self, who: str) -> PersonOpening:
        """What opens the id of this person: the one that is known here, else always the same."""
        name = who.partition("'")[0]
        persons = self.snapshot.people_table.persons.values()
        if known := next((person for person in persons if person.user == name), None):
            return PersonOpening(person=known.id, salt=known.salt.hex(), account=known.accounts[0])
        salt, account = hashlib.sha256(name.encode()).digest(), f"a.hub/{name}"
        return PersonOpening(person=identity.person_id(salt, account), salt=salt.hex(), account=account)

    def role(self, who: str) -> RoleKey:
        return RoleKey.of(self.key(who).public, self.opening(who).person)

    def people_with(self, *names: str) -> bytes:
        """The people table, in which these persons stand with these keys."""
        table = self.snapshot.people_table
        for who in names:
            opening = self.opening(who)
            table = table.with_key(opening, opening.person, self.key(who).public.key_id)
        return table.to_bytes()

    # The log, with the keys of whoever is named

    @property
    def origin(self) -> str:
        return self.snapshot.policy.commons.origin

    def signer(self, who: str, now: datetime | None = None) -> Signer:
        return Signer(self.key(who), self.origin, now)

    def append(
        self, *statements: tuple[str, bytes], by: str = "maya", files: Mapping[str, bytes] | None = None
    ) -> None:
        """What ``by`` commits: files, leaves of these kinds for these envelopes, and an inventory of all that is here then."""
        snapshot = self.snapshot
        opened, rules = snapshot.log(), snapshot.rules
        for path, data in (files or {}).items():
            self.write(path, data)
        parts = self._write_inventory()
        listed = Signer(self.key(by), opened.checkpoint.origin).inventory(
            rules.root, parts, previous=rules.inventory_envelope
        )
        self._grow(opened, [*statements, ("inventory", listed)], by)

    def append_bare(self, *statements: tuple[str, bytes], by: str = "maya") -> None:
        """Leaves without an inventory behind them, which no client of ours commits."""
        self._grow(self.snapshot.log(), statements, by)

    def _grow(self, opened: log.Log, statements: Sequence[tuple[str, bytes]], by: str) -> None:
        leaves = [Leaf(StatementKind(kind), digests.sha256_hex(envelope)) for kind, envelope in statements]
        grown = log.append(opened, leaves, self.key(by))
        for path, data in grown.files.items():
            self.write(path, data)
        for path in grown.removed:
            self.remove(path)
        for _, envelope in statements:
            self.write(layout.envelope_path(digests.sha256_hex(envelope)), envelope)

    def _write_inventory(self) -> dict[str, str]:
        """A new inventory of the files as they lie here; the digest of every part."""
        shutil.rmtree(self.folder / "log/inventory", ignore_errors=True)
        by_part: dict[str, dict[str, InventoryEntry]] = {}
        for path in self.snapshot.paths():
            if part := layout.part_of(path):
                by_part.setdefault(part, {})[path] = InventoryEntry.of(self.read(path))
        parts = {}
        for whole, entries in by_part.items():
            for name, some in inventory.split(whole, entries).items():
                data = inventory.encode(some)
                self.write(layout.inventory_path(name), data)
                parts[name] = digests.sha256_hex(data)
        return parts

    def seal(self, *texts: str, who: str = "carl", collection: str = "notes") -> Contribution:
        return self.seal_rows([record(text) for text in texts], who=who, collection=collection)

    def seal_rows(
        self, rows: Sequence[Record], *, who: str = "carl", collection: str = "notes"
    ) -> Contribution:
        return contributions.seal(
            {(Kind.RECORD, "open", collection): list(rows)},
            self.key(who),
            commons=self.origin,
            person=self.opening(who).person,
        )

    def review(
        self, envelope: bytes, about: str, who: str = "maya", *, head: str = HEAD, approve: bool = True
    ) -> bytes:
        return self.signer(who).review(
            about,
            digests.sha256_hex(envelope),
            head=head,
            approve=approve,
            person=self.opening(who).person,
            size=self.snapshot.log().checkpoint.size,
        )

    def decision(
        self,
        envelope: bytes,
        about: str,
        reviews: Sequence[bytes],
        *,
        who: str = "maya",
        head: str = HEAD,
        policy: str = "",
        now: datetime | None = None,
        founding: bool = False,
    ) -> bytes:
        return self.signer(who, now).decision(
            about,
            digests.sha256_hex(envelope),
            head=head,
            opened=NOW,
            policy=policy or digests.sha256_hex(self.read(layout.POLICY)),
            reviews={digests.sha256_hex(review): predicate_of(review)["person"] for review in reviews},
            founding=founding,
        )

    def land(
        self,
        made: Contribution,
        *,
        who: str = "carl",
        reviewers: Sequence[str] = ("maya",),
        founding: bool = False,
    ) -> None:
        """A landing made by hand, right in everything."""
        envelope = statement_of(made)
        reviews = [self.review(envelope, made.id, reviewer) for reviewer in reviewers]
        decided = self.decision(envelope, made.id, reviews, founding=founding)
        self.land_with(made, reviews, decided, who=who)

    def land_with(
        self,
        made: Contribution,
        reviews: Sequence[bytes],
        decided: bytes | None,
        *,
        who: str = "carl",
        by: str = "maya",
    ) -> None:
        """A landing with these reviews and this decision, whatever they are worth."""
        for path, data in made.files.items():
            self.write(path, data)
        self.write(layout.PEOPLE, self.people_with(who))
        self.write_pages()
        self.append(
            ("contribution", statement_of(made)),
            *(("review", review) for review in reviews),
            *([("decision", decided)] if decided else []),
            by=by,
        )

    def write_pages(self) -> None:
        """The card and its companions, as they follow from the data."""
        snapshot = self.snapshot
        pages = dataset_card.render(
            "maya/commons",
            snapshot.policy,
            summary.summarise(snapshot.tables()),
            snapshot.people,
            search_quality.manifests_of(snapshot),
            root=snapshot.rules.root,
            version=self.page_version,
        )
        for page, data in pages.items():
            self.write(page, data)

    def land_key(self, envelope: bytes, about: str, *, files: Mapping[str, bytes] | None = None) -> None:
        """``files``: what the statement changes, the roles for example."""
        approval = self.review(envelope, about)
        decided = self.decision(envelope, about, [approval])
        self.append(("key", envelope), ("review", approval), ("decision", decided), files=files)

    def revocation(self, who: str, key: PublicKey) -> bytes:
        return self.signer(who).key_action("revoke", key, person=self.opening(who).person)

    def rotation(self, who: str, successor: str) -> bytes:
        return self.signer(who).rotation(self.key(successor), person=self.opening(who).person)

    def publish(self, built: BuiltIndex, by: str = "maya") -> None:
        """What a commit of the build brings."""
        made = built.manifest
        stated = {
            "embedder": made.embedder.slug,
            "model": made.embedder.model,
            "model_revision": made.embedder.revision,
            "code": __version__,
            "size": self.snapshot.log().checkpoint.size,
            "records": made.records,
            "part": layout.part_of(layout.manifest_path(made.embedder.slug)),
        }
        for path, place in {**built.files, **built.moves.written}.items():
            self.write(path, place.read_bytes())
        for path in built.moves.removed:
            self.remove(path)
        self.write_pages()
        self.append(("index", self.signer(by).index(self.snapshot.rules.root, stated)), by=by)

    def amend(
        self,
        *,
        policy: bytes | None = None,
        roles: Roles | None = None,
        people: bytes | None = None,
        by: str = "maya",
    ) -> None:
        """Other rules or roles, signed and logged as they should be."""
        rules = self.snapshot.rules
        policy = policy or self.read(layout.POLICY)
        roles_bytes = roles.to_bytes() if roles else self.read(layout.ROLES)
        statement = self.signer(by).policy(
            policy,
            digests.sha256_hex(policy),
            roles_bytes,
            serial=rules.serial + 1,
            replaces=rules.policy_sha256,
        )
        files = {layout.POLICY: policy, layout.ROLES: roles_bytes}
        if people:
            files[layout.PEOPLE] = people
        self.append(("policy", statement), by=by, files=files)


def record(text: str, **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "title": None,
        "text": text,
        "lang": "en",
        "topic": ("science",),
        "license": "CC0-1.0",
        "sources": (Source(title="A notebook"),),
        **changes,
    }
    made = Record(id="", **fields)
    return replace(made, id=identity.record_id(made.core()))


def statement_of(made: Contribution) -> bytes:
    return next(data for path, data in made.files.items() if layout.parse_envelope(path))


def predicate_of(envelope: bytes) -> dict[str, Any]:
    predicate: dict[str, Any] = json.loads(envelopes.open_envelope(envelope).payload)["predicate"]
    return predicate
