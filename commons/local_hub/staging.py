"""Bytes on their way in: a temporary file that knows its size and hash when it is finished."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from .errors import TooLarge


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A finished upload, not yet flushed to disk. Whoever wants to keep it renames ``path``."""

    path: Path
    size_bytes: int
    sha256: str


class StagingArea:
    """A folder for unfinished uploads, emptied when the hub opens; on the same file system as what it feeds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def clear(self) -> None:
        for path in self.folder.iterdir():
            path.unlink()

    def start(self, limit_bytes: int) -> Intake:
        return Intake(self.folder / secrets.token_hex(12), limit_bytes)


class Intake:
    """Receives one upload piece by piece. Leaving the ``with`` block removes the file unless it was moved away."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit = limit_bytes
        self._digest = hashlib.sha256()
        self._size = 0
        self._file = path.open("wb", buffering=0)

    def __enter__(self) -> Intake:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, piece: bytes | bytearray | memoryview) -> None:
        """Raises ``TooLarge`` past the limit."""
        self._size += len(piece)
        if self._size > self._limit:
            raise TooLarge(f"The upload is larger than {self._limit} bytes")
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]
        self._digest.update(piece)

    def finish(self) -> StagedFile:
        self._file.close()
        return StagedFile(self._path, self._size, self._digest.hexdigest())
