"""Vectors for tests: real enough to have neighbours, the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np


def some_vectors(count: int, dimension: int = 128, seed: int = 0, clusters: int = 20) -> Any:
    """(count, dimension) float32 of length 1, gathered around ``clusters`` centres as texts are around subjects."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(clusters, dimension))
    made = centres[random.integers(clusters, size=count)] + 0.6 * random.normal(size=(count, dimension))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
