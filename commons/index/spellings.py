"""Other spellings of the words of a text: with its parts joined, and without diacritics.

    list(joined_in("IL-18, type 36, 1,25"))     ["il18", "type36", "1,25"]
    folded("müller")                            "muller"

An index holds them beside the words as they are written, behind ``MARK``, so that a spelling is never taken for the word itself and an
exact one can be preferred. A question is read by the same rules, so ``IL18``, ``IL-18`` and ``IL 18`` meet in ``il18``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

MARK = "\ue000"  # for private use; texts lose it before they are indexed
_DASH = "-_\u2010-\u2013"
_LETTER = r"[^\W_]"
# Parts with a hyphen or low line between them, numbers with a point, comma, colon or slash in them, and names such as C++ and C#.
_COMPOUND = re.compile(
    rf"(?<!{_LETTER}){_LETTER}+(?:(?:(?:[{_DASH}]|(?<=\d)[.,:/](?=\d)){_LETTER}+)+(?:\+\+|#)?|(?:\+\+|#))(?!{_LETTER})"
)
_HEAD = re.compile(rf"{_LETTER}+[^\w\s+#]{_LETTER}+|{_LETTER}+_{_LETTER}+")
_DROPPED = re.compile(rf"(?<!\d)[{_DASH}]|[{_DASH}](?!\d)")
_NUMBER = re.compile(rf"\d{{1,9}}(?:[{_DASH}.,]\d{{1,9}})*[^\W\d_]?(?!\w)")
_OPENING = "([{\"'«„“‘"
_PREPOSITION = 3  # letters: small words no longer than this stand before any number and name nothing
_LONGEST_NAME = 20  # letters

# Marks that a reader leaves out when typing in haste; vowel signs of Indic scripts are none of them.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0640\u093c\u09bc\u0a3c\u0abc\u0b3c]")
# What is written in one character and may be parted into letter and mark: not Hangul, and not й, which is a letter of its own.
_COMPOSED = re.compile("[\u00c0-\u024f\u0370-\u03ff\u0451\u0622-\u0626\u0958-\u095f\u1e00-\u1fff]")
_LETTER_FORMS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ى": "ي", "ٱ": "ا", "ة": "ه"}
)  # fmt: skip


def joined_in(text: str) -> Iterator[str]:
    """Its compounds, and its names together with the number behind them, as words without a hyphen or blank."""
    name = ""
    for chunk in text.split():
        if chunk.isalpha():
            name = chunk
            continue
        if number := numbered(name, chunk):
            yield joined(f"{name}-{number}")
        yield from map(joined, compounds(chunk))
        bare = chunk.lstrip(_OPENING)
        name = bare if bare.isalpha() else ""


def compounds(chunk: str) -> Iterator[str]:
    """Those in a chunk between blanks; of one with more than two parts also the first two, IL-18 of IL-18-induced."""
    for compound in _COMPOUND.findall(chunk):
        yield compound
        head = _HEAD.match(compound)
        if head and head[0] != compound:
            yield head[0]


def numbered(name: str, chunk: str) -> str:
    """The number that the chunk begins with, where the word before it is a name; nothing where it is none or there is no number."""
    is_name = 0 < len(name) <= _LONGEST_NAME and (len(name) > _PREPOSITION or not name.islower())
    number = _NUMBER.match(chunk) if is_name and chunk[0].isdigit() else None
    return number[0] if number else ""


def joined(compound: str) -> str:
    """In small letters and without hyphens; between two digits they stay, for 1-25 is not 125."""
    return _DROPPED.sub("", compound).lower()


@lru_cache(maxsize=65_536)
def folded(word: str) -> str:
    """A word in small letters without its diacritics; nothing where it has none."""
    if word.isascii():
        return ""
    parted = _COMPOSED.sub(lambda letter: unicodedata.normalize("NFD", letter[0]), word)
    plain = _MARKS.sub("", parted).translate(_LETTER_FORMS)
    return plain if plain != word else ""
