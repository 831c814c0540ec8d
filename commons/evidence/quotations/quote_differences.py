"""Differences between a quotation and what it is from, word by word, and which of them change what is said.

A number, a negation, a unit or a name that differs is serious: a reader of the quotation believes something else than the record says.
That other words mean the contrary ("rises" for "falls") is not known here; every difference is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commons.evidence.quotations.quoted_words import QuotedWord, WordKind
from commons.records import negations


class EditKind(StrEnum):
    """What was done to the record's words to make the quotation."""

    LEFT_OUT = "left out"
    PUT_IN = "put in"
    REPLACED = "replaced"


class Weight(StrEnum):
    """What is serious about a difference."""

    NUMBER = "number"
    NEGATION = "negation"
    UNIT = "unit"
    NAME = "name"


@dataclass(frozen=True)
class QuoteDifference:
    """Offsets are those of the record's words (``start`` is ``end`` where it has none there) and of the quotation's.

    ``bracketed``: the quotation marks its words as its own, in square brackets. ``cut``: it has a part of the record's word.
    """

    kind: EditKind
    record: str
    quotation: str
    start: int
    end: int
    quote_start: int
    quote_end: int
    serious: tuple[Weight, ...] = ()
    bracketed: bool = False
    cut: bool = False

    def words(self) -> str:
        """One sentence."""
        if self.cut:
            return f"The quotation cuts the record's “{self.record}” to “{self.quotation}”."
        if self.bracketed:
            instead = f" where the record has “{self.record}”" if self.record else ""
            return f"“{self.quotation}” stands in brackets{instead}."
        if self.kind is EditKind.LEFT_OUT:
            return f"“{_shortened(self.record)}” is missing."
        if self.kind is EditKind.PUT_IN:
            return f"“{_shortened(self.quotation)}” is not at this place of the record."
        return f"The record has “{_shortened(self.record)}”, the quotation “{_shortened(self.quotation)}”."

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.kind.value,
            "record": self.record,
            "quotation": self.quotation,
            "start": self.start,
            "end": self.end,
            "quote_start": self.quote_start,
            "quote_end": self.quote_end,
            "serious": [weight.value for weight in self.serious],
            "bracketed": self.bracketed,
            "cut": self.cut,
        }


_SHOWN_CHARACTERS = 160
_ABBREVIATED_LETTERS = 3
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_NUMBER_WORDS = frozenset(
    f"zero {_ONES} twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half once twice "
    "double triple thrice quarter".split()
) | frozenset("〇一二三四五六七八九十百千万萬億亿兆两兩")
_MEASURES = """
% ‰ ° $ € £ ¥ percent percentage prozent porcentaje pourcent процент процентов
k c f celsius fahrenheit kelvin
kg g mg µg μg mcg ng lb lbs oz t ton tons tonnes gram grams kilogram kilograms milligram milligrams microgram micrograms
m km cm mm nm µm μm metre metres meter meters kilometre kilometres kilometer kilometers centimetre centimetres centimeter centimeters
millimetre millimetres millimeter millimeters mile miles foot feet inch inches yard yards sq square cubic hectare hectares acre acres
l ml µl μl litre litres liter liters millilitre millilitres milliliter milliliters gallon gallons
s ms min h second seconds minute minutes hour hours day days week weeks month months year years decade decades century centuries
hz khz mhz ghz w kw mw gw kwh v kv a ma j kj mj cal kcal pa kpa mpa bar psi b kb mb gb tb bit bits byte bytes
dollar dollars euro euros usd eur gbp thousand million billion trillion
"""
_UNITS = frozenset(_MEASURES.split())
DENYING_PREFIXES = frozenset(("non", "un", "anti"))  # before a hyphen
_NEGATING_PREFIXES = ("un", "in", "im", "ir", "il", "non", "dis")
_CAPITALISING = frozenset(("de", "lb"))  # languages whose every noun begins with a capital


@dataclass(frozen=True)
class _Side:
    """One text with its words, and which of them differ."""

    text: str
    words: Sequence[QuotedWord]
    first: int
    last: int  # one after

    @property
    def changed(self) -> Sequence[QuotedWord]:
        return self.words[self.first : self.last]

    @property
    def span(self) -> tuple[int, int]:
        """Of the words that differ; where there are none, after the word before them."""
        if self.changed:
            return self.changed[0].start, self.changed[-1].end
        place = self.words[self.first - 1].end if self.first else 0
        return place, place

    @property
    def keys(self) -> set[str]:
        return {word.key for word in self.changed}


