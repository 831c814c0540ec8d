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

from commons.records.likeness.similarity import ESTIMATE_ERROR, NEAR, alike, alike_to_each
from commons.records.likeness.sketches import Sketches, SketchIndex
from commons.records.schema import Record

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
    near = SketchIndex(everything.signatures).before(start, at_least=NEAR - ESTIMATE_ERROR)
    for new, record in enumerate(offered):
        position = start + new
        if (same := whole(position)) != position:
            yield Repetition(new, same, RepetitionKind.SAME_WORDS, 1.0)
        elif own_sketches.body[new] and (same := body(position)) != position:
            yield Repetition(new, same, RepetitionKind.SAME_TEXT, alike(record, at(same)))
        elif match := _best_match(record, near[new], at):
            yield Repetition(new, match[0], RepetitionKind.NEAR, match[1])


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
        shares = alike_to_each(record, others)
        best = max((share, -position) for share, position in zip(shares, positions, strict=True))
        if best[0] >= NEAR:
            return -best[1], best[0]
    return None
