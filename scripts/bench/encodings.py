#!/usr/bin/env python
"""How often an older encoding is named, and rightly: ours beside charset-normalizer, where that is installed.

DATA holds data sets as gzip JSON Lines, one folder each. Lines with foreign letters, of the half that nothing was tuned on, are written in
the encodings that can write them. One is named rightly when the text is read as it was written. ``asked`` is what ours asks about instead,
and of these ``shown`` had the right one among the first three; charset-normalizer always names its best. Prints Markdown tables; our last
figures are in encodings.md.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import statistics
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from shared import command_line, tables
from shared.timing import Timing, timed

from commons.errors import InputError
from commons.intake.formats import charset_guess

SIZES = (1, 3, 20)  # lines
SAMPLES = 5  # of each size, source, language and encoding
LONGEST_CHARACTERS = 600
# data set -> its columns of the language and of the text
SOURCES = {
    "tatoeba/pairs": ("lang", "text"),
    "tldr/pages": ("lang", "text"),
    "opensource-guide/articles": ("lang", "text"),
    "xquad/passages": ("lang", "text"),
    "xcopa/xcopa": ("lang", "premise"),
}
COUNTRIES = "countries/countries"
TAGS = {
    "deu": "de", "fra": "fr", "spa": "es", "rus": "ru", "cmn": "zh", "jpn": "ja", "ara": "ar", "por": "pt", "ita": "it", "nld": "nl",
    "pol": "pl", "tur": "tr", "kor": "ko", "heb": "he", "ukr": "uk", "est": "et", "ces": "cs", "fin": "fi", "hrv": "hr", "hun": "hu",
    "per": "fa", "slk": "sk", "swe": "sv", "zho": "zh", "pt-BR": "pt", "zh-hans": "zh", "urd": "ur",
}  # fmt: skip
GROUPS = {
    "cp1252: de fr es it pt nl sv": (["cp1252"], "de fr es it pt nl sv"),
    "cp1252: fi en et": (["cp1252"], "fi en et"),
    "iso8859_15, mac_roman, cp850": (["iso8859_15", "mac_roman", "cp850"], "de fr es it pt"),
    "cp1250, iso8859_2": (["cp1250", "iso8859_2"], "pl cs hu hr sk"),
    "cp1254, cp1257": (["cp1254", "cp1257"], "tr et"),
    "cp1251, koi8, cp866, iso8859_5": (["cp1251", "koi8_r", "koi8_u", "cp866", "iso8859_5"], "ru uk"),
    "cp1255, cp1256": (["cp1255", "cp1256"], "he ar fa ur"),
    "cp874": (["cp874"], "th"),
    "cp932, euc_jp, gb18030, big5, cp949": (["cp932", "euc_jp", "gb18030", "big5", "cp949"], "ja zh ko"),
}
CANNOT = {
    ("cp1254", "et"), ("cp1257", "tr"), ("koi8_r", "uk"), ("koi8_u", "ru"), ("cp866", "uk"), ("cp1255", "ar"), ("cp1255", "fa"),
    ("cp1255", "ur"), ("cp1256", "he"),
    *((name, "zh") for name in ("cp932", "euc_jp", "cp949")), *((name, "ja") for name in ("gb18030", "big5", "cp949")),
    *((name, "ko") for name in ("cp932", "euc_jp", "gb18030", "big5")),
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    data: bytes
    encoding: str


def main() -> None:
    options = command_line.parser(__doc__, "encodings.py DATA").parse_args()
    texts = published(options.data)
    print(tables.machine("charset-normalizer"))
    peers = ["charset-normalizer"] if importlib.util.find_spec("charset_normalizer") else []
    for size in SIZES:
        print(f"## Samples of {size} {'line' if size == 1 else 'lines'}\n")
        heads = ["encodings", "samples", "named rightly", "wrongly", "asked", "shown"]
        heads += [f"{peer}, {column}" for peer in peers for column in ("rightly", "wrongly")]
        tables.show([*heads, "ours, ms", *(f"{peer}, ms" for peer in peers)], rows(texts, size, peers))


def published(data: Path) -> dict[tuple[str, str], list[str]]:
    """(language, data set) -> every second line with foreign letters."""
    lines = defaultdict(list)
    for source, lang, text in [*articles(data), *countries(data)]:
        for line in map(str.strip, text.splitlines()):
            if not line.isascii() and len(line) < LONGEST_CHARACTERS:
                lines[TAGS.get(lang, lang), source].append(line)
    return {key: lines[key][1::2] for key in sorted(lines)}


def articles(data: Path) -> Iterator[tuple[str, str, str]]:
    for source, (lang, text) in SOURCES.items():
        with gzip.open(data / f"{source}.jsonl.gz", "rt", encoding="utf-8") as file:
            yield from ((source, row[lang], row[text]) for row in map(json.loads, file))


def countries(data: Path) -> Iterator[tuple[str, str, str]]:
    with gzip.open(data / f"{COUNTRIES}.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            for lang, names in row["translations"].items():
                yield COUNTRIES, lang, f"{names['official']};{names['common']}"


def rows(texts: dict[tuple[str, str], list[str]], size: int, peers: list[str]) -> Iterator[list[object]]:
    for group, (encodings, languages) in GROUPS.items():
        samples = list(written(texts, size, encodings, languages.split()))
        answers = [timed(partial(ours, sample)) for sample in samples]
        yield [group, len(samples), *figures(answers), *peer_figures(samples, answers, peers)]


def written(
    texts: dict[tuple[str, str], list[str]], size: int, encodings: list[str], languages: list[str]
) -> Iterator[Sample]:
    chance = random.Random(size)  # noqa: S311 - samples, no secrets
    for (language, _), lines in texts.items():
        for encoding in encodings if language in languages else []:
            data = [line.encode(encoding) for line in lines if can_write(encoding, language, line)]
            if len(data) >= max(SIZES):
                for _ in range(SAMPLES):
                    yield Sample(b"".join(line + b"\n" for line in chance.sample(data, size)), encoding)


def can_write(encoding: str, language: str, line: str) -> bool:
    return (encoding, language) not in CANNOT and line.encode(encoding, "ignore").decode(encoding) == line


def ours(sample: Sample) -> str:
    """``right``, ``wrong``, ``asked`` with the right one among the first three, or ``hidden``."""
    try:
        return "right" if reads(sample, charset_guess.guess(sample.data, "a.csv")) else "wrong"
    except InputError as question:
        shown = [part.split(":")[0] for part in question.hint.partition("They begin so: ")[2].split("; ")]
        names = [name for name in shown if name in charset_guess.ENCODINGS][:3]
        return "asked" if any(reads(sample, name) for name in names) else "hidden"


def reads(sample: Sample, encoding: str) -> bool:
    texts = (sample.data.decode(name, "replace") for name in (sample.encoding, encoding))
    return len({unicodedata.normalize("NFC", text) for text in texts}) == 1


def peer(sample: Sample) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample.data).best()
    return "right" if best and reads(sample, best.encoding) else "wrong"


def figures(answers: list[Timing[str]]) -> list[object]:
    results = [answer.result for answer in answers]
    asked = results.count("asked")
    return [results.count("right"), results.count("wrong"), asked + results.count("hidden"), asked]


def peer_figures(samples: list[Sample], own: list[Timing[str]], peers: list[str]) -> list[object]:
    if not peers:
        return [mean_ms(own)]
    answers = [timed(partial(peer, sample)) for sample in samples]
    results = [answer.result for answer in answers]
    return [results.count("right"), results.count("wrong"), mean_ms(own), mean_ms(answers)]


def mean_ms(answers: list[Timing[str]]) -> str:
    return f"{statistics.mean(1000 * answer.cpu_s for answer in answers):.1f}"


if __name__ == "__main__":
    main()
