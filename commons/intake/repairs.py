"""Repairs before anything is signed: what can be put right without losing a word, each kind counted, so that the contributor is told.

    repairs.repair("  It\\u0092s\\r\\n")          "It’s"
    repairs.made("  It\\u0092s\\r\\n").kinds      {CONTROLS, BLANKS}

A text that reads as another encoding altogether (``cafÃ©``) is not touched: the gate warns of it, and ``--encoding`` reads the file anew.
Nothing after this changes a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from commons.gate.findings import Finding, RowPlace
from commons.records import zero_width


class RepairKind(StrEnum):
    """What was done to a row, in the words of the note that counts such rows."""

    CONTROLS = "control characters read as the signs of Windows-1252 that they were (--encoding cp1252 reads a file so from the start)"
    LINE_ENDS = "line ends unified"
    ZERO_WIDTH = "stray zero-width characters taken out"
    BLANKS = "blanks at the ends trimmed"
    NORMAL_FORM = "brought to Unicode normal form C"
    TITLE = "a title that stands for no value left out"
    SOURCE = "a field of a source that stands for no value left out"


@dataclass(frozen=True)
class Repairs:
    """The kinds of repair that one value or row needed, and the ideographs that normal form C replaced by others."""

    kinds: frozenset[RepairKind] = frozenset()
    ideographs: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def __or__(self, other: Repairs) -> Repairs:
        return Repairs(self.kinds | other.kinds, self.ideographs | other.ideographs)


def repair(value: Any) -> Any:
    """The value with every text in it repaired; a repaired one needs no repair."""
    match value:
        case str():
            for step in _STEPS.values():
                value = step(value)
            return value
        case list() | tuple():
            return [repair(item) for item in value]
        case dict():
            return {name: repair(item) for name, item in value.items()}
        case _:
            return value


def made(value: Any) -> Repairs:
    """What ``repair`` does to ``value``."""
    match value:
        case str():
            return _made_to_text(value)
        case list() | tuple():
            return _together(made(item) for item in value)
        case dict():
            return _together(made(item) for item in value.values())
        case _:
            return Repairs()


def _together(all_repairs: Iterator[Repairs]) -> Repairs:
    together = Repairs()
    for repairs in all_repairs:
        together |= repairs
    return together


def _made_to_text(text: str) -> Repairs:
    kinds = set()
    ideographs = frozenset(_COMPATIBILITY_IDEOGRAPH.findall(text))
    for kind, step in _STEPS.items():
        repaired = step(text)
        if repaired != text:
            kinds.add(kind)
        text = repaired
    replaced = frozenset(
        ideograph for ideograph in ideographs if unicodedata.normalize("NFC", ideograph) != ideograph
    )
    return Repairs(frozenset(kinds), replaced)


@dataclass
class RepairTally:
    """The repairs of a file's rows: how many of each kind, and where a letter became another."""

    rows: Counter[RepairKind] = field(default_factory=Counter)
    replaced: dict[str, list[RowPlace]] = field(default_factory=dict)  # ideograph -> rows

    def add(self, place: RowPlace, repairs: Repairs) -> None:
        self.rows.update(repairs.kinds)
        for ideograph in sorted(repairs.ideographs):
            self.replaced.setdefault(ideograph, []).append(place)

    def findings(self, label: str) -> Iterator[Finding]:
        """One note that counts, and one warning for each row and letter; ``label`` names the file."""
        for ideograph, places in self.replaced.items():
            became = unicodedata.normalize("NFC", ideograph)
            message = (
                f"{ideograph} (U+{ord(ideograph):04X}) becomes {became} (U+{ord(became):04X}) in Unicode normal form C, "
                "which cannot be undone"
            )
            yield from (Finding("nfc-changes-letter", message).at(place) for place in places)
        if self.rows:
            counts = (
                f"{self.rows[kind]:,} row{'s' * (self.rows[kind] > 1)}: {kind}"
                for kind in RepairKind
                if self.rows[kind]
            )
            yield Finding("repaired", "; ".join(counts), label)


# Controls U+0080–U+009F are what Windows-1252 becomes when it is read as Latin-1; five of the bytes mean nothing there.
_CONTROL = re.compile("[\x80-\x9f]")
_BYTES = re.compile("[\x80-\xff]*[\x80-\x9f][\x80-\xff]*")
_NEXT_LINE = "\x85"  # in Windows-1252 an ellipsis
_AS_WINDOWS_1252 = {
    byte: decoded for byte in range(0x80, 0xA0) if (decoded := bytes([byte]).decode("cp1252", "ignore"))
}
_LINE_END = re.compile("\r\n|[\r\v\f\u2028\u2029]")
# What str.strip takes, but for U+0085, which may be half of a letter that was decoded wrongly.
_BLANKS = "".join(map(chr, [*range(9, 14), *range(0x1C, 0x21), 0xA0, 0x1680, *range(0x2000, 0x200B)])) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
# Ideographs that stand twice in Unicode: normal form C makes them the unified one, though as a letter of a name they may differ from it
# (UAX #15, "Singletons"). The other singletons (Ångström, kelvin, ohm) are the same letter under a second number.
_COMPATIBILITY_IDEOGRAPH = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")


def _signs_of_windows_1252(text: str) -> str:
    controls = set(_CONTROL.findall(text)) if not text.isascii() else None
    if not controls or controls == {_NEXT_LINE} or _is_misread_utf8(text):
        return text
    return text.translate(_AS_WINDOWS_1252)


def _is_misread_utf8(text: str) -> bool:
    """Whether each control belongs to bytes of UTF-8 that were read one by one."""
    for run in _BYTES.findall(text):
        try:
            run.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return False
    return True


def _unified_line_ends(text: str) -> str:
    if _NEXT_LINE in text and set(_CONTROL.findall(text)) == {_NEXT_LINE} and not _is_misread_utf8(text):
        text = text.replace(_NEXT_LINE, "\n")
    return _LINE_END.sub("\n", text)


def _trimmed(text: str) -> str:
    return text.strip(_BLANKS)


def _in_normal_form(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


# In this order: the first may leave what the next takes.
_STEPS: dict[RepairKind, Callable[[str], str]] = {
    RepairKind.CONTROLS: _signs_of_windows_1252,
    RepairKind.LINE_ENDS: _unified_line_ends,
    RepairKind.ZERO_WIDTH: zero_width.without_strays,
    RepairKind.BLANKS: _trimmed,
    RepairKind.NORMAL_FORM: _in_normal_form,
}
