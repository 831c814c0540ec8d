"""Branches, tags and pull request refs: which commit each name stands for, and how that changes.

Every change of a repository goes through ``changing``: it takes the repository's lock, opens one transaction, and after
the commit copies the moved refs into git's own files. A ref only moves from the commit the caller saw (compare and
swap), and whatever belongs to the move (a discussion's event, its status) is written through the same ``Change``.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .database import Database, moment
from .errors import BadRequest, Conflict, Forbidden, RevisionNotFound, Stale
from .git_store import GitStore
from .paths import check_ref_part
from .reachability import Reachable
from .repositories import Repositories, StoredRepository
from .webhooks import WebhookEvent

HEADS, TAGS, PULLS, CONVERTS = "refs/heads/", "refs/tags/", "refs/pr/", "refs/convert/"
MAIN = "refs/heads/main"
STALE_TEXT = "The branch was updated since you opened this page. Please refresh and try again."
_COMMIT_ID = re.compile(r"[0-9a-f]{7,40}")
_ID_DIGITS = 40
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ref:
    name: str
    commit: str
    tag_oid: str | None


@dataclass(slots=True)
class Change:
    """What happens to one repository in one transaction."""

    repository: StoredRepository
    connection: sqlite3.Connection
    moved: dict[str, str | None] = field(default_factory=dict)  # what git's own refs must become
    webhook_events: list[WebhookEvent] = field(default_factory=list)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        return self.connection.execute(sql, values)

    def move_ref(self, name: str, *, old: str | None, new: str | None, tag_oid: str | None = None) -> None:
        """Create (``old`` is None), move or delete (``new`` is None) a ref. Raises ``Stale`` if it is not at ``old``."""
        key = (self.repository.id, name)
        if old is None:
            cursor = self.execute("INSERT OR IGNORE INTO ref VALUES (?, ?, ?, ?)", *key, new, tag_oid)
        elif new is None:
            cursor = self.execute(
                "DELETE FROM ref WHERE repository_id = ? AND name = ? AND commit_oid = ?", *key, old
            )
        else:
            cursor = self.execute(
                "UPDATE ref SET commit_oid = ?, tag_oid = ? WHERE repository_id = ? AND name = ? AND commit_oid = ?",
                new,
                tag_oid,
                *key,
                old,
            )
        if cursor.rowcount != 1:
            raise Stale(STALE_TEXT)
        self.execute("UPDATE repository SET updated_at = ? WHERE id = ?", moment(), self.repository.id)
        self.moved[name] = tag_oid or new
        updated = {"ref": name, "oldSha": old, "newSha": new}
        self.webhook_events.append(WebhookEvent("update", "repo.content", {"updatedRefs": [updated]}))


class References:
    def __init__(self, database: Database, repositories: Repositories) -> None:
        self._database = database
        self._repositories = repositories
        self._mirrored: set[str] = set()
        self._reachable: dict[str, Reachable] = {}

    # reading -------------------------------------------------------------------------------------------------------

    def all(self, repository: StoredRepository, prefix: str = "refs/") -> list[Ref]:
        rows = self._database.all(
            "SELECT * FROM ref WHERE repository_id = ? AND substr(name, 1, ?) = ? ORDER BY name",
            repository.id,
            len(prefix),
            prefix,
        )
        return [Ref(row["name"], row["commit_oid"], row["tag_oid"]) for row in rows]

    def find(self, repository: StoredRepository, name: str) -> str | None:
        """The commit a full ref name stands for."""
        row = self._database.row(
            "SELECT commit_oid FROM ref WHERE repository_id = ? AND name = ?", repository.id, name
        )
        return row["commit_oid"] if row else None

    def resolve(self, repository: StoredRepository, revision: str) -> str:
        """The commit of a branch, tag, full ref or commit id. Raises ``RevisionNotFound``."""
        if len(revision) == _ID_DIGITS and self._commit(repository, revision):
            return revision  # before any branch of that name: an id that somebody pinned means one thing
        for name in (f"{HEADS}{revision}", f"{TAGS}{revision}", revision):
            commit = self.find(repository, name)
            if commit:
                return commit
        commit = self._commit(repository, revision)
        if commit:
            return commit
        raise RevisionNotFound(f"Invalid rev id: {revision}")

    def _commit(self, repository: StoredRepository, digits: str) -> str | None:
        """The commit that an id or the beginning of one names, if some ref leads to it."""
        if not _COMMIT_ID.fullmatch(digits):
            return None
        commit = self._repositories.git(repository).expand(digits)
        return commit if commit and self.reaches(repository, commit) else None

    def reaches(self, repository: StoredRepository, commit: str) -> bool:
        """Does any ref lead to the commit?"""
        tips = self._tips(repository)
        return commit in tips or self._reach(repository).has_commit(tips, commit)

    def shows(self, repository: StoredRepository, sha256: str) -> bool:
        """Is the large file in any commit that a ref leads to?"""
        return self._reach(repository).shows(self._tips(repository), sha256)

    def _tips(self, repository: StoredRepository) -> frozenset[str]:
        rows = self._database.all("SELECT commit_oid FROM ref WHERE repository_id = ?", repository.id)
        return frozenset(row["commit_oid"] for row in rows)

    def _reach(self, repository: StoredRepository) -> Reachable:
        reachable = self._reachable.get(repository.id)
        if reachable is None:
            reachable = self._reachable.setdefault(
                repository.id, Reachable(self._repositories.git(repository))
            )
        return reachable

    def writable(self, repository: StoredRepository, revision: str) -> str:
        """The full name of the ref that commits to a revision go to. Raises ``RevisionNotFound``."""
        for name in (f"{HEADS}{revision}", revision):
            if name.startswith((HEADS, PULLS, CONVERTS)) and self.find(repository, name):
                return name
        raise RevisionNotFound(f"Invalid rev id: {revision}")

    # changing ------------------------------------------------------------------------------------------------------

    @contextmanager
    def changing(self, repository: StoredRepository) -> Iterator[Change]:
        with self._repositories.lock(repository):
            with self._database.write() as connection:
                change = Change(repository, connection)
                yield change
                for event in change.webhook_events:
                    self._repositories.announce(connection, repository, event)
            self._mirror(repository, change.moved)

    def create_branch(self, repository: StoredRepository, branch: str, starting_point: str | None) -> None:
        if branch.startswith("refs/") and not branch.startswith(CONVERTS):
            raise BadRequest(f"Invalid branch name: {branch}")
        name = branch if branch.startswith(CONVERTS) else HEADS + check_ref_part(branch, what="branch")
        start = self.resolve(repository, starting_point or "main")
        with self._repositories.lock(repository):
            self._refuse_taken(repository, name)
            with self.changing(repository) as change:
                change.move_ref(name, old=None, new=start)

    def delete_branch(self, repository: StoredRepository, branch: str) -> None:
        name = branch if branch.startswith(CONVERTS) else HEADS + branch
        if name == MAIN:
            raise Forbidden("Cannot delete refs/heads/main")
        self._delete(repository, name, branch)

    def create_tag(
        self, repository: StoredRepository, tag: object, revision: str, message: str, *, tagger: str
    ) -> None:
        commit = self.resolve(repository, revision)
        name = TAGS + check_ref_part(tag, what="tag")
        with self._repositories.lock(repository):
            self._refuse_taken(repository, name)
            tag_oid = None
            if message:
                with self._repositories.git(repository).batch() as batch:
                    tag_oid = batch.tag(commit, name.removeprefix(TAGS), author=tagger, message=message)
                    batch.flush()
            with self.changing(repository) as change:
                change.move_ref(name, old=None, new=commit, tag_oid=tag_oid)

    def delete_tag(self, repository: StoredRepository, tag: str) -> None:
        self._delete(repository, TAGS + tag, tag)

    def restore_mirror(self, repository: StoredRepository) -> GitStore:
        """Bring git's own refs up to date once a process: a kill may have come between database and files."""
        store = self._repositories.git(repository)
        if repository.id not in self._mirrored:
            with self._repositories.lock(repository):
                store.mirror_refs({ref.name: ref.tag_oid or ref.commit for ref in self.all(repository)})
                self._mirrored.add(repository.id)
        return store

    def _delete(self, repository: StoredRepository, name: str, asked: str) -> None:
        with self._repositories.lock(repository):
            commit = self.find(repository, name)
            if commit is None:
                raise RevisionNotFound(f"Invalid rev id: {asked}")
            with self.changing(repository) as change:
                change.move_ref(name, old=commit, new=None)

    def _refuse_taken(self, repository: StoredRepository, name: str) -> None:
        for ref in self.all(repository, name.split("/", 2)[0] + "/" + name.split("/", 2)[1] + "/"):
            if ref.name == name:
                raise Conflict(f"Reference {name} already exists")
            # Git keeps refs as files: `a` and `a/b` cannot both be there.
            if ref.name.startswith(f"{name}/") or name.startswith(f"{ref.name}/"):
                raise Conflict(f"Reference {name} cannot be created beside {ref.name}")

    def _mirror(self, repository: StoredRepository, moved: dict[str, str | None]) -> None:
        if not moved:
            return
        try:
            self._repositories.git(repository).mirror_some(moved)
        except Exception:
            # The change itself is safe in the database; the copy is made again at the next start.
            self._mirrored.discard(repository.id)
            _log.exception("could not copy refs of %s into its git folder", repository.full_name)
