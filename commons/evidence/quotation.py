"""Quotation: whether words that somebody cites stand in a record, word for word; and where they do not, what was changed.

    match = quotation.compare("Aspirin does reduce fever", "Aspirin does not reduce fever.")
    match.verdict                              near
    match.differences[0].words()               “not” is missing.
    match.passage                              Aspirin does not reduce fever

Rules:
1. ``exact`` means the same words in the same order, whole at both ends: a quotation cut within a word or a number is not. What differs beside
   the words, letter case, quotation marks, dashes, blanks, line ends, ligatures and the like, is named in ``typography``; where nothing does,
   the quotation is the record's own writing. Commas and their kin are typography too, the end of a sentence is not.
2. ``near`` means that most of its words stand at one place (``LEAST_SHARE``), or that it was put together of two places; ``differences`` are
   all that was changed. Words in another order are near or not found. Words in square brackets are the writer's own: near, and marked.
3. An ellipsis in the quotation may stand for any words; its parts must stand in this order. ``omissions`` says what was left out.
4. A script without blanks has no ends of words that could be seen, so there a quotation may begin and end at any character.
5. ``short``: fewer than ``FEW_WORDS`` words stand in too many records to prove anything.

What it cannot see: a quotation that is right and misleads, because the sentence before it says "It is false that".

Why no library: likeness in characters (difflib, rapidfuzz) calls "15 percent" and "50 percent" almost the same, and what is asked here is
which words differ. ``scripts/bench/citations.md`` has both beside this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, pairwise
from typing import Any

from commons.errors import UsageError
from commons.evidence import alignment, quote_differences, quoted_words, typography
from commons.evidence.alignment import AlignmentStep
from commons.evidence.quote_differences import QuoteDifference, Weight
from commons.evidence.quoted_words import QuotedWord, WordKind
from commons.evidence.typography import Typography
from commons.records.schema import MAX_TEXT_BYTES

LEAST_SHARE = 0.6  # of the words of a quotation; what strangers have in common is far below, see the bench
FEW_WORDS = 4
_LEAST_PART = 3  # words of a part that is looked for by itself


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


def compare(quote: str, text: str, title: str | None = None, *, lang: str = "") -> QuoteMatch:
    """Where and how a quotation stands in a text, or in its title where it stands there better.

    Args:
        lang: the primary subtag of the text's language, to know its negations; empty: those of all languages.

    Raises:
        UsageError: there is no word in it (``quote-empty``), or it is longer than any text (``quote-too-long``).
    """
    _refuse(quote)
    in_text = _Comparison.of(quote, text, lang).match()
    if not title or in_text.verdict is QuoteVerdict.EXACT:
        return in_text
    in_title = _Comparison.of(quote, title, lang, in_title=True).match()
    order = list(QuoteVerdict)
    return in_title if order.index(in_title.verdict) < order.index(in_text.verdict) else in_text


def _refuse(quote: str) -> None:
    size = len(quote.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise UsageError(
            f"The quotation has {size:,} bytes, and no record's text has more than {MAX_TEXT_BYTES:,}.",
            hint="Quote the passage that is meant.",
            code="quote-too-long",
        )
    if not any(map(_says_something, quoted_words.words_of(quote))):
        raise UsageError(
            "There is no word in the quotation.", hint="Give the words to look for.", code="quote-empty"
        )


def _says_something(word: QuotedWord) -> bool:
    return word.kind not in (WordKind.END, WordKind.ELLIPSIS)


@dataclass(frozen=True)
class _Part:
    """What stands between two ellipses of a quotation: its words, and the same with a character for each."""

    words: Sequence[QuotedWord]
    row: str

    @property
    def weight(self) -> float:
        """How many words it has; two characters of a script without blanks are about one."""
        return sum(
            0.5 if word.kind is WordKind.CHARACTER else 1 for word in self.words if _says_something(word)
        )


@dataclass(frozen=True)
class _Placement:
    """Where a part stands, step by step; ``cut`` are the steps whose word is a piece of the record's."""

    part: _Part
    steps: Sequence[AlignmentStep]
    cut: frozenset[int] = frozenset()
    reordered: bool = False

    @property
    def rows(self) -> list[int]:
        return [step.row for step in self.steps if step.row is not None]

    @property
    def first(self) -> int:
        return min(self.rows, default=0)

    @property
    def after(self) -> int:
        return max(self.rows, default=-1) + 1

    @property
    def share(self) -> float:
        """How much of the part stands there."""
        same = {step.sought for step in self.steps if step.same} | {self.steps[n].sought for n in self.cut}
        telling = [number for number, word in enumerate(self.part.words) if _says_something(word)]
        return sum(number in same for number in telling) / len(telling)

    @property
    def is_exact(self) -> bool:
        return not self.reordered and all(step.same for step in self.steps)


