"""The audit of a proposed index: what is wrong with it, as findings.

    findings = index_audit.audit(folder, slug, landed)         ``folder`` holds the data of main and the index as proposed

What could not be checked refuses the index: a check is not for the checked file to switch off.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from commons.errors import IndexArtifactError
from commons.gate.findings import Finding
from commons.index.build import confined_audit
from commons.ledger.landings import Acceptance
from commons.sandbox.limits import OutOfBoundsError


def audit(folder: Path, slug: str, landed: Mapping[str, Acceptance]) -> list[Finding]:
    """What is wrong with the index ``slug`` in ``folder``; ``landed`` is what the log says, in its order."""
    files = sorted(path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    paths = [path.relative_to(folder).as_posix() for path in files]
    if links := [path for path, file in zip(paths, files, strict=True) if file.is_symlink()]:
        return [Finding("index-invalid", f"{links[0]} is a link, not a file")]
    try:
        audited = confined_audit.audit(folder, slug, paths, landed)
    except IndexArtifactError as error:
        return [Finding("index-invalid", error.message)]
    except OutOfBoundsError as error:
        return [Finding("check-limit", f"the index could not be checked within bounds: {error.message}")]
    return [
        *(Finding("index-invalid", problem) for problem in audited.problems),
        *(Finding("index-unchecked", sentence) for sentence in audited.unchecked),
    ]
