"""Raw output of a model to unit vectors."""

from __future__ import annotations

import numpy as np

from commons.arrays import Vectors
from commons.errors import IndexArtifactError

_UNIT_WITHIN = 1e-2  # what bfloat16 leaves of a length of 1


def unit(raw: Vectors) -> Vectors:
    """Rows divided by their length; what has none stays as it is, for ``refuse_not_finite`` to find."""
    lengths = np.linalg.norm(raw, axis=1, keepdims=True)
    made: Vectors = np.divide(raw, lengths, out=raw.copy(), where=lengths > 0)
    return made


def refuse_not_finite(vectors: Vectors, model: str) -> None:
    """Raise IndexArtifactError (``vector-not-finite``) for the first row that is not of length 1: NaN, infinite, or nothing at all."""
    lengths = np.linalg.norm(vectors, axis=1)
    broken = np.flatnonzero(~(np.abs(lengths - 1) < _UNIT_WITHIN))  # written so that NaN is broken
    if len(broken):
        raise IndexArtifactError(
            f"{model} gave a vector that is not finite for text {broken[0] + 1} of {len(vectors):,}.",
            hint="Its weights are damaged, or overflow in this precision; compare with --engine reference.",
            code="vector-not-finite",
        )
