"""A true embedder small enough for a test: hashed character trigrams, no model and no network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.progress import Progress, silent


@dataclass(frozen=True)
class TinyEmbedder:
    """Hashed character trigrams, unit length: near for texts that share words, the same everywhere, and it counts its passages."""

    dimension: int = 64
    salt: str = ""
    calls: list[int] = field(default_factory=list)

    @property
    def identity(self) -> EmbedderIdentity:
        return EmbedderIdentity(
            model="tests/tiny",
            revision="",
            weights_sha256=hashlib.sha256(f"tiny {self.dimension} {self.salt}".encode()).hexdigest(),
            dimension=self.dimension,
            max_tokens=512,
            pooling="mean",
            normalised=True,
            question_prompt="",
            passage_prompt="",
            text="title, newline, text",
        )

    @property
    def engine(self) -> Engine:
        return Engine(name="trigrams", precision="float32", version="1")

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Any:
        progress(label, len(texts), len(texts))
        return self._vectors(texts)

    def embed(self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding") -> Any:
        self.calls.append(len(texts))
        progress(label, len(texts), len(texts))
        return self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> Any:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f"  {text.lower()}  "
            for start in range(len(padded) - 2):
                gram = hashlib.blake2b(
                    (self.salt + padded[start : start + 3]).encode(), digest_size=8
                ).digest()
                value = int.from_bytes(gram, "big")
                vectors[row, value % self.dimension] += 1 if value & (1 << 40) else -1
            vectors[row, 0] += 1e-3  # never the null vector
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
