"""Rewordings: records that say again in other words what another one says, which only their vectors tell.

    is_rewording(first, second, cosine)      cosine: of the two passages, as the index has it

Likeness of meaning alone does not tell a rewording from the opposite: vectors of "born in Rome" and "born in Paris" lie as near as those of
two ways to say one thing. So the two must also name the same numbers and differ in more than what turns a statement around
(``contradictions``), and sentences must both deny or both affirm. Two numbers in common identify a text better than its words do.

The thresholds are chosen on GSM8K problems beside their rewordings, on neighbours in MedQuAD, CREAK, OpenTriviaQA, WordNet and the
Factbook, and on CREAK's opposites, none of which may be called a rewording: scripts/bench/repetition.md has the figures.
"""

from __future__ import annotations

from commons.records.languages import primary_subtag
from commons.records.likeness import contradictions, opposites
from commons.records.likeness.words import terms
from commons.records.schema import Record

_SAME_NUMBERS = 0.82  # the cosine from which on two texts with the same numbers, at least two, are one text
_NUMBERS = 2
_SAME_WORDS = 0.90  # of two texts longer than a sentence
_SAME_SENTENCE = 0.94  # of CREAK's opposites that differ in many words the nearest have 0.92
# "One" is an article as often as a number.
_NO_NUMBERS = frozenset({"1"})


def is_rewording(first: Record, second: Record, cosine: float) -> bool:
    """Whether the two say the same; ``cosine`` is the inner product of their vectors."""
    return cosine >= _needed(first, second) and not _contradict(first, second)


def _needed(first: Record, second: Record) -> float:
    if len(_numbers(first)) >= _NUMBERS and contradictions.same_subject(first, second):
        return _SAME_NUMBERS
    return _SAME_SENTENCE if _is_sentence(first.text) or _is_sentence(second.text) else _SAME_WORDS


def _contradict(first: Record, second: Record) -> bool:
    """Whether anything in the texts, or in the titles where both have one, may turn around what is said."""
    lang = primary_subtag(first.lang)
    if lang != primary_subtag(second.lang) or _numbers(first) != _numbers(second):
        return True
    titles = [(first.title, second.title)] if first.title and second.title else []
    return any(_turned_around(*pair, lang) for pair in [(first.text, second.text), *titles])


def _turned_around(first: str, second: str, lang: str) -> bool:
    change = contradictions.text_difference(first, second, lang)
    if change and change.turns_around:
        return True
    # Who says a long text in other words denies here what is affirmed there: "too slowly", "not fast enough".
    by_sentence = _is_sentence(first) or _is_sentence(second)
    return by_sentence and _denies(first, lang) != _denies(second, lang)


def _denies(text: str, lang: str) -> bool:
    return opposites.negations(terms(text), lang) % 2 == 1


def _is_sentence(text: str) -> bool:
    return len(terms(text)) <= contradictions.SENTENCE_WORDS


def _numbers(record: Record) -> frozenset[str]:
    return frozenset(term for term in terms(record.text) if term[0].isdigit()) - _NO_NUMBERS
