"""A file in the tree of a commit, and whether bytes are its own: large files are known by SHA-256, small ones as git names its objects.

file = repository.files(sha)["README.md"]
file.is_of(data), file.holds(place)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from commons import digests

_SHA256_DIGITS = 64


@dataclass(frozen=True)
class RepoFile:
    """``digest`` is the SHA-256 of large files, the git blob SHA-1 of small ones."""

    path: str
    size: int
    digest: str

    def is_of(self, data: bytes) -> bool:
        """Whether these are its bytes."""
        if self._is_large:
            return digests.sha256_hex(data) == self.digest
        blob = b"blob %d\0" % len(data) + data
        return (
            hashlib.sha1(blob, usedforsecurity=False).hexdigest() == self.digest
        )  # git names its objects so

    def holds(self, place: Path) -> bool:
        """Whether the local file at ``place`` has its bytes; a large one is not read into memory."""
        if place.stat().st_size != self.size:
            return False
        return digests.sha256_of(place) == self.digest if self._is_large else self.is_of(place.read_bytes())

    @property
    def _is_large(self) -> bool:
        return len(self.digest) == _SHA256_DIGITS
