"""Texts that are longer than a record's may be, parted where a reader would part them.

    long_texts.parts(text, max_bytes=8192)          every part fits, and nothing but blanks between parts is left out

At paragraphs; where one is too long, at lines, sentences, words, and only then between letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from commons.records.sentences import SENTENCE_END

# What ends a piece, coarsest first; a sentence ends in what its script ends it with.
_BOUNDARIES = (re.compile(r"\n[^\S\n]*\n\s*"), re.compile(r"\n"), SENTENCE_END, re.compile(r"\s+"))


def parts(text: str, *, max_bytes: int) -> list[str]:
    """The text in as few parts as its pieces allow, each at most ``max_bytes`` of UTF-8 and none of them blank."""
    return [part for part in _parted(text.strip(), max_bytes, 0) if part]


def _parted(text: str, max_bytes: int, level: int) -> Iterator[str]:
    if _size(text) <= max_bytes:
        yield text
        return
    if level == len(_BOUNDARIES):
        yield from _between_letters(text, max_bytes)
        return
    start, end = 0, 0  # of the part that is being filled
    for piece_start, piece_end in _pieces(text, _BOUNDARIES[level]):
        if _size(text[start:piece_end]) <= max_bytes:
            end = piece_end
            continue
        yield text[start:end].strip()
        start = end = piece_start
        if _size(text[piece_start:piece_end]) > max_bytes:
            yield from _parted(text[piece_start:piece_end].strip(), max_bytes, level + 1)
            start = piece_end
        end = piece_end
    yield text[start:end].strip()


def _pieces(text: str, boundary: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = 0
    for match in boundary.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _between_letters(text: str, max_bytes: int) -> Iterator[str]:
    """A letter and the marks on it stay together, unless these alone are too many."""
    part, size = "", 0
    for letter in _letters(text, max_bytes):
        more = _size(letter)
        if size + more > max_bytes:
            yield part
            part, size = "", 0
        part, size = part + letter, size + more
    yield part


def _letters(text: str, max_bytes: int) -> Iterator[str]:
    letter = ""
    for character in text:
        if letter and (not unicodedata.combining(character) or _size(letter + character) > max_bytes):
            yield letter
            letter = ""
        letter += character
    yield letter


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
