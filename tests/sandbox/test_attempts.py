"""What a parser that was taken over may try, each in a throw-away process that has entered: nothing of it works."""

from __future__ import annotations

import json
import platform
import signal
import sys
from pathlib import Path

import pytest
from support import confined_children

from commons.sandbox.system_calls import Profile

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
    reason="other systems have no filter of system calls, and the sandbox says so",
)
ARM = platform.machine() == "aarch64"
PARENT, SELF = "os.getppid()", "os.getpid()"
CALL = """
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"
path, new = sys.argv[1].encode(), sys.argv[1].encode() + b"2"
descriptor = os.open(path, os.O_RDWR)
room = ctypes.create_string_buffer(4096)
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
"""

# what -> number on x86-64, number on 64-bit ARM (None: it has no such call), arguments
REFUSED: dict[str, tuple[int, int | None, str]] = {
    "open": (2, None, "path, 0"),
    "open to truncate": (2, None, "path, os.O_WRONLY | os.O_TRUNC"),
    "creat": (85, None, "new, 0o600"),
    "openat": (257, 56, "-100, path, 0"),
    "openat of what the parent knows": (257, 56, 'f"/proc/{os.getppid()}/environ".encode(), 0, 0'),
    "openat2": (437, 437, "-100, path, room, 24"),
    "openat beside a descriptor": (257, 56, "descriptor, b'.', 0"),
    "truncate": (76, 45, "path, 0"),
    "ftruncate": (77, 46, "descriptor, 0"),
    "fallocate": (285, 47, "descriptor, 0, 0, 4096"),
    "pwrite64": (18, 68, "descriptor, b'x', 1, 0"),
    "chmod": (90, None, "path, 0o777"),
    "fchmod": (91, 52, "descriptor, 0o777"),
    "fchmodat": (268, 53, "-100, path, 0o777"),
    "chown": (92, None, "path, 0, 0"),
    "fchown": (93, 55, "descriptor, 0, 0"),
    "utimensat": (280, 88, "-100, path, 0, 0"),
    "setxattr": (188, 5, "path, b'user.x', b'x', 1, 0"),
    "fsetxattr": (190, 7, "descriptor, b'user.x', b'x', 1, 0"),
    "unlink": (87, None, "path"),
    "unlinkat": (263, 35, "-100, path, 0"),
    "rename": (82, None, "path, new"),
    "renameat2": (316, 276, "-100, path, -100, new, 0"),
    "link": (86, None, "path, new"),
    "linkat": (265, 37, "-100, path, -100, new, 0"),
    "symlinkat": (266, 36, "path, -100, new"),
    "mkdirat": (258, 34, "-100, new, 0o700"),
    "mknodat": (259, 33, "-100, new, 0o10600, 0"),
    "stat": (4, None, "path, room"),
    "newfstatat by name": (262, 79, "-100, path, room, 0"),
    "access": (21, None, "path, 0"),
    "readlinkat": (267, 78, "-100, path, room, 100"),
    "getdents64": (217, 61, "descriptor, room, 4096"),
    "getcwd": (79, 17, "room, 4096"),
    "chdir": (80, 49, "b'/'"),
    "flock": (73, 32, "descriptor, 2"),
    "inotify_init1": (294, 26, "0"),
    "fanotify_init": (300, 262, "0, 0"),
    "sendfile": (40, 71, "1, descriptor, 0, 1"),
    "copy_file_range": (326, 285, "descriptor, 0, 1, 0, 1, 0"),
    "fork": (57, None, ""),
    "vfork": (58, None, ""),
    "clone of a process": (56, 220, "signal.SIGCHLD, 0, 0, 0, 0"),
    "clone of a process that shares memory": (56, 220, "signal.SIGCHLD | 0x100, 0, 0, 0, 0"),
    "execve": (59, 221, "b'/bin/true', 0, 0"),
    "execveat": (322, 281, "-100, b'/bin/true', 0, 0, 0"),
    "kill the parent": (62, 129, f"{PARENT}, 0"),
    "kill oneself": (62, 129, f"{SELF}, 0"),
    "tkill the parent": (200, 130, f"{PARENT}, 0"),
    "tgkill the parent": (234, 131, f"{PARENT}, {PARENT}, 0"),
    "rt_sigqueueinfo": (129, 138, f"{PARENT}, 0, room"),
    "pidfd_open": (434, 434, f"{PARENT}, 0"),
    "pidfd_send_signal": (424, 424, "descriptor, 0, 0, 0"),
    "setpriority": (141, 140, f"0, {PARENT}, 0"),
    "sched_setaffinity": (203, 122, f"{PARENT}, 128, room"),
    "prlimit64 of the parent": (302, 261, f"{PARENT}, 7, 0, room"),
    "prlimit64 to change one's own": (302, 261, "0, 7, room, 0"),
    "socket": (41, 198, "socket.AF_INET, socket.SOCK_STREAM, 0"),
    "socket for datagrams": (41, 198, "socket.AF_INET, socket.SOCK_DGRAM, 0"),
    "socket of this machine": (41, 198, "socket.AF_UNIX, socket.SOCK_STREAM, 0"),
    "socket of the kernel": (41, 198, "16, socket.SOCK_RAW, 0"),
    "socketpair": (53, 199, "socket.AF_UNIX, socket.SOCK_STREAM, 0, room"),
    "connect": (42, 203, "descriptor, room, 16"),
    "sendto": (44, 206, "descriptor, b'x', 1, 0, 0, 0"),
    "memfd_create": (319, 279, "b'x', 0"),
    "memfd_secret": (447, 447, "0"),
    "shmget": (29, 194, "0, 1 << 31, 0o1600"),
    "shmat": (30, 196, "0, 0, 0"),
    "semget": (64, 190, "0, 1, 0o1600"),
    "msgget": (68, 186, "0, 0o1600"),
    "mq_open": (240, 180, "b'x', 0o100, 0o600, 0"),
    "shared memory": (9, 222, "0, 1 << 31, 3, 0x21, -1, 0"),
    "shared memory, validated": (9, 222, "0, 4096, 3, 0x23, -1, 0"),
    "a file as shared memory": (9, 222, "0, 4096, 3, 0x01, descriptor, 0"),
    "a file as shared memory to read": (9, 222, "0, 4096, 1, 0x01, descriptor, 0"),
    "memory that grows down": (9, 222, "0, 4096, 3, 0x122, -1, 0"),
    "memory in huge pages": (9, 222, "0, 1 << 21, 3, 0x40022, -1, 0"),
    "memory that may be dropped": (9, 222, "0, 4096, 3, 0x28, -1, 0"),
    "memory for code": (9, 222, "0, 4096, 7, 0x22, -1, 0"),
    "a file as code": (9, 222, "0, 4096, 5, 0x02, descriptor, 0"),
    "mprotect for code": (10, 226, "address, 4096, 5"),
    "pkey_mprotect for code": (329, 288, "address, 4096, 5, -1"),
    "remap_file_pages": (216, 234, "address, 4096, 0, 0, 0"),
    "prctl to be dumped": (157, 167, "4, 1, 0, 0, 0"),
    "prctl of a filter": (157, 167, "22, 2, room, 0, 0"),
    "seccomp": (317, 277, "1, 0, room"),
    "landlock_create_ruleset": (444, 444, "0, 0, 1"),
    "personality": (135, 92, "0x0400000"),
    "setuid": (105, 146, "0"),
    "capset": (126, 91, "room, room"),
    "ioctl that types at a terminal": (16, 29, "0, 0x5412, b'x'"),
    "fcntl to lock": (72, 25, "descriptor, 6, room"),
    "fcntl to own": (72, 25, f"descriptor, 8, {PARENT}"),
    "setitimer": (38, 103, "0, room, 0"),
    "timer_create": (222, 107, "0, 0, room"),
    "eventfd2": (290, 19, "0, 0"),
    "epoll_create1": (291, 20, "0"),
    "pipe2": (293, 59, "room, 0"),
    "dup2": (33, None, "descriptor, 1"),
    "dup3": (292, 24, "descriptor, 9, 0"),
    "splice": (275, 76, "descriptor, 0, 1, 0, 1, 0"),
    "sethostname": (170, 161, "b'x', 1"),
    "settimeofday": (164, 170, "room, 0"),
    "sync": (162, 81, ""),
    "name_to_handle_at": (303, 264, "-100, path, room, room, 0"),
    "a call that nobody knows": (999, 999, ""),
}
# They are there in no form, so that the C library takes an older call.
ABSENT = {"clone3": (435, 435, "room, 64"), "statx": (332, 291, "-100, path, 0, 0, room")}
FATAL: dict[str, tuple[int, int | None, str]] = {
    "io_uring_setup": (425, 425, "1, room"),
    "ptrace": (101, 117, "0, 0, 0, 0"),
    "process_vm_readv": (310, 270, f"{PARENT}, room, 1, room, 1, 0"),
    "process_vm_writev": (311, 271, f"{PARENT}, room, 1, room, 1, 0"),
    "pidfd_getfd": (438, 438, "descriptor, 0, 0"),
    "userfaultfd": (323, 282, "0"),
    "bpf": (321, 280, "0, room, 0"),
    "perf_event_open": (298, 241, "room, 0, -1, -1, 0"),
    "unshare": (272, 97, "0x10000000"),
    "setns": (308, 268, "descriptor, 0"),
    "mount": (165, 40, "0, b'/tmp', b'tmpfs', 0, 0"),
    "pivot_root": (155, 41, "b'/', b'/'"),
    "chroot": (161, 51, "b'/'"),
    "keyctl": (250, 219, "0, 0, 0, 0, 0"),
    "add_key": (248, 217, "b'user', b'x', b'x', 1, -1"),
    "open_by_handle_at": (304, 265, "-100, room, 0"),
    "init_module": (175, 105, "room, 0, b''"),
    "a call of the x32 kind": (0x40000000 + 39, None, ""),
}


