"""A snapshot: the files of a commons at one revision, as a folder to read from.

It comes from a repository on any Hub or from a plain folder; whoever reads it need not know which.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from commons import layout
from commons.errors import HubError, LedgerError, NotACommonsError
from commons.files import is_file
from commons.governance import logged_refusals, roles, rules_in_force
from commons.governance import policy as policies
from commons.governance.logged_refusals import Refusal
from commons.governance.people import People, Person
from commons.governance.policy import Policy
from commons.governance.roles import Roles
from commons.governance.rules_in_force import RulesInForce
from commons.hub.repository import Repository
from commons.layout import Kind, Need, ShardPath
from commons.ledger import inventory, landings
from commons.ledger.inventory import InventoryEntry
from commons.ledger.landings import Acceptance
from commons.ledger.log import Log, open_log
from commons.records import shards, states
from commons.records.catalogue import Catalogue
from commons.records.schema import SCHEMAS
from commons.records.shards import Table
from commons.records.states import RecordStates

_MAX_READ_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Snapshot:
    """``folder`` holds at least the files that were asked for; ``revision`` is a commit sha, or "folder" for a plain copy."""

    folder: Path
    revision: str
    name: str
    repository: Repository | None = None  # where files that were not asked for can still be fetched

    @property
    def public_name(self) -> str:
        """``namespace/name``, or what the folder is called: where it lies is nobody's business."""
        return self.name if self.repository else self.folder.resolve().name

    def read(self, path: str) -> bytes:
        """The bytes of the plain file at ``path``, which is none of the large ones.

        Raises:
            HubError: ``file-missing``, ``file-too-large``.
        """
        missing = HubError(f"{self.name} has no readable {path}.", code="file-missing")
        if not self.has(path):  # a pipe, for one, is never read to its end
            raise missing
        try:
            with (self.folder / path).open("rb") as file:
                data = file.read(_MAX_READ_BYTES + 1)
        except OSError as error:
            raise missing from error
        if len(data) > _MAX_READ_BYTES:
            raise HubError(
                f"{path} of {self.name} is larger than any such file may be.", code="file-too-large"
            )
        return data

    def fetch(self, path: str) -> bytes:
        """The bytes at ``path``, from the repository when they are not here yet."""
        return self.fetch_all([path])[path]

    def fetch_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes at each of these paths; what is not here yet is asked for at once."""
        wanted = list(paths)
        if self.repository:
            self.repository.fetch(self.revision, [path for path in wanted if not self.has(path)])
        return {path: self.read(path) for path in wanted}

    def with_files(self, need: Need) -> Snapshot:
        """The same revision with what ``need`` asks for here too; a plain folder has what it has."""
        if not self.repository:
            return self
        return replace(self, folder=self.repository.download(self.revision, layout.patterns(need)))

    def log(self) -> Log:
        """The log, its checkpoint signed by a maintainer or a builder.

        Raises:
            LedgerError: it does not hold.
        """

        def read(path: str) -> bytes | None:
            return self.read(path) if self.has(path) else None

        keys = [key.public for key in (*self.roles.maintainers, *self.roles.builders)]
        return open_log(read, origin=self.policy.commons.origin, keys=keys)

    @cached_property
    def root(self) -> str:
        """The SHA-256 (hex) of the log's first envelope: what readers pin. Raises LedgerError: the log does not hold."""
        return next(self.log().leaves()).envelope

    @cached_property
    def rules(self) -> RulesInForce:
        """What the log says of policy, roles, keys and inventory.

        Raises:
            LedgerError: the log, or a statement of rules, does not hold.
        """
        return rules_in_force.read(self.log().leaves(), self.envelope, self.policy.commons.origin)

    @cached_property
    def refusals(self) -> dict[str, Refusal]:
        """Envelope -> what the log has against it.

        Raises:
            LedgerError: the log, or a decision in it, does not hold.
        """

        def envelopes(digests: Sequence[str]) -> dict[str, bytes]:
            fetched = self.fetch_all(layout.envelope_path(digest) for digest in digests)
            return {digest: fetched[layout.envelope_path(digest)] for digest in digests}

        origin, maintainers = self.policy.commons.origin, self.rules.maintainers
        return logged_refusals.read(self.log().leaves(), envelopes, origin, maintainers)

    @cached_property
    def landings(self) -> dict[str, Acceptance]:
        """Contribution (or key) id -> when and where it landed, in the order of the log.

        Raises:
            LedgerError: the log, or a statement of rules or of a landing, does not hold.
        """
        return landings.in_log(self.log(), self.read, self.rules.reviewers_at)

    def envelope(self, digest: str) -> bytes:
        """The envelope with this SHA-256 (hex)."""
        return self.fetch(layout.envelope_path(digest))

    def refuse_edited_rules(self) -> None:
        """Raise PolicyError (``rules-edited``) unless policy and roles are the ones that were signed; every writer asks before it acts."""
        self.rules.refuse_edited(self.policy_bytes, self.roles)

    def refuse_unwritable(self) -> None:
        """What every writer, and whoever judges proposals, asks first.

        Raises:
            PolicyError: as ``refuse_edited_rules``; LedgerError: ``format-older`` for a repository that has to be migrated first,
                ``file-edited`` where somebody changed the people table by hand.
        """
        self.refuse_edited_rules()
        self.rules.refuse_older_format()
        self.signed_bytes(layout.PEOPLE)

    def signed_bytes(self, path: str) -> bytes:
        """The bytes at ``path`` for who writes it anew on the ground of what is there; empty where the inventory lists none.

        Whoever may write to ``main`` can edit a file by hand, which ``verify`` names; the next signature must not make it good.

        Raises:
            LedgerError: ``file-edited``: they are not those that the inventory signed, or the inventory does not hold.
        """
        parts = self.rules.inventory.predicate.parts if self.rules.inventory else {}
        entry = inventory.entry_of(parts, lambda part: self.fetch(layout.inventory_path(part)), path)
        if entry is None and not self.has(path):
            return b""
        data = self.fetch(path)
        if entry != InventoryEntry.of(data):
            raise LedgerError(
                f"{path} is not what was signed: somebody edited it by hand, and nothing is built on it.",
                hint="Put back the file as it was before that commit; commons verify says what else is wrong.",
                code="file-edited",
            )
        return data

    def has(self, path: str) -> bool:
        return is_file(self.folder / path)

    def paths(self) -> list[str]:
        """Every file here, sorted, but for what the Hub's cache or a version control system keeps in a folder."""
        return sorted(path for path in self._below("") if path.split("/")[0] not in (".cache", ".git"))

    def _below(self, folder: str) -> Iterator[str]:
        for place, _, names in os.walk(self.folder / folder):
            files = (Path(place) / name for name in names)
            yield from (file.relative_to(self.folder).as_posix() for file in files if is_file(file))

    def shards(self, kind: Kind) -> list[ShardPath]:
        """The shards of one kind, in the order of their paths."""
        return sorted(filter(None, map(layout.parse_shard, self._below(kind.value))), key=str)

    def replaced_shards(self) -> list[ShardPath]:
        """The shards of records that a build has moved out of the data, because others replaced them."""
        return sorted(filter(None, map(layout.parse_shard, self._below(layout.REPLACED))), key=str)

    @cached_property
    def states(self) -> RecordStates:
        """The state of every record, by the links that are here."""
        return states.in_shards((self.path(shard), str(shard)) for shard in self.shards(Kind.LINK))

    @property
    def live_records(self) -> int:
        """How many records nothing replaced."""
        return sum(
            self.states.live_rows(
                shards.read_table(self.path(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=["id"])
            ).num_rows
            for shard in self.shards(Kind.RECORD)
        )

    def path(self, shard: ShardPath) -> Path:
        return self.folder / str(shard)

    def tables(self) -> dict[ShardPath, tuple[Table, int]]:
        """Every shard with its table and its size in bytes."""
        paths = (*chain.from_iterable(map(self.shards, Kind)), *self.replaced_shards())
        return {
            shard: (
                shards.read_table(self.path(shard), SCHEMAS[shard.kind], name=str(shard)),
                self.path(shard).stat().st_size,
            )
            for shard in paths
        }

    def catalogue(self) -> Catalogue:
        """All records and links that are here, read now."""
        records = [*self.shards(Kind.RECORD), *self.replaced_shards()]
        return Catalogue(self.folder, records, self.shards(Kind.LINK))

    @cached_property
    def policy(self) -> Policy:
        return policies.parse(self.policy_bytes)

    @cached_property
    def policy_bytes(self) -> bytes:
        return self.read(layout.POLICY)

    @cached_property
    def roles(self) -> Roles:
        return roles.parse_roles(self.read(layout.ROLES))

    @cached_property
    def people_table(self) -> People:
        if self.has(layout.PEOPLE):
            return People.parse(self.read(layout.PEOPLE))
        if self.has(layout.PEOPLE_OF_FORMAT_2):
            return People.parse_json(self.read(layout.PEOPLE_OF_FORMAT_2))
        return People()

    @cached_property
    def people(self) -> dict[str, Person]:
        """Key id, or id of an adopted contribution -> person."""
        return self.people_table.names()

    def openings(self) -> dict[str, Path]:
        """Contribution id -> its table of openings, for each contribution that has landed."""
        paths = sorted(self._below(layout.OPENINGS))
        named = ((layout.parse_openings(path), self.folder / path) for path in paths)
        return {contribution: place for contribution, place in named if contribution}

    def row_ids(self) -> frozenset[str]:
        """Ids of all rows that have landed and were not erased."""
        tables = (shards.read_openings(path, name=path.name) for path in self.openings().values())
        return frozenset(row["id"] for rows in tables for row in rows if row["id"])


def take(repository: Repository, revision: str = "main", *, need: Need = Need.READING) -> Snapshot:
    """What ``need`` asks for of ``repository`` at ``revision``.

    Raises:
        NotACommonsError: there is no policy in it; HubError and its children otherwise.
    """
    sha = repository.head(revision)
    return _refuse_other(
        Snapshot(repository.download(sha, layout.patterns(need)), sha, repository.id, repository)
    )


def of_folder(folder: Path) -> Snapshot:
    """A plain copy of a commons on disk."""
    return _refuse_other(Snapshot(folder, "folder", str(folder)))


def _refuse_other(snapshot: Snapshot) -> Snapshot:
    if not snapshot.has(layout.POLICY):
        raise NotACommonsError(
            f"{snapshot.name} is not a commons: it has no {layout.POLICY}.",
            hint="Check --repo, or found a commons with: commons init --repo NAMESPACE/NAME",
        )
    return snapshot
