"""Words as the comparing checks see them: folded, so that spelling habits do not hide a repetition.

    fold("Water  boils at 100 °C!")         "water boils at 100 °c"
    terms("Seven ducks lay 1,600 eggs")     ["7", "ducks", "lay", "1600", "eggs"]
    shingles(["water boils", ...])          the hashed runs of five characters of each text

Nothing here knows a language beyond what Unicode says of its script; numbers written out are read in English only. Marks are kept: a
vowel sign of Hindi or Thai is part of its word. Scripts that write no blanks have their characters taken in pairs, so that a sentence is
not one word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commons.records.languages import UNSPACED_SCRIPTS, characters

SHINGLE_CHARACTERS = 5

_COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_NUMBER_WORDS = {word: str(value) for value, word in enumerate(_COUNTED.split())} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
    "dozen": "12", "hundred": "100", "once": "1", "twice": "2", "double": "2", "thrice": "3", "triple": "3",
    "half": "1/2", "third": "1/3", "quarter": "1/4",
}  # fmt: skip
_DECIMAL_POINT = "\u00a4"  # stands for a decimal point while punctuation is dropped
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
# Tibetan is no run of signs here: the mark between its syllables is punctuation, so folding has parted them already.
_UNSPACED = re.compile(f"([{characters(*(name for name in UNSPACED_SCRIPTS if name != 'Tibetan'))}]+)")
_TERM = re.compile(rf"\d+(?:{_DECIMAL_POINT}\d+)*|[^\s\d]+")
# Odd 64-bit constants: the multiplier of a polynomial hash, and the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


class _Blanks(dict[int, int | None]):
    """Punctuation, blanks and invisible characters become a blank, and are remembered."""

    def __missing__(self, code: int) -> int | None:
        self[code] = 0x20 if unicodedata.category(chr(code))[0] in "PZC" else code
        return self[code]


_BLANKS = _Blanks()


def fold(text: str) -> str:
    """The text in NFKC and case-folded, without punctuation, its words separated by one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_BLANKS).split())


def terms(text: str) -> list[str]:
    """The words and numbers of a text in order, folded; a number is one term however its thousands are written."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    pointed = _POINT.sub(_DECIMAL_POINT, _THOUSANDS.sub("", folded)).translate(_BLANKS)
    parts: list[str] = []
    for term in _TERM.findall(pointed):
        if term.isascii() or not _UNSPACED.search(term):
            parts.append(_NUMBER_WORDS.get(term) or term.replace(_DECIMAL_POINT, "."))
        else:
            for run in _UNSPACED.split(term):
                parts += _pairs(run) if _UNSPACED.match(run) else [run] * bool(run)
    return parts


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


@dataclass(frozen=True)
class Shingles:
    """Hashed shingles of many texts, one after the other; those of text i are ``hashes[offsets[i]:offsets[i + 1]]``."""

    hashes: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.uint64]  # one more than there are texts

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def of(self, text: int) -> npt.NDArray[np.uint64]:
        """The different shingles of one text, sorted."""
        return np.unique(self.hashes[int(self.offsets[text]) : int(self.offsets[text + 1])])


def shingles(folded: Sequence[str]) -> Shingles:
    """All runs of ``SHINGLE_CHARACTERS`` characters of each folded text; a shorter text is padded to one run."""
    size = SHINGLE_CHARACTERS
    padded = [text if len(text) >= size else text.ljust(size) for text in folded]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    windows = max(len(codes) - size + 1, 0)
    hashes = np.zeros(windows, np.uint64)
    for place in range(size):
        hashes = hashes * _MULTIPLIER + codes[place : place + windows]
    for constant, shift in zip(_MIX, (30, 27), strict=True):
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * constant
    ends = np.cumsum(lengths)
    inside = np.ones(windows, bool)  # a run must not cross from one text into the next
    for end in range(1, size):
        crossing = ends - end
        inside[crossing[(crossing >= 0) & (crossing < windows)]] = False
    offsets = np.concatenate([[0], np.cumsum(lengths - size + 1)]).astype(np.uint64)
    return Shingles(hashes[inside], offsets)