def attempt(tmp_path: Path, number: int | None, arguments: str) -> tuple[int, str]:
    """Exit status, and what the attempt came to."""
    if number is None:
        pytest.skip("this machine has no such call")
    file = tmp_path / "mine"
    file.write_text("as it was" * 1000)
    done = confined_children.after_entering(
        f"print(json.dumps(call({number}, {arguments})))", str(file), before=CALL
    )
    assert file.read_text() == "as it was" * 1000
    assert list(tmp_path.iterdir()) == [file]
    return done.returncode, done.stdout.splitlines()[-1] if not done.returncode else done.stderr


@pytest.mark.parametrize("what", REFUSED)
def test_an_attempt_is_refused(what: str, tmp_path: Path) -> None:
    x86, arm, arguments = REFUSED[what]
    status, outcome = attempt(tmp_path, arm if ARM else x86, arguments)
    assert (status, json.loads(outcome)) == (0, "EPERM")


@pytest.mark.parametrize("what", ABSENT)
def test_a_call_whose_arguments_cannot_be_seen_is_not_there(what: str, tmp_path: Path) -> None:
    x86, arm, arguments = ABSENT[what]
    status, outcome = attempt(tmp_path, arm if ARM else x86, arguments)
    assert (status, json.loads(outcome)) == (0, "ENOSYS")


