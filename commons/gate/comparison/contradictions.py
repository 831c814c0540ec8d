"""Contradiction candidates: two records that say nearly the same and differ in what turns a statement around.

    difference(one, other).kind         "numbers", "negation", "order" or "words"; None when they are the same or too far apart

That a pair is a candidate means that a person should read both, not that one is wrong: two years' figures of one country are a candidate,
and so is a true claim beside its opposite. Records with different titles speak of different things and are none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from commons.gate.comparison.sketches import language
from commons.gate.comparison.words import fold, terms
from commons.records.schema import Record

# Two texts that differ in more are simply different: half of a sentence of eight words or less, a quarter of anything longer. Of the
# opposites in CREAK's contrast set this lists four of five, and 4 of 100 claims of its training set at large.
_CHANGED_OF_SENTENCE = 0.5
_CHANGED_WORDS = 8
_CHANGED_OF_TEXT = 0.25
_SENTENCE_WORDS = 25
_SHOWN_TERMS = 3
# Words that turn a sentence around, by language; where words are not spaced, characters.
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


@dataclass(frozen=True)
class Difference:
    """What tells two records apart: the kind, and the terms only the one and only the other has."""

    kind: str
    only_one: tuple[str, ...]
    only_other: tuple[str, ...]
    of_sentence: bool  # the texts are no longer than a sentence, so that what differs is what they say

    @property
    def turns_around(self) -> bool:
        """Whether it can turn around what is said: any difference of a sentence can, in a long text a number or a negation."""
        return self.of_sentence or self.kind in ("numbers", "negation")

    def __str__(self) -> str:
        return f"{self.kind}: {_shown(self.only_one)} / {_shown(self.only_other)}"


def difference(one: Record, other: Record) -> Difference | None:
    """How two records that resemble each other may contradict each other, or None."""
    if not same_subject(one, other):
        return None
    if language(one.lang) != language(other.lang):
        return None
    first, second = terms(one.text), terms(other.text)
    only_first, only_second = Counter(first) - Counter(second), Counter(second) - Counter(first)
    changed, length = max(only_first.total(), only_second.total()), max(len(first), len(second))
    allowed = max(_CHANGED_OF_TEXT * length, min(_CHANGED_OF_SENTENCE * length, _CHANGED_WORDS))
    if first == second or changed > allowed:
        return None
    kind = _kind(one, first, second, only_first, only_second)
    return Difference(kind, tuple(only_first), tuple(only_second), length <= _SENTENCE_WORDS)


def same_subject(one: Record, other: Record) -> bool:
    """Whether two records bear the same title, or none."""
    return fold(one.title or "") == fold(other.title or "")


def same_numbers(one: Record, other: Record) -> bool:
    """Whether two texts name the same numbers."""
    first, second = (Counter(t for t in terms(record.text) if t[0].isdigit()) for record in (one, other))
    return first == second


def _kind(
    one: Record, first: list[str], second: list[str], only_first: Counter[str], only_second: Counter[str]
) -> str:
    if not only_first and not only_second:
        return "order"
    if _negations(one.lang, first) % 2 != _negations(one.lang, second) % 2:
        return "negation"
    if _numbers(only_first) or _numbers(only_second):
        return "numbers"
    return "words"


def _numbers(found: Counter[str]) -> bool:
    return any(term[0].isdigit() for term in found)


def _negations(lang: str, found: list[str]) -> int:
    speech = language(lang)
    if characters := _NEGATING_CHARACTERS.get(speech):
        return sum(any(character in term[:1] for character in characters) for term in found)
    return sum(term in _NEGATION.get(speech, frozenset()) for term in found)


def _shown(found: tuple[str, ...]) -> str:
    more = " …" if len(found) > _SHOWN_TERMS else ""
    return (" ".join(found[:_SHOWN_TERMS]) or "nothing") + more