@dataclass(frozen=True)
class _Comparison:
    quote: str
    text: str
    lang: str
    in_title: bool
    words: Sequence[QuotedWord]  # of the text
    row: str  # a character for each of them
    whole: _Part
    parts: Sequence[_Part]

    @classmethod
    def of(cls, quote: str, text: str, lang: str, *, in_title: bool = False) -> _Comparison:
        # Where the quotation has no links, those of the text were rendered, and their addresses are not missing.
        words = quoted_words.words_of(text, link_targets="](" in quote)
        words = [word for word in words if word.kind is not WordKind.ELLIPSIS]
        sought = quoted_words.words_of(quote)
        known, asked = {word.key for word in words}, {word.key for word in sought}
        words, sought = quoted_words.joined(text, words, asked), quoted_words.joined(quote, sought, known)
        signs: dict[str, str] = {}

        def row(listed: Sequence[QuotedWord]) -> str:
            # From the second plane on, where no character is a surrogate.
            return "".join(signs.setdefault(word.key, chr(0x10000 + len(signs))) for word in listed)

        groups = (list(group) for gap, group in groupby(sought, _is_ellipsis) if not gap)
        parts = [_Part(part, row(part)) for group in groups if (part := _trimmed(group))]
        whole = _trimmed([word for word in sought if not _is_ellipsis(word)])
        return cls(quote, text, lang, in_title, words, row(words), _Part(whole, row(whole)), parts)

    def match(self) -> QuoteMatch:
        placement = self._exact(self.whole)
        if placement:
            return self._match([placement])
        if len(self.parts) > 1:
            return self._match(self._in_order(), elided=True)
        return self._match([self._nearest(self.whole)])

    # Places

    def _in_order(self) -> list[_Placement]:
        """Of each part a place after the one before; where it stands before that, the parts changed their order."""
        placements: list[_Placement] = []
        for part in self.parts:
            start = placements[-1].after if placements else 0
            place = (
                self._exact(part, start) or self._elsewhere(self._exact(part)) or self._nearest(part, start)
            )
            if place.share < LEAST_SHARE:
                place = self._elsewhere(self._nearest(part)) or place
            placements.append(place)
        return placements

    @staticmethod
    def _elsewhere(place: _Placement | None) -> _Placement | None:
        return place and _Placement(place.part, place.steps, place.cut, reordered=True)

    def _exact(self, part: _Part, start: int = 0) -> _Placement | None:
        for place in self._places(part.row, start):
            if not self._cuts(place, place + len(part.row)):
                return _Placement(part, list(_same_steps(0, place, len(part.row))))
        return None

    def _places(self, row: str, start: int = 0) -> Iterator[int]:
        place = self.row.find(row, start)
        while place >= 0:
            yield place
            place = self.row.find(row, place + 1)

    def _cuts(self, first: int, after: int) -> list[int]:
        """Which ends of a place (0, -1) lie within a word or a number."""
        starts_within = first > 0 and self._belong(self.words[first - 1], self.words[first])
        ends_within = after < len(self.words) and self._belong(self.words[after - 1], self.words[after])
        return [end for end, within in ((0, starts_within), (-1, ends_within)) if within]

    def _belong(self, left: QuotedWord, right: QuotedWord) -> bool:
        if quoted_words.is_parted(self.text, left, right):
            return left.kind is WordKind.NUMBER
        gap = self.text[left.end : right.start]
        if right.key == "t" and quoted_words.is_apostrophe(gap):
            return True  # don't
        kinds = {left.kind, right.kind}
        if gap or kinds & {WordKind.CHARACTER, WordKind.END}:
            return False
        symbols = [word.key for word in (left, right) if word.kind is WordKind.SYMBOL]
        signs = _SIGNS_OF_NUMBERS if WordKind.NUMBER in kinds else _SIGNS_OF_WORDS
        return all(symbol in signs for symbol in symbols)

    def _nearest(self, part: _Part, start: int = 0) -> _Placement:
        """The place where most of a part stands, whatever it may be worth."""
        if cut := self._cut(part, start):
            return cut
        nearest = self._aligned(part, start)
        if nearest.share == 1 and not nearest.is_exact and not nearest.reordered:
            return nearest
        return self._put_together(part, start) or nearest

    def _aligned(self, part: _Part, start: int) -> _Placement:
        steps = [
            AlignmentStep(step.sought, None if step.row is None else step.row + start, step.same)
            for step in alignment.aligned(part.row, self.row[start:])
        ]
        return _Placement(part, self._without_ends_around(steps))

    def _without_ends_around(self, steps: list[AlignmentStep]) -> list[AlignmentStep]:
        """The end of the sentence before a place, or after it, is no partner of a word in the quotation."""
        for order in (1, -1):
            for number in range(len(steps))[::order]:
                row = steps[number].row
                if steps[number].same or (row is not None and self.words[row].kind is not WordKind.END):
                    break
                steps[number] = AlignmentStep(steps[number].sought, None)
        return steps

    def _cut(self, part: _Part, start: int) -> _Placement | None:
        """A place where all words stand, but at one of its ends, or at both, there is only a piece of what stands there."""
        for place in self._places(part.row, start):
            after = place + len(part.row)
            ends = self._cuts(place, after)
            before = [AlignmentStep(None, place - 1)] if 0 in ends else []
            behind = [AlignmentStep(None, after)] if -1 in ends else []
            return _Placement(part, [*before, *_same_steps(0, place, len(part.row)), *behind])
        last = len(part.row) - 1
        for place in self._places_within(part.row, start):
            steps = list(_same_steps(0, place, last + 1))
            pieces = [n for n in {0, last} if self.row[place + n] != part.row[n]]
            for number in pieces:
                steps[number] = AlignmentStep(number, place + number)
            if all(_is_piece(part.words[n].key, self.words[place + n], n == 0, n == last) for n in pieces):
                whole = last in pieces and self._cuts(place, place + last + 1)[-1:] == [-1]
                behind = [AlignmentStep(None, place + last + 1)] if whole else []  # n't
                return _Placement(part, [*steps, *behind], frozenset(pieces))
        return None

    def _places_within(self, row: str, start: int) -> Iterator[int]:
        """Where all but the first and the last word may stand."""
        if len(row) > 2:
            yield from (
                place - 1
                for place in self._places(row[1:-1], start + 1)
                if place + len(row) - 2 < len(self.row)
            )
        else:
            yield from range(start, len(self.row) - len(row) + 1)

    def _put_together(self, part: _Part, start: int) -> _Placement | None:
        """The beginning of a part and its end at two places, with nothing between them that stands nowhere."""
        row, text = part.row, self.row[start:]
        beginning = _longest(lambda size: row[:size] in text, len(row))
        ending = _longest(lambda size: row[len(row) - size :] in text, len(row))
        size = min(beginning, len(row) - _LEAST_PART)
        if size < _LEAST_PART or size + ending < len(row):
            return None
        first = text.find(row[:size])
        second = text.find(row[size:], first + size)
        moved = second < 0
        second = text.find(row[size:]) if moved else second
        one = list(_same_steps(0, first + start, size))
        other = list(_same_steps(size, second + start, len(row) - size))
        between = (
            [] if moved else [AlignmentStep(None, place + start) for place in range(first + size, second)]
        )
        return _Placement(part, [*one, *between, *other], reordered=moved)

    # What is said of them

    def _match(self, placements: Sequence[_Placement], *, elided: bool = False) -> QuoteMatch:
        short = max(placement.part.weight for placement in placements) < FEW_WORDS
        if min(placement.share for placement in placements) < LEAST_SHARE:
            return QuoteMatch(QuoteVerdict.NOT_FOUND, in_title=self.in_title, elided=elided, short=short)
        differences = [each for placement in placements for each in self._differences(placement)]
        exact = not differences and not any(placement.reordered for placement in placements)
        start, end = self._span(placements)
        names = {name for placement in placements for name in self._typography(placement)}
        return QuoteMatch(
            QuoteVerdict.EXACT if exact else QuoteVerdict.NEAR,
            start,
            end,
            self.text[start:end],
            self.in_title,
            tuple(name for name in Typography if name in names),
            tuple(differences),
            tuple(self._omissions(placements)) if elided else (),
            elided,
            any(placement.reordered for placement in placements) or _only_moved(differences),
            short,
        )

    def _span(self, placements: Sequence[_Placement]) -> tuple[int, int]:
        """From the first word to the last, with the punctuation around them that the quotation has as well."""
        start = self.words[min(placement.first for placement in placements)].start
        end = max(self.words[placement.after - 1].end for placement in placements)
        before = self.quote[: self.parts[0].words[0].start].lstrip()
        behind = self.quote[self.parts[-1].words[-1].end :].rstrip()
        while before and start and self.text[start - 1] == before[-1]:
            start, before = start - 1, before[:-1]
        while behind and self.text[end : end + 1] == behind[0]:
            end, behind = end + 1, behind[1:]
        return start, end

    def _differences(self, placement: _Placement) -> Iterator[QuoteDifference]:
        sought = row = 0  # one after the last of either side so far
        row = placement.first
        for kind, group in groupby(enumerate(placement.steps), lambda step: _kind(placement, *step)):
            steps = [step for _, step in group]
            here = [step.sought for step in steps if step.sought is not None]
            there = [step.row for step in steps if step.row is not None]
            first, first_row = (here or [sought])[0], (there or [row])[0]
            sought, row = (here or [sought - 1])[-1] + 1, (there or [row - 1])[-1] + 1
            if kind != _SAME:
                yield quote_differences.difference(
                    (self.text, self.words, first_row, row),
                    (self.quote, placement.part.words, first, sought),
                    self.lang,
                    cut=kind == _CUT,
                )

    def _omissions(self, placements: Sequence[_Placement]) -> Iterator[QuoteDifference]:
        for left, right in pairwise(placements):
            if left.after >= right.first:
                continue
            left_out = self.words[left.after : right.first]
            one_sentence = all(word.kind is not WordKind.END for word in left_out)
            denies = one_sentence and quote_differences.denies(left_out, self.lang)
            omission = quote_differences.difference(
                (self.text, self.words, left.after, right.first),
                (self.quote, right.part.words, 0, 0),
                self.lang,
            )
            yield replace(omission, serious=(Weight.NEGATION,) if denies else ())

    def _typography(self, placement: _Placement) -> Iterator[Typography]:
        words = placement.part.words
        before: AlignmentStep | None = None
        for step in placement.steps:
            if not step.same or step.sought is None or step.row is None:
                before = None
                continue
            here, there = words[step.sought], self.words[step.row]
            yield from typography.of_word(
                self.text[there.start : there.end], self.quote[here.start : here.end]
            )
            if before and before.sought is not None and before.row == step.row - 1:
                yield from typography.of_gap(
                    self.text[self.words[step.row - 1].end : there.start],
                    self.quote[words[step.sought - 1].end : here.start],
                )
            before = step


