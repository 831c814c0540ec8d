"""Files that are whole or not there: staged beside their place, flushed to the disk, renamed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_STAGING, _LOCK = "staging-", "in-use"


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a kill at any moment leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


def flush(path: Path) -> None:
    """Have the disk hold what was written to ``path`` by a library."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A folder below ``parent`` to prepare files in, gone afterwards; what killed processes left behind is cleared first."""
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{_STAGING}*"):
        with suppress(OSError), (left / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # whoever lives still holds it
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=parent))
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
