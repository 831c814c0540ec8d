"""A snapshot: the files of a commons at one revision, as a folder to read from.

It comes from a repository on any Hub or from a plain folder; whoever reads it need not know which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from commons import layout
from commons.errors import HubError, NotACommonsError
from commons.governance import policy as policies
from commons.governance import roles
from commons.governance.policy import Policy
from commons.governance.roles import Person, Roles
from commons.hub.repository import Repository
from commons.layout import ShardPath
from commons.ledger.log import Log, open_log
from commons.records import shards
from commons.records.schema import Kind

RECORDS = ("data/*",)
GOVERNANCE = ("governance/*", "README.md")
FOR_CHECKING = (*GOVERNANCE, "log/checkpoint", "log/tile/*", "log/openings/*")
FOR_COMPARING = (*FOR_CHECKING, *RECORDS, "questions/*", "index/*/manifest.json", "index/*/pools/*")
FOR_LANDING = (*FOR_CHECKING, "data/*", "links/*", "questions/*", "CHANGELOG.md", "index/*/manifest.json")
FOR_READING = (*GOVERNANCE, "data/*", "links/*", "index/*/manifest.json", "index/*/pools/*")
FOR_PROVING = (*FOR_CHECKING, *RECORDS)
FOR_VERIFYING = ("*",)
FOR_BUILDING = (
    *GOVERNANCE,
    *RECORDS,
    *("questions/*", "log/checkpoint", "log/tile/*", "log/envelopes/*"),
    *("index/*/manifest.json", "index/*/vectors/*", "index/*/pools/*.template.faiss"),
)


@dataclass(frozen=True)
class Snapshot:
    """``folder`` holds at least the files that were asked for; ``revision`` is a commit sha, or "folder" for a plain copy."""

    folder: Path
    revision: str
    name: str
    repository: Repository | None = None  # where files that were not asked for can still be fetched

    def read(self, path: str) -> bytes:
        """The bytes at ``path``.

        Raises:
            HubError: ``file-missing``.
        """
        try:
            return (self.folder / path).read_bytes()
        except OSError as error:
            raise HubError(f"{self.name} has no readable {path}.", code="file-missing") from error

    def fetch(self, path: str) -> bytes:
        """The bytes at ``path``, from the repository when they are not here yet."""
        if not self.has(path) and self.repository:
            self.repository.download(self.revision, [path])
        return self.read(path)

    def with_files(self, patterns: Iterable[str]) -> Snapshot:
        """The same revision with the files that match ``patterns`` here too; a plain folder has what it has."""
        if not self.repository:
            return self
        return replace(self, folder=self.repository.download(self.revision, patterns))

    def log(self) -> Log:
        """The log, its checkpoint signed by a maintainer.

        Raises:
            LedgerError: it does not hold.
        """

        def read(path: str) -> bytes | None:
            return self.read(path) if self.has(path) else None

        keys = [key.public for key in self.roles.maintainers]
        return open_log(read, origin=self.policy.commons.origin, keys=keys)

    def has(self, path: str) -> bool:
        return (self.folder / path).is_file()

    def paths(self) -> list[str]:
        """Every file here, sorted, but for what the Hub's cache or a version control system keeps in a folder."""
        found = (p.relative_to(self.folder) for p in self.folder.rglob("*") if p.is_file())
        return sorted(path.as_posix() for path in found if path.parts[0] not in (".cache", ".git"))

    def shards(self, kind: Kind) -> list[ShardPath]:
        """The shards of one kind, in the order of their paths."""
        found = (
            layout.parse_shard(p.relative_to(self.folder).as_posix())
            for p in self.folder.glob(f"{kind.value}/**/*.parquet")
        )
        return sorted((shard for shard in found if shard), key=str)

    def path(self, shard: ShardPath) -> Path:
        return self.folder / str(shard)

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
    def people(self) -> dict[str, Person]:
        return roles.parse_people(self.read(layout.PEOPLE)) if self.has(layout.PEOPLE) else {}

    def contributions(self) -> frozenset[str]:
        """Ids of the contributions that have landed."""
        names = (
            layout.parse_openings(f"log/openings/{p.name}")
            for p in self.folder.glob("log/openings/*.parquet")
        )
        return frozenset(name for name in names if name)

    def row_ids(self) -> frozenset[str]:
        """Ids of all rows that have landed and were not erased."""
        openings = (
            row
            for p in self.folder.glob("log/openings/*.parquet")
            for row in shards.read_openings(p, name=p.name)
        )
        return frozenset(row["id"] for row in openings if row["id"])


def take(
    repository: Repository, revision: str = "main", *, patterns: Iterable[str] = FOR_READING
) -> Snapshot:
    """The files of ``repository`` that match ``patterns`` at ``revision``.

    Raises:
        NotACommonsError: there is no policy in it; HubError and its children otherwise.
    """
    sha = repository.head(revision)
    return _refuse_other(Snapshot(repository.download(sha, patterns), sha, repository.id, repository))


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
