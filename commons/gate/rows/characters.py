"""Characters: what may stand in a text, what may stand there only where its script needs it, and what only looks like a letter.

Refused is what no text needs and a reader cannot see: controls, overrides of the writing direction, tags, private use, unassigned code
points, runs of variation selectors (they can carry hidden bytes), and text that is not in NFC. Joiners, direction marks, word
separators and selectors are needed in some scripts and suspicious elsewhere: there they are a warning.

What is needed where is ``records.joining``'s. Source: Unicode 17 core specification, chapter 23; UTS #39 (confusables).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from commons.gate.findings import Finding
from commons.gate.rows import look_alikes
from commons.records import joining, zero_width

_ASCII_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Always allowed format characters: Arabic and Syriac number signs, soft hyphen.
_NEEDED_FORMAT = joining.NUMBER_SIGNS | {"\u00ad"}
_MARKS = "\u200e\u200f\u061c"  # of direction
_BALANCED_BIDI = {"\u202a": "\u202c", "\u202b": "\u202c", "\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}  # fmt: skip
_BIDI = frozenset([*_BALANCED_BIDI, *_BALANCED_BIDI.values()])
_MONGOLIAN_SEPARATOR = "\u180e"
# Code points that Unicode has set aside for emoji and ideographs: newer versions fill them, so a reader may know what this Python does not.
_SET_ASIDE = ((0x1F000, 0x1FAFF), (0x1FC00, 0x1FFFD), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD))
_NATIONS = "|".join("".join(chr(0xE0000 + ord(c)) for c in nation) for nation in ("gbeng", "gbsct", "gbwls"))
_FLAG_OF_A_NATION = re.compile(f"\U0001f3f4(?:{_NATIONS})\U000e007f")  # the only tags that UTS #51 recommends

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_SEPARATOR_IN_PLACE = re.compile("(?<=[\u1800-\u18af])\u180e")


def check(name: str, text: str, *, newlines: bool = True) -> Iterator[Finding]:
    """At most one refusal a field, and at most one warning of each kind. ``name`` is the field's, for the message."""
    if text.isascii():
        control = _ASCII_CONTROL.search(text)
        if control is None and not newlines:
            control = re.search(r"[\n\t]", text)
        if control:
            yield _forbidden(name, control[0])
        return
    refused = next(_never_allowed(text, "\n\t" if newlines else ""), None)
    if refused:
        yield _forbidden(name, refused)
        return
    if not unicodedata.is_normalized("NFC", text):
        yield Finding("not-nfc", f"{name} is not in Unicode normal form C")
        return
    if misplaced := next(_misplaced(text), None):
        yield Finding(
            "invisible-character",
            f"{name} holds {_unicode_name(misplaced)} where its script does not need it",
        )
    if look_alikes.mixed_word(text):
        yield Finding(
            "look-alike-letters", f"a word in {name} mixes letters of two alphabets that look alike"
        )


def _forbidden(name: str, character: str) -> Finding:
    why = (
        ", as text does that was decoded with the wrong character set"
        if "\x80" <= character <= "\x9f"
        else ""
    )
    return Finding("forbidden-character", f"{name} holds {_unicode_name(character)}{why}")


def _unicode_name(character: str) -> str:
    unnamed = "no character" if unicodedata.category(character) == "Cn" else "control"
    return f"U+{ord(character):04X} ({unicodedata.name(character, unnamed).lower()})"


def _never_allowed(text: str, allowed: str) -> Iterator[str]:
    present = set(text)
    for character in sorted(present):
        if character in allowed or character in _NEEDED_FORMAT:
            continue
        category = unicodedata.category(character)
        if category[0] != "C" or character in joining.JOINERS or character in _MARKS:
            continue
        if category == "Cn" and any(first <= ord(character) <= last for first, last in _SET_ASIDE):
            continue
        if character in (zero_width.SPACE, _MONGOLIAN_SEPARATOR) or character in _BIDI:
            continue  # judged where it stands, below
        if "\U000e0020" <= character <= "\U000e007f" and not _tags_outside_flags(text):
            continue
        yield character
    yield from _never_allowed_here(text, present)


def _tags_outside_flags(text: str) -> bool:
    return bool(re.search("[\U000e0001-\U000e007f]", _FLAG_OF_A_NATION.sub("", text)))


def _never_allowed_here(text: str, present: set[str]) -> Iterator[str]:
    if zero_width.has_stray_space(text):
        yield zero_width.SPACE
    if _MONGOLIAN_SEPARATOR in present and _MONGOLIAN_SEPARATOR in _SEPARATOR_IN_PLACE.sub("", text):
        yield _MONGOLIAN_SEPARATOR
    if present & _BIDI and not (_RIGHT_TO_LEFT.search(text) and _bidi_is_balanced(text)):
        yield min(present & _BIDI)
    if run := next((run[0] for run in joining.SELECTORS.finditer(text) if len(run[0]) > 1), None):
        yield run[1]  # the second in a row selects nothing


def _bidi_is_balanced(text: str) -> bool:
    """Each opening closed by its own kind in the same line, so that nothing after it is turned around."""
    for line in text.splitlines():
        open_until: list[str] = []
        for character in line:
            if closing := _BALANCED_BIDI.get(character):
                open_until.append(closing)
            elif character in _BIDI and (not open_until or open_until.pop() != character):
                return False
        if open_until:
            return False
    return True


def _misplaced(text: str) -> Iterator[str]:
    """Characters one cannot see, allowed, and not needed where they stand."""
    if joining.JOINERS[0] in text or joining.JOINERS[1] in text:
        yield from (left for left in joining.JOINER_IN_PLACE.sub("", text) if left in joining.JOINERS)
    if any(mark in text for mark in _MARKS) and not _RIGHT_TO_LEFT.search(text):
        yield next(character for character in text if character in _MARKS)
    if joining.SELECTORS.search(text) and (left := joining.SELECTORS.search(joining.SELECTED.sub("", text))):
        yield left[0]
    yield from (character for character in text if character in _BIDI)
