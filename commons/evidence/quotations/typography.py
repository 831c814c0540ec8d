"""Typography: in what two texts of the same words differ, by name.

    of_word("US", "us")           letter case
    of_gap(" – ", "-")            blanks, dashes and hyphens

What is compared are two writings of one word, or what stands between two words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Generator, Iterator
from enum import StrEnum

from commons.evidence.quotations import quoted_words


class Typography(StrEnum):
    """The values are the words of a sentence."""

    QUOTATION_MARKS = "quotation marks"
    DASHES = "dashes and hyphens"
    CASE = "letter case"
    BLANKS = "blanks"
    LINE_BREAKS = "line breaks"
    ELLIPSES = "ellipses"
    FORMS = "forms of characters"
    INVISIBLE = "invisible characters"
    VOWEL_MARKS = "vowel marks"
    MARKDOWN = "Markdown"
    ESCAPES = "escapes"
    BRACKETS = "brackets"
    DIGITS = "digits or their grouping"
    PUNCTUATION = "punctuation"
    MARKS = "tags or footnote marks"


_MARKDOWN = re.compile(r"[*_`~\\]|\]\([^\n]*\)|(?:(?<=\n)|(?<=\A))[ \t]*[>#+-]+[ \t]+")
_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_DASH = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]+")
_QUOTE = re.compile(
    "['\"\u00ab\u00bb\u2018-\u201f\u2039\u203a\u300c-\u300f\u301d-\u301f\u02bb\u02bc\uff02\uff07]+"
)
_BRACKET = re.compile(r"[\[\]]")
_ELLIPSIS = re.compile(r"[…⋯]+|\.(?: ?\.)+")
_HYPHENATION = re.compile(r"[-\u00ad\u2010\u2011]\s*\n\s*")


def of_word(first: str, second: str) -> Iterator[Typography]:
    """What makes the difference between two writings of a word: each step takes one thing away, and is named where one only had it."""
    first, second = (unicodedata.normalize("NFC", written) for written in (first, second))
    for name, without in _STEPS:
        if first == second:
            return
        one_less, other_less = without(first), without(second)
        took_one = (one_less != first) != (other_less != second)
        if took_one or one_less == other_less:
            yield name
        first, second = one_less, other_less
    if first != second:
        yield Typography.DIGITS if any(map(str.isdigit, first)) else Typography.PUNCTUATION


_STEPS: tuple[tuple[Typography, Callable[[str], str]], ...] = (
    (Typography.LINE_BREAKS, lambda written: _HYPHENATION.sub("", written)),
    (Typography.ESCAPES, html.unescape),
    (Typography.BRACKETS, lambda written: written.replace("[", "").replace("]", "")),
    (Typography.INVISIBLE, quoted_words.without_unseen),
    (Typography.VOWEL_MARKS, quoted_words.without_vowel_marks),
    (Typography.DASHES, lambda written: _DASH.sub("-", written)),
    (Typography.FORMS, lambda written: unicodedata.normalize("NFKC", written)),
    (
        Typography.DIGITS,
        lambda written: quoted_words.number_key(written) if written[-1:].isdigit() else written,
    ),
    (Typography.CASE, str.casefold),
)


def of_gap(first: str, second: str) -> Iterator[Typography]:
    """What differs between two words, beside them."""
    if first == second:
        return
    if "&" in first + second:
        first, second = yield from _without(html.unescape, first, second, Typography.ESCAPES)
    first, second = yield from _without(
        quoted_words.without_unseen_in_line, first, second, Typography.INVISIBLE
    )
    first, second = yield from _without(
        lambda gap: _MARKDOWN.sub("", gap), first, second, Typography.MARKDOWN
    )
    if bool(_LINE_END.search(first)) != bool(_LINE_END.search(second)):
        yield Typography.LINE_BREAKS
    elif re.findall(r"\s", first) != re.findall(r"\s", second):
        yield Typography.BLANKS
    first, second = ("".join(gap.split()) for gap in (first, second))
    for name, pattern in (
        (Typography.ELLIPSES, _ELLIPSIS),
        (Typography.QUOTATION_MARKS, _QUOTE),
        (Typography.DASHES, _DASH),
        (Typography.BRACKETS, _BRACKET),
    ):
        if pattern.findall(first) != pattern.findall(second):
            yield name
        first, second = pattern.sub("", first), pattern.sub("", second)
    if first != second:
        yield Typography.PUNCTUATION


def _without(
    taking: Callable[[str], str], first: str, second: str, name: Typography
) -> Generator[Typography, None, tuple[str, str]]:
    one_less, other_less = taking(first), taking(second)
    if (one_less != first) != (other_less != second) or (first != second and one_less == other_less):
        yield name
    return one_less, other_less
