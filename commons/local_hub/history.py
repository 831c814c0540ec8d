"""Rewriting history: squashing a branch to one commit, and removing large files for good.

Both leave commits that nothing refers to; git's own garbage collection removes them. Neither touches other branches than
it was asked to, except that removing a file for good must visit all of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass

from .accounts import Identity
from .errors import BadRequest
from .git_store import GitStore, parse_pointer
from .object_batch import FOLDER_MODE, ObjectBatch
from .references import Change, References
from .repositories import Repositories, Repository


@dataclass(frozen=True, slots=True)
class StoredLargeFile:
    """A large file on disk, with one place where it is used; ``path`` is empty when no branch shows it any more."""

    sha256: str
    size_bytes: int
    stored_at: float
    path: str
    ref: str | None


class History:
    def __init__(self, repositories: Repositories, references: References) -> None:
        self._repositories = repositories
        self._references = references

    def squash(self, repository: Repository, revision: str, author: Identity, message: str) -> str:
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

    def large_files(self, repository: Repository) -> list[StoredLargeFile]:
        """Every large file the repository stores, newest first."""
        store = self._repositories.git(repository)
        used: dict[str, tuple[str, str]] = {}
        for ref in self._references.all(repository):
            for file in store.files(ref.commit):
                if file.pointer:
                    used.setdefault(file.pointer.sha256, (file.path, ref.name))
        found = []
        for path in self._repositories.large_files(repository).all():
            facts = path.stat()
            name, ref_name = used.get(path.name, ("", None))
            found.append(StoredLargeFile(path.name, facts.st_size, facts.st_mtime, name, ref_name))
        return sorted(found, key=lambda file: (-file.stored_at, file.sha256))

    def remove_large_files(self, repository: Repository, sha256s: Iterable[str], *, rewrite: bool) -> None:
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

    def _rewrite(self, repository: Repository, change: Change, doomed: frozenset[str]) -> None:
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
            kept: list[tuple[str, int, str]] = []
            items = self._store.tree_items(oid)
            for name, mode, item in items:
                if mode == FOLDER_MODE:
                    folder = self._tree(item)
                    if folder:
                        kept.append((name, mode, folder))
                elif not self._is_doomed(item):
                    kept.append((name, mode, item))
            self._trees[oid] = oid if kept == items else (self._batch.tree(kept) if kept else None)
        return self._trees[oid]

    def _is_doomed(self, oid: str) -> bool:
        if self._store.blob_size(oid) > 200:
            return False
        pointer = parse_pointer(self._store.blob(oid))
        return pointer is not None and pointer.sha256 in self._doomed
