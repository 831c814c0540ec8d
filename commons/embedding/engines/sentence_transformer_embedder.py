"""The embedder of the torch engines: sentence-transformers itself, in any precision on any device."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

import numpy as np

from commons.arrays import Vectors
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.embedding.engines import prompts, weights_digest
from commons.embedding.engines.model_source import ModelSource
from commons.embedding.engines.unit_vectors import refuse_not_finite, unit
from commons.errors import IndexArtifactError, MissingExtraError, first_line
from commons.progress import Progress, silent

_SLICE_TEXTS = 512  # texts a call, so that progress moves and memory stays bounded
_CUDA_BATCH = 256  # texts; a graphics card idles on the library's 32


@dataclass(frozen=True)
class SentenceTransformerEmbedder:
    """Any sentence-transformers model. Safe for many threads, one at a time: the tokenizers behind it refuse two at once."""

    model: Any
    identity: EmbedderIdentity
    engine: Engine
    batch: int = 32
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._encode(self.model.encode_document, self.identity.passage_prompt, texts, progress, label)

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._encode(self.model.encode_query, self.identity.question_prompt, texts, progress, label)

    def _encode(
        self, encode: Callable[..., Any], prompt: str, texts: Sequence[str], progress: Progress, label: str
    ) -> Vectors:
        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        # Longest first keeps batches even; the library sorts within a call only.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _SLICE_TEXTS):
            chosen = order[start : start + _SLICE_TEXTS]
            with self._lock:
                raw = encode(
                    [texts[i] for i in chosen],
                    prompt=prompt,
                    batch_size=self.batch,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            vectors[chosen] = unit(raw)
            progress(label, min(start + _SLICE_TEXTS, len(order)), len(order))
        refuse_not_finite(vectors, self.identity.model)
        return vectors


def load(
    source: ModelSource, *, truncate_dim: int | None = None, dtype: str = "float32", device: str = "cpu"
) -> SentenceTransformerEmbedder:
    """The model in ``source``; see ``commons.embedding.loading`` for the errors."""
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "index") from error
    if device == "cuda":
        _refuse_without_cuda()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws over ours
    try:
        loaded = SentenceTransformer(
            str(source.folder),
            device=device,
            trust_remote_code=False,
            truncate_dim=truncate_dim,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError) as error:
        # Reports and pages of a Space publish this, and the library names the folder.
        reason = first_line(error).replace(str(source.folder), source.model)
        raise IndexArtifactError(
            f"The model {source.model} cannot be loaded: {reason}",
            hint="Give the id of a sentence-transformers model, or a folder that holds one: --model FOLDER.",
            code="model-missing",
        ) from error
    identity = _identity(source, loaded)
    if dtype != "float32":
        import torch

        loaded = loaded.to(getattr(torch, dtype))
    name = {"cuda": "cuda"}.get(device, "sentence-transformers" if dtype == "float32" else "torch")
    engine = Engine(name=name, precision=dtype, version=metadata.version("sentence-transformers"))
    return SentenceTransformerEmbedder(loaded, identity, engine, _CUDA_BATCH if device == "cuda" else 32)


def _refuse_without_cuda() -> None:
    import torch

    if not torch.cuda.is_available():
        raise IndexArtifactError(
            f"PyTorch {torch.__version__} cannot use a graphics card here.",
            hint="Install a build of PyTorch for CUDA, or use --engine auto.",
            code="engine-unavailable",
        )


def _identity(source: ModelSource, loaded: Any) -> EmbedderIdentity:
    wanted = prompts.of(
        source.model, loaded.prompts, loaded.prompts.get(loaded.default_prompt_name or "") or ""
    )
    return EmbedderIdentity(
        model=source.model,
        revision=source.revision,
        weights_sha256=weights_digest.of(source.folder),
        dimension=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 0),
        pooling=_pooling(loaded),
        normalised=True,
        question_prompt=wanted.question,
        passage_prompt=wanted.passage,
        text="title, newline, text",
    )


def _pooling(model: Any) -> str:
    """The pooling module's own word for what it does; empty for a model that pools in another way."""
    return next((str(m.pooling_mode) for m in model if hasattr(m, "pooling_mode")), "")
