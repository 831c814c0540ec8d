"""The audit of a proposed index in a child process: its files are a stranger's, and FAISS parses what it is given.

    findings = index_audit.audit(folder, slug, landed)         ``folder`` holds the data of main and the index as proposed

The child makes positions, keyword index and FAISS index again from data and vectors and compares. It has that folder to read, a folder to
make them in, and nothing else. What could not be checked refuses the index: a check is not for the checked file to switch off.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from commons.errors import CommonsError
from commons.gate import index_warm_up
from commons.gate.findings import Finding
from commons.index.build import artifact_audit
from commons.sandbox import confinement, limits
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits
from commons.sandbox.system_calls import Profile

_MAX_PROBLEMS = 100
_REQUEST = "request.json"


def audit(folder: Path, slug: str, landed: Mapping[str, datetime]) -> list[Finding]:
    """What is wrong with the index ``slug`` in ``folder``; ``landed`` is what the log says, in its order."""
    try:
        return [Finding(code, message) for code, message in _in_child(folder, slug, landed)]
    except OutOfBoundsError as error:
        message = f"the index could not be checked within bounds: {error.message}"
    except (KeyError, TypeError, ValueError):
        message = "the check of the index gave no answer that could be read"
    return [Finding("check-limit", message)]


def _in_child(folder: Path, slug: str, landed: Mapping[str, datetime]) -> list[tuple[str, str]]:
    """(code, message) of each finding.

    Raises:
        OutOfBoundsError: the child needed more than it may have, or died.
    """
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory(prefix="commons-audit-") as scratch:
        request = {
            "folder": str(folder.resolve()),
            "scratch": str(Path(scratch).resolve()),
            "slug": slug,
            "landed": {name: when.isoformat() for name, when in landed.items()},
        }
        answer = confinement.run(
            __name__,
            {_REQUEST: json.dumps(request).encode()},
            limits=_limits(size),
            profile=Profile.INDEX,
            readable=folder,
            writable=Path(scratch),
        )
    return [(str(code), str(message)) for code, message in answer]


def _limits(size: int) -> ProcessLimits:
    """For an index and its data of ``size`` bytes together: all of it in memory several times over, and a second of work for each MiB."""
    cpu_s = 300 + size // MIB
    return ProcessLimits(
        memory_bytes=2048 * MIB + 4 * size,
        cpu_s=cpu_s,
        wall_clock_s=limits.wall_clock_s(cpu_s),
        open_files=1024,
        file_bytes=64 * MIB + 2 * size,
    )


# In the child


def _answer(files: Mapping[str, BinaryIO]) -> list[tuple[str, str]]:
    request = json.loads(files[_REQUEST].read())
    tempfile.tempdir = request["scratch"]
    landed = {name: datetime.fromisoformat(when) for name, when in request["landed"].items()}
    return [*_findings(Path(request["folder"]), request["slug"], landed)][:_MAX_PROBLEMS]


def _findings(folder: Path, slug: str, landed: Mapping[str, datetime]) -> Iterator[tuple[str, str]]:
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    paths = [path.relative_to(folder).as_posix() for path in files]
    if links := [path for path, file in zip(paths, files, strict=True) if file.is_symlink()]:
        yield "index-invalid", f"{links[0]} is a link, not a file"
        return
    try:
        audited = artifact_audit.audit(folder, slug, paths, landed)
    except CommonsError as error:
        yield "index-invalid", error.message
        return
    for problem in audited.problems:
        yield "index-invalid", problem
    for sentence in audited.unchecked:
        yield "index-unchecked", sentence


if __name__ == "__main__":
    confinement.answer(_answer(confinement.enter(index_warm_up.load_and_try)))
