"""Parts of a text: where it may be cut so that what stands before and after still says something, and both together are the text.

    cuttable = CuttableText("It rained. We stayed. Then it")
    cuttable.head(12)                                   "It rained. "

The cut is at the last end of a sentence that leaves at least half of what is allowed, else at a blank, else between two characters.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cached_property

from commons.records import joining
from commons.records.sentences import SENTENCE_END


class CuttableText:
    """A text with the places where it may be cut, which are looked for once."""

    def __init__(self, text: str) -> None:
        self.text = text

    def head(self, most: int) -> str:
        """How the text begins, in at most ``most`` characters (at least one)."""
        text = self.text
        if len(text) <= most:
            return text
        before = bisect_right(self._sentence_ends, most)
        if before and self._sentence_ends[before - 1] * 2 >= most:
            return text[: self._sentence_ends[before - 1]]
        blank = text.rfind(" ", most // 2, most)
        return text[: blank + 1] if blank > 0 else text[: _between_characters(text, most)]

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.end() for match in SENTENCE_END.finditer(self.text)]


def _between_characters(text: str, most: int) -> int:
    """Not before a mark that belongs to the letter in front of it."""
    end = max(most, 1)
    while end > 1 and _continues(text[end]):
        end -= 1
    return end


def _continues(character: str) -> bool:
    return unicodedata.combining(character) > 0 or character in joining.JOINERS or character == "\ufe0f"
