"""A child process for bytes of strangers: bounded memory, processor time, wall clock, files and answer; no network, no environment.

Parsing proves nothing about a hostile file, and a memory limit may end the interpreter without an exception. So contributors' bytes are
never parsed in the process that holds a token. The child is a module of ours that is run with a folder as its only argument:

    answer = confinement.run("commons.gate.child_process", {"context.json": b"…"})      in the parent
    confinement.enter(); …; confinement.answer({"…": …})                                 in the child's ``__main__``

Whatever a process may give up without privileges is given up (``seccomp``); where the system cannot, the log says so once.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from commons.errors import CommonsError
from commons.sandbox import seccomp

_MIB = 1024 * 1024
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "SYSTEMROOT")
_MAX_ERROR_BYTES = 64 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProcessLimits:
    """What a child may use. A full contribution needs a third of the memory and a tenth of the time."""

    memory_bytes: int = 900 * _MIB  # that it may write to; libraries that are only mapped do not count
    cpu_s: int = 120
    wall_clock_s: float = 300
    open_files: int = 64
    file_bytes: int = 0  # of each file that it writes; 0 forbids it any change of what lies on disk
    answer_bytes: int = 64 * _MIB


LIMITS = ProcessLimits()


class OutOfBoundsError(CommonsError):
    """The child needed more than it may have, or died."""

    code = "check-limit"


def run(module: str, files: Mapping[str, bytes], *, limits: ProcessLimits | None = None) -> Any:
    """Run ``module`` on a folder that holds ``files``, and return the JSON value it answers with.

    Raises:
        OutOfBoundsError: in words that a reader of the report understands.
    """
    limits = limits or LIMITS
    with tempfile.TemporaryDirectory(prefix="commons-check-") as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # One malloc arena and the system allocator keep what is reserved close to what is used.
        environment |= {
            "MALLOC_ARENA_MAX": "2",
            "ARROW_DEFAULT_MEMORY_POOL": "system",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        child = subprocess.Popen(
            # -P keeps the caller's folder off the import path: it may be a checkout of somebody's dataset.
            [sys.executable, "-P", "-m", module, folder],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        output, errors = _listen(child, limits)
    if child.returncode != 0:
        raise OutOfBoundsError(_last_line(errors) or f"exit status {child.returncode}")
    try:
        result = json.loads(output)
        _warn_once(str(result["unconfined"]))
        return result["answer"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OutOfBoundsError("its answer could not be read") from error


def _listen(child: subprocess.Popen[bytes], limits: ProcessLimits) -> tuple[bytes, bytes]:
    """Output and errors of the child; one that writes too much or takes too long is ended."""
    output, errors = bytearray(), bytearray()

    def read(stream: IO[bytes], most: int, into: bytearray) -> None:
        into += stream.read(most + 1)
        if len(into) > most:
            child.kill()

    assert child.stdout and child.stderr  # noqa: S101  both are pipes
    readers = [
        threading.Thread(target=read, args=(child.stdout, limits.answer_bytes, output)),
        threading.Thread(target=read, args=(child.stderr, _MAX_ERROR_BYTES, errors)),
    ]
    with child:
        for reader in readers:
            reader.start()
        try:
            child.wait(limits.wall_clock_s)
        except subprocess.TimeoutExpired:
            raise OutOfBoundsError(f"it took more than {limits.wall_clock_s} s") from None
        finally:
            child.kill()  # also when we are interrupted; a child that has ended does not mind
            for reader in readers:
                reader.join()
    if len(output) > limits.answer_bytes:
        raise OutOfBoundsError("there is more to say about it than a report can hold")
    return bytes(output), bytes(errors)


def _last_line(errors: bytes) -> str:
    return (errors.decode(errors="replace").strip().splitlines() or [""])[-1]


def _warn_once(reason: str, _reasons: set[str] = set()) -> None:  # noqa: B006  remembers what it warned of
    if reason and reason not in _reasons:
        _reasons.add(reason)
        _log.warning(
            "Files of contributors are checked with limits, but without a filter on calls: %s", reason
        )


# In the child

_unconfined = ""


def enter(limits: ProcessLimits = LIMITS) -> None:
    """Take the limits upon this process, after its imports and before it reads a byte of a stranger."""
    global _unconfined  # noqa: PLW0603  one process, one state
    seccomp.end_with_parent()
    for what, most in (
        (resource.RLIMIT_DATA, limits.memory_bytes),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    _unconfined = seccomp.deny(writes=limits.file_bytes > 0)


def answer(value: Any) -> NoReturn:
    """Print the answer and end; libraries that tear down their threads under a memory limit may abort."""
    sys.stdout.write(json.dumps({"answer": value, "unconfined": _unconfined}))
    sys.stdout.flush()
    os._exit(0)
