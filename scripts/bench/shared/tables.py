"""Markdown tables, and the lines around them, as the benches print them.

show(["what", "measured"], rows)     prints each row as soon as it is there, because the next may be minutes away
"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The lines of a table; what a row is about stands left, its figures right."""
    yield "| " + " | ".join(heads) + " |"
    yield "| --- |" + " ---: |" * (len(heads) - 1)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def show(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    for line in table(heads, rows):
        print(line, flush=True)
    print(flush=True)


def spread(values: Sequence[float]) -> str:
    """The median, and between what the values lie."""
    median = f"{statistics.median(values):,.1f}"
    return median if len(values) == 1 else f"{median} ({min(values):,.1f} to {max(values):,.1f})"


def machine(*packages: str) -> str:
    """The machine and the versions that a measurement was made with; every table stands under this line."""
    versions = "".join(f", {package} {version}" for package in packages if (version := _version(package)))
    return (
        f"{os.cpu_count()} cores of {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}{versions}.\n"
    )


def _version(package: str) -> str:
    """Nothing where it is not installed: an engine may be absent, or a bench be asked for a part that does without."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
