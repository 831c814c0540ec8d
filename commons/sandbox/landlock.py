"""A process gives up files by name: it keeps one folder to read and one to write, or none (Landlock, Linux 5.13).

    reason = landlock.confine(readable=folder, writable=scratch)      empty, or why this system has no such thing

Needs no privileges and holds for good, for the thread that calls and those it starts, so it comes before any other thread does
(https://docs.kernel.org/userspace-api/landlock.html). From newer kernels on it also refuses TCP, sockets by abstract name and signals.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from commons.sandbox import seccomp

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
_ASK_VERSION = 1
_BENEATH_A_PATH = 1
_O_PATH = 0o10000000
# Rights by the version that brought them: the first thirteen with the first, then linking elsewhere, truncating, and calls on devices.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = (1 << bit for bit in range(6))
_MAKE_DIR, _MAKE_REGULAR, _TRUNCATE = 1 << 7, 1 << 8, 1 << 14
_REFER = 1 << 13  # to move a file from folder to folder, which tantivy's do
_KNOWN = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_TCP, _TCP_SINCE = 0b11, 4  # to bind, to connect
_SCOPES, _SCOPES_SINCE = 0b11, 6  # sockets by abstract name, signals
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REGULAR | _TRUNCATE | _REFER


def confine(*, readable: Path | None = None, writable: Path | None = None) -> str:
    """Give up every file that this thread would have to open by name, but for these folders. Returns why that was not possible, or nothing.

    Raises:
        OSError: a folder that is not there.
    """
    if sys.platform != "linux":
        return f"there is no Landlock on {sys.platform}"
    version = _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 1:
        return f"Landlock: {os.strerror(ctypes.get_errno())}"
    known = max(rights for since, rights in _KNOWN.items() if since <= version)
    scope = struct.pack(
        "QQQ", known, _TCP if version >= _TCP_SINCE else 0, _SCOPES if version >= _SCOPES_SINCE else 0
    )
    ruleset = _call(_CREATE_RULESET, scope, len(scope), 0)
    try:
        if ruleset < 0:
            return f"Landlock: {os.strerror(ctypes.get_errno())}"
        for folder, rights in _rights(readable, writable).items():
            _keep(ruleset, folder, rights & known)
        if reason := seccomp.give_up_privileges():
            return reason
        return f"Landlock: {os.strerror(ctypes.get_errno())}" if _call(_RESTRICT_SELF, ruleset, 0) < 0 else ""
    finally:
        if ruleset >= 0:
            os.close(ruleset)


def free_threads() -> int:
    """How many threads of this process ``confine`` would not bind, as they are there before it."""
    return len(list(Path("/proc/self/task").iterdir())) - 1 if sys.platform == "linux" else 0


def _rights(readable: Path | None, writable: Path | None) -> Mapping[Path, int]:
    return {folder: rights for folder, rights in ((readable, _READ), (writable, _WRITE)) if folder}


def _keep(ruleset: int, folder: Path, rights: int) -> None:
    descriptor = os.open(folder, _O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _call(_ADD_RULE, ruleset, _BENEATH_A_PATH, struct.pack("=Qi", rights, descriptor), 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: int | bytes | None) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
