"""A process gives up what a parser never needs: the network, other programs, other processes, and changing what lies on disk.

Linux lets a process do so for itself, without privileges and for good (seccomp, https://docs.kernel.org/userspace-api/seccomp_filter.html).
The filter answers EPERM, so a library that tries gets an ordinary error. Where the system has no such thing, ``deny`` says why.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
import struct
import sys

# name -> number on x86-64, number on 64-bit ARM (None: that machine has no such call); from the kernel's tables.
_DENIED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "io_uring_setup": (425, 425),  # makes any other call, unseen by a filter
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, None),
    "vfork": (58, None),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "bpf": (321, 280),
    "keyctl": (250, 219),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rmdir": (84, None),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "truncate": (76, 45),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "chmod": (90, None),
    "fchmodat": (268, 53),
}
_CHANGES_ON_DISK = frozenset(
    {
        *("unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2", "truncate", "link", "linkat"),
        *("symlink", "symlinkat", "mkdir", "mkdirat", "chmod", "fchmodat"),
    }
)
_MACHINES = {
    "x86_64": (0, 0xC000003E, 317),
    "aarch64": (1, 0xC00000B7, 277),
}  # column, AUDIT_ARCH, seccomp(2)
_X32 = 0x40000000  # calls of the x32 kind have other numbers on the same machine
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_KILL, _ALLOW, _EPERM = 0x80000000, 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # in struct seccomp_data
_SET_NO_NEW_PRIVS = 38
_SET_DEATH_SIGNAL = 1
_MODE_FILTER, _ALL_THREADS = 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def deny(*, writes: bool = False) -> str:
    """Give all this up, in every thread of this process; with ``writes`` it may go on changing what lies on disk.

    Returns why that was not possible, or nothing.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _MACHINES:
        return f"there is no filter for {sys.platform} on {machine}"
    column, architecture, seccomp = _MACHINES[machine]
    denied = {name: call for name, call in _DENIED.items() if not (writes and name in _CHANGES_ON_DISK)}
    numbers = [number for call in denied.values() if (number := call[column]) is not None]
    program = _program(architecture, numbers)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return f"no_new_privs: {os.strerror(ctypes.get_errno())}"
    filled = _Program(len(program) // 8, program)
    if libc.syscall(seccomp, _MODE_FILTER, _ALL_THREADS, ctypes.byref(filled)):
        return f"seccomp: {os.strerror(ctypes.get_errno())}"
    return ""


def end_with_parent() -> None:
    """Be killed when the thread that started this process ends, so that nothing is left behind by one that was killed itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _program(architecture: int, numbers: list[int]) -> bytes:
    """The filter in classic BPF: another architecture ends the process, a denied call fails, any other goes through."""
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(numbers) + 1, 0, _X32),  # to the denial
    ]
    # Each test jumps over those that are left, and over the line that allows.
    lines += [(_EQUAL, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    lines += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _EPERM)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)
