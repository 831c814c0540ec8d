"""Which older encoding a text has that is not UTF-8, as its words tell it.

The text is read in each encoding that files of people are written in. How likely a reading is, is how well its words fit one of the
languages that are written in this encoding (``letters.py``), and how common the encoding is: among likelihoods of the *same bytes* the
difference is what speaks for one of two. The best is taken where it leads by ``_LEAD_BITS``; else one is asked, with how each would read.
Counted are words with foreign letters, each once; the others tell a little of the language. Figures: ``scripts/bench/encodings.md``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

import numpy as np

from commons.errors import InputError
from commons.intake.formats import letters

_RUSSIAN = ("ru", "uk", "be", "bg", "mk", "sr")
_DOS_AND_MAC = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi")
# encoding -> how uncommon it is, in bits, and the languages that are written in it
_CANDIDATES = {
    "cp1252": (0, letters.WEST),
    "cp1251": (1, _RUSSIAN),
    "cp932": (2, ["ja"]),
    "gb18030": (2, ["zh"]),
    "cp1250": (3, letters.CENTRAL),
    "big5": (2, ["zh"]),
    "cp949": (2, ["ko"]),
    "cp1254": (3, ["tr"]),
    "cp1253": (2, ["el"]),
    "cp1256": (2, ["ar", "fa", "ur"]),
    "cp1255": (2, ["he"]),
    "cp1257": (5, ["lt", "lv", "et"]),
    "cp874": (2, ["th"]),
    "cp1258": (3, ["vi"]),
    "euc_jp": (3, ["ja"]),
    "koi8_r": (4, ["ru"]),
    "koi8_u": (5, ["uk"]),
    "iso8859_2": (4, letters.CENTRAL),
    "iso8859_15": (6, letters.WEST),
    "iso8859_5": (5, _RUSSIAN),
    "iso8859_7": (4, ["el"]),
    "mac_roman": (8, _DOS_AND_MAC),
    "cp866": (5, _RUSSIAN),
    "cp850": (6, _DOS_AND_MAC),
    "cp437": (11, _DOS_AND_MAC),
}
ENCODINGS = tuple(_CANDIDATES)
_LEAD_BITS = 8
_MOST_BITS_A_BYTE = 9  # of text, they are 4 to 7
_MOST_UNREADABLE = 0.02  # of the characters
_SHOWN = 4
# What no encoding uses within the bytes of a character parts words.
_WORD = re.compile(rb"[^\x00-\x2f\x3a-\x3f]+")
_MOST_WORDS, _MOST_BYTES = 1000, 16 * 1024
_EXCERPT_BEFORE, _EXCERPT_AFTER = 12, 20


@dataclass(frozen=True)
class _Answer:
    encoding: str
    text: str
    bits: float  # how surprising that would be

    @property
    def bits_a_byte(self) -> float:
        return self.bits / len(self.text.encode(self.encoding, "replace"))


def guess(sample: bytes, name: str) -> str:
    """The encoding of the lines in ``sample``. Raises InputError (``file-encoding``) where several may be meant."""
    answers = _answers(sample)
    if (
        answers
        and answers[0].bits_a_byte <= _MOST_BITS_A_BYTE
        and all(other.bits - answers[0].bits >= _LEAD_BITS for other in answers[1:])
    ):
        return answers[0].encoding
    likeliest = answers[0].encoding if answers else next(iter(_CANDIDATES))
    raise InputError(
        f"{name} is not UTF-8, and its letters do not tell for certain in which encoding it is.",
        hint=f"Name the one that reads well, for example --encoding {likeliest}. {_readings(answers[:_SHOWN], sample)}",
        code="file-encoding",
    )


def _answers(sample: bytes) -> list[_Answer]:
    """Readings that differ, likeliest first."""
    table = letters.table()
    words = dict.fromkeys(match[0] for match in _WORD.finditer(sample))
    plain = islice((word for word in words if word.isascii()), _MOST_WORDS)
    foreign = list(islice((word for word in words if not word.isascii()), _MOST_WORDS))
    prose = table.prose_bits(b"\n".join([b"", *plain, b""]).decode())
    sought = b"\n" + b"\n".join(foreign)[:_MOST_BYTES] + b"\n"
    readings: dict[str, _Answer] = {}
    for encoding, (rarity, languages) in _CANDIDATES.items():
        text = unicodedata.normalize("NFC", sought.decode(encoding, "replace"))
        if text.count("\ufffd") > _MOST_UNREADABLE * len(text):
            continue
        bits = rarity + float(np.min((table.bits(text) + prose)[table.places(languages)]))
        if text not in readings or bits < readings[text].bits:
            readings[text] = _Answer(encoding, text, bits)
    return sorted(readings.values(), key=lambda answer: answer.bits)


def _readings(answers: list[_Answer], sample: bytes) -> str:
    """How the first foreign letters would read in each of the encodings."""
    if not answers:
        return "None that is common here reads well."
    place = next(place for place, byte in enumerate(sample) if byte > 127)
    start = max(sample.rfind(b"\n", 0, place) + 1, place - _EXCERPT_BEFORE)
    excerpt = sample[start : place + _EXCERPT_AFTER].split(b"\n")[0]
    readings = (
        f"{answer.encoding}: “{excerpt.decode(answer.encoding, 'ignore').strip()}”" for answer in answers
    )
    return f"They begin so: {'; '.join(readings)}."


def load() -> None:
    """Read text in each of the encodings, for a process that can open nothing afterwards."""
    _answers("Das Mädchen hört Geräusche auf der Straße.\n".encode("cp1252"))
