"""An embedder small enough for a test: hashed character trigrams, deterministic, no model and no network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.progress import Progress, silent

_DIMENSION = 256


@dataclass(frozen=True)
class Trigrams:
    identity: EmbedderIdentity = field(
        default=EmbedderIdentity(
            model="tests/trigrams",
            revision="",
            weights_sha256=hashlib.sha256(b"trigrams").hexdigest(),
            dimension=_DIMENSION,
            max_tokens=100_000,
            pooling="mean",
            normalised=True,
            question_prompt="",
            passage_prompt="",
            text="title, newline, text",
        )
    )

    engine: Engine = field(default=Engine(name="trigrams", precision="float32", version="1"))

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> npt.NDArray[np.float32]:
        return self.embed(texts, progress=progress, label=label)

    def embed(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> npt.NDArray[np.float32]:
        vectors = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f"  {text.lower()}  "
            for start in range(len(padded) - 2):
                digest = hashlib.blake2b(padded[start : start + 3].encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "big") % _DIMENSION] += 1
        progress(label, len(texts), len(texts))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)
