"""Places of a quotation's words in a text: where they stand as they are, where nearly, and where a part of a word stands.

    search = PlaceSearch(text, words, row)
    search.exact(part) or search.nearest(part)       a ``Placement``: which word of the part stands where

Each search takes time in proportion to the text, or to the product of both lengths divided by the bits of a machine word. How often the
same words stand in a text makes no difference, for no more than ``_MOST_COMPARED`` words are looked at to find where they stand whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from commons.evidence.quotations import alignment, quoted_words
from commons.evidence.quotations.alignment import AlignmentStep
from commons.evidence.quotations.quote_differences import DENYING_PREFIXES
from commons.evidence.quotations.quoted_words import QuotedWord, WordKind

# Of the words of a quotation; what strangers have in common is far below, see scripts/bench/citations.md. Of characters that are words
# by themselves, strangers share more.
_LEAST_SHARE, _LEAST_SHARE_OF_CHARACTERS = 0.6, 0.75
_LEAST_PART = 3  # words of a part that is looked for by itself
_MOST_COMPARED = 100_000
_LEAST_PLACES = 16
_SIGNS_OF_NUMBERS = frozenset("%‰°$€£¥₹<>≤≥±~+/")
_SIGNS_OF_WORDS = frozenset("+#&")


def says_something(word: QuotedWord) -> bool:
    return word.kind not in (WordKind.END, WordKind.ELLIPSIS)


@dataclass(frozen=True)
class QuotePart:
    """What stands between two ellipses of a quotation: its words, and the same with a character for each."""

    words: Sequence[QuotedWord]
    row: str

    @property
    def weight(self) -> float:
        """How many words it has; two characters of a script without blanks are about one."""
        return sum(
            0.5 if word.kind is WordKind.CHARACTER else 1 for word in self.words if says_something(word)
        )

    @property
    def is_unspaced(self) -> bool:
        """Whether most of its words are characters of a script without blanks."""
        return 2 * sum(word.kind is WordKind.CHARACTER for word in self.words) > len(self.words)


@dataclass(frozen=True)
class Placement:
    """Where a part stands, step by step; ``cut`` are the steps whose word is a piece of the record's."""

    part: QuotePart
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
        telling = [number for number, word in enumerate(self.part.words) if says_something(word)]
        return sum(number in same for number in telling) / len(telling)

    @property
    def is_near(self) -> bool:
        """Whether so much stands there that it is no other text."""
        least = _LEAST_SHARE_OF_CHARACTERS if self.part.is_unspaced else _LEAST_SHARE
        return self.share >= least

    @property
    def is_exact(self) -> bool:
        """Whether the part stands there as it is, after what came before it."""
        return bool(self.steps) and not self.reordered and all(step.same for step in self.steps)


@dataclass(frozen=True)
class PlaceSearch:
    """A text with its words; ``row`` has a character for each, as the row of a part has."""

    text: str
    words: Sequence[QuotedWord]
    row: str

    def exact(self, part: QuotePart, start: int = 0) -> Placement | None:
        """The first place from a word on where the part stands, whole at both ends."""
        for place in self._places(part.row, start):
            if not self._cuts(place, place + len(part.row)):
                return Placement(part, list(_same_steps(0, place, len(part.row))))
        return None

    def _places(self, row: str, start: int = 0) -> Iterator[int]:
        """The first places of a row; all, unless its words repeat themselves without end."""
        return islice(self._all_places(row, start), max(_LEAST_PLACES, _MOST_COMPARED // len(row)))

    def _all_places(self, row: str, start: int) -> Iterator[int]:
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
        if quoted_words.is_dash(gap):  # 10-15, non-toxic
            return left.kind is right.kind is WordKind.NUMBER or left.key in DENYING_PREFIXES
        kinds = {left.kind, right.kind}
        if gap or kinds & {WordKind.CHARACTER, WordKind.END}:
            return False
        symbols = [word.key for word in (left, right) if word.kind is WordKind.SYMBOL]
        signs = _SIGNS_OF_NUMBERS if WordKind.NUMBER in kinds else _SIGNS_OF_WORDS
        return all(symbol in signs for symbol in symbols)

    def nearest(self, part: QuotePart, start: int = 0) -> Placement:
        """The place where most of a part stands, whatever it may be worth."""
        if cut := self._cut(part, start):
            return cut
        nearest = self._aligned(part, start)
        if nearest.share == 1 and not nearest.is_exact and not nearest.reordered:
            return nearest
        composed = self._put_together(part, start)
        # Parts in another order explain what nothing else does; a changed word may well stand elsewhere by chance.
        return nearest if composed is None or (composed.reordered and nearest.is_near) else composed

    def _aligned(self, part: QuotePart, start: int) -> Placement:
        steps = [
            AlignmentStep(step.sought, None if step.row is None else step.row + start, step.same)
            for step in alignment.aligned(part.row, self.row[start:])
        ]
        return Placement(part, self._without_ends_around(steps))

    def _without_ends_around(self, steps: list[AlignmentStep]) -> list[AlignmentStep]:
        """The end of the sentence before a place, or after it, is no partner of a word in the quotation."""
        for order in (1, -1):
            for number in range(len(steps))[::order]:
                row = steps[number].row
                if steps[number].same or (row is not None and self.words[row].kind is not WordKind.END):
                    break
                steps[number] = AlignmentStep(steps[number].sought, None)
        return steps

    def _cut(self, part: QuotePart, start: int) -> Placement | None:
        """A place where all words stand, but at one of its ends, or at both, there is only a piece of what stands there."""
        place = next(self._places(part.row, start), None)
        if place is not None:
            after = place + len(part.row)
            ends = self._cuts(place, after)
            before = [AlignmentStep(None, place - 1)] if 0 in ends else []
            behind = [AlignmentStep(None, after)] if -1 in ends else []
            return Placement(part, [*before, *_same_steps(0, place, len(part.row)), *behind])
        last = len(part.row) - 1
        for place in self._places_within(part.row, start):
            pieces = [n for n in sorted({0, last}) if self.row[place + n] != part.row[n]]
            if all(_is_piece(part.words[n].key, self.words[place + n], n == 0, n == last) for n in pieces):
                return self._of_pieces(part, place, pieces)
        return None

    def _of_pieces(self, part: QuotePart, place: int, pieces: list[int]) -> Placement:
        steps = list(_same_steps(0, place, len(part.row)))
        for number in pieces:
            steps[number] = AlignmentStep(number, place + number)
        after = place + len(part.row)
        denied = len(part.row) - 1 in pieces and -1 in self._cuts(place, after)
        behind = [AlignmentStep(None, after)] if denied else []  # the t of wasn't
        return Placement(part, [*steps, *behind], frozenset(pieces))

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

    def _put_together(self, part: QuotePart, start: int) -> Placement | None:
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
        head = list(_same_steps(0, first + start, size))
        tail = list(_same_steps(size, second + start, len(row) - size))
        between = (
            [] if moved else [AlignmentStep(None, place + start) for place in range(first + size, second)]
        )
        return Placement(part, [*head, *between, *tail], reordered=moved)


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
