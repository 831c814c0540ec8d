"""Contradiction candidates: two records that say nearly the same and differ in what turns a statement around.

    difference(first, second).kind      a ``DifferenceKind``; no difference when they are the same or too far apart

That a pair is a candidate means that a person should read both, not that one is wrong: two years' figures of one country are a candidate,
and so is a true claim beside its opposite. Records with different titles speak of different things and are none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from commons.gate.comparison.words import fold, terms
from commons.records.languages import primary_subtag
from commons.records.schema import Record

# Two texts that differ in more are simply different: half of a sentence of eight words or less, a quarter of anything longer. Of the
# opposites in CREAK's contrast set this lists four of five, and 4 of 100 claims of its training set at large.
_CHANGED_OF_SENTENCE = 0.5
_CHANGED_WORDS = 8
_CHANGED_OF_TEXT = 0.25
_SENTENCE_WORDS = 25
_SHOWN_TERMS = 3
# Words that turn a sentence around, by language; where words are written without blanks, characters.
_NEGATIONS = {
    "en": "not no never none nor cannot without neither t false",
    "de": "nicht kein keine keinen keinem keiner nie niemals ohne",
    "fr": "pas jamais aucun aucune sans ni",
    "es": "no nunca jamás ningún ninguna sin tampoco",
    "pt": "não nunca jamais nenhum nenhuma sem",
    "it": "non mai nessun nessuna senza",
    "nl": "niet geen nooit zonder",
    "pl": "nie nigdy żaden bez",
    "ru": "не нет ни никогда без",
    "uk": "не ні ніколи без",
    "tr": "değil yok asla",
    "id": "tidak bukan belum tanpa",
    "sw": "si sio hapana bila",
    "vi": "không chẳng chưa",
    "ar": "لا لم لن ليس ليست غير",
    "hi": "नहीं न मत बिना",
    "ko": "안 못 아니다 없다",
}
_NEGATION = {lang: frozenset(words.split()) for lang, words in _NEGATIONS.items()}
_NEGATING_CHARACTERS = {"zh": "不没沒无無未非", "ja": "ないぬずん", "th": "ไม่"}


class DifferenceKind(StrEnum):
    """In what two texts differ; the values are the words of the report."""

    NUMBERS = "numbers"
    NEGATION = "negation"
    ORDER = "order"
    WORDS = "words"


@dataclass(frozen=True)
class Difference:
    """What tells two records apart: the kind, and the terms only the first and only the second has."""

    kind: DifferenceKind
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    of_sentence: bool  # the texts are no longer than a sentence, so that what differs is what they say

    @property
    def turns_around(self) -> bool:
        """Whether it can turn around what is said: any difference of a sentence can, in a long text a number or a negation."""
        return self.of_sentence or self.kind in (DifferenceKind.NUMBERS, DifferenceKind.NEGATION)

    def __str__(self) -> str:
        return f"{self.kind}: {_excerpt(self.only_first)} / {_excerpt(self.only_second)}"


def difference(first: Record, second: Record) -> Difference | None:
    """How two records that resemble each other may contradict each other, or None."""
    lang = primary_subtag(first.lang)
    if not same_subject(first, second) or lang != primary_subtag(second.lang):
        return None
    first_terms, second_terms = terms(first.text), terms(second.text)
    only_first = Counter(first_terms) - Counter(second_terms)
    only_second = Counter(second_terms) - Counter(first_terms)
    changed = max(only_first.total(), only_second.total())
    length = max(len(first_terms), len(second_terms))
    allowed = max(_CHANGED_OF_TEXT * length, min(_CHANGED_OF_SENTENCE * length, _CHANGED_WORDS))
    if first_terms == second_terms or changed > allowed:
        return None
    if not only_first and not only_second:
        kind = DifferenceKind.ORDER
    elif _negations(lang, first_terms) % 2 != _negations(lang, second_terms) % 2:
        kind = DifferenceKind.NEGATION
    elif _has_number(only_first) or _has_number(only_second):
        kind = DifferenceKind.NUMBERS
    else:
        kind = DifferenceKind.WORDS
    return Difference(kind, tuple(only_first), tuple(only_second), length <= _SENTENCE_WORDS)


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


def _negations(lang: str, text_terms: Iterable[str]) -> int:
    if negating := _NEGATING_CHARACTERS.get(lang):
        return sum(any(character in term[:1] for character in negating) for term in text_terms)
    return sum(term in _NEGATION.get(lang, frozenset()) for term in text_terms)


def _excerpt(text_terms: Sequence[str]) -> str:
    more = " …" if len(text_terms) > _SHOWN_TERMS else ""
    return (" ".join(text_terms[:_SHOWN_TERMS]) or "nothing") + more
