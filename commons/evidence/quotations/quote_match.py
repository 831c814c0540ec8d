"""What a comparison of a quotation with a record came to, as a value, as sentences and as plain JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from commons.evidence.quotations.quote_differences import QuoteDifference, Weight
from commons.evidence.quotations.typography import Typography


class QuoteVerdict(StrEnum):
    EXACT = "exact"
    NEAR = "near"
    NOT_FOUND = "not_found"


@dataclass(frozen=True)
class QuoteMatch:
    """``start`` and ``end`` are offsets in the record's text, or in its title where ``in_title``; ``passage`` is what stands there.

    Where nothing was found they are 0, 0 and empty.
    """

    verdict: QuoteVerdict
    start: int = 0
    end: int = 0
    passage: str = ""
    in_title: bool = False
    typography: tuple[Typography, ...] = ()
    differences: tuple[QuoteDifference, ...] = ()
    omissions: tuple[QuoteDifference, ...] = ()
    elided: bool = False
    reordered: bool = False
    short: bool = False

    @property
    def serious(self) -> tuple[Weight, ...]:
        """What is serious about the differences, each once."""
        weights = {weight for each in (*self.differences, *self.omissions) for weight in each.serious}
        return tuple(weight for weight in Weight if weight in weights)

    def words(self) -> tuple[str, ...]:
        """Sentences for people."""
        return tuple(_sentences(self))

    def to_json(self) -> dict[str, Any]:
        place = {"field": "title" if self.in_title else "text", "start": self.start, "end": self.end}
        missing = self.verdict is QuoteVerdict.NOT_FOUND
        return {
            "verdict": self.verdict.value,
            "place": None if missing else place,
            "passage": None if missing else self.passage,
            "typography": [name.value for name in self.typography],
            "differences": [each.to_json() for each in self.differences],
            "omissions": [each.to_json() for each in self.omissions],
            "serious": [weight.value for weight in self.serious],
            "elided": self.elided,
            "reordered": self.reordered,
            "short": self.short,
        }


def _sentences(match: QuoteMatch) -> Iterator[str]:
    where = "the record's title" if match.in_title else "the record"
    if match.verdict is QuoteVerdict.NOT_FOUND:
        yield "The record does not have these words."
    elif match.verdict is QuoteVerdict.NEAR:
        yield f"Nearly these words stand in {where}."
    elif match.typography:
        yield f"These words stand in {where}; {_listed(match.typography)} differ."
    else:
        yield f"This stands in {where} as it is."
    if match.elided and match.verdict is not QuoteVerdict.NOT_FOUND:
        yield "Words are left out where the quotation has an ellipsis."
    if match.reordered:
        yield "The words, or parts of them, stand in another order."
    yield from (each.words() for each in match.differences)
    for each in match.omissions:
        if each.serious:
            yield f"What the ellipsis leaves out denies something: {each.words()}"
    if match.serious:
        yield f"That may change what is said: it is about {_listed(match.serious, 'a ')}."
    if match.short and match.verdict is not QuoteVerdict.NOT_FOUND:
        yield "So few words stand in many records; they prove nothing."


def _listed(names: Sequence[StrEnum], article: str = "") -> str:
    *most, last = (f"{article}{name.value}" for name in names)
    return f"{', '.join(most)} and {last}" if most else last
