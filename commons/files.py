"""Files that are whole or not there: staged beside their place, flushed to the disk, renamed."""

from __future__ import annotations

import fcntl
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

_STAGING, _LOCK = "staging-", ".lock"
_log = logging.getLogger(__name__)


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


_kept_nowhere: ContextVar[bool] = ContextVar("kept_nowhere", default=False)


def keep(path: Path, data: bytes) -> None:
    """``write_whole`` for what is kept only to save time or to be remembered; where nothing can be written the log says so."""
    if _kept_nowhere.get():
        return
    try:
        write_whole(path, data)
    except OSError as error:
        _say_unkept(path.parent, error.strerror or str(error))


@contextmanager
def keeping_nothing() -> Iterator[None]:
    """Within it ``keep`` writes nothing: for who promised so."""
    token = _kept_nowhere.set(True)
    try:
        yield
    finally:
        _kept_nowhere.reset(token)


def keeps_nothing() -> bool:
    """Whether we are within ``keeping_nothing``."""
    return _kept_nowhere.get()


@functools.cache
def _say_unkept(folder: Path, reason: str) -> None:
    """Once for each folder."""
    _log.warning(
        "Nothing can be kept in %s (%s); it works without, and COMMONS_HOME names another place.",
        folder,
        reason,
    )


def first_writable(*folders: Path) -> Path:
    """The first of the folders in which a file can be made; where there is none, the system's folder for passing files.

    A source may lie on a disk that is read-only, and what is said of it must stand somewhere all the same.
    """
    for folder in folders:
        try:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=_STAGING):
                return folder
        except OSError:
            continue
    return Path(tempfile.gettempdir())


def is_file(path: Path) -> bool:
    """Whether a file is there, or a link to one; a link that leads to no possible path, or where nobody may look, is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_link(path: Path) -> bool:
    """Whether a link is there, wherever it leads; no path that is too long for any is one."""
    try:
        return path.is_symlink()
    except OSError:
        return False


def flush(path: Path) -> None:
    """Have the disk hold what was written to ``path`` by a library; of a folder, the names in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def link(path: Path, place: Path) -> None:
    """The file at ``path`` in a second place, where nobody will change either: one more name for it, or a copy where there are no such."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)
        flush(place)


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A folder below ``parent`` to prepare files in, gone afterwards; what killed processes left behind is cleared first.

    A lock beside the folder says that somebody lives. It is made before the folder and removed after it, so that a kill at any moment
    leaves something to be found.
    """
    parent.mkdir(parents=True, exist_ok=True)
    for left in parent.glob(f"{_STAGING}*{_LOCK}"):
        with suppress(OSError), left.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # whoever lives still holds it
            _clear(left)
    descriptor, name = tempfile.mkstemp(prefix=_STAGING, suffix=_LOCK, dir=parent)
    with os.fdopen(descriptor, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = _folder_of(Path(name))
        folder.mkdir()
        try:
            yield folder
        finally:
            _clear(Path(name))


def _folder_of(lock: Path) -> Path:
    return lock.with_suffix("")


def _clear(lock: Path) -> None:
    shutil.rmtree(_folder_of(lock), ignore_errors=True)
    lock.unlink(missing_ok=True)