@pytest.mark.parametrize("what", FATAL)
def test_an_attempt_that_no_parser_makes_ends_the_process(what: str, tmp_path: Path) -> None:
    x86, arm, arguments = FATAL[what]
    status, _ = attempt(tmp_path, arm if ARM else x86, arguments)
    assert status == -signal.SIGSYS


@pytest.mark.parametrize(
    ("what", "code"),
    {
        "fork": "os.fork()",
        "a program": "subprocess.run(['/bin/true'])",
        "a socket": "socket.socket()",
        "a file": "open(sys.argv[0])",
        "a listing": "os.listdir('/')",
    }.items(),
)
def test_pythons_own_way_is_refused_with_an_ordinary_error(what: str, code: str) -> None:
    done = confined_children.after_entering(
        f"try:\n    {code}\nexcept PermissionError as error:\n    print(json.dumps('refused'))"
    )
    assert done.stdout.splitlines()[-1] == '"refused"', done.stderr


def test_what_a_parser_needs_goes_through() -> None:
    """Memory, a thread, its own limits, the time, and to end by abort()."""
    code = """
        import resource, time
        heard = []
        thread = threading.Thread(target=lambda: heard.append(len(bytearray(64 << 20))))
        thread.start()
        thread.join()
        time.sleep(0.001)
        print(json.dumps([heard, resource.getrlimit(resource.RLIMIT_CORE), len(os.urandom(8))]))
        sys.stdout.flush()
        os.abort()
    """
    done = confined_children.after_entering(code, before="import resource, time")
    assert json.loads(done.stdout.splitlines()[-1]) == [[64 << 20], [0, 0], 8]
    assert done.returncode == -signal.SIGABRT


def test_threads_that_ran_before_are_filtered_too() -> None:
    before = """
        import queue
        questions, answers = queue.Queue(), queue.Queue()
        def try_to_open():
            questions.get()
            try:
                answers.put(open("/etc/passwd").read(1))
            except PermissionError:
                answers.put("refused")
        threading.Thread(target=try_to_open, daemon=True).start()
    """
    done = confined_children.after_entering(
        "questions.put(1)\nprint(json.dumps(answers.get()))", before=before
    )
    assert done.stdout.splitlines()[-1] == '"refused"', done.stderr


def test_landlock_alone_keeps_every_file_closed() -> None:
    """The second guard holds where the first would not: there, the filter of the INDEX profile lets files be opened by name."""
    if confined_children.landlock_version() < 1:
        pytest.skip("this kernel has no Landlock")
    code = """
        try:
            open("/etc/passwd")
        except PermissionError as error:
            print(json.dumps(errno.errorcode[error.errno]))
    """
    done = confined_children.after_entering(code, profile=Profile.INDEX)
    assert done.stdout.splitlines()[-1] == '"EACCES"', done.stderr
