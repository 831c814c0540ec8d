#!/usr/bin/env python
"""Whether quotations are judged rightly: what stands in a record, what was changed, and what is from elsewhere.

DATA holds xquad, medquad, tldr, opensource-guide and factbook as gzip JSON Lines. Quotations are made from their texts by the rules below,
with a seed; the peers are ``quote in text`` and rapidfuzz (``pip install rapidfuzz``), which accepts what is alike to nine tenths. Prints
Markdown, and with --failures each quotation that was judged wrongly; our last figures are in citations.md.
"""

from __future__ import annotations

import html
import random
import re
import time
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import command_line, tables, texts

from commons.evidence.quotations import quotation
from commons.evidence.quotations.quote_differences import Weight
from commons.evidence.quotations.quote_match import QuoteMatch, QuoteVerdict
from commons.records import negations
from commons.records.languages import characters, primary_subtag
from commons.records.schema import MAX_TEXT_BYTES
from commons.records.sentences import SENTENCE_END

ALIKE = 90  # of 100
_UNSPACED = re.compile(f"[{characters()}]")
_WORD = re.compile(rf"[{characters()}]|[^\s{characters()}]+")
_LEAST_WORDS, _MOST_WORDS = 8, 45
Judge = Callable[[QuoteMatch], bool]


@dataclass(frozen=True)
class Passage:
    """A record's text, what it is from and in which language."""

    collection: str
    lang: str
    text: str

    def cut(self, first: int, after: int) -> str:
        """From a word to another, as it is written."""
        words = self.words
        return self.text[words[first].start() : words[after - 1].end()]

    @property
    def words(self) -> list[re.Match[str]]:
        return list(_WORD.finditer(self.text))


@dataclass(frozen=True)
class Quotation:
    kind: str
    quote: str
    passage: Passage


def passages(data: Path, each: int, rng: random.Random) -> list[Passage]:
    """``each`` of a collection and language that are long enough to quote from."""
    groups: dict[tuple[str, str], list[Passage]] = defaultdict(list)
    for passage in _all_passages(data):
        fits = len(passage.text.encode()) <= MAX_TEXT_BYTES and len(passage.words) >= 3 * _LEAST_WORDS
        if fits:
            groups[passage.collection, passage.lang].append(passage)
    chosen = (rng.sample(group, min(each, len(group))) for _, group in sorted(groups.items()))
    return [passage for group in chosen for passage in group]


def _all_passages(data: Path) -> Iterator[Passage]:
    def made(collection: str, lang: str, text: str) -> Passage:
        return Passage(collection, lang, unicodedata.normalize("NFC", text).strip())

    for row in texts.rows(data / "xquad" / "passages.jsonl.gz"):
        yield made("xquad", row["lang"], row["text"])
    for row in texts.rows(data / "medquad" / "qa.jsonl.gz"):
        yield made("medquad", "en", row["answer"])
    for row in texts.rows(data / "tldr" / "pages.jsonl.gz"):
        if row["lang"] in ("en", "de", "es", "ja", "th", "zh", "fr"):
            yield made("tldr", row["lang"], row["text"])
    for row in texts.rows(data / "opensource-guide" / "articles.jsonl.gz"):
        for section in re.split(r"\n(?=## )", row["text"]):
            yield made("opensource-guide", row["lang"], section)
    for row in texts.rows(data / "factbook" / "fields.jsonl.gz"):
        yield made("factbook", "en", row["text"])


# The kinds: each makes a quotation of a passage, or nothing where it does not apply


