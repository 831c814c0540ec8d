"""A temporary folder that does not outlive its process for long, however that ends.

    place = PassingFolder("commons-keywords-")
    place.path                                   there until nobody holds ``place`` any more

A process that is killed, or ends by ``os._exit``, removes nothing. So a folder is locked while it is in use, and whoever makes another of
the same name removes those that nobody has locked: a lock goes with its process, and is seen from containers that share the place, where
the number of a process says nothing.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class PassingFolder:
    """``prefix`` names the use; what else begins with it in the folder for temporary files is taken for ours."""

    def __init__(self, prefix: str) -> None:
        _sweep(prefix)
        while True:
            made = tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True)
            try:
                lock = os.open(made.name, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:  # swept already, by whoever makes another at the same moment
                continue
            fcntl.flock(lock, fcntl.LOCK_SH)
            if Path(made.name).is_dir():  # else it was swept before it was locked
                break
            os.close(lock)
        self._made = made
        weakref.finalize(self, os.close, lock)

    @property
    def path(self) -> Path:
        return Path(self._made.name)


def _sweep(prefix: str) -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        with suppress(OSError), _locked(left):  # another's, or one that is in use
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
