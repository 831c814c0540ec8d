"""A confined child process for bytes of strangers: it has what it was handed, under limits, and nothing else.

Parsing proves nothing about a hostile file, and a limit on memory may end the interpreter without an exception. So bytes that are not ours
are never parsed in the process that holds a token. The child is a module of ours:

    answer = confinement.run("commons.gate.child_process", {"policy": b"…", "0": Path("…")})     in the parent
    for value in confinement.stream("commons.intake.text_child", {…}): …                         or piece by piece

    files = confinement.enter(warm_up); confinement.answer({"…": …})                             in the child's ``__main__``

Files are opened before the child enters: it reads what was handed in and can open nothing more, the files of its own libraries included.
Whatever it will need has to be loaded by then, so ``warm_up`` does once, on bytes of our own, what the child is going to do.

Two guards hold it (``seccomp``, ``landlock``). A Linux without either is no place to parse in, unless whoever runs it says that it is
(``permit_unconfined``). Other systems have neither and know only the limits; a guard that is missing is logged once.
"""

from __future__ import annotations

import ctypes
import gc
import json
import logging
import mmap
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from commons.errors import CommonsError
from commons.sandbox import child_output, landlock, seccomp
from commons.sandbox import limits as process_limits
from commons.sandbox.limits import OutOfBoundsError, ProcessLimits
from commons.sandbox.system_calls import Profile

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "SYSTEMROOT")
# One malloc arena and the system's allocator keep what is reserved close to what is used: Arrow's own takes a gigabyte of writable
# addresses as it is loaded, which the limit on memory would count. One thread a library: Landlock binds only the thread that calls it.
_FRUGALITY = {
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # another allocator of Arrow's, which is loaded all the same
}
_END = ""  # the line after the last value
_GRACE_S = 2  # of processor time, so that SIGXCPU names the cause before SIGKILL ends it
_log = logging.getLogger(__name__)
_unconfined_permitted = False


class UnconfinedError(CommonsError):
    """This system has nothing to confine a process with."""

    code = "unconfined"


def permit_unconfined() -> None:
    """Parse bytes of strangers also where nothing confines the process that does, because whoever runs this process says so."""
    global _unconfined_permitted  # noqa: PLW0603  the word of an operator, for the whole process
    _unconfined_permitted = True


def run(
    module: str,
    files: Mapping[str, bytes | Path],
    *,
    context: Any = None,
    limits: ProcessLimits | None = None,
    profile: Profile = Profile.PARSER,
    readable: Path | None = None,
    writable: Path | None = None,
) -> Any:
    """The one JSON value with which ``module`` answers to ``files``; arguments and errors are those of ``stream``."""
    values = [
        *stream(
            module,
            files,
            context=context,
            limits=limits,
            profile=profile,
            readable=readable,
            writable=writable,
        )
    ]
    if len(values) != 1:
        raise _unreadable()
    return values[0]


def stream(
    module: str,
    files: Mapping[str, bytes | Path],
    *,
    context: Any = None,
    limits: ProcessLimits | None = None,
    profile: Profile = Profile.PARSER,
    readable: Path | None = None,
    writable: Path | None = None,
) -> Iterator[Any]:
    """The JSON values that ``module`` sends about ``files``, one by one; a file named by path is handed over open, not copied.

    ``context`` is JSON of our own that the child may read before it enters, such as what to load; nothing in it may come from strangers.
    ``limits`` follow from the size of the files unless they are given. Under ``Profile.INDEX`` the child has the folders ``readable`` and
    ``writable`` too, whose sizes are for the caller to think of.

    Raises:
        OutOfBoundsError: in words that a reader of the report understands; values may have come before.
        UnconfinedError: nothing here confines a process, and nobody permitted to go on without.
        OSError: a path that cannot be opened.
    """
    with ExitStack() as stack:
        handed = {name: stack.enter_context(_opened(content)) for name, content in files.items()}
        size = sum(os.fstat(file.fileno()).st_size for file in handed.values())
        bounds = limits or process_limits.for_input(size)
        manifest = {
            "files": {name: file.fileno() for name, file in handed.items()},
            "limits": asdict(bounds),
            "profile": profile.name,
            "folders": {"readable": _absolute(readable), "writable": _absolute(writable)},
            "unconfined": _unconfined_permitted,
            "context": context,
        }
        child = subprocess.Popen(
            # -P keeps the caller's folder off the import path: it may be a checkout of somebody's dataset.
            [sys.executable, "-P", "-m", "commons.sandbox.child_start", module],
            cwd="/",
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | _FRUGALITY,
            stdin=stack.enter_context(_opened(json.dumps(manifest).encode())),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[file.fileno() for file in handed.values()],
        )
        stack.enter_context(child)
        stack.callback(child.kill)  # also when we are interrupted; a child that has ended does not mind
        yield from _values(child_output.lines(child, bounds))


def _opened(content: bytes | Path) -> BinaryIO:
    if isinstance(content, Path):
        return content.open("rb")
    file = tempfile.TemporaryFile(prefix="commons-check-")
    file.write(content)
    file.seek(0)
    return file


def _absolute(folder: Path | None) -> str | None:
    return str(folder.resolve()) if folder else None


