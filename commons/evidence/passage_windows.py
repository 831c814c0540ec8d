"""Passage windows: the pieces of a long text that say most about a question, each of whole sentences.

    windows = passage_windows.of(text, words_of)                    [Span(812, 900), Span(760, 900), …, Span(0, 8000)]
    passage_windows.within(text, windows[0], words_of)              the same inside of one sentence, between words, where no sentence fits

Each window holds the one before it: it begins with the sentence that has most of the question's words, by their rarity, and grows towards
the neighbour that adds more, the following one where both add the same. So whoever packs passages takes the largest that fits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from commons.arrays import Mask, Scores
from commons.records import sentences

_MOST_PIECES = 200  # of a text; where there are more sentences, neighbours stand together
_STRETCH_CHARACTERS = 30
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Span:
    """A stretch of a text in characters, its end exclusive."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True)
class PieceWords:
    """``present``: (p, n) which words of the question each piece of a text has; ``rarities``: (n,) what each is worth."""

    present: Mask
    rarities: Scores


WordsOf = Callable[[Sequence[str]], PieceWords]


def of(text: str, words_of: WordsOf) -> list[Span]:
    """The windows of a text, smallest first; the last is all of it, without blanks around."""
    spans = [Span(start, end) for start, end in sentences.spans(text)] or [Span(0, len(text))]
    return _grown(text, _joined(spans), words_of)


def within(text: str, sentence: Span, words_of: WordsOf) -> list[Span]:
    """The windows inside of a sentence, smallest first, without the last, which is the sentence."""
    return _grown(text, _joined(list(_stretches(text, sentence)) or [sentence]), words_of)[:-1]


def _grown(text: str, pieces: Sequence[Span], words_of: WordsOf) -> list[Span]:
    words = words_of([piece.of(text) for piece in pieces])
    first = last = int(np.argmax(words.present @ words.rarities)) if words.rarities.size else 0
    seen = words.present[first].copy()
    windows = [pieces[first]]
    while len(windows) < len(pieces):
        before = _added(words, first - 1, seen) if first > 0 else -1.0
        after = _added(words, last + 1, seen) if last < len(pieces) - 1 else -1.0
        if after >= before:
            last += 1
        else:
            first -= 1
        seen |= words.present[last if after >= before else first]
        windows.append(Span(pieces[first].start, pieces[last].end))
    return windows


def _added(words: PieceWords, piece: int, seen: Mask) -> float:
    return float((words.present[piece] & ~seen) @ words.rarities)


def _joined(spans: Sequence[Span]) -> list[Span]:
    """As they are, or neighbours together where they are too many."""
    together = -(-len(spans) // _MOST_PIECES)
    groups = [spans[start : start + together] for start in range(0, len(spans), together)]
    return [Span(group[0].start, group[-1].end) for group in groups]


def _stretches(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence in pieces of a few words; a script without blanks is cut anywhere but between a letter and its marks."""
    start = sentence.start
    while start < sentence.end:
        end = min(start + _STRETCH_CHARACTERS, sentence.end)
        if end < sentence.end:
            blanks = [match.start() for match in _BLANKS.finditer(text, start + 1, end + 1)]
            end = blanks[-1] if blanks else _behind_marks(text, end, sentence.end)
        yield Span(start, end)
        blank = _BLANKS.match(text, end, sentence.end)
        start = blank.end() if blank else end


def _behind_marks(text: str, place: int, end: int) -> int:
    while place < end and unicodedata.category(text[place]) in ("Mn", "Mc", "Me", "Cf"):
        place += 1
    return place
