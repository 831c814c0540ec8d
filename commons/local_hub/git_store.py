"""One bare git repository: commits, trees, blobs and differences, read through libgit2.

New objects are written by ``object_batch``. Refs are not decided here: the database holds them (see ``database``), and
``mirror_refs`` copies them into the bare repository so that ``git clone`` and ``git fsck`` see what the Hub sees.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pygit2
from pygit2.enums import DiffOption, SortMode

from .durable import make_folder, write_file
from .errors import EntryNotFound, RevisionNotFound
from .object_batch import FILE_MODE, ObjectBatch

_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n?"
)
_MAX_POINTER_BYTES = 200
_MAX_DIFF_BYTES = 4 * 2**20


@dataclass(frozen=True, slots=True)
class LfsPointer:
    sha256: str
    size_bytes: int

    def text(self) -> bytes:
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\nsize {self.size_bytes}\n"
        ).encode()


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file or folder of a tree; ``size_bytes`` is that of the content, also when an LFS pointer stands for it."""

    path: str
    oid: str
    is_folder: bool
    size_bytes: int = 0
    pointer: LfsPointer | None = None
    pointer_bytes: int = 0
    is_link: bool = False

    @property
    def etag(self) -> str:
        return self.pointer.sha256 if self.pointer else self.oid


@dataclass(frozen=True, slots=True)
class CommitInfo:
    oid: str
    tree: str
    parents: tuple[str, ...]
    author: str
    title: str
    message: str
    date: datetime


