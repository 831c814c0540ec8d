"""What a confined child writes, line by line under its limits, and why it died when it did."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Iterator

from commons.errors import last_line
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits

_CHUNK_BYTES = 256 * 1024
_MAX_ERROR_BYTES = 64 * 1024
_LAST_GRACE_S = 1.0  # between closing its output and ending
_OUT_OF_MEMORY = ("bad_alloc", "memory allocation of ")  # as C++ and Rust say it before they abort
_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)


def lines(child: subprocess.Popen[bytes], limits: ProcessLimits) -> Iterator[bytes]:
    """The lines of the child's standard output, until it ends well; both outputs are pipes.

    Raises:
        OutOfBoundsError: it wrote too much, took too long or died, in words for a report.
    """
    output, errors = _Output(child, limits), bytearray()
    yield from output.lines(errors)
    status = output.status()
    if status:
        raise OutOfBoundsError(_cause(status, errors.decode(errors="replace"), limits))


class _Output:
    """Both pipes of a child. Only the time that we wait for it counts, not what its reader does between two lines."""

    def __init__(self, child: subprocess.Popen[bytes], limits: ProcessLimits) -> None:
        self._child, self._limits = child, limits
        self._left_s, self._left_bytes = limits.wall_clock_s, limits.answer_bytes

    def lines(self, errors: bytearray) -> Iterator[bytes]:
        """Every whole line, and the rest. What it writes to standard error is added to ``errors``."""
        pieces: list[bytes] = []
        for chunk in self._chunks(errors):
            head, *others = chunk.split(b"\n")
            pieces.append(head)
            for line in others:
                yield b"".join(pieces)
                pieces = [line]
        if rest := b"".join(pieces):
            yield rest

    def status(self) -> int:
        """The exit status of a child that has closed its outputs."""
        try:
            return self._child.wait(max(self._left_s, _LAST_GRACE_S))
        except subprocess.TimeoutExpired:
            raise self._too_slow() from None

    def _chunks(self, errors: bytearray) -> Iterator[bytes]:
        with selectors.DefaultSelector() as selector:
            assert self._child.stdout and self._child.stderr  # noqa: S101  both are pipes
            output = self._child.stdout.fileno()
            for pipe in (output, self._child.stderr.fileno()):
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                for pipe in self._ready(selector):
                    chunk = os.read(pipe, _CHUNK_BYTES)
                    if not chunk:
                        selector.unregister(pipe)
                    elif pipe == output:
                        self._count(chunk)
                        yield chunk
                    else:
                        errors += chunk
                        del errors[:-_MAX_ERROR_BYTES]  # why it died stands at the end

    def _ready(self, selector: selectors.BaseSelector) -> list[int]:
        began_s = time.monotonic()
        ready = [key.fd for key, _ in selector.select(max(self._left_s, 0))]
        self._left_s -= time.monotonic() - began_s
        if not ready:
            raise self._too_slow()
        return ready

    def _count(self, chunk: bytes) -> None:
        self._left_bytes -= len(chunk)
        if self._left_bytes < 0:
            raise OutOfBoundsError("there is more to say about it than a report can hold")

    def _too_slow(self) -> OutOfBoundsError:
        return OutOfBoundsError(f"it took more than {self._limits.wall_clock_s:g} s")


def _cause(status: int, errors: str, limits: ProcessLimits) -> str:
    """Why a child died, in words; ``status`` is negative for a signal."""
    memory = f"it needed more than {limits.memory_bytes // MIB:,} MiB of memory"
    if "MemoryError" in last_line(errors) or any(word in errors for word in _OUT_OF_MEMORY):
        return memory
    if status > 0:
        return last_line(errors) if errors.strip() else f"exit status {status}"
    number = -status
    if number == signal.SIGXCPU:
        return f"it needed more than {limits.cpu_s} s of processor time"
    if number == signal.SIGSYS:
        return "it tried what no reader of files does, and was ended (SIGSYS)"
    if number == signal.SIGABRT:
        return f"the library that reads it gave up (SIGABRT): {last_line(errors)}"
    if number in _CRASHES:
        return f"the library that reads it crashed ({signal.Signals(number).name})"
    if number == signal.SIGKILL:
        return "the system ended it, as it does when memory runs out (SIGKILL)"
    return f"signal {number} ended it"
