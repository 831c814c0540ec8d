"""Large files of one repository, by the SHA-256 of their content.

A file is here under its hash or not at all: uploads arrive in the hub's staging folder (see ``staging``), are compared
with the hash they claim, flushed and renamed. The same content uploaded twice is stored once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .durable import make_folder, place_new, sync_folder
from .errors import BadRequest, EntryNotFound, Unprocessable
from .staging import StagedFile

_HEX = frozenset("0123456789abcdef")


def check_sha256(value: object) -> str:
    if not isinstance(value, str) or len(value) != 64 or not _HEX.issuperset(value):
        raise BadRequest(f"Not a sha256 in lower-case hexadecimal: {ascii(value)[:100]}")
    return value


class LargeFiles:
    """The large files in ``folder``, as ``ab/cd/abcd…``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def size(self, sha256: str) -> int | None:
        """Bytes of a stored file; ``None`` if it is not stored."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            return None

    def open_path(self, sha256: str) -> Path:
        """Where its bytes are. Raises ``EntryNotFound``."""
        path = self.path(sha256)
        if not path.is_file():
            raise EntryNotFound(f"The large file {sha256} is no longer stored")
        return path

    def adopt(self, staged: StagedFile, sha256: str, size_bytes: int | None = None) -> None:
        """Take over a finished upload. Raises ``Unprocessable`` if it is not the content it claims to be."""
        if size_bytes is not None and staged.size_bytes != size_bytes:
            raise Unprocessable(f"The upload has {staged.size_bytes} bytes, {size_bytes} were announced")
        if staged.sha256 != sha256:
            raise Unprocessable(f"The upload has sha256 {staged.sha256}, {sha256} was announced")
        place_new(staged.path, self.path(sha256))

    def link_from(self, source: Path, sha256: str) -> None:
        """Share a file that another repository stores; both keep it when one is deleted."""
        target = self.path(sha256)
        make_folder(target.parent)
        with suppress(FileExistsError):
            os.link(source, target)
            sync_folder(target.parent)

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def all(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/??/*") if path.is_file())