class GitStore:
    """The bare repository in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._git = pygit2.Repository(str(folder))

    @classmethod
    def create(cls, folder: Path) -> GitStore:
        """A new bare repository; what ``git init --bare`` makes, less its samples and hooks."""
        for each in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            make_folder(folder / each)
        write_file(folder / "HEAD", b"ref: refs/heads/main\n")
        write_file(
            folder / "config", b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
        )
        return cls(folder)

    # reading ---------------------------------------------------------------------------------------------------

    def has_commit(self, oid: str) -> bool:
        return isinstance(self._git.get(oid), pygit2.Commit)

    def expand(self, prefix: str) -> str | None:
        """The full id of the commit that an abbreviated id names, if exactly one does."""
        try:
            named = self._git.get(prefix)
        except (ValueError, KeyError):
            return None
        return str(named.id) if isinstance(named, pygit2.Commit) else None

    def commit(self, oid: str) -> CommitInfo:
        commit = self._git.get(oid)
        if not isinstance(commit, pygit2.Commit):
            raise RevisionNotFound(f"Invalid rev id: {oid}")
        title, _, message = commit.message.partition("\n")
        return CommitInfo(
            oid=str(commit.id),
            tree=str(commit.tree_id),
            parents=tuple(str(parent) for parent in commit.parent_ids),
            author=commit.author.name,
            title=title,
            message=message.strip("\n"),
            date=datetime.fromtimestamp(commit.commit_time, UTC),
        )

    def history(self, oid: str) -> Iterator[CommitInfo]:
        """The commit and its ancestors, newest first."""
        for commit in self._git.walk(pygit2.Oid(hex=oid), SortMode.TOPOLOGICAL | SortMode.TIME):
            yield self.commit(str(commit.id))

    def entry(self, commit_oid: str, path: str) -> TreeEntry:
        """The file or folder at a path. Raises ``EntryNotFound``."""
        if not path:
            return TreeEntry("", self.commit(commit_oid).tree, is_folder=True)
        try:
            item = self._tree(commit_oid)[path]
        except (KeyError, ValueError):
            raise EntryNotFound(
                f'Entry not found: "{path}" does not exist at revision {commit_oid}'
            ) from None
        return self._entry(path, item)

    def find(self, commit_oid: str, path: str) -> TreeEntry | None:
        try:
            return self.entry(commit_oid, path)
        except EntryNotFound:
            return None

    def entries(self, commit_oid: str, path: str = "", *, recursive: bool = False) -> Iterator[TreeEntry]:
        """What lies in a folder, folders before their contents. Raises ``EntryNotFound``."""
        top = self._tree(commit_oid)
        if path:
            try:
                item = top[path]
            except (KeyError, ValueError):
                raise EntryNotFound(f'Entry not found: "{path}" does not exist') from None
            if not isinstance(item, pygit2.Tree):
                yield self._entry(path, item)
                return
            top = item
        yield from self._list(top, f"{path}/" if path else "", recursive)

    def files(self, commit_oid: str) -> Iterator[TreeEntry]:
        return (each for each in self.entries(commit_oid, recursive=True) if not each.is_folder)

    def blob(self, oid: str) -> bytes:
        blob = self._git.get(oid)
        if not isinstance(blob, pygit2.Blob):
            raise EntryNotFound(f"No blob {oid}")
        return blob.data

    def blob_size(self, oid: str) -> int:
        return _blob_facts(self, oid)[0]

    def pointer(self, oid: str) -> LfsPointer | None:
        """The pointer to a large file that a blob is, if it is one."""
        return _blob_facts(self, oid)[1]

    def raw_commit(self, oid: str) -> bytes:
        return self._git.odb.read(oid)[1]

    def tree_items(self, oid: str) -> list[tuple[str, int, str]]:
        """``(name, mode, oid)`` of one tree object."""
        tree = self._git[oid]
        assert isinstance(tree, pygit2.Tree)  # noqa: S101
        return [(each.name or "", int(each.filemode), str(each.id)) for each in tree]

    def merge_base(self, commit: str, other: str) -> str | None:
        ancestor = self._git.merge_base(pygit2.Oid(hex=commit), pygit2.Oid(hex=other))
        return str(ancestor) if ancestor else None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Does history lead from ``new`` back to ``old``?"""
        return old == new or self._git.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old))

    def commits_between(self, known: Iterable[str], tips: Iterable[str]) -> Iterator[str]:
        """Every commit that history leads to from ``tips``, less those it leads to from ``known``."""
        walker = self._git.walk(None)
        for tip in tips:
            walker.push(pygit2.Oid(hex=tip))
        for each in known:
            walker.hide(pygit2.Oid(hex=each))
        return (str(commit.id) for commit in walker)

    def changes(self, old_commit: str | None, new_commit: str) -> dict[str, tuple[int, str] | None]:
        """What differs, by path: ``(mode, oid)`` of the new file, ``None`` where it was deleted."""
        changed: dict[str, tuple[int, str] | None] = {}
        for delta in self._diff(old_commit, new_commit).deltas:
            if delta.status_char() == "D":
                changed[delta.old_file.path] = None
            else:
                changed[delta.new_file.path] = (int(delta.new_file.mode), str(delta.new_file.id))
        return changed

    def diff_text(self, old_commit: str | None, new_commit: str) -> str:
        """The difference as git prints it, cut off after a few MiB."""
        parts: list[str] = []
        size = 0
        for patch in self._diff(old_commit, new_commit):
            text = patch.data.decode("utf-8", "replace") if patch else ""
            size += len(text)
            if size > _MAX_DIFF_BYTES:
                parts.append("# The rest of this difference is too large to show.\n")
                break
            parts.append(text)
        return "".join(parts)

    def _diff(self, old_commit: str | None, new_commit: str) -> pygit2.Diff:
        new = self._tree(new_commit)
        # Typechange counted as one delta, renames not detected: data is compared path by path.
        flags = DiffOption.INCLUDE_TYPECHANGE
        if old_commit is None:
            return new.diff_to_tree(flags=flags, swap=True)
        return self._tree(old_commit).diff_to_tree(new, flags=flags)

    def _tree(self, commit_oid: str) -> pygit2.Tree:
        commit = self._git.get(commit_oid)
        if not isinstance(commit, pygit2.Commit):
            raise RevisionNotFound(f"Invalid rev id: {commit_oid}")
        return commit.tree

    def _list(self, tree: pygit2.Tree, prefix: str, recursive: bool) -> Iterator[TreeEntry]:
        for item in tree:
            path = f"{prefix}{item.name}"
            if isinstance(item, pygit2.Tree):
                yield TreeEntry(path, str(item.id), is_folder=True)
                if recursive:
                    yield from self._list(item, f"{path}/", recursive)
            else:
                yield self._entry(path, item)

    def _entry(self, path: str, item: pygit2.Object) -> TreeEntry:
        if isinstance(item, pygit2.Tree):
            return TreeEntry(path, str(item.id), is_folder=True)
        oid = str(item.id)
        is_link = int(item.filemode or FILE_MODE) not in (FILE_MODE, 0o100755)
        size, pointer = _blob_facts(self, oid)
        if pointer is None:
            return TreeEntry(path, oid, is_folder=False, size_bytes=size, is_link=is_link)
        return TreeEntry(path, oid, False, pointer.size_bytes, pointer, size, is_link)

    # writing ---------------------------------------------------------------------------------------------------

    def batch(self) -> ObjectBatch:
        return ObjectBatch(self.folder / "objects")

    def mirror_refs(self, refs: Mapping[str, str]) -> None:
        """Make git's own refs equal to those given. Not flushed: the database restores them when in doubt."""
        top = self.folder / "refs"
        present = {str(path.relative_to(self.folder)) for path in top.rglob("*") if path.is_file()}
        gone: dict[str, str | None] = dict.fromkeys(present - refs.keys())
        self.mirror_some({**gone, **refs})
        (self.folder / "packed-refs").unlink(missing_ok=True)  # an operator's `git gc` may have made it
        for leftover in self.folder.glob("tmp_ref_*"):
            leftover.unlink(missing_ok=True)

    def mirror_some(self, refs: Mapping[str, str | None]) -> None:
        """Set or, where the value is None, remove some of git's own refs.

        Written by us and not by libgit2, which leaves a lock behind when it is killed and then refuses to go on. Nobody
        else writes here, so no lock is needed: a rename shows readers the old or the new value.
        """
        for name, oid in refs.items():
            path = self.folder / name
            if oid is None:
                self._forget_packed(name)
                path.unlink(missing_ok=True)
                _remove_empty(path.parent, below=self.folder / "refs")
                continue
            line = f"{oid}\n".encode()
            if path.is_dir():  # what is left of `a/b` stands in the way of `a`
                _remove_empty_below(path)
            elif path.is_file() and path.read_bytes() == line:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.folder / f"tmp_ref_{secrets.token_hex(8)}"
            temporary.write_bytes(line)
            temporary.replace(path)

    def _forget_packed(self, name: str) -> None:
        packed = self.folder / "packed-refs"
        if packed.exists():
            lines = packed.read_text().splitlines(keepends=True)
            temporary = self.folder / f"tmp_ref_{secrets.token_hex(8)}"
            temporary.write_text("".join(line for line in lines if line.split()[1:2] != [name]))
            temporary.replace(packed)


def _remove_empty(folder: Path, *, below: Path) -> None:
    """Remove a folder and those it lies in, as far as they are empty; the kinds of refs themselves stay."""
    while folder.parent != below and below in folder.parents:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _remove_empty_below(folder: Path) -> None:
    for each in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        each.rmdir()
    folder.rmdir()


@lru_cache(maxsize=200_000)
def _blob_facts(store: GitStore, oid: str) -> tuple[int, LfsPointer | None]:
    """Size of a blob, and the pointer it holds if it is one. Blobs never change, so this is remembered."""
    try:
        _, size = store._git.odb.read_header(oid)
    except KeyError:  # a submodule's commit, which lives elsewhere
        return 0, None
    if size > _MAX_POINTER_BYTES:
        return size, None
    return size, parse_pointer(store.blob(oid))


def parse_pointer(data: bytes) -> LfsPointer | None:
    match = _POINTER.fullmatch(data)
    return LfsPointer(match[1].decode(), int(match[2])) if match else None
