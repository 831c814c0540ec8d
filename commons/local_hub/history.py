"""Rewriting history: squashing a branch, removing large files for good, deleting the ref of a closed pull request.

All leave commits that nothing refers to: they are not served any more (see ``reachability``), and git's own garbage
collection removes them. None touches other branches than it was asked to, except that removing a file for good must visit
all of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from .accounts import Identity
from .discussions import Discussion, DiscussionEvent, Discussions
from .errors import BadRequest, Conflict
from .git_store import GitStore, parse_pointer
from .object_batch import FOLDER_MODE, ObjectBatch
from .reachability import Reachable
from .references import Change, References
from .repositories import Repositories, StoredRepository


@dataclass(frozen=True, slots=True)
class StoredLargeFile:
    """A large file on disk, with one place where it is used; ``path`` is empty when no branch shows it any more."""

    sha256: str
    size_bytes: int
    stored_at: float
    path: str
    ref: str | None


class History:
    def __init__(self, repositories: Repositories, references: References, discussions: Discussions) -> None:
        self._repositories = repositories
        self._references = references
        self._discussions = discussions

    def squash(self, repository: StoredRepository, revision: str, author: Identity, message: str) -> str:
        """Replace a branch by one commit without parents that has the same files."""
        store = self._repositories.git(repository)
        with self._repositories.lock(repository):
            ref = self._references.writable(repository, revision)
            tip = self._references.resolve(repository, ref)
            with store.batch() as batch:
                oid = batch.commit(
                    store.commit(tip).tree, [], author=author.name, message=message.strip() + "\n"
                )
                batch.flush()
            with self._references.changing(repository) as change:
                change.move_ref(ref, old=tip, new=oid)
        return oid

    def large_files(self, repository: StoredRepository) -> list[StoredLargeFile]:
        """Every large file the repository stores, newest first."""
        store = self._repositories.git(repository)
        used: dict[str, tuple[str, str]] = {}
        for ref in self._references.all(repository):
            for file in store.files(ref.commit):
                if file.pointer:
                    used.setdefault(file.pointer.sha256, (file.path, ref.name))
        stored = []
        for path in self._repositories.large_files(repository).all():
            facts = path.stat()
            name, ref_name = used.get(path.name, ("", None))
            stored.append(StoredLargeFile(path.name, facts.st_size, facts.st_mtime, name, ref_name))
        return sorted(stored, key=lambda file: (-file.stored_at, file.sha256))

    def remove_large_files(
        self, repository: StoredRepository, sha256s: Iterable[str], *, rewrite: bool
    ) -> None:
        """Delete large files from the disk; with ``rewrite`` also from every commit that mentions them.

        Uploaded chunks are thrown away altogether, because any of them may hold a part of such a file. They are only a
        copy; clients are told a new address and send what they need again.
        """
        doomed = frozenset(sha256s)
        with self._repositories.lock(repository):
            with self._references.changing(repository) as change:
                if rewrite:
                    self._rewrite(repository, change, doomed)
                change.execute("DELETE FROM xet_file WHERE repository_id = ?", repository.id)
                change.execute(
                    "UPDATE repository SET xet_generation = xet_generation + 1 WHERE id = ?", repository.id
                )
            large_files = self._repositories.large_files(repository)
            for sha256 in doomed:
                large_files.remove(sha256)
            shutil.rmtree(self._repositories.folder(repository) / "xet", ignore_errors=True)

    def deletable_bytes(self, repository: StoredRepository, pull_request: Discussion) -> int | None:
        """What deleting its ref would free of large files; ``None`` where it cannot be deleted."""
        head = self._references.find(repository, pull_request.ref)
        if head is None or not pull_request.is_pull_request or pull_request.is_open:
            return None
        large_files = self._repositories.large_files(repository)
        return sum(large_files.size(each) or 0 for each in self._only_at(repository, pull_request.ref, head))

    def delete_pull_request_ref(
        self, repository: StoredRepository, num: int, author: Identity
    ) -> DiscussionEvent:
        """Delete the ref of a closed or merged pull request, and the large files that only it showed; no way back.

        The conversation stays. Raises ``Conflict`` for one that is open, or whose ref is gone already. A kill after the ref
        is gone leaves large files that nobody can name any more; ``list_lfs_files`` still lists them. Chunks stay as well:
        clients count on them (see ``xet``).
        """
        with self._repositories.lock(repository):
            pull_request = self._discussions.get(repository, num)
            if not pull_request.is_pull_request:
                raise BadRequest(f"Discussion {num} is not a pull request")
            if pull_request.is_open:
                raise Conflict(
                    f"Pull request {num} is {pull_request.status}; close it before deleting its ref"
                )
            head = self._references.find(repository, pull_request.ref)
            if head is None:
                raise Conflict(f"{pull_request.ref} is deleted already")
            doomed = self._only_at(repository, pull_request.ref, head)
            with self._references.changing(repository) as change:
                change.move_ref(pull_request.ref, old=head, new=None)
                event = self._discussions.add_ref_deletion(change, num, author, pull_request.ref, head)
                for sha256 in doomed:
                    for table in ("xet_file", "upload"):
                        change.execute(
                            f"DELETE FROM {table} WHERE repository_id = ? AND sha256 = ?",  # noqa: S608
                            repository.id,
                            sha256,
                        )
            large_files = self._repositories.large_files(repository)
            for sha256 in doomed:
                large_files.remove(sha256)
        return event

    def _only_at(self, repository: StoredRepository, ref: str, head: str) -> frozenset[str]:
        """The large files that no other ref shows."""
        store = self._repositories.git(repository)
        others = frozenset(each.commit for each in self._references.all(repository) if each.name != ref)
        mine, rest = Reachable(store), Reachable(store)
        return mine.large_files(frozenset((head,))) - rest.large_files(others)

    def _rewrite(self, repository: StoredRepository, change: Change, doomed: frozenset[str]) -> None:
        store = self._repositories.git(repository)
        with store.batch() as batch:
            rewriter = _Rewriter(store, batch, doomed)
            moves = [(ref, rewriter.commit(ref.commit)) for ref in self._references.all(repository)]
            batch.flush()
        for ref, rewritten in moves:
            if rewritten != ref.commit:
                change.move_ref(ref.name, old=ref.commit, new=rewritten)


class _Rewriter:
    """Copies commits and trees without some large files; what does not hold them keeps its id."""

    def __init__(self, store: GitStore, batch: ObjectBatch, doomed: frozenset[str]) -> None:
        self._store = store
        self._batch = batch
        self._doomed = doomed
        self._commits: dict[str, str] = {}
        self._trees: dict[str, str | None] = {}

    def commit(self, tip: str) -> str:
        for info in reversed(list(self._store.history(tip))):  # parents first
            if info.oid in self._commits:
                continue
            parents = [self._commits[parent] for parent in info.parents]
            tree = self._tree(info.tree) or self._batch.tree([])
            unchanged = tree == info.tree and tuple(parents) == info.parents
            self._commits[info.oid] = (
                info.oid
                if unchanged
                else self._batch.commit_again(self._store.raw_commit(info.oid), tree, parents)
            )
        if tip not in self._commits:
            raise BadRequest(f"The history of {tip} is incomplete")
        return self._commits[tip]

    def _tree(self, oid: str) -> str | None:
        """The tree without the doomed files; None if nothing is left."""
        if oid not in self._trees:
            items_left: list[tuple[str, int, str]] = []
            items = self._store.tree_items(oid)
            for name, mode, item in items:
                if mode == FOLDER_MODE:
                    folder = self._tree(item)
                    if folder:
                        items_left.append((name, mode, folder))
                elif not self._is_doomed(item):
                    items_left.append((name, mode, item))
            self._trees[oid] = (
                oid if items_left == items else (self._batch.tree(items_left) if items_left else None)
            )
        return self._trees[oid]

    def _is_doomed(self, oid: str) -> bool:
        if self._store.blob_size(oid) > 200:
            return False
        pointer = parse_pointer(self._store.blob(oid))
        return pointer is not None and pointer.sha256 in self._doomed
