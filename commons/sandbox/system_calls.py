"""What a confined process may ask of the kernel: an allow-list, as data. ``seccomp`` makes a filter of it.

    rules(Profile.PARSER, column, process_id)      calls by number, and what becomes of them; the first rule that fits decides

Once its libraries are loaded and have read one file, a parser needs memory, locks, clocks and the files it was handed, and nothing else: it
opens nothing, starts nothing, signals nobody, shares no memory and maps no code. ``Profile.INDEX`` adds what libraries need that work on a
folder (FAISS, tantivy): names of files, their locks, a file read as memory. Which folder that is, ``landlock`` decides, for a filter sees
numbers and no names.

What no rule fits fails with EPERM, so that a library that tries gets an ordinary error. ENOSYS is for calls whose absence makes the C
library take an older one. A few calls that no parser makes end the process, so that whoever reads the report learns of the attempt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class Profile(Enum):
    """The kind of work a confined process does."""

    PARSER = auto()  # on bytes that were handed to it, in memory
    INDEX = auto()  # on a folder that it reads, and another that it writes


class Action(Enum):
    ALLOW = auto()
    REFUSE = auto()  # EPERM
    ABSENT = auto()  # ENOSYS
    NO_TERMINAL = auto()  # ENOTTY
    KILL = auto()


@dataclass(frozen=True)
class Condition:
    """The lower 32 bits of argument ``place`` of a call, those outside ``mask`` cleared, are one of ``values``.

    Of ``whole`` arguments (addresses), the upper 32 bits must be zero besides.
    """

    place: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    whole: bool = False


@dataclass(frozen=True)
class Rule:
    """What becomes of the call ``number`` when its arguments meet every condition."""

    number: int
    action: Action = Action.ALLOW
    conditions: tuple[Condition, ...] = ()


# name -> number on x86-64, number on 64-bit ARM (None: that machine has no such call); from the kernel's tables.
_NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "futex": (202, 98),
    "read": (0, 63),
    "write": (1, 64),
    "munmap": (11, 215),
    "brk": (12, 214),
    "madvise": (28, 233),
    "mremap": (25, 216),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "fstat": (5, 80),
    "close": (3, 57),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "getrandom": (318, 278),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "set_robust_list": (273, 99),
    "rseq": (334, 293),
    "uname": (63, 160),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "getcpu": (309, 168),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fcntl": (72, 25),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "tgkill": (234, 131),
    "ioctl": (16, 29),
    "open": (2, None),
    "openat": (257, 56),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "flock": (73, 32),
    "ftruncate": (77, 46),
    "fallocate": (285, 47),
    "fadvise64": (221, 223),
    "pwrite64": (18, 68),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "rmdir": (84, None),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "open_by_handle_at": (304, 265),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
}
# What a parser still needs, whatever its arguments; frequent ones first.
_PLAIN = (
    "futex read write munmap brk madvise mremap lseek pread64 readv writev fstat close clock_gettime clock_getres clock_nanosleep "
    "nanosleep gettimeofday time rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack getrandom getpid gettid sched_yield "
    "sched_getaffinity set_robust_list rseq uname getrusage sysinfo getcpu restart_syscall exit exit_group"
)
_FILES = (
    "open openat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 getcwd flock ftruncate fallocate "
    "fadvise64 pwrite64 fsync fdatasync mkdir mkdirat rename renameat renameat2 unlink unlinkat rmdir"
)
# They make other calls unseen, reach into other processes or change the machine.
_FATAL = (
    "io_uring_setup io_uring_enter io_uring_register ptrace process_vm_readv process_vm_writev pidfd_getfd bpf perf_event_open userfaultfd "
    "unshare setns mount umount2 open_tree move_mount fsopen fsconfig fsmount pivot_root chroot keyctl add_key request_key "
    "open_by_handle_at kexec_load kexec_file_load init_module finit_module delete_module reboot modify_ldt iopl ioperm"
)

_PROT_WRITE, _PROT_EXEC = 0x2, 0x4
_MAP_SHARED, _MAP_PRIVATE = 0x1, 0x2
# The kind of a mapping, and two flags: what is shared, grows as a stack or lies in huge pages escapes the limit on memory.
_MAP_KIND = 0x0F | 0x0100 | 0x40000  # MAP_TYPE, MAP_GROWSDOWN, MAP_HUGETLB
_CLONE_THREAD = 0x100 | 0x10000  # CLONE_VM and CLONE_THREAD
_CLONE_NEW = 0x7E020000  # namespaces
_AT_EMPTY_PATH = 0x1000
_TCGETS = 0x5401
_FCNTL = (1, 3, 1030)  # F_GETFD, F_GETFL, F_DUPFD_CLOEXEC
_F_SETFD = 2  # opendir() marks its descriptor to be closed on exec
_PRCTL = (15, 16, 0x53564D41)  # names of threads and mappings: PR_SET_NAME, PR_GET_NAME, PR_SET_VMA

_READ_AS_MEMORY = (Condition(2, (0,), _PROT_EXEC | _PROT_WRITE), Condition(3, (_MAP_SHARED,), _MAP_KIND))


def rules(profile: Profile, column: int, process_id: int) -> Iterator[Rule]:
    """The allow-list of the process ``process_id``, for the machine whose numbers stand in ``column``."""

    def each(names: str, action: Action, *conditions: Condition) -> Iterator[Rule]:
        for name in names.split():
            if (number := _NUMBERS[name][column]) is not None:
                yield Rule(number, action, conditions)

    allow = Action.ALLOW
    yield from each(_PLAIN, allow)
    not_code = Condition(2, (0,), _PROT_EXEC)
    yield from each("mmap", allow, not_code, Condition(3, (_MAP_PRIVATE,), _MAP_KIND))
    yield from each("mprotect", allow, not_code)
    yield from each("clone", allow, Condition(0, (_CLONE_THREAD,), _CLONE_THREAD | _CLONE_NEW))
    yield from each("fcntl", allow, Condition(1, _FCNTL))
    yield from each("prctl", allow, Condition(0, _PRCTL))
    yield from each(
        "prlimit64", allow, Condition(0, (0,)), Condition(2, (0,), whole=True)
    )  # its own, to read
    yield from each("tgkill", allow, Condition(0, (process_id,)))  # abort() signals the thread that calls it
    if profile is Profile.INDEX:
        yield from each(_FILES, allow)
        yield from each("mmap", allow, *_READ_AS_MEMORY)
        yield from each("fcntl", allow, Condition(1, (_F_SETFD,)))
    # What the C library asks of a descriptor. That the path is empty cannot be seen: whether a file exists may leak.
    yield from each("newfstatat", allow, Condition(3, (_AT_EMPTY_PATH,), _AT_EMPTY_PATH))
    yield from each("ioctl", Action.NO_TERMINAL, Condition(1, (_TCGETS,)))
    # Their arguments lie behind a pointer, where a filter cannot look.
    yield from each("clone3 statx", Action.ABSENT)
    yield from each(_FATAL, Action.KILL)
