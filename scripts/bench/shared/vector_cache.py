"""Vectors of the tasks' texts, embedded once with the default model and kept as .npy; with the reference engine that takes an hour on
two cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from commons.embedding import embedder

from .tasks import RetrievalTask


class VectorCache:
    def __init__(self, folder: Path, engine: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._engine, self._model = folder, engine, None

    def passages(self, task: RetrievalTask) -> Any:
        return self.texts(f"{task.name}_corpus", task.passages)

    def questions(self, task: RetrievalTask) -> Any:
        return self.texts(f"{task.name}_questions", task.questions, questions=True)

    def texts(self, name: str, texts: Sequence[str], *, questions: bool = False) -> Any:
        """(n, d) float32, rows of length 1."""
        path = self._folder / f"{name}.npy"
        if not path.exists():
            self._model = self._model or embedder.load(engine=self._engine, home=self._folder)
            np.save(path, self._model.embed_questions(texts) if questions else self._model.embed(texts))
        vectors = np.load(path)
        assert len(vectors) == len(texts), f"{path} was made of other texts"
        return vectors