def _values(lines: Iterator[bytes]) -> Iterator[Any]:
    """What the child sent between its first line, which is about itself, and the empty one."""
    _heed(_parsed(next(lines, b"{}")))
    complete = False
    for line in lines:
        if complete:
            raise _unreadable()
        complete = line.decode(errors="replace") == _END
        if not complete:
            yield _parsed(line)
    if not complete:
        raise _unreadable()


def _heed(introduction: Any) -> None:
    try:
        gaps, has_entered = [str(gap) for gap in introduction["gaps"]], bool(introduction["entered"])
    except (KeyError, TypeError) as error:
        raise _unreadable() from error
    if not has_entered:
        raise UnconfinedError(
            f"Files of strangers are not read here, for nothing confines the process that would: {'; '.join(gaps)}.",
            hint="Use a kernel or container that permits seccomp or Landlock; or read them all the same, with COMMONS_UNCONFINED=1.",
        )
    for gap in gaps:
        _warn_once(gap)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error


def _unreadable() -> OutOfBoundsError:
    return OutOfBoundsError("its answer could not be read")


def _warn_once(gap: str, _gaps: set[str] = set()) -> None:  # noqa: B006  remembers what it warned of
    if gap not in _gaps:
        _gaps.add(gap)
        _log.warning("Files of strangers are read under limits, but without one of the guards: %s", gap)


# In the child


def enter(warm_up: Callable[[], object]) -> Mapping[str, BinaryIO]:
    """Load and try everything with ``warm_up``, take the limits upon this process, and return the files it was handed.

    From here on nothing can be opened, and what ``warm_up`` did not load cannot be loaded any more.
    """
    _end_with_parent()
    manifest = _manifest()
    warm_up()
    if "pyarrow" in sys.modules:
        import_module("numpy.ma")  # Arrow asks for it when it is handed an array of numbers
    gc.freeze()  # what is loaded stays; only what is made of strangers' bytes is worth looking through
    gc.enable()
    with suppress(OSError):  # what glibc loads when the first thread ends, and aborts without
        ctypes.CDLL("libgcc_s.so.1")
    files = {name: os.fdopen(descriptor, "rb") for name, descriptor in manifest["files"].items()}
    _limit(ProcessLimits(**manifest["limits"]), handed=len(files))
    folders = {name: Path(path) for name, path in manifest["folders"].items() if path}
    gaps = _confine(Profile[manifest["profile"]], folders)
    has_entered = manifest["unconfined"] or _is_enough(gaps, Profile[manifest["profile"]])
    _write(json.dumps({"gaps": [gap for gap in gaps.values() if gap], "entered": has_entered}))
    if not has_entered:
        _write(_END)
        os._exit(0)
    return files


def context() -> Any:
    """What the parent says of the work, before this process enters."""
    return _manifest()["context"]


@cache
def _manifest() -> dict[str, Any]:
    manifest: dict[str, Any] = json.load(sys.stdin)
    return manifest


def _end_with_parent() -> None:
    """Be killed when the thread that started this process ends, so that nothing is left behind by one that was killed itself."""
    if sys.platform == "linux":
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)


def _limit(limits: ProcessLimits, *, handed: int) -> None:
    for what, soft, hard in (
        (resource.RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + _GRACE_S),
        (resource.RLIMIT_NOFILE, limits.open_files + 2 * handed, limits.open_files + 2 * handed),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def _confine(profile: Profile, folders: Mapping[str, Path]) -> dict[str, str]:
    """Landlock first, which needs files to name the folders by. What each guard lacks here, in words; empty where it holds."""
    free = profile is Profile.INDEX and landlock.free_threads()
    lack = landlock.confine(**folders) or (f"Landlock: {free} threads began before it" if free else "")
    return {"landlock": lack, "seccomp": seccomp.confine(profile)}


def _is_enough(gaps: Mapping[str, str], profile: Profile) -> bool:
    """A filter without Landlock holds a parser, which opens nothing, but not one that opens files by name. Other systems have neither."""
    if sys.platform != "linux":
        return True
    return not gaps["landlock"] or (profile is Profile.PARSER and not gaps["seccomp"])


def as_memory(file: BinaryIO) -> bytes | mmap.mmap:
    """The content of a file that was handed in, without a copy of it."""
    if not os.fstat(file.fileno()).st_size:
        return b""
    return mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)


def send(value: Any) -> None:
    """One of the values that the parent reads."""
    send_json(json.dumps(value, ensure_ascii=False))


def send_json(text: str) -> None:
    """One of the values that the parent reads, written as JSON already."""
    _write(text)


def finish() -> NoReturn:
    """Say that all was sent, and end; libraries that tear down their threads under a memory limit may abort."""
    _write(_END)
    os._exit(0)


def answer(value: Any) -> NoReturn:
    """Send the one value that ``run`` returns, and end."""
    send(value)
    finish()


def _write(line: str) -> None:
    """At once, for what waits in a buffer is lost with a child that dies."""
    sys.stdout.buffer.write(line.encode("utf-8", "surrogatepass") + b"\n")
    sys.stdout.buffer.flush()
