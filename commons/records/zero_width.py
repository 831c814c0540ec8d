"""The zero-width space, needed where a script has no spaces, the word joiner and the byte order mark: strays everywhere else.

A stray one cannot be seen and breaks every search for the word it stands in, so taking it out loses nothing.
"""

from __future__ import annotations

import re

from commons.records import languages

SPACE = "\u200b"
_MARK = "\ufeff"
_WORD_JOINER = "\u2060"  # what Unicode has in place of the mark inside a text
# Beside these letters a zero-width space marks where a line may break.
_UNSPACED = f"[{languages.characters()}]"
_NEEDED = re.compile(f"(?<={_UNSPACED}){SPACE}|{SPACE}(?={_UNSPACED})")
_EITHER = re.compile(f"((?<={_UNSPACED}){SPACE}|{SPACE}(?={_UNSPACED}))|[{SPACE}{_MARK}{_WORD_JOINER}]")


def has_stray_space(text: str) -> bool:
    """Whether a zero-width space stands where no script needs it."""
    return SPACE in text and SPACE in _NEEDED.sub("", text)


def without_strays(text: str) -> str:
    """The text without byte order marks and word joiners, and without zero-width spaces that no script needs."""
    if text.isascii() or not (SPACE in text or _MARK in text or _WORD_JOINER in text):
        return text
    return _EITHER.sub(lambda match: match[1] or "", text)
