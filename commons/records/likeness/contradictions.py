"""Contradiction candidates: two records that say nearly the same and differ in what turns a statement around.

    difference(first, second).kind      a ``DifferenceKind``; no difference when they are the same or too far apart

A difference that leaves the meaning as it is (``variants``: spelling, singular and plural, the order of a list) is none, and in a text
longer than a sentence neither are other words: there only a number for another, a negation, an opposite or two names that changed places.
That a pair is a candidate means that a person should read both, not that one is wrong: two years' figures of one country are a candidate,
and so is a true claim beside its opposite. Records with different titles speak of different things and are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commons.records.languages import primary_subtag
from commons.records.likeness import opposites, variants
from commons.records.likeness.words import fold, terms
from commons.records.schema import Record

# Two texts that differ in more are simply different: half of a sentence of eight words or less, a quarter of anything longer.
_CHANGED_OF_SENTENCE = 0.5
_CHANGED_WORDS = 8
_CHANGED_OF_TEXT = 0.25
SENTENCE_WORDS = 25
# Words alone turn a sentence around where no more than this part of it differs, in no more than so many of them. Chosen on CREAK: of the
# opposites in its contrast set four of five stay listed, of the claims at large little more than half as many as with every difference.
_WORDS_OF_SENTENCE = 0.4
_WORDS = 5
# In a long text a negation or an opposite among more changes is another wording, and so are more terms that moved than two names
# that changed places.
_CHANGED_BY_OPPOSITE = 4
_SWAPPED_TERMS = 4
_SHOWN_TERMS = 3


class DifferenceKind(StrEnum):
    """In what two texts differ; the values are the words of the report."""

    NUMBERS = "numbers"
    NEGATION = "negation"
    OPPOSITES = "opposites"
    ORDER = "order"
    WORDS = "words"


@dataclass(frozen=True)
class Difference:
    """What tells two records apart: the kind, and the terms only the first and only the second has."""

    kind: DifferenceKind
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    of_sentence: bool  # the texts are no longer than a sentence, so that what differs is what they say
    turns_around: bool  # whether it can turn around what is said

    def __str__(self) -> str:
        return f"{self.kind}: {_excerpt(self.only_first)} / {_excerpt(self.only_second)}"


def difference(first: Record, second: Record) -> Difference | None:
    """How two records that resemble each other may contradict each other, or None; spelling and the order of a list are no difference."""
    lang = primary_subtag(first.lang)
    if not same_subject(first, second) or lang != primary_subtag(second.lang):
        return None
    return text_difference(first.text, second.text, lang)


def text_difference(first: str, second: str, lang: str) -> Difference | None:
    """How two texts of a language (a primary subtag) may contradict each other, or None."""
    first_terms, second_terms = terms(first), terms(second)
    change = _Change(variants.canonical(first_terms, lang), variants.canonical(second_terms, lang))
    if change.is_spacing or change.words > change.allowed:
        return None
    if change.is_order and variants.relisted(first, second, lang):
        return None
    kind = _kind(change, lang)
    written = {variants.spelling(term, lang): term for term in (*second_terms, *first_terms)}
    only_first, only_second = (
        tuple(written[key] for key in keys) for keys in (change.only_first, change.only_second)
    )
    return Difference(kind, only_first, only_second, change.of_sentence, _turns_around(kind, change))


class _Change:
    """What differs between two lists of terms."""

    def __init__(self, first: list[str], second: list[str]) -> None:
        self.first, self.second = first, second
        self.only_first = Counter(first) - Counter(second)
        self.only_second = Counter(second) - Counter(first)
        self.words = max(self.only_first.total(), self.only_second.total())
        self.length = max(len(first), len(second))
        self.allowed = max(
            _CHANGED_OF_TEXT * self.length, min(_CHANGED_OF_SENTENCE * self.length, _CHANGED_WORDS)
        )
        self.of_sentence = self.length <= SENTENCE_WORDS

    @property
    def is_spacing(self) -> bool:
        """Whether only blanks and hyphens differ; "1 2" is not 12."""
        numbered = _has_number(self.only_first) or _has_number(self.only_second)
        return not numbered and "".join(self.first) == "".join(self.second)

    @property
    def is_order(self) -> bool:
        return not self.only_first and not self.only_second

    @property
    def moved(self) -> int:
        """How many places hold another term."""
        return sum(one_term != other for one_term, other in zip(self.first, self.second, strict=False))


def _kind(change: _Change, lang: str) -> DifferenceKind:
    if change.is_order:
        return DifferenceKind.ORDER
    if opposites.negations(change.first, lang) % 2 != opposites.negations(change.second, lang) % 2:
        return DifferenceKind.NEGATION
    if _has_number(change.only_first) or _has_number(change.only_second):
        return DifferenceKind.NUMBERS
    if opposites.opposed(change.only_first, change.only_second):
        return DifferenceKind.OPPOSITES
    return DifferenceKind.WORDS


def _turns_around(kind: DifferenceKind, change: _Change) -> bool:
    """A sentence says one thing, so most differences can turn it around; of a long text few can."""
    if change.of_sentence:
        few = change.words <= min(_WORDS, _WORDS_OF_SENTENCE * change.length)
        return few or kind is not DifferenceKind.WORDS
    match kind:
        case DifferenceKind.NUMBERS:
            return _has_number(change.only_first) and _has_number(change.only_second)
        case DifferenceKind.NEGATION | DifferenceKind.OPPOSITES:
            return change.words <= _CHANGED_BY_OPPOSITE
        case DifferenceKind.ORDER:
            return change.moved <= _SWAPPED_TERMS
        case DifferenceKind.WORDS:
            return False


def same_subject(first: Record, second: Record) -> bool:
    """Whether two records bear the same title, or none."""
    return fold(first.title or "") == fold(second.title or "")


def same_numbers(first: Record, second: Record) -> bool:
    """Whether two texts name the same numbers."""
    return _numbers(first) == _numbers(second)


def _numbers(record: Record) -> Counter[str]:
    return Counter(term for term in terms(record.text) if term[0].isdigit())


def _has_number(text_terms: Iterable[str]) -> bool:
    return any(term[0].isdigit() for term in text_terms)


def _excerpt(text_terms: Sequence[str]) -> str:
    more = " …" if len(text_terms) > _SHOWN_TERMS else ""
    return (" ".join(text_terms[:_SHOWN_TERMS]) or "nothing") + more
