"""Variants: differences of spelling, of number, of spacing and of the order of a list, which leave what a text says as it is.

    spelling("diarrhoea") == spelling("diarrhea")                 True
    relisted("tin, iron and zinc", "zinc, tin and iron", "en")    True: the same list in another order

The rules of spelling are those between British and American English, and singular for plural; other languages are compared as they are
written. They are endings, not a dictionary: a few words fall together that are two ("goods", "good").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from commons.records.likeness.words import terms

_ENGLISH = "en"
# (least letters of the word, pattern, replacement), applied in this order.
_SPELLINGS = [
    (4, re.compile(r"(?<=[^aeious])ies$"), "y"),
    (5, re.compile(r"(?<=ss|sh|ch)es$|(?<=x)es$"), ""),
    (6, re.compile(r"(?<=[^aeiou]o)es$"), ""),  # potatoes
    (4, re.compile(r"(?<=[^sui])s$"), ""),
    (6, re.compile("[ao]e"), "e"),  # anaemia, diarrhoea
    (5, re.compile("our"), "or"),  # colour, favourite
    (6, re.compile("is(?=(?:e|ed|er|ing|ation)$)"), "iz"),  # organise
    (6, re.compile("ys(?=(?:e|ed|er|ing)$)"), "yz"),  # analyse
    (5, re.compile("(?<=[bt])re$"), "er"),  # fibre, metre
    (7, re.compile("ogue$"), "og"),  # catalogue
    (7, re.compile("ll(?=(?:ed|ing|er|or)$)"), "l"),  # travelled
    (7, re.compile("(?<=[fc])ence$"), "ense"),  # defence, licence
    (6, re.compile("sulph"), "sulf"),
]
_OTHER_SPELLINGS = {
    "grey": "gray", "programme": "program", "aluminium": "aluminum", "mould": "mold", "plough": "plow", "tyre": "tire",
    "sceptical": "skeptical", "cheque": "check", "judgement": "judgment", "storey": "story",
}  # fmt: skip
_ARTICLES = frozenset({"a", "an", "the", "s"})  # the last is what is left of a genitive
_SEPARATOR = re.compile(r"[,;、，؛،]|\b(?:and|or|und|oder|et|ou|y|o|e|и|или)\b", re.IGNORECASE)


def canonical(text_terms: Sequence[str], lang: str) -> list[str]:
    """The terms that carry what is said, each in one spelling; ``lang`` is a primary subtag."""
    silent = _ARTICLES if lang == _ENGLISH else frozenset()
    return [spelling(term, lang) for term in text_terms if term not in silent]


def spelling(term: str, lang: str = _ENGLISH) -> str:
    """A word as a key that its other spellings, and its plural, share; outside English the word itself."""
    if lang != _ENGLISH or not term.isalpha():
        return term
    for letters, pattern, replacement in _SPELLINGS:
        if len(term) >= letters:
            term = pattern.sub(replacement, term)
    return _OTHER_SPELLINGS.get(term, term)


def relisted(first: str, second: str, lang: str) -> bool:
    """Whether two texts differ only in the order in which they list things.

    What is swapped elsewhere ("a male tiger and a female lion" beside "a male lion and a female tiger") is more than that.
    """
    ours, theirs = (_items(text, lang) for text in (first, second))
    return (
        len(ours) > 1
        and ours != theirs
        and any(
            sorted(_cut(ours, start, end)) == sorted(_cut(theirs, start, end))
            for start in (0, _common(_flat(ours), _flat(theirs)))
            for end in (0, _common(_flat(ours)[::-1], _flat(theirs)[::-1]))
        )
    )


def _items(text: str, lang: str) -> list[list[str]]:
    return [item for part in _SEPARATOR.split(text) if (item := canonical(terms(part), lang))]


def _flat(items: list[list[str]]) -> list[str]:
    return [term for item in items for term in item]


def _common(first: list[str], second: list[str]) -> int:
    """How many terms two texts have in common where they begin."""
    pairs = zip(first, second, strict=False)
    return next((number for number, (one_term, other) in enumerate(pairs) if one_term != other), 0)


def _cut(items: list[list[str]], start: int, end: int) -> list[list[str]]:
    """The items without the first ``start`` and the last ``end`` terms."""
    last = sum(map(len, items)) - end
    kept_items, place = [], 0
    for item in items:
        inside = item[max(0, start - place) : max(0, last - place)]
        kept_items += [inside] * bool(inside)
        place += len(item)
    return kept_items
