"""The audit of a proposed index in a child process: its files are a stranger's, and FAISS parses what it is given.

    findings = index_audit.audit(folder, slug, landed)         ``folder`` holds the data of main and the index as proposed

The child makes positions, keyword index and FAISS index again from data and vectors and compares. What the manifest's version of a library
keeps from being made again refuses the index: a check is not for the checked file to switch off.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from commons import layout
from commons.errors import CommonsError, MissingExtraError
from commons.gate.findings import Finding
from commons.index import dense, keyword_fields, manifest
from commons.index.build import artifact_audit
from commons.sandbox import confinement
from commons.sandbox.confinement import OutOfBoundsError, ProcessLimits

_MIB = 1024 * 1024
_MAX_PROBLEMS = 100


def audit(folder: Path, slug: str, landed: Mapping[str, datetime]) -> list[Finding]:
    """What is wrong with the index ``slug`` in ``folder``; ``landed`` is what the log says of contributions."""
    try:
        return [Finding(code, message) for code, message in _in_child(folder, slug, landed)]
    except OutOfBoundsError as error:
        return [Finding("check-limit", f"the index could not be checked within bounds: {error.message}")]
    except (TypeError, ValueError) as error:
        return [Finding("check-limit", f"the check of the index gave no answer ({error})")]


def _in_child(folder: Path, slug: str, landed: Mapping[str, datetime]) -> list[tuple[str, str]]:
    """Run this module on the folder: it may read that, write to a scratch folder, and has neither network nor other programs.

    Raises:
        OutOfBoundsError: it needed more than it may have, or died.
    """
    limits = _limits(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    with tempfile.TemporaryDirectory(prefix="commons-audit-") as scratch:
        context = {
            "folder": str(folder),
            "scratch": scratch,
            "slug": slug,
            "landed": {name: when.isoformat() for name, when in landed.items()},
            "limits": asdict(limits),
        }
        answer = confinement.run(__name__, {"context.json": json.dumps(context).encode()}, limits=limits)
    return [(str(code), str(message)) for code, message in answer]


def _limits(size: int) -> ProcessLimits:
    """For an index and its data of ``size`` bytes: both in memory at once, and a second of work for each MiB."""
    return ProcessLimits(
        memory_bytes=2048 * _MIB + 4 * size,
        cpu_s=600 + size // _MIB,
        wall_clock_s=1800 + 2 * size // _MIB,
        open_files=1024,
        file_bytes=64 * _MIB + 2 * size,
    )


# In the child


def _child(folder: Path) -> list[tuple[str, str]]:
    context = json.loads((folder / "context.json").read_text())
    tempfile.tempdir = context["scratch"]
    for load in (dense.version, keyword_fields.version):
        _version(load)
    confinement.enter(ProcessLimits(**context["limits"]))
    landed = {name: datetime.fromisoformat(when) for name, when in context["landed"].items()}
    return [*_findings(Path(context["folder"]), context["slug"], landed)][:_MAX_PROBLEMS]


def _findings(folder: Path, slug: str, landed: Mapping[str, datetime]) -> Iterator[tuple[str, str]]:
    """(code, message) of everything that is wrong."""
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    paths = [path.relative_to(folder).as_posix() for path in files]
    if links := [path for path, file in zip(paths, files, strict=True) if file.is_symlink()]:
        yield "index-invalid", f"{links[0]} is a link, not a file"
        return
    try:
        yield from _not_rebuilt(folder, slug)
        for problem in artifact_audit.audit(folder, slug, paths, landed).problems:
            yield "index-invalid", problem
    except CommonsError as error:
        yield "index-invalid", error.message
    except MemoryError:
        raise
    except Exception as error:
        # Libraries that parse what was made to break them raise what they like.
        yield "index-invalid", f"it cannot be read: {type(error).__name__}: {error}"


def _not_rebuilt(folder: Path, slug: str) -> Iterator[tuple[str, str]]:
    made = manifest.parse((folder / layout.manifest_path(slug)).read_bytes())
    for library, stated, load in (
        ("faiss", made.faiss, dense.version),
        ("tantivy", made.tantivy, keyword_fields.version),
    ):
        here = _version(load)
        if made.pools and here != stated:
            present = f"{here} is here" if here else "it is not installed here"
            yield (
                "index-not-rebuilt",
                f"it was made with {library} {stated or 'of no version'}, and {present}",
            )


def _version(load: Callable[[], Any]) -> str:
    try:
        return str(load())
    except MissingExtraError:
        return ""


if __name__ == "__main__":
    confinement.answer(_child(Path(sys.argv[1])))
