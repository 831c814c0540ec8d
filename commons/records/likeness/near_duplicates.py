"""Near-duplicates: whether a record says again what another says, closely enough to count as the same.

    repeats(ComparedText(first), ComparedText(second))      True for other case, marks, blanks, spelling, or a few more words

Nobody looks at a pair here before two records are counted as one, so this is stricter than what the gate warns of. Records that differ in a
number, a negation or an opposite are never the same, nor are sentences that differ in a word; typing errors in a sentence are the price.

Records under different titles are mostly entries of one form ("Mali: exports", "Niger: exports"). They are the same only where the texts
share nine tenths, no word of one stands in the place of another's, and the titles are no form either: one is in the other, or they have no
word in common, as when somebody gives a copy a title of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from commons.records.languages import primary_subtag
from commons.records.likeness import contradictions, opposites, variants, words
from commons.records.likeness.contradictions import DifferenceKind
from commons.records.likeness.similarity import NEAR, alike
from commons.records.schema import Record

UNDER_ANOTHER_TITLE = 0.9  # of their shingles two records with different titles must share
_BELOW_NOUGHT = re.compile(
    r"(?<!\w)[-\u2212\u2013\ufe63\uff0d](\d+)"
)  # a sign, where a dash between two numbers is none
_TURNING = (DifferenceKind.NUMBERS, DifferenceKind.NEGATION, DifferenceKind.OPPOSITES)


@dataclass(frozen=True)
class ComparedText:
    """A record, and what is asked of it for each other that it may repeat, worked out once."""

    record: Record

    @cached_property
    def lang(self) -> str:
        return primary_subtag(self.record.lang)

    @cached_property
    def folded(self) -> tuple[str, str]:
        """Title and text."""
        return words.fold(self.record.title or ""), words.fold(self.record.text)

    @cached_property
    def title_terms(self) -> Counter[str]:
        return Counter(variants.canonical(words.terms(self.record.title or ""), self.lang))

    @cached_property
    def text_terms(self) -> Counter[str]:
        return Counter(variants.canonical(words.terms(self.record.text), self.lang))

    @cached_property
    def figures(self) -> tuple[Counter[str], Counter[str], int]:
        """The numbers that the record names, those below nought among them, which words alone do not tell, and how often it denies."""
        whole = f"{self.record.title or ''} {self.record.text}"
        spoken = words.terms(whole)
        numbers = Counter(term for term in spoken if term[0].isdigit())
        return numbers, Counter(_BELOW_NOUGHT.findall(whole)), opposites.negations(spoken, self.lang)


def repeats(first: ComparedText, second: ComparedText) -> bool:
    """Whether the two count as one; it is the same asked the other way round."""
    if first.lang != second.lang or first.figures != second.figures:
        return False
    if first.folded == second.folded:
        return True
    if same_title := first.folded[0] == second.folded[0]:
        least = NEAR
    elif _is_form(first.title_terms, second.title_terms) or _replaces(first.text_terms, second.text_terms):
        return False
    else:
        least = UNDER_ANOTHER_TITLE
    if alike(first.record, second.record) < least:
        return False
    titles = [(first.record.title, second.record.title)] if not same_title else []
    pairs = [(first.record.text, second.record.text), *titles]
    return not any(_turns_around(left or "", right or "", first.lang) for left, right in pairs)


def _is_form(first: Counter[str], second: Counter[str]) -> bool:
    """Whether two titles share words and have others in the place of the rest."""
    return bool(first & second) and _replaces(first, second)


def _replaces(first: Counter[str], second: Counter[str]) -> bool:
    return bool(first - second) and bool(second - first)


def _turns_around(first: str, second: str, lang: str) -> bool:
    difference = contradictions.text_difference(first, second, lang)
    return difference is not None and (difference.turns_around or difference.kind in _TURNING)
