"""Repetitions: records that say again what stands earlier in the contribution or anywhere in the commons.

Three kinds, each worth another look and none refused, because a person knows best whether two records are needed:

    the same words    equal but for case, punctuation, blanks and compatibility characters
    the same text     equal text under another title
    nearly the same   at least three quarters of the shingles in common

Candidates come from ``sketches``; each is confirmed by comparing the two texts themselves. Records in different languages never repeat each
other: that would be a translation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from commons.records.languages import primary_subtag
from commons.records.likeness import words
from commons.records.likeness.sketches import Sketches, SketchIndex
from commons.records.schema import Record

NEAR = 0.75  # Jaccard similarity of shingles from which on two records are nearly the same
_ESTIMATE_ERROR = 0.12  # three standard deviations of a signature's estimate at NEAR
_CONFIRMED_AT_ONCE = 16


class RepetitionKind(StrEnum):
    SAME_WORDS = "same-words"
    SAME_TEXT = "same-text"
    NEAR = "near"


@dataclass(frozen=True)
class Repetition:
    """``records[new]`` repeats ``other``: a position in the commons, or beyond its end in the contribution."""

    new: int
    other: int
    kind: RepetitionKind
    alike: float  # Jaccard similarity of shingles; 1 for the same words


def find(
    offered: Sequence[Record],
    own_sketches: Sketches,
    known_sketches: Sketches,
    record_at: Callable[[int], Record],
) -> Iterator[Repetition]:
    """For each offered record that repeats one before it, the repetition that is most alike.

    ``own_sketches`` are those of ``offered``, ``known_sketches`` those of the commons; ``record_at`` fetches a record of it. A position
    from ``len(known_sketches)`` on counts through ``offered``.
    """
    start = len(known_sketches)
    everything = Sketches.concatenate([known_sketches, own_sketches])

    def at(position: int) -> Record:
        return record_at(position) if position < start else offered[position - start]

    whole, body = _first_with(everything.whole), _first_with(everything.body)
    near = SketchIndex(everything.signatures).before(start, at_least=NEAR - _ESTIMATE_ERROR)
    for new, record in enumerate(offered):
        position = start + new
        if (same := whole(position)) != position:
            yield Repetition(new, same, RepetitionKind.SAME_WORDS, 1.0)
        elif own_sketches.body[new] and (same := body(position)) != position:
            yield Repetition(new, same, RepetitionKind.SAME_TEXT, alike(record, at(same)))
        elif match := _best_match(record, near[new], at):
            yield Repetition(new, match[0], RepetitionKind.NEAR, match[1])


def alike(first: Record, second: Record) -> float:
    """The Jaccard similarity of the shingles of two records."""
    shingles = words.shingles([_fold(first), _fold(second)])
    return _jaccard(shingles.of(0), shingles.of(1))


def _first_with(hashes: npt.NDArray[np.uint64]) -> Callable[[int], int]:
    """A function from a position to the first position with the same hash."""
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    return lambda position: int(first[inverse[position]])


def _best_match(
    record: Record, candidates: npt.NDArray[np.int64], at: Callable[[int], Record]
) -> tuple[int, float] | None:
    """The candidate that is nearly the same, and how much: the best of the first handful that holds one."""
    for start in range(0, len(candidates), _CONFIRMED_AT_ONCE):
        positions = candidates[start : start + _CONFIRMED_AT_ONCE].tolist()
        others = [at(position) for position in positions]
        shingles = words.shingles([_fold(record), *map(_fold, others)])
        own = shingles.of(0)
        best = max(
            (
                (_jaccard(own, shingles.of(number)), -position)
                for number, (position, other) in enumerate(zip(positions, others, strict=True), start=1)
                if primary_subtag(other.lang) == primary_subtag(record.lang)
            ),
            default=(0.0, 0),
        )
        if best[0] >= NEAR:
            return -best[1], best[0]
    return None


def _fold(record: Record) -> str:
    return f"{words.fold(record.title or '')} {words.fold(record.text)}".strip()


def _jaccard(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)
