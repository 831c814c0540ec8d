"""An index is opened once where it can do no harm, before it is opened here.

    trial.refuse_harmful(folder, slug, data, trials)

FAISS and tantivy trust the bytes they map. Digests say that these are the bytes of the manifest, not that whoever made them meant well. So
what was never opened on this machine is opened and asked in a confined child first; that it survived is kept in ``trials`` by the digest of
its manifest, which binds every file.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np

from commons import digests, layout
from commons.errors import CommonsError, IndexArtifactError
from commons.files import keep
from commons.index import manifest, retrieval
from commons.index.build import audit_warm_up, confined_audit
from commons.sandbox import confinement
from commons.sandbox.confinement import UnconfinedError
from commons.sandbox.limits import OutOfBoundsError
from commons.sandbox.system_calls import Profile

_REQUEST = "request.json"
_QUESTION = "What is it?"
_log = logging.getLogger(__name__)


def refuse_harmful(folder: Path, slug: str, data: Mapping[str, int], trials: Path) -> None:
    """Raise IndexArtifactError (``index-damaged``) for an index that breaks the process which opens it; other faults are left to opening.

    ``data``: see ``retrieval.open_artifact``.
    """
    place = folder / layout.manifest_path(slug)
    if not place.is_file():
        return
    raw = place.read_bytes()
    survived = trials / digests.sha256_hex(raw)
    if survived.is_file():
        return
    made = manifest.parse(raw)
    paths = [
        layout.manifest_path(slug),
        *(file.path for file in made.files),
        *(file.path for file in made.data),
    ]
    paths = [path for path in paths if (folder / path).is_file()]
    try:
        with tempfile.TemporaryDirectory(prefix="commons-trial-") as scratch:
            request = {"folder": str(folder.absolute()), "scratch": scratch, "slug": slug, "data": dict(data)}
            confinement.run(
                __name__,
                {_REQUEST: json.dumps(request).encode()},
                limits=confined_audit.limits_for(folder, paths),
                profile=Profile.INDEX,
                readable=confined_audit.readable(folder, paths),
                writable=Path(scratch),
            )
    except UnconfinedError as error:
        _log.warning("The index is opened without a trial: %s", error.message)
        return
    except OutOfBoundsError as error:
        raise IndexArtifactError(
            f"The index breaks the process that opens it, and is not opened here: {error.message}.",
            hint="Tell the maintainers, and check it: commons verify",
            code="index-damaged",
        ) from error
    keep(survived, b"")


# In the child


def _answer(files: Mapping[str, BinaryIO]) -> str:
    request = json.loads(files[_REQUEST].read())
    tempfile.tempdir = request["scratch"]
    try:
        _open_and_ask(Path(request["folder"]), request["slug"], request["data"])
    except CommonsError as error:
        return error.message  # and whoever opens it says so
    return ""


def _open_and_ask(folder: Path, slug: str, data: dict[str, int]) -> None:
    index = retrieval.open_artifact(folder, slug, data=data)
    vector = np.zeros(index.manifest.embedder.dimension, np.float32)
    vector[0] = 1
    index.search(vector, 1, question=_QUESTION)


def _load_and_try() -> None:
    for folder, slug, data in audit_warm_up.load_and_try():
        _open_and_ask(folder, slug, data)


if __name__ == "__main__":
    confinement.answer(_answer(confinement.enter(_load_and_try)))
