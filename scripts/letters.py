#!/usr/bin/env python
"""Make the table of letters that encodings are guessed with, from the language models of lingua.

scripts/letters.py FOLDER > commons/intake/formats/letters.tsv

FOLDER is ``lingua/language-models`` of the unpacked lingua-language-detector 1.3.5 (Apache-2.0); ``brotli`` must be installed. A line
has a language, bits (minus the logarithm to the base of 2 of the likelihood), the letters, and the pairs of letters, of so many bits. Pairs
are left out that are rare, or as likely as their second letter tells.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import brotli

LANGUAGES = """ar be bg ca cs da de el en es et eu fa fi fr ga he hr hu is it ja ko lt lv mk nb nl pl pt ro ru sk sl sr sv th tr uk
ur vi zh""".split()  # noqa: SIM905
FOLDED = str.maketrans("șțیکۍ", "şţيكي")
MOST_BITS = 15
UNPAIRED_BITS = 3
RAREST_PAIR, RAREST_FOREIGN_PAIR = 2**-17, 2**-18


def main() -> None:
    for language in LANGUAGES:
        single = likelihoods(Path(sys.argv[1]) / language / "unigrams.json.br")
        pairs = likelihoods(Path(sys.argv[1]) / language / "bigrams.json.br")
        letters = {
            letter: bits(likelihood)
            for letter, likelihood in single.items()
            if (letter.isalpha() or not letter.isascii()) and likelihood > 2 ** -(MOST_BITS + 0.5)
        }
        telling = {
            pair: bits(likelihood)
            for pair, likelihood in pairs.items()
            if pair[0] in letters and pair[1] in letters
            if single[pair[0]] * likelihood >= (RAREST_PAIR if pair[1].isascii() else RAREST_FOREIGN_PAIR)
            if bits(likelihood) != letters[pair[1]] + UNPAIRED_BITS
        }
        for count in range(MOST_BITS + 1):
            groups = [
                "".join(sorted(name for name, own in of.items() if own == count)) for of in (letters, telling)
            ]
            if any(groups):
                print(language, count, *groups, sep="\t")


def likelihoods(path: Path) -> dict[str, float]:
    found: dict[str, float] = {}
    if path.exists():  # no pairs were counted of Chinese, Japanese and Korean
        for fraction, names in json.loads(brotli.decompress(path.read_bytes()))["ngrams"].items():
            part, whole = map(int, fraction.split("/"))
            for name in names.split():
                folded = name.translate(FOLDED)
                found[folded] = found.get(folded, 0.0) + part / whole
    return found


def bits(likelihood: float) -> int:
    return min(MOST_BITS, round(-math.log2(likelihood)))


if __name__ == "__main__":
    main()
