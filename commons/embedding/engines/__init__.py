"""Engines: what does the arithmetic of an embedder.

    reference       plain sentence-transformers in float32: runs any model, and measures the others
    openvino-*      a converted model on the processor: float32, bfloat16 where it is native, int8 where there is VNNI
    torch-bf16      sentence-transformers in bfloat16, where it is native
    cuda            sentence-transformers in bfloat16 on a graphics card
    auto            the fastest of these here, found by trying

An engine that was named and cannot run is an error. ``auto`` goes on without it, and says so.
"""

from __future__ import annotations

from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.embedding.engines import choice, model_source
from commons.embedding.engines.loader import EngineLoader, Say


def load(model: str, *, engine: str, home: Path | None, truncate_dim: int | None, say: Say) -> Embedder:
    """See ``commons.embedding.embedder.load``."""
    opener = EngineLoader(model_source.locate(model), home, truncate_dim, say)
    if engine != "auto":
        return opener.open(engine)
    return choice.fastest(opener, home) if home else opener.open("reference")