def _stretch(passage: Passage, rng: random.Random) -> tuple[int, int]:
    """A stretch of words, the first and one after the last."""
    count = len(passage.words)
    size = rng.randint(_LEAST_WORDS, min(_MOST_WORDS, count // 2))
    first = rng.randrange(count - size)
    return first, first + size


def exact(passage: Passage, rng: random.Random) -> str:
    return passage.cut(*_stretch(passage, rng))


_SETTINGS = {
    **{'"': "“", "'": "’", "-": "‑", " ": "\u00a0", "fi": "ﬁ", "fl": "ﬂ"},
    **{"“": '"', "”": '"', "’": "'", "–": "-", "—": "–", "…": "..."},
}


def typeset(passage: Passage, rng: random.Random) -> str:
    """Other quotation marks, dashes, blanks and ligatures, a soft hyphen, and sometimes capitals."""
    quote = html.unescape(exact(passage, rng))  # as a page shows it
    for plain, other in _SETTINGS.items():
        quote = quote.replace(plain, other) if rng.random() < 0.7 else quote
    letters = [
        place
        for place in range(1, len(quote))
        if quote[place - 1 : place + 1].isascii() and quote[place - 1 : place + 1].isalpha()
    ]
    if letters:
        place = rng.choice(letters)
        quote = f"{quote[:place]}\u00ad{quote[place:]}"
    return quote.upper() if rng.random() < 0.3 else quote


def line_broken(passage: Passage, rng: random.Random) -> str:
    """Wrapped, each line indented as in a mail."""
    words, first, after = passage.words, *_stretch(passage, rng)
    quote = passage.text[words[first].start() : words[first].end()]
    for before, word in zip(words[first:], words[first + 1 : after], strict=False):
        gap = passage.text[before.end() : word.start()]
        breaks = rng.random() < 0.2 and (gap or _UNSPACED.match(word[0]))
        quote += ("\n   " if breaks else gap) + word[0]
    return quote


def number_altered(passage: Passage, rng: random.Random) -> str | None:
    """Another digit in the place of one."""
    quote = exact(passage, rng)
    digits = [match.start() for match in re.finditer(r"[0-9]", quote)]
    if not digits:
        return None
    place = rng.choice(digits)
    return quote[:place] + str((int(quote[place]) + rng.randint(1, 9)) % 10) + quote[place + 1 :]


def negation_dropped(passage: Passage, rng: random.Random) -> str | None:
    denying, words = negations.words(passage.lang) - {"t"}, passage.words
    places = [n for n, word in enumerate(words) if word[0].casefold() in denying and 4 < n < len(words) - 4]
    if not places:
        return None
    place = rng.choice(places)
    first, after = max(0, place - rng.randint(5, 15)), min(len(words), place + rng.randint(5, 15))
    gap = "" if _UNSPACED.match(words[place][0]) else " "
    return passage.cut(first, place) + gap + passage.cut(place + 1, after)


def cut_in_a_word(passage: Passage, rng: random.Random) -> str | None:
    """Without the end of its last word."""
    words, (first, after) = passage.words, _stretch(passage, rng)
    last = words[after - 1][0]
    if not re.fullmatch(r"\w{5,}", last) or any(map(_UNSPACED.match, last)) or not last.isalpha():
        return None
    if any(unicodedata.category(letter)[0] == "M" for letter in last):
        return None
    return passage.cut(first, after)[: -rng.randint(1, 3)]


def cut_in_a_sentence(passage: Passage, rng: random.Random) -> str | None:
    quote = exact(passage, rng)
    return None if SENTENCE_END.search(quote) else quote


def reordered(passage: Passage, rng: random.Random) -> str | None:
    """Two words have changed places."""
    words, (first, after) = passage.words, _stretch(passage, rng)
    plain = [n for n in range(first, after) if words[n][0].isalnum()]
    if len(plain) < 4:
        return None
    one, other = sorted(rng.sample(plain, 2))
    if words[one][0].casefold() == words[other][0].casefold():
        return None
    text = passage.text
    return (
        text[words[first].start() : words[one].start()] + words[other][0]
        + text[words[one].end() : words[other].start()] + words[one][0]
        + text[words[other].end() : words[after - 1].end()]
    )  # fmt: skip


def elided(passage: Passage, rng: random.Random) -> str | None:
    words = passage.words
    first, size = rng.randrange(len(words) // 3), rng.randint(5, 10)
    second = rng.randint(first + size + 3, len(words) - 6) if len(words) - 6 >= first + size + 3 else 0
    if not second:
        return None
    mark = rng.choice([" … ", " [...] ", " ... ", "… ", " […] "])
    return (
        passage.cut(first, first + size)
        + mark
        + passage.cut(second, min(len(words), second + rng.randint(5, 10)))
    )


def joined(passage: Passage, rng: random.Random) -> str | None:
    """The beginning of one sentence and the end of a later one, as if they were one."""
    pieces = [piece for piece in SENTENCE_END.split(passage.text) if piece and len(_WORD.findall(piece)) >= 8]
    if len(pieces) < 3:
        return None
    one, other = sorted(rng.sample(range(len(pieces)), 2))
    left, right = (list(_WORD.finditer(pieces[n])) for n in (one, other))
    head = pieces[one][: left[len(left) // 2].end()]
    tail = pieces[other][right[len(right) // 2].start() :]
    return f"{head}{'' if _UNSPACED.match(tail) else ' '}{tail}"


# What is right: a verdict for ours, and whether a peer that says yes or no may say yes


@dataclass(frozen=True)
class Kind:
    make: Callable[[Passage, random.Random], str | None]
    stands: bool
    judge: Judge


def _is(*verdicts: QuoteVerdict) -> Judge:
    return lambda match: match.verdict in verdicts


EXACT, NEAR, NOT_FOUND = QuoteVerdict
KINDS = {
    "as it is": Kind(exact, True, lambda match: match.verdict is EXACT and not match.typography),
    "typeset otherwise": Kind(typeset, True, _is(EXACT)),
    "lines broken": Kind(line_broken, True, _is(EXACT)),
    "cut in a sentence": Kind(cut_in_a_sentence, True, _is(EXACT)),
    "elided": Kind(elided, True, lambda match: match.verdict is EXACT and match.elided),
    "number altered": Kind(number_altered, False, lambda match: match.verdict is NEAR and Weight.NUMBER in match.serious),
    "negation dropped": Kind(negation_dropped, False, lambda match: match.verdict is NEAR and Weight.NEGATION in match.serious),
    "cut in a word": Kind(cut_in_a_word, False, _is(NEAR)),
    "words exchanged": Kind(reordered, False, _is(NEAR, NOT_FOUND)),
    "sentences joined": Kind(joined, False, _is(NEAR)),
    "of another record": Kind(exact, False, _is(NOT_FOUND)),
}  # fmt: skip


def quotations(chosen: Sequence[Passage], rng: random.Random) -> Iterator[Quotation]:
    """One of each kind of each passage, as far as it applies; what by chance stands in the text, or changed nothing, is left out."""
    for passage in chosen:
        others = [
            other
            for other in chosen
            if (other.collection, other.lang) == (passage.collection, passage.lang) and other != passage
        ]
        for name, kind in KINDS.items():
            foreign = name == "of another record"
            if foreign and not others:
                continue
            quote = kind.make(rng.choice(others) if foreign else passage, rng)
            may_stand = kind.stands or kind.make is cut_in_a_word
            if quote and (may_stand or quote not in passage.text):
                yield Quotation(name, quote, passage)


def rows(
    made: Sequence[Quotation], failures: list[tuple[Quotation, QuoteMatch]]
) -> Iterator[tuple[str, ...]]:
    try:
        from rapidfuzz import fuzz
    except ImportError as error:
        raise SystemExit("One of the peers is rapidfuzz: pip install rapidfuzz") from error
    right: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    for each in made:
        kind, text = KINDS[each.kind], each.passage.text
        match = quotation.compare(each.quote, text, lang=primary_subtag(each.passage.lang))
        if not kind.judge(match):
            failures.append((each, match))
        counts = right[each.kind]
        counts["all"] += 1
        counts["ours"] += kind.judge(match)
        counts["in"] += (each.quote in text) == kind.stands
        alike = fuzz.partial_ratio(each.quote.casefold(), text.casefold()) >= ALIKE
        counts["fuzzy"] += alike == kind.stands
    for name, counts in right.items():
        yield name, *(f"{counts[column]:,}" for column in ("all", "ours", "in", "fuzzy"))
    sums = sum(right.values(), Counter())
    yield "all", *(f"{sums[column]:,}" for column in ("all", "ours", "in", "fuzzy"))


def times(made: Sequence[Quotation]) -> Iterator[tuple[str, str]]:
    """Of the quotations as they are, and of hostile ones, in milliseconds of processor time."""
    yield "the slowest of these quotations", f"{max(map(_milliseconds, made)):.1f}"
    words = " ".join(f"w{number * 7919 % 1009}" for number in range(2000))
    text, quote = words[:8192], words[1000:3000]
    changed = quote.replace("w7", "other", 1)
    for name, (first, second) in {
        "2,000 characters that stand in 8 KB": (quote, text),
        "the same with a word changed": (changed, text),
        "2,000 times %, and a letter, in 8 KB of %": ("%" * 1999 + "x", "%" * 8192),
        "a b a b … c in 8 KB of b a": ("a b " * 499 + "c", "b a " * 2048),
        "2,000 Chinese characters of one kind, and another": ("水" * 1999 + "火", "水" * 2730),
    }.items():
        yield name, f"{_milliseconds(Quotation('', first, Passage('', '', second))):.1f}"


def _milliseconds(each: Quotation) -> float:
    start = time.process_time()
    quotation.compare(each.quote, each.passage.text)
    return (time.process_time() - start) * 1000


def main() -> None:
    parser = command_line.parser(__doc__, "citations.py DATA", "citations.py DATA --failures")
    parser.add_argument("--each", type=int, default=12, help="passages of each collection and language")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", action="store_true", help="print what was judged wrongly")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311  (a sample, not a secret)
    made = list(quotations(passages(options.data, options.each, rng), rng))
    failures: list[tuple[Quotation, QuoteMatch]] = []
    print(tables.machine("rapidfuzz"))
    tables.show(("quotation", "of these", "ours", "quote in text", "rapidfuzz"), rows(made, failures))
    tables.show(("time", "ms"), times(made))
    for each, match in failures if options.failures else ():
        print(f"\n## {each.kind}, {each.passage.collection}, {each.passage.lang}: {match.verdict.value}\n")
        print(f"{each.quote!r}\n\n{match.passage[:600]!r}\n\n{' '.join(match.words())}")


if __name__ == "__main__":
    main()
