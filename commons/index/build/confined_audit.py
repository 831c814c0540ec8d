"""The audit of an index in a child process: FAISS and tantivy parse what they are given, and these files are a stranger's.

    result = confined_audit.audit(folder, slug, paths, landed)         see ``artifact_audit.audit``

The child makes positions, keyword index and FAISS index again from data and vectors and compares. It has the folder to read, a folder to
make them in, and nothing else.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from commons import layout
from commons.errors import CommonsError, IndexArtifactError
from commons.index.build import artifact_audit, audit_warm_up
from commons.index.build.audit_result import ArtifactAudit
from commons.ledger.landings import Acceptance
from commons.sandbox import confinement, limits
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits
from commons.sandbox.system_calls import Profile

_REQUEST = "request.json"
_MAX_SENTENCES = 100  # of each kind


def audit(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, Acceptance],
    *,
    files_only: bool = False,
) -> ArtifactAudit:
    """What ``artifact_audit.audit`` says without a model, or ``audit_files`` with ``files_only``.

    Raises:
        OutOfBoundsError: the child needed more than it may have, died, or gave no answer that could be read.
        IndexArtifactError: what the audit raises.
    """
    needed = [
        path for path in paths if not path.startswith(layout.LOG) or layout.parse_openings(path) is not None
    ]
    with tempfile.TemporaryDirectory(prefix="commons-audit-") as scratch:
        request = {
            "folder": str(folder.absolute()),
            "scratch": str(Path(scratch).resolve()),
            "slug": slug,
            "paths": needed,
            "landed": {name: _acceptance_to_json(landing) for name, landing in landed.items()},
            "files_only": files_only,
        }
        answer = confinement.run(
            __name__,
            {_REQUEST: json.dumps(request).encode()},
            limits=limits_for(folder, needed),
            profile=Profile.INDEX,
            readable=readable(folder, needed),
            writable=Path(scratch),
        )
    try:
        if "error" in answer:
            raise IndexArtifactError(str(answer["error"]), code=str(answer["code"]))
        return _from_json(answer["audit"])
    except (KeyError, TypeError, ValueError) as error:
        raise OutOfBoundsError("the check of the index gave no answer that could be read") from error


def readable(folder: Path, paths: Sequence[str]) -> Path:
    """The folder that holds the copy; where it is the store of the Hub's client, whose snapshots are links, the one that holds both."""
    places = {folder.resolve(), *((folder / path).resolve().parent for path in paths)}
    return Path(os.path.commonpath(places))


def limits_for(folder: Path, paths: Sequence[str]) -> ProcessLimits:
    """For an index and its data: all of it in memory several times over, and a second of work for each MiB."""
    size = sum((folder / path).stat().st_size for path in paths)
    cpu_s = 300 + size // MIB
    return ProcessLimits(
        memory_bytes=2048 * MIB + 4 * size,
        cpu_s=cpu_s,
        wall_clock_s=limits.wall_clock_s(cpu_s),
        open_files=1024,
        file_bytes=64 * MIB + 2 * size,
    )


def _from_json(answer: Mapping[str, Any]) -> ArtifactAudit:
    result = ArtifactAudit()
    for name, value in asdict(result).items():
        given = answer[name]
        setattr(
            result, name, [str(sentence) for sentence in given] if isinstance(value, list) else int(given)
        )
    return result


def _acceptance_to_json(acceptance: Acceptance) -> list[Any]:
    return [acceptance.time.isoformat(), acceptance.index, acceptance.by_reviewer]


def _acceptance_from_json(time: str, index: int | None, by_reviewer: bool) -> Acceptance:
    return Acceptance(datetime.fromisoformat(time), index, by_reviewer)


# In the child


def _answer(files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    request = json.loads(files[_REQUEST].read())
    tempfile.tempdir = request["scratch"]
    landed = {name: _acceptance_from_json(*landing) for name, landing in request["landed"].items()}
    make = artifact_audit.audit_files if request["files_only"] else artifact_audit.audit
    try:
        made = make(Path(request["folder"]), request["slug"], request["paths"], landed)
    except CommonsError as error:
        return {"error": error.message, "code": error.code}
    return {
        "audit": {
            name: value[:_MAX_SENTENCES] if isinstance(value, list) else value
            for name, value in asdict(made).items()
        }
    }


if __name__ == "__main__":
    confinement.answer(_answer(confinement.enter(lambda: list(audit_warm_up.load_and_try()))))
