"""How surprising a text would be in each of the languages that older encodings are used for, in bits.

``letters.tsv`` says how likely each letter is in a language, and how likely after another letter: minus the logarithm to the base of 2,
rounded. It is made by ``scripts/letters.py`` from the models of lingua (Apache-2.0), counted in newspapers. Signs cost the same in
every language; what no writer does costs most: controls, signs and capitals inside words, words in two alphabets.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Bits: TypeAlias = npt.NDArray[np.float64]  # one figure a language

_TABLE = Path(__file__).with_name("letters.tsv")

_COMMON_WEST = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi"]
WEST = [*_COMMON_WEST, "is", "ca", "eu", "ga", "et"]
CENTRAL = ["pl", "cs", "sk", "hu", "hr", "sl", "ro"]
_LATIN = {*WEST, *CENTRAL, "tr", "lt", "lv", "vi"}
_SIGNS_AS_LETTERS = {"zh", "ja"}  # of which pairs were not counted
_UNKNOWN = 18  # bits of a letter that a language has not
_MOST = 20  # of a letter after another
_BORROWED = 9  # bits more, for one that it borrows in names from a language of the west
_LATIN_IN_OTHERS = 6  # of names and commands in texts of other alphabets
_UNPAIRED = 3  # bits more, for letters that seldom meet
_CAPITAL = 2
_PROSE_SHARE, _MOST_OF_PROSE = 0.3, 20
_COMMON_SIGN, _WIDE_SIGN, _RARE_SIGN, _CONTROL = 8, 5, 14, 25
_BROKEN_WORD = 12
_MIXED_SIGNS = 4  # Latin beside Chinese, Japanese, Korean is usual
_COMMON_SIGNS = frozenset("’“”‘„«»–—…€°•§©®™¿¡ºª²³½×‚‹›\u00a0\u200c\u200f")
_WIDE_SIGNS = frozenset("、。「」『』・，．：；！？（）【】《》〈〉ー～　“”‘’…—")
_IN_WORDS = frozenset("’-–—\u200c")
_NEVER_AFTER_LETTERS = frozenset("•¿¡§")
# One letter for two that stand for each other in older encodings.
_FOLDED = str.maketrans("ςșțیک", "σşţيك")


@dataclass(frozen=True)
class LetterTable:
    languages: tuple[str, ...]
    single: dict[str, Bits]
    pairs: dict[str, Bits]
    unpaired: Bits

    def places(self, languages: Sequence[str]) -> list[int]:
        return [self.languages.index(language) for language in languages]

    def bits(self, text: str) -> Bits:
        """What the letters and signs of ``text`` cost. It begins and ends with a line end."""
        letters: Counter[str] = Counter()
        signs = 0
        for (before, sign, after), count in Counter(zip(text, text[1:], text[2:], strict=False)).items():
            if _is_letter(sign):
                pair = _lower(before) + _lower(sign) if before.isalpha() else _lower(sign)
                letters[pair] += count
                signs += count * _letter_bits(before, sign, after)
            elif not sign.isascii():
                signs += count * _sign_bits(before, sign, after)
        return self._letter_bits(letters) + signs

    def _letter_bits(self, letters: Counter[str]) -> Bits:
        bits: Bits = np.zeros(len(self.languages))
        for pair, count in letters.items():
            if (known := self.pairs.get(pair)) is None:
                known = self.single.get(pair[-1], np.full(len(self.languages), float(_UNKNOWN)))
                if len(pair) > 1:
                    known = np.minimum(known + self.unpaired, _MOST)
            bits += count * known
        return bits

    def prose_bits(self, text: str) -> Bits:
        """What words without a foreign letter tell of the language: nothing of those in other alphabets, beside which English is usual.

        Not much in all: they may be of another column, in another language.
        """
        bits = self.bits(text)
        others = [place for place, language in enumerate(self.languages) if language not in _LATIN]
        bits[others] = bits[self.languages.index("en")]
        doubt: Bits = np.minimum(_PROSE_SHARE * (bits - bits.min()), _MOST_OF_PROSE)
        return doubt


@cache
def table() -> LetterTable:
    lines = [line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines()]
    languages = tuple(dict.fromkeys(line[0] for line in lines))
    unpaired = np.array([0.0 if language in _SIGNS_AS_LETTERS else _UNPAIRED for language in languages])
    letters = _Entries.read((languages.index(line[0]), line[1], line[2]) for line in lines)
    single = letters.filled(_bits_unknown(letters.places, languages))
    pairs = _Entries.read(
        (languages.index(line[0]), line[1], map("".join, zip(line[3][::2], line[3][1::2], strict=True)))
        for line in lines
    )
    lenders = [languages.index(language) for language in _COMMON_WEST]
    foreign = [place for letter, place in letters.places.items() if not letter.isascii()]
    borrowed = single[np.ix_(foreign, lenders)].min(axis=1, keepdims=True) + _BORROWED
    single[foreign] = np.minimum(single[foreign], borrowed)
    seconds = [letters.places[pair[1]] for pair in pairs.places]
    paired = pairs.filled(np.minimum(single[seconds] + unpaired, _MOST))
    return LetterTable(
        languages,
        dict(zip(letters.places, single, strict=True)),
        dict(zip(pairs.places, paired, strict=True)),
        unpaired,
    )


@dataclass(frozen=True)
class _Entries:
    """Bits of letters or pairs in some of the languages, before they are filled up for the others."""

    places: dict[str, int]
    rows: list[int]
    languages: list[int]
    bits: list[int]

    @classmethod
    def read(cls, groups: Iterable[tuple[int, str, Iterable[str]]]) -> _Entries:
        entries = cls({}, [], [], [])
        for language, bits, names in groups:
            for name in names:
                entries.rows.append(entries.places.setdefault(name, len(entries.places)))
                entries.languages.append(language)
                entries.bits.append(int(bits))
        return entries

    def filled(self, others: Bits) -> Bits:
        others[self.rows, self.languages] = self.bits
        return others


def _bits_unknown(letters: Iterable[str], languages: Sequence[str]) -> Bits:
    foreign = [float(_UNKNOWN)] * len(languages)
    plain = [float(_UNKNOWN if language in _LATIN else _LATIN_IN_OTHERS) for language in languages]
    return np.array([plain if letter.isascii() else foreign for letter in letters])


def _is_letter(sign: str) -> bool:
    return sign.isalpha() or unicodedata.combining(sign) > 0


def _lower(letter: str) -> str:
    return letter.lower()[0].translate(_FOLDED)


def _letter_bits(before: str, letter: str, after: str) -> int:
    """What is odd about a letter, whatever the language."""
    bits = 0
    if letter.isupper() and not letter.isascii():
        bits += _CAPITAL if before.isalpha() or after.isalpha() else _BROKEN_WORD // 2
    if before.isalpha() and not (before.isascii() and letter.isascii()):
        bits += _BROKEN_WORD if before.islower() and letter.isupper() else 0
        alphabets = {_alphabet(before), _alphabet(letter)}
        if len(alphabets) > 1 and not unicodedata.combining(letter):
            bits += _MIXED_SIGNS if "CJK" in alphabets else _BROKEN_WORD
    return bits


def _sign_bits(before: str, sign: str, after: str) -> int:
    if sign in _WIDE_SIGNS and sign > "\u2fff":
        return _WIDE_SIGN
    if sign == "\ufffd" or unicodedata.category(sign) in ("Cc", "Co", "Cn"):
        return _CONTROL
    bits = _COMMON_SIGN if sign in _COMMON_SIGNS else _RARE_SIGN
    return bits + (_BROKEN_WORD if _breaks_word(before, sign, after) else 0)


def _breaks_word(before: str, sign: str, after: str) -> bool:
    if sign not in _COMMON_SIGNS:
        return before.isalpha() or after.isalpha()
    within = before.isalpha() and after.isalpha()
    return (within and sign not in _IN_WORDS) or (before.isalpha() and sign in _NEVER_AFTER_LETTERS)


@cache
def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if name in {"HIRAGANA", "KATAKANA", "HANGUL", "HALFWIDTH", "KATAKANA-HIRAGANA"} else name
