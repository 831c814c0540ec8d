"""An embedder that knows the vectors of the tasks' texts from a cache, and asks the model for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from commons.embedding.embedder import Embedder, EmbedderIdentity, Engine
from commons.progress import Progress, silent

from .tasks import RetrievalTask
from .vector_cache import VectorCache


@dataclass
class RememberingEmbedder:
    model: Embedder
    passages: dict[str, Any]
    questions: dict[str, Any]

    @classmethod
    def of(cls, model: Embedder, cache: VectorCache, tasks: Sequence[RetrievalTask]) -> RememberingEmbedder:
        passages: dict[str, Any] = {}
        questions: dict[str, Any] = {}
        for task in tasks:
            passages.update(zip(task.passages, cache.passages(task), strict=True))
            questions.update(zip(task.questions, cache.questions(task), strict=True))
        return cls(model, passages, questions)

    @property
    def identity(self) -> EmbedderIdentity:
        return self.model.identity

    @property
    def engine(self) -> Engine:
        return self.model.engine

    def embed(self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding") -> Any:
        return self._known(self.passages, texts, partial(self.model.embed, progress=progress, label=label))

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Any:
        return self._known(
            self.questions, texts, partial(self.model.embed_questions, progress=progress, label=label)
        )

    def _known(self, known: dict[str, Any], texts: Sequence[str], ask: Callable[..., Any]) -> Any:
        missing = sorted({text for text in texts if text not in known})
        if missing:
            known.update(zip(missing, ask(missing), strict=True))
        return np.stack([known[text] for text in texts])
