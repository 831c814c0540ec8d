"""The zero-width space and the byte order mark: needed where a script has no spaces, strays everywhere else.

A stray one cannot be seen and breaks every search for the word it stands in, so taking it out loses nothing.
"""

from __future__ import annotations

import re

from commons.records import languages

SPACE = "\u200b"
_MARK = "\ufeff"
# Beside these letters a zero-width space marks where a line may break.
_UNSPACED = f"[{languages.characters()}]"
_NEEDED = re.compile(f"(?<={_UNSPACED}){SPACE}|{SPACE}(?={_UNSPACED})")
_EITHER = re.compile(f"((?<={_UNSPACED}){SPACE}|{SPACE}(?={_UNSPACED}))|[{SPACE}{_MARK}]")


def has_stray_space(text: str) -> bool:
    """Whether a zero-width space stands where no script needs it."""
    return SPACE in text and SPACE in _NEEDED.sub("", text)


def without_strays(text: str) -> str:
    """The text without byte order marks, and without zero-width spaces that no script needs."""
    if text.isascii() or not (SPACE in text or _MARK in text):
        return text
    return _EITHER.sub(lambda match: match[1] or "", text)
