"""Engines: what does the arithmetic of an embedder. ``load`` chooses one; each is a file of its own."""

from __future__ import annotations

from pathlib import Path

from commons.errors import IndexArtifactError
from commons.index.embedder import Embedder
from commons.index.engines import reference


def load(model: str, *, engine: str, home: Path | None, truncate_dim: int | None) -> Embedder:  # noqa: ARG001
    """See ``commons.index.embedder.load``."""
    if engine not in ("auto", "reference"):
        raise IndexArtifactError(f"The engine {engine} cannot run here.", code="engine-unavailable")
    return reference.load(model, truncate_dim=truncate_dim)
