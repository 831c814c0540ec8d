"""What the refs of a repository lead to: commits, and the large files in their trees.

An object that no ref leads to any more is still on disk until git cleans up, and whoever knows its id must not get it: the
ref of a pull request was deleted, a branch was squashed, a file was removed from all of history. Looking is done once and
carried on when refs move forward; only when something fell out of reach it begins again.
"""

from __future__ import annotations

import threading

from .git_store import GitStore
from .object_batch import FOLDER_MODE


class Reachable:
    """For one repository; ask ``follow`` with the present tips first."""

    def __init__(self, store: GitStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._start_again()

    def has_commit(self, tips: frozenset[str], oid: str) -> bool:
        with self._lock:
            self._follow(tips)
            return oid in self._commits

    def shows(self, tips: frozenset[str], sha256: str) -> bool:
        """Is there a pointer to this large file in any commit?"""
        with self._lock:
            self._read(tips)
            return sha256 in self._sha256s

    def large_files(self, tips: frozenset[str]) -> frozenset[str]:
        """Every large file that some commit points to, by sha256."""
        with self._lock:
            self._read(tips)
            return frozenset(self._sha256s)

    def _read(self, tips: frozenset[str]) -> None:
        self._follow(tips)
        while self._unread:
            self._read_tree(self._store.commit(self._unread.pop()).tree)

    def _start_again(self) -> None:
        self._tips: frozenset[str] = frozenset()
        self._commits: set[str] = set()
        self._unread: list[str] = []  # commits whose trees were not looked at yet
        self._trees: set[str] = set()
        self._sha256s: set[str] = set()

    def _follow(self, tips: frozenset[str]) -> None:
        if tips == self._tips:
            return
        added, gone = tips - self._tips, self._tips - tips
        if not all(any(self._store.is_ancestor(old, new) for new in tips) for old in gone):
            self._start_again()
            added = tips
        for oid in self._store.commits_between(self._tips, added):
            if oid not in self._commits:
                self._commits.add(oid)
                self._unread.append(oid)
        self._tips = tips

    def _read_tree(self, oid: str) -> None:
        waiting = [oid]
        while waiting:
            tree = waiting.pop()
            if tree in self._trees:
                continue
            self._trees.add(tree)
            for _, mode, item in self._store.tree_items(tree):
                if mode == FOLDER_MODE:
                    waiting.append(item)
                elif pointer := self._store.pointer(item):
                    self._sha256s.add(pointer.sha256)
