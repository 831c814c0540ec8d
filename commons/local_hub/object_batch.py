"""Writing git objects so that they survive a crash.

Not done by libgit2, which would hold Python's interpreter lock during every flush. The loose objects of one commit are
written together and flushed with as few waits as the disk allows; nothing refers to them before a ref moves.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from .durable import sync_file, sync_folder

FILE_MODE = 0o100644
FOLDER_MODE = 0o040000


class ObjectBatch:
    """Loose objects that appear together: ``add`` writes temporary files, ``flush`` makes all of them durable.

    Nothing refers to these objects until a ref moves, so a crash before ``flush`` returns leaves only garbage that
    ``git gc`` knows how to remove. Use as a context manager: leaving it without ``flush`` removes what was written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[str, Path] = {}
        self._present: set[Path] = set()

    def __enter__(self) -> ObjectBatch:
        return self

    def __exit__(self, *_: object) -> None:
        for path in self._waiting.values():
            path.unlink(missing_ok=True)
        self._waiting.clear()

    def blob(self, data: bytes) -> str:
        return self._add(b"blob", data)

    def tree(self, items: Iterable[tuple[str, int, str]]) -> str:
        """A tree of ``(name, mode, oid)``, in git's order: folders sort as if their name ended in a slash."""
        ordered = sorted(items, key=lambda item: item[0].encode() + (b"/" if item[1] == FOLDER_MODE else b""))
        body = b"".join(
            b"%o %s\0" % (mode, name.encode()) + bytes.fromhex(oid) for name, mode, oid in ordered
        )
        return self._add(b"tree", body)

    def commit(self, tree: str, parents: Iterable[str], *, author: str, message: str) -> str:
        who = f"{author} <{author}@users.noreply.localhost> {int(datetime.now(UTC).timestamp())} +0000"
        lines = [
            f"tree {tree}",
            *(f"parent {parent}" for parent in parents),
            f"author {who}",
            f"committer {who}",
        ]
        return self._add(b"commit", ("\n".join(lines) + "\n\n" + message).encode())

    def commit_again(self, raw: bytes, tree: str, parents: Iterable[str]) -> str:
        """A commit as it was, authors and dates included, but with another tree and other parents."""
        head, blank, message = raw.partition(b"\n\n")
        other_lines = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
        lines = [
            b"tree " + tree.encode(),
            *(b"parent " + parent.encode() for parent in parents),
            *other_lines,
        ]
        return self._add(b"commit", b"\n".join(lines) + blank + message)

    def tag(self, commit: str, name: str, *, author: str, message: str) -> str:
        who = f"{author} <{author}@users.noreply.localhost> {int(datetime.now(UTC).timestamp())} +0000"
        return self._add(
            b"tag", f"object {commit}\ntype commit\ntag {name}\ntagger {who}\n\n{message}\n".encode()
        )

    def flush(self) -> None:
        """Make every object of the batch readable and safe on disk."""
        for path in self._waiting.values():
            sync_file(path)
        # A neighbour may have renamed an object we share, and not yet flushed the name.
        folders = self._present
        for oid, path in self._waiting.items():
            target = self._folder / oid[:2] / oid[2:]
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                folders.add(self._folder)
            path.rename(target)
            folders.add(target.parent)
        self._waiting.clear()
        for folder in folders:
            sync_folder(folder)

    def _add(self, kind: bytes, data: bytes) -> str:
        header = b"%s %d\0" % (kind, len(data))
        digest = hashlib.sha1(header, usedforsecurity=False)
        digest.update(data)
        oid = digest.hexdigest()
        target = self._folder / oid[:2] / oid[2:]
        if target.exists():
            os.utime(target)  # `git gc` removes what is old and not used yet
            self._present.add(target.parent)
        elif oid not in self._waiting:
            path = self._folder / f"tmp_obj_{secrets.token_hex(8)}"  # a name that `git gc` cleans up
            self._waiting[oid] = path
            squeeze = zlib.compressobj(1)
            with path.open("wb") as file:
                file.write(squeeze.compress(header))
                file.write(squeeze.compress(data))
                file.write(squeeze.flush())
            path.chmod(0o444)
        return oid
