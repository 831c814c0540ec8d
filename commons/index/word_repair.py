"""Words of a question that the commons does not know as they are written: joined, parted or misspelt.

* Two words beside each other are one elsewhere: ``web site`` also finds website.
* A word that no record of any language has is parted before capitals and between letters and digits (``BcrAbl``); else it is taken for the
  nearest words that are known (``misspellings``); else it is parted where both parts are known (``website`` finds web site).

A word that any record has is never taken for another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from commons.index import misspellings, question_words
from commons.index.language_index import LanguageIndex, QuestionTerm
from commons.index.question_words import QuestionWord
from commons.index.word_statistics import Statistics

# A word that is in more records, so that its rarity is a smaller share of the greatest, stands beside any other: "a part", "no one".
_JOINABLE = 0.3
_MOST_REPAIRS = 2  # of a question; each looks through a part of the dictionary
_SHORTEST_HALF = 3  # letters
_MOST_NEAR_WORDS = 3


def repaired(words: Sequence[QuestionWord], indexes: Sequence[LanguageIndex]) -> Statistics:
    """The statistics of these words among the indexes, with those added that they may stand for."""
    certain = [word for word in words if not word.is_guess]
    written = Statistics(certain, {index: index.terms(certain) for index in indexes})
    more = [word for word in words if word.is_guess and _is_joinable(word, written)]
    near: dict[LanguageIndex, list[QuestionTerm]] = {}
    for number in _unknown(written)[:_MOST_REPAIRS]:
        word = written.words[number]
        parts = _known(question_words.parts(word.written), indexes)
        by_errors = {} if parts else _near(word, number, indexes)
        halves = [] if parts or 1 in by_errors else _best_halves(word, indexes)
        more += parts or halves
        if by_errors and not halves:
            for index, term in by_errors[min(by_errors)]:
                near.setdefault(index, []).append(term)
    return written.extended(more, near) if more or near else written


def _is_joinable(word: QuestionWord, written: Statistics) -> bool:
    return all(written.rarity_at_home(written.numbers[part]) >= _JOINABLE for part in word.covers)


def _unknown(written: Statistics) -> list[int]:
    """The numbers of the written words that nobody knows and no compound that is known covers."""
    covered = {
        part for number, word in enumerate(written.words) if written.frequency(number) for part in word.covers
    }
    return [
        number
        for number, word in enumerate(written.words)
        if word.key not in covered and not word.is_made and not word.is_pair and not word.is_run
    ]


def _known(parts: Sequence[QuestionWord], indexes: Sequence[LanguageIndex]) -> list[QuestionWord]:
    """All these parts, where each is known."""
    return list(parts) if parts and _least_frequency(parts, indexes) else []


def _best_halves(word: QuestionWord, indexes: Sequence[LanguageIndex]) -> list[QuestionWord]:
    """The two parts of a word of which the rarer is the least rare; none where no way to part it gives two known words."""
    ways = list(question_words.halves(word, _SHORTEST_HALF)) if misspellings.may_be_one(word.key) else []
    best = max(ways, key=lambda parts: _least_frequency(parts, indexes), default=[])
    return _known(best, indexes)


def _least_frequency(parts: Sequence[QuestionWord], indexes: Sequence[LanguageIndex]) -> int:
    """Of the language that knows the parts best, in how many records the rarest of them is."""
    return max((min(_frequencies(parts, index)) for index in indexes), default=0)


def _frequencies(parts: Sequence[QuestionWord], index: LanguageIndex) -> list[int]:
    counts = [0] * len(parts)
    for term in index.terms(parts):
        counts[term.word] = max(counts[term.word], term.frequency)
    return counts


def _near(
    word: QuestionWord, number: int, indexes: Sequence[LanguageIndex]
) -> dict[int, list[tuple[LanguageIndex, QuestionTerm]]]:
    """Number of errors -> the most frequent of the words that differ from this one by so many."""
    if not misspellings.may_be_one(word.key):
        return {}
    near: dict[int, list[tuple[LanguageIndex, QuestionTerm]]] = {}
    most = misspellings.most_errors(word.key)
    for index in indexes:
        for field, stem in index.stems(word):
            beginning = partial(index.beginning, field)
            for errors, text, frequency in misspellings.near(stem, beginning, most):
                worth = misspellings.WORTH[errors]
                term = QuestionTerm(number, 0, field, index.languages[field], text, worth, frequency)
                near.setdefault(errors, []).append((index, term))
    return {
        errors: sorted(terms, key=lambda pair: -pair[1].frequency)[:_MOST_NEAR_WORDS]
        for errors, terms in near.items()
    }
