"""SHA-256 in lower-case hex, of bytes and of files: how everything published is named and checked."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path


def sha256_hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """Of a file, read piece by piece; OSError where it cannot be, or is no file: opening a pipe may never return."""
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, "there is no such file", str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
