"""Similarity: how much of their words two records share, as the Jaccard similarity of their shingles.

alike(first, second) >= NEAR            nearly the same words
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from commons.records.languages import primary_subtag
from commons.records.likeness import words
from commons.records.schema import Record

NEAR = 0.75  # from here on two records are nearly the same
ESTIMATE_ERROR = 0.12  # three standard deviations of a signature's estimate at NEAR


def alike(first: Record, second: Record) -> float:
    """The Jaccard similarity of the shingles of two records."""
    shingles = words.shingles([_fold(first), _fold(second)])
    return _jaccard(shingles.of(0), shingles.of(1))


def alike_to_each(record: Record, others: Sequence[Record]) -> list[float]:
    """``alike`` of the record and each of the others; 0 where they are in another language, for that would be a translation."""
    shingles = words.shingles([_fold(record), *map(_fold, others)])
    own, lang = shingles.of(0), primary_subtag(record.lang)
    return [
        _jaccard(own, shingles.of(number)) if primary_subtag(other.lang) == lang else 0.0
        for number, other in enumerate(others, start=1)
    ]


def _fold(record: Record) -> str:
    return f"{words.fold(record.title or '')} {words.fold(record.text)}".strip()


def _jaccard(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)
