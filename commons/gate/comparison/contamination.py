"""Contamination: records that carry an item of a protected benchmark, also when it was reworded.

A paraphrase keeps the numbers of a problem and most of its rare words, and little of its order, which is why comparing runs of words
finds nothing (Yang et al. 2023, arXiv:2311.04850). So an item and a record are compared as sets of marks, each weighted by how rare it is
among the protected items, a number three times as much as a word:

    alike    weight of the common marks / weight of all marks of both        the record is the item, reworded or not
    inside   weight of the common marks / weight of the item's marks         the record holds the item among other things

What is said is a warning: a person sees whether the record copies the benchmark or speaks of the same thing. The thresholds are measured by
``scripts/bench/repetition.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commons.gate.comparison import protected_sets
from commons.gate.comparison.protected_sets import Item
from commons.records.schema import Record

_NUMBER_WEIGHT = 3.0
# Numbers tell one problem from another, so an item with some is recognised from far less than an item of words alone.
_ALIKE_WITH_NUMBERS = 0.36
_ALIKE = 0.62
_NUMBERS = 2
_INSIDE = 0.9
_INSIDE_MARKS = 10  # an item of fewer stands in many a text by chance,
_INSIDE_TIMES = 4  # and so does any item in a text that is much longer
_MARKS = 5  # a text of fewer is everybody's, unless it is the item itself
_SAME = 0.999


@dataclass(frozen=True)
class ProtectedMatch:
    """A record that carries a protected item, and how much alike they are (0 to 1)."""

    record: Record
    set: str
    item: str
    alike: float


class ProtectedItems:
    """The items of some protected sets, ready to be compared with."""

    def __init__(self, items: list[Item]) -> None:
        self._items = items
        lengths = np.array([len(item.marks) for item in items], np.int64)
        flat = np.concatenate([item.marks for item in items]) if items else np.zeros(0, np.uint32)
        self._vocabulary, place = np.unique(flat, return_inverse=True)
        order = np.argsort(place, kind="stable")
        self._postings = np.repeat(np.arange(len(items)), lengths)[order]
        counts = np.bincount(place, minlength=len(self._vocabulary))
        self._starts = np.concatenate([[0], np.cumsum(counts)])
        rarity = np.log((len(items) + 1) / (counts + 0.5))
        self._weights = rarity * _emphasis(self._vocabulary)
        self._unseen = float(np.log((len(items) + 1) / 0.5)) if items else 0.0
        self._totals = np.bincount(
            self._postings, weights=np.repeat(self._weights, counts), minlength=len(items)
        )
        numbers = np.array([protected_sets.is_number(item.marks).sum() for item in items], np.int64)
        self._needed = np.where(numbers >= _NUMBERS, _ALIKE_WITH_NUMBERS, _ALIKE)
        self._lengths = lengths
        self._heaviest = float(self._totals.max(initial=0)) / _ALIKE_WITH_NUMBERS
        self._longest = _INSIDE_TIMES * int(lengths.max(initial=0))

    def find(self, records: Iterable[Record]) -> Iterator[ProtectedMatch]:
        """The records that carry an item, each with the item it is most like."""
        if not self._items:
            return
        for record in records:
            best = max(map(self._nearest, _views(record)), key=lambda match: match[1], default=(-1, 0.0))
            if best[0] >= 0:
                item = self._items[best[0]]
                yield ProtectedMatch(record, item.set, item.item, best[1])

    def _nearest(self, marks: npt.NDArray[np.uint32]) -> tuple[int, float]:
        """The item that a text of these marks carries and how much alike they are, or (-1, 0)."""
        places = np.searchsorted(self._vocabulary, marks)
        places[places == len(self._vocabulary)] = 0
        known = self._vocabulary[places] == marks
        places = places[known]
        own = self._weights[places].sum() + self._unseen * _emphasis(marks[~known]).sum()
        if not len(places) or (own > self._heaviest and len(marks) > self._longest):
            return -1, 0.0  # nothing of the list is large enough to be alike or inside
        shared = self._shared(places)
        alike = shared / (own + self._totals - shared)
        may_hold = (self._lengths >= _INSIDE_MARKS) & (len(marks) <= _INSIDE_TIMES * self._lengths)
        inside = np.where(may_hold, shared / self._totals, 0.0)
        enough = self._needed if len(places) >= _MARKS else _SAME
        hit = (alike >= enough) | (inside >= _INSIDE)
        if not hit.any():
            return -1, 0.0
        score = np.where(hit, np.where(inside >= _INSIDE, np.maximum(alike, inside), alike), 0.0)
        best = int(score.argmax())
        return best, float(score[best])

    def _shared(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """For each item the weight of those of its marks that stand at ``places`` of the vocabulary."""
        counts = self._starts[places + 1] - self._starts[places]
        before = np.cumsum(counts) - counts
        inside = np.arange(int(counts.sum())) + np.repeat(self._starts[places] - before, counts)
        weights = np.repeat(self._weights[places], counts)
        items = self._postings[inside]
        return np.bincount(items, weights=weights, minlength=len(self._items)).astype(np.float64)


def _emphasis(marks: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
    return np.where(protected_sets.is_number(marks), _NUMBER_WEIGHT, 1.0)


def _views(record: Record) -> Iterator[npt.NDArray[np.uint32]]:
    """The marks of what may be the item: the text, a question in the title, or both together."""
    text = protected_sets.marks(record.text)
    yield text
    if record.title:
        title = protected_sets.marks(record.title)
        yield title
        yield np.union1d(title, text)
