"""Child processes that are measured whole: time with the start of the interpreter, processor seconds, memory, and what they report.

A child ends with ``report(result)``; whoever ran it by ``run`` has the result beside the measurements. Only the standard library is
imported, because some children run in an environment without the commons.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCH_FOLDER = Path(__file__).parents[1]

# Any command of the commons as a child that reports its exit code.
_COMMAND = (
    "import sys; from commons.cli import run; from shared.processes import report; report(run(sys.argv[1:]))"
)


@dataclass(frozen=True)
class ProcessRun:
    wall_s: float
    cpu_s: float  # of the process and of its children
    peak_mb: float  # of the process alone
    result: Any


def run(words: Sequence[str]) -> ProcessRun:
    """The peak is the child's own word: what the kernel says of a child to its parent includes the parent before exec."""
    environment = {**os.environ, "PYTHONPATH": str(BENCH_FOLDER)}
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(words, stdout=output, stderr=errors, text=True, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        lines = output.read().splitlines()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} failed: {errors.read()[-2000:]}")
    answer = json.loads(lines[-1])
    return ProcessRun(wall_s, usage.ru_utime + usage.ru_stime, answer["peak_mb"], answer["result"])


def run_command(*words: str) -> ProcessRun:
    """A command of the commons; the result is its exit code."""
    return run([sys.executable, "-c", _COMMAND, *words])


def report(result: Any) -> None:
    """The last line of a child."""
    print(json.dumps({"peak_mb": peak_mb(), "result": result}), flush=True)


def peak_mb(process: int | str = "self") -> float:
    return _memory_mb(process, "VmHWM")


def present_mb(process: int | str = "self") -> float:
    return _memory_mb(process, "VmRSS")


def _memory_mb(process: int | str, field: str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{field}:"))
