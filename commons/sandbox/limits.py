"""Limits on a confined process, by the bytes it is handed: what is small may not cost much.

A hand-made table of a kilobyte can hold a quarter of a gigabyte that is slow to judge. So memory, processor time and answer follow from the
size of what is handed in, from a floor that loading libraries and an honest small file need, to a ceiling for the largest file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from commons.errors import CommonsError

MIB = 1024 * 1024


class OutOfBoundsError(CommonsError):
    """A confined process needed more than it may have, or died."""

    code = "check-limit"


@dataclass(frozen=True)
class ProcessLimits:
    """What a confined process may use. The defaults are what the largest input may cost."""

    memory_bytes: int = 900 * MIB  # that it may write to; libraries that are only mapped do not count
    cpu_s: int = 90
    wall_clock_s: float = 480  # that somebody waits for it
    answer_bytes: int = 256 * MIB
    open_files: int = 64  # beside those it is handed
    file_bytes: int = 0  # of one file that it writes, where it may


_MOST = ProcessLimits()
# Measured on contributions of 5,000 records, the slowest texts that are honest, on two shared cores: 600 bytes of words each take 4 s and
# 8 KB of base64 20 s. However alike its texts are, each record brings a hundred bytes that nothing compresses: id, commitment and salt.
# So half a megabyte is the least that such a contribution comes in, and three times its cost is allowed.
_LEAST_CPU_S, _CPU_S_PER_MIB = 10, 25
# Libraries and the language model take 300 MiB, 5,000 texts of 8 KB another 250.
_LEAST_MEMORY_BYTES, _MEMORY_PER_BYTE = 600 * MIB, 32
_LEAST_ANSWER_BYTES, _ANSWER_PER_BYTE = 64 * MIB, 8
_OWN_MEMORY_PER_BYTE, _OWN_CPU_S_PER_MIB = 8, 0.2
# Against one that waits for nothing; a machine may give it a fifth of a processor.
_LEAST_WALL_S, _WALL_PER_CPU = 30, 5


def wall_clock_s(cpu_s: float) -> float:
    """How long to wait for so much processor time."""
    return _LEAST_WALL_S + _WALL_PER_CPU * cpu_s


def for_input(size: int, *, own: int = 0) -> ProcessLimits:
    """The limits on reading ``size`` bytes of somebody else's, besides ``own`` bytes of ours, such as the ids that a commons holds."""
    cpu_s = min(_LEAST_CPU_S + _CPU_S_PER_MIB * size / MIB, _MOST.cpu_s) + _OWN_CPU_S_PER_MIB * own / MIB
    memory = min(_LEAST_MEMORY_BYTES + _MEMORY_PER_BYTE * size, _MOST.memory_bytes)
    return ProcessLimits(
        memory_bytes=memory + _OWN_MEMORY_PER_BYTE * own,
        cpu_s=math.ceil(cpu_s),
        wall_clock_s=wall_clock_s(cpu_s),
        answer_bytes=min(_LEAST_ANSWER_BYTES + _ANSWER_PER_BYTE * size, _MOST.answer_bytes),
    )
