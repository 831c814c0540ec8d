"""Context packing: which piece of which record stands in a prompt of so many tokens.

    packing = ContextPacking(hits, others_of, words_of, size_of, budget)
    packing.packed()                            [PackedPassage(hit, Span(0, 412)), …], as many and as much as the budget holds

Room is given in the order of the hits. A record stands whole where that takes no more than half of the room that is left, or nobody waits
for the other half; else the sentences around what the question asks, as many as half of the room holds. What is left over goes to those
that were cut, best first. What disputes a record stands beside it if there is room, and is named in any case. Only the first passage may
be cut inside a sentence.

What a packing costs is asked of ``size_of``, which writes it out whole, so that no sum of parts has to be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from commons.errors import UsageError
from commons.evidence import passage_windows
from commons.evidence.hit import Hit
from commons.evidence.passage_windows import Span, WordsOf


@dataclass(frozen=True)
class PackedPassage:
    """``beside``: the id of the hit after which it stands, where no question asked for it."""

    hit: Hit
    span: Span
    beside: str = ""

    @property
    def id(self) -> str:
        return self.hit.record.id

    @property
    def whole(self) -> bool:
        return self.span == _whole(self.hit)


Packed = tuple[PackedPassage, ...]


@dataclass(frozen=True)
class ContextPacking:
    """``others_of``: what belongs beside a hit; ``words_of``: which words of the question pieces of its text have."""

    hits: Sequence[Hit]
    others_of: Callable[[Hit], Sequence[Hit]]
    words_of: Callable[[Hit], WordsOf]
    size_of: Callable[[Packed], int]
    budget: int
    _sentences: dict[str, list[Span]] = field(default_factory=dict)

    def packed(self) -> Packed:
        """In the order in which they are read: by rank, and what stands beside another right after it.

        Raises:
            UsageError: not even a piece of the first fits (``budget-too-small``).
        """
        packed: Packed = ()
        for place, hit in enumerate(self.hits):
            if not packed:
                packed = self._first(hit, waiting=len(self.hits) > 1)
            else:
                packed = self._with(packed, hit, waiting=place < len(self.hits) - 1)
            packed = self._with_others(packed, hit)
        return self._grown(packed)

    def least(self) -> int:
        """The smallest budget that holds a piece of the first."""
        hit = self.hits[0]
        return min(self.size_of((PackedPassage(hit, span),)) for span in (_whole(hit), self._inside(hit)[0]))

    def _first(self, hit: Hit, *, waiting: bool) -> Packed:
        packed = self._with((), hit, waiting=waiting)
        if packed:
            return packed
        whole = (PackedPassage(hit, _whole(hit)),)
        if self.size_of(whole) <= self.budget:
            return whole
        span = self._largest((), PackedPassage(hit, _whole(hit)), self._inside(hit), self.budget)
        if span is None:
            least = self.least()
            raise UsageError(
                f"{self.budget:,} tokens hold no passage with its attribution; the least is {least:,}.",
                hint=f"--tokens {least}, or more.",
                code="budget-too-small",
            )
        return (PackedPassage(hit, span),)

    def _with_others(self, packed: Packed, hit: Hit) -> Packed:
        if all(passage.id != hit.record.id for passage in packed):
            return packed
        for other in self.others_of(hit):
            packed = self._with(packed, other, waiting=True, beside=hit.record.id)
        return packed

    def _with(self, packed: Packed, hit: Hit, *, waiting: bool, beside: str = "") -> Packed:
        """With as much of a hit as its share of the room holds; as it was where that is nothing, or it is here already."""
        if any(passage.id == hit.record.id for passage in packed):
            return packed
        whole = PackedPassage(hit, _whole(hit), beside)
        used = self.size_of(packed) if packed else 0
        share = used + (self.budget - used) // 2 if waiting else self.budget
        if self._fits(packed, whole, share):
            return (*packed, whole)
        if not self._fits(packed, replace(whole, span=Span(0, 0)), self.budget):
            return packed
        spans = self._spans(hit)
        span = self._largest(packed, whole, spans, share)
        if span is None and self._fits(packed, replace(whole, span=spans[0]), self.budget):
            span = spans[0]
        return packed if span is None else (*packed, replace(whole, span=span))

    def _grown(self, packed: Packed) -> Packed:
        for passage in packed:
            if passage.whole:
                continue
            others = tuple(each for each in packed if each.id != passage.id)
            wider = [
                span
                for span in [*self._spans(passage.hit), _whole(passage.hit)]
                if _holds(span, passage.span)
            ]
            span = self._largest(others, passage, wider, self.budget)
            if span is not None:
                packed = tuple(replace(each, span=span) if each.id == passage.id else each for each in packed)
        return self._in_reading_order(packed)

    def _in_reading_order(self, packed: Packed) -> Packed:
        def place(passage: PackedPassage) -> tuple[int, bool]:
            return self._ranks[passage.beside or passage.id], bool(passage.beside)

        return tuple(sorted(packed, key=place))

    @cached_property
    def _ranks(self) -> dict[str, int]:
        best_first = sorted(self.hits, key=lambda hit: -hit.score)
        return {hit.record.id: rank for rank, hit in enumerate(best_first)}

    def _largest(
        self, packed: Packed, passage: PackedPassage, spans: Sequence[Span], limit: int
    ) -> Span | None:
        """The last of spans that hold one another with which the packing fits."""
        fitting, beyond = -1, len(spans)
        while beyond - fitting > 1:
            middle = (fitting + beyond) // 2
            if self._fits(packed, replace(passage, span=spans[middle]), limit):
                fitting = middle
            else:
                beyond = middle
        return spans[fitting] if fitting >= 0 else None

    def _fits(self, packed: Packed, passage: PackedPassage, limit: int) -> bool:
        return self.size_of(self._in_reading_order((*packed, passage))) <= limit

    def _spans(self, hit: Hit) -> list[Span]:
        name = hit.record.id
        if name not in self._sentences:
            self._sentences[name] = passage_windows.of(hit.record.text, self.words_of(hit))
        return self._sentences[name]

    def _inside(self, hit: Hit) -> list[Span]:
        """Pieces of the best sentence, smallest first; the sentence where it is short."""
        sentence = self._spans(hit)[0]
        return passage_windows.within(hit.record.text, sentence, self.words_of(hit)) or [sentence]


def _whole(hit: Hit) -> Span:
    return Span(0, len(hit.record.text))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
