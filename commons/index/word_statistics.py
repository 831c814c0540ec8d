"""What each word of a question is worth in the records of each language.

A word is as rare as it is among the records of one language, over all pools that are asked. That alone would make "of" a treasure in German
records and "die" in English ones, so the question has a *home*: the language whose records make its words likeliest. A word that is known
there is worth in another language at most what it is worth at home. Rarity in a language is taken as a share of the greatest there
(a word in one record), so that the words of a large language do not outweigh those of a small one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from commons.index.language_index import LanguageIndex, QuestionTerm, rarity
from commons.index.question_words import QuestionWord

# How likely a word is where no record has it, less than any that is known; and how many more records without it are supposed, because a
# few records prove little.
_UNKNOWN, _DOUBT = 1e-6, 20
# What a word is worth in another language beside the same word at home: languages that are near each other share many.
_ABROAD = 0.8


class Statistics:
    """How often each of the ``words`` of a question occurs in each language, in all the indexes that are asked.

    ``terms`` are what the words are in each index; ``guessed`` are the numbers of the words that no record has as they are written, and
    that were taken for others.
    """

    def __init__(
        self,
        words: Sequence[QuestionWord],
        terms: Mapping[LanguageIndex, Sequence[QuestionTerm]],
        guessed: frozenset[int] = frozenset(),
    ) -> None:
        self.words = tuple(words)
        self.terms = terms
        self.guessed = guessed
        self._records: Counter[str] = Counter()
        self._frequencies: Counter[tuple[str, int]] = Counter()
        self._weights: dict[tuple[str, int], float] = {}
        for index, here in terms.items():
            for language in set(index.languages.values()):
                self._records[language] += index.size
            by_word: Counter[tuple[str, int]] = Counter()
            for term in here:
                by_word[term.language, term.word] = max(by_word[term.language, term.word], term.frequency)
            # Records that have a word have its other spellings, too; how many have only those is not known.
            self._frequencies.update(by_word)

    @cached_property
    def records(self) -> int:
        """In all indexes."""
        return sum(index.size for index in self.terms)

    def extended(
        self, words: Sequence[QuestionWord], other_terms: Mapping[LanguageIndex, Sequence[QuestionTerm]]
    ) -> Statistics:
        """With more words behind these, and other terms for any of them."""
        first = len(self.words)
        terms = {
            index: [*here, *index.terms(words, first), *other_terms.get(index, ())]
            for index, here in self.terms.items()
        }
        guessed = frozenset(term.word for here in other_terms.values() for term in here)
        return Statistics((*self.words, *words), terms, guessed)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each word by its key."""
        return {word.key: number for number, word in enumerate(self.words)}

    def frequency(self, word: int) -> int:
        """In how many records of any language a word occurs."""
        return sum(self._frequencies[language, word] for language in self._records)

    def weighted(self, index: LanguageIndex) -> list[tuple[QuestionTerm, float]]:
        """The terms of this index, each with what its word is worth."""
        return [(term, self._weight(term.language, term.word)) for term in self.terms[index]]

    @cached_property
    def home(self) -> str:
        """The language whose records make the written words of the question likeliest."""
        likelihoods = self._likelihoods
        return max(likelihoods, key=likelihoods.__getitem__, default="")

    @cached_property
    def _likelihoods(self) -> dict[str, float]:
        """Logarithm of the geometric mean over the words each language would be asked, by language in the order of their tags."""
        asked: dict[str, list[int]] = {}
        for index in self.terms:
            numbers = [n for n, word in enumerate(self.words) if not word.is_made and index.asks(word)]
            asked.update(dict.fromkeys(index.languages.values(), numbers))
        return {
            language: self._likelihood(language, asked[language])
            for language in sorted(asked)
            if self._records[language]
        }

    def _likelihood(self, language: str, words: Sequence[int]) -> float:
        # The more records a language has, the more questions there are in it.
        total = math.log(self._records[language])
        for word in words:
            share = self._frequencies[language, word] / (self._records[language] + _DOUBT)
            total += math.log(max(_UNKNOWN, share))
        return total / len(words) if words else -math.inf

    def rarity_at_home(self, word: int) -> float:
        """From 0, where every record has it, to 1, where one has it or none."""
        return self._rarity(self.home, word) / rarity(1, self._records[self.home])

    def _weight(self, language: str, word: int) -> float:
        if (language, word) not in self._weights:
            worth = min(self._rarity(language, word), self._rarity(self.home, word))
            self._weights[language, word] = worth * self._nearness(language)
        return self._weights[language, word]

    def _nearness(self, language: str) -> float:
        """1 for the home and for a language that might as well be it, down to ``_ABROAD``."""
        odds = math.exp(self._likelihoods[language] - self._likelihoods[self.home])
        return _ABROAD + (1 - _ABROAD) * odds

    def _rarity(self, language: str, word: int) -> float:
        """As of a word in one record, where none has it."""
        records = self._records[language]
        return rarity(min(max(1, self._frequencies[language, word]), records), records)