_SIGNS_OF_NUMBERS = frozenset("%‰°$€£¥₹<>≤≥±~+/")
_SIGNS_OF_WORDS = frozenset("+#&")
_SAME, _CHANGED, _CUT = range(3)


def _is_ellipsis(word: QuotedWord) -> bool:
    return word.kind is WordKind.ELLIPSIS


def _trimmed(words: Sequence[QuotedWord]) -> Sequence[QuotedWord]:
    """Without the ends of sentences before and after; a quotation may begin and end anywhere."""
    telling = [number for number, word in enumerate(words) if _says_something(word)]
    return words[telling[0] : telling[-1] + 1] if telling else []


def _same_steps(sought: int, row: int, count: int) -> Iterator[AlignmentStep]:
    return (AlignmentStep(sought + number, row + number, same=True) for number in range(count))


def _is_piece(piece: str, whole: QuotedWord, begins: bool, ends: bool) -> bool:
    """Whether a word that ``begins`` a quotation is the end of a longer one, or one that ``ends`` it the beginning."""
    if whole.kind not in (WordKind.WORD, WordKind.NUMBER):
        return False
    return (begins and whole.key.endswith(piece)) or (ends and whole.key.startswith(piece))


def _longest(stands: Callable[[int], bool], most: int) -> int:
    """The greatest size for which it is so; where it is so for one it is for each below."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if stands(middle) else (least, middle - 1)
    return least


def _kind(placement: _Placement, number: int, step: AlignmentStep) -> int:
    if step.same:
        return _SAME
    return _CUT if number in placement.cut else _CHANGED


def _only_moved(differences: Sequence[QuoteDifference]) -> bool:
    """Whether the words of all differences are the same on either side."""
    sides = (
        "".join(f"{side} " for side in texts)
        for texts in zip(*((d.record, d.quotation) for d in differences), strict=True)
    )
    keys = [sorted(word.key for word in quoted_words.words_of(side)) for side in sides]
    return bool(keys) and keys[0] == keys[1]


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
