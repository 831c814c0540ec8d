"""Vectors of the tasks' texts, embedded once with the default model and kept as .npy in a folder.

With the reference engine that takes an hour on two cores. A file that was made of other texts is noticed by its length alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from commons.embedding import loading
from commons.embedding.embedder import Embedder

from .tasks import RetrievalTask


class VectorCache:
    def __init__(self, folder: Path, engine: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._engine = folder, engine
        self._embedder: Embedder | None = None

    def passages(self, task: RetrievalTask) -> Any:
        return self.texts(f"{task.name}_corpus", task.passages)

    def questions(self, task: RetrievalTask) -> Any:
        return self.texts(f"{task.name}_questions", task.questions, questions=True)

    def texts(self, name: str, texts: Sequence[str], *, questions: bool = False) -> Any:
        """(n, d) float32, rows of length 1."""
        path = self._folder / f"{name}.npy"
        if not path.exists():
            model = self._embedder = self._embedder or loading.load(engine=self._engine, home=self._folder)
            np.save(path, model.embed_questions(texts) if questions else model.embed(texts))
        vectors = np.load(path)
        assert len(vectors) == len(texts), f"{path} was made of other texts"
        return vectors