def difference(
    record: tuple[str, Sequence[QuotedWord], int, int],
    quotation: tuple[str, Sequence[QuotedWord], int, int],
    lang: str,
    *,
    cut: bool = False,
) -> QuoteDifference:
    """Of one place, on either side (text, its words, first of those that differ, one after the last); ``lang`` may be empty."""
    there, here = _Side(*record), _Side(*quotation)
    kind = EditKind.REPLACED
    if not here.changed:
        kind = EditKind.LEFT_OUT
    elif not there.changed:
        kind = EditKind.PUT_IN
    (start, end), (quote_start, quote_end) = there.span, here.span
    return QuoteDifference(
        kind,
        there.text[start:end],
        here.text[quote_start:quote_end],
        start,
        end,
        quote_start,
        quote_end,
        _weights(there, here, lang),
        bracketed=bool(here.changed) and _in_brackets(here.text, quote_start, quote_end),
        cut=cut,
    )


def denies(words: Sequence[QuotedWord], lang: str) -> bool:
    """Whether one of the words is a negation."""
    return bool(_negations(words, lang))


def _weights(there: _Side, here: _Side, lang: str) -> tuple[Weight, ...]:
    unchanged = there.keys & here.keys  # by the one difference, as words that only moved
    differing = [
        (side, number)
        for side in (there, here)
        for number in range(side.first, side.last)
        if side.words[number].key not in unchanged
    ]
    weights = {
        Weight.NUMBER: any(_is_number(side.words[number]) for side, number in differing),
        Weight.NEGATION: _negations(there.changed, lang) != _negations(here.changed, lang)
        or _prefix_denies(there.keys, here.keys),
        Weight.UNIT: any(_is_unit(side, number) for side, number in differing),
        Weight.NAME: lang not in _CAPITALISING and any(_is_name(side, number) for side, number in differing),
    }
    return tuple(weight for weight, applies in weights.items() if applies)


def _is_number(word: QuotedWord) -> bool:
    return word.kind is WordKind.NUMBER or word.key in _NUMBER_WORDS


def _negations(words: Sequence[QuotedWord], lang: str) -> list[str]:
    denying = [word.key for word in words if word.key in negations.words(lang) | DENYING_PREFIXES]
    if lang and lang not in negations.UNSPACED:
        return sorted(denying)
    run = "".join(word.key if word.kind is WordKind.CHARACTER else " " for word in words)
    longer = [word for name in ("ja", "th") for word in negations.words(name) if len(word) > 1]
    return sorted([*denying, *(word for word in longer for _ in range(run.count(word)))])


def _prefix_denies(there: set[str], here: set[str]) -> bool:
    """Whether a word and its contrary stand for one another, as "safe" and "unsafe"."""
    return any(
        prefix + word in other
        for words, other in ((there, here), (here, there))
        for word in words
        if len(word) > 2
        for prefix in _NEGATING_PREFIXES
    )


def _is_unit(side: _Side, number: int) -> bool:
    """A unit's word counts after a number, or where a number differs beside it."""
    before = side.words[number - 1] if number else None
    after = side.words[number + 1] if number + 1 < len(side.words) else None
    beside = [word for word in (before, after) if word]
    return side.words[number].key in _UNITS and any(map(_is_number, beside))


def _is_name(side: _Side, number: int) -> bool:
    """A word with a capital that does not begin a sentence."""
    word = side.words[number]
    written = side.text[word.start : word.end]
    if word.kind is not WordKind.WORD or not written[:1].isupper():
        return False
    return written[1:2].isupper() or not _begins_sentence(side, number)


def _begins_sentence(side: _Side, number: int) -> bool:
    before = side.words[max(0, number - 2) : number]
    if not before or before[-1].kind is not WordKind.END:
        return not before
    # Dr. Smith, J. Smith
    shortened = side.text[before[0].start : before[0].end]
    return not (shortened.istitle() and len(shortened) <= _ABBREVIATED_LETTERS)


def _in_brackets(text: str, start: int, end: int) -> bool:
    return text[:start].rstrip().endswith("[") and text[end:].lstrip().startswith("]")


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    half = _SHOWN_CHARACTERS // 2
    return flat if len(flat) <= _SHOWN_CHARACTERS else f"{flat[:half].rstrip()} … {flat[-half:].lstrip()}"
