"""Models in the form that OpenVINO runs, on disk from one run to the next.

    <home>/<model>-<key>/       model.xml  model.bin  tokenizer.json  checks.npz  about.json

The key is a digest of what the form follows from: the source's files, the cut, the precision, the version of the converter. ``about.json``
holds what an embedder must know without loading torch, and the digest of every file; a folder that does not agree with it is as good as
none. A folder is staged and renamed, so it is whole or not there, and two processes that make it at once both end with one.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from commons import digests
from commons.closed_model import ClosedModel
from commons.embedding.embedder import EmbedderIdentity, Engine, slug_of
from commons.embedding.engines import prompts
from commons.embedding.engines.model_source import ModelSource
from commons.files import flush, staging

MODEL, WEIGHTS, TOKENIZER, CHECKS = "model.xml", "model.bin", "tokenizer.json", "checks.npz"
_ABOUT = "about.json"
_FORM = 1  # raised when the same source is turned into something else than before


class ConvertedModel(ClosedModel):
    """What ``about.json`` says: all an embedder must know without loading torch."""

    form: Literal[1] = 1
    identity: EmbedderIdentity
    engine: Engine
    pad_id: int
    files: dict[str, str]  # SHA-256 by name

    @property
    def digest(self) -> str:
        return digests.sha256_hex(self.model_dump_json(exclude={"form"}).encode())


def folder_of(home: Path, source: ModelSource, precision: str, truncate_dim: int | None) -> Path:
    """The folder of this form of the model, whether it is there or not."""
    known = prompts.known_of(source.model)
    shaping = [_FORM, source.digest, asdict(known), precision, truncate_dim, metadata.version("openvino")]
    key = digests.sha256_hex(json.dumps(shaping).encode())
    return home / f"{slug_of(source.model)}-{key[:24]}"


def read(folder: Path) -> ConvertedModel | None:
    """The model in ``folder``, every file of it checked; None when it is missing or damaged."""
    try:
        written = json.loads((folder / _ABOUT).read_bytes())
        model = ConvertedModel.model_validate(written["about"])
        if written["sha256"] != model.digest:
            return None
        whole = all(digests.sha256_of(folder / name) == digest for name, digest in model.files.items())
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None
    return model if whole else None


def describe(folder: Path, identity: EmbedderIdentity, engine: Engine, pad_id: int) -> None:
    """Write ``about.json`` for the files that are in ``folder``."""
    files = {path.name: digests.sha256_of(path) for path in folder.iterdir() if path.name != _ABOUT}
    model = ConvertedModel(identity=identity, engine=engine, pad_id=pad_id, files=files)
    written = {"sha256": model.digest, "about": model.model_dump(mode="json")}
    (folder / _ABOUT).write_text(json.dumps(written, indent=1))


@contextmanager
def staged(place: Path) -> Iterator[Path]:
    """A folder to fill; it becomes ``place`` when the block ends well, and nothing otherwise."""
    with staging(place.parent) as made:
        yield made
        for path in (*made.iterdir(), made):
            flush(path)
        _swap(made, place)


def _swap(made: Path, place: Path) -> None:
    """Put ``made`` where a damaged folder may lie; one that another process has finished meanwhile is left alone."""
    if place.exists() and read(place) is None:
        with contextlib.suppress(OSError):  # another process moved it first
            aside = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.damaged."))
            place.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)
    try:
        made.rename(place)
    except OSError:
        if read(place) is None:
            raise
