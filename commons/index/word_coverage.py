"""Which words of a question stand in a text, sentence by sentence, and how rare each is in the commons.

    words = word_coverage.of("What causes glaucoma?", index.statistics("What causes glaucoma?"), ["en"])
    words.rarities                                   (n,) one number a word, higher where fewer records have it
    words.sentences(Text("Glaucoma", "…", "en"))     (s, n) which words stand in each sentence, its title counted to each

Words are cut as the keyword index cuts them (``question_words``, ``keyword_fields``), in the language of the text, so that a word stands in
a text exactly where the index would find it. Words that say nothing in the language of the question ("what", "of") do not count.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from commons.arrays import Mask, Scores
from commons.index import keyword_fields, question_words, silent_words
from commons.index.keyword_fields import PAIRS, WORDS, Text
from commons.index.question_words import QuestionWord
from commons.index.word_statistics import Statistics
from commons.records.languages import primary_subtag
from commons.records.sentences import sentences

MAX_WORDS = 64  # of a question; a pasted page is judged by its first words
_MAX_SENTENCES = 200


@dataclass(frozen=True)
class CoverageWords:
    """``frequencies``: in how many records each word occurs. ``names``: which are numbers or written as a name.

    ``guessed``: of a word that was taken for others, language -> the terms of these.
    """

    words: tuple[QuestionWord, ...]
    guessed: tuple[Mapping[str, frozenset[str]], ...]
    frequencies: tuple[int, ...]
    records: int
    names: Mask  # (n,)
    counted: bool = True

    @functools.cached_property
    def rarities(self) -> Scores:
        """(n,) the inverse document frequency of each, as BM25 has it."""
        counts = np.minimum(np.array(self.frequencies, np.float64), self.records)
        rarities: Scores = np.log1p((self.records - counts + 0.5) / (counts + 0.5)).astype(np.float32)
        return rarities

    @property
    def unknown(self) -> Mask:
        """(n,) which occur in no record; none of them where nobody counted, because there is no keyword index."""
        return np.array([self.counted and not count for count in self.frequencies], np.bool_)

    def sentences(self, text: Text) -> Mask:
        """(s, n) of a text with at least one sentence: which words each has, or the text's title has."""
        language = primary_subtag(text.lang)
        title = self._present(text.title or "", language)
        rows = [self._present(sentence, language) | title for sentence in _first(sentences(text.text))]
        return np.stack(rows) if rows else title[None, :]

    def pieces(self, texts: Sequence[str], lang: str) -> Mask:
        """(p, n) of the pieces of a text in this language: which words each has."""
        language = primary_subtag(lang)
        rows = [self._present(text, language) for text in texts]
        return np.stack(rows) if rows else np.zeros((0, len(self.words)), np.bool_)

    def _present(self, text: str, language: str) -> Mask:
        terms: dict[str, set[str]] = {PAIRS: set(), WORDS: set()}
        for field, content in keyword_fields.contents(language, text):
            terms[field].update(keyword_fields.analyzer(field, language).analyze(content))
        # A sign that stands alone begins a pair; see ``contents``.
        terms[PAIRS] |= {pair[0] for pair in terms[PAIRS]}
        present = [
            any(form <= terms[field] for field, form in _forms(word, language))
            or not guessed.get(language, frozenset()).isdisjoint(terms[WORDS])
            for word, guessed in zip(self.words, self.guessed, strict=True)
        ]
        return np.array(present, np.bool_)


def of(question: str, among: Statistics, tags: Collection[str]) -> CoverageWords:
    """The words of the question that say something, each once.

    ``among`` are its statistics in the commons; ``tags`` are the languages of the texts it will be compared with.
    """
    written = [word for word in question_words.read(question) if _counts(word)][:MAX_WORDS]
    silent = silent_words.among([word.key for word in written], tags)
    words = tuple(word for word in written if word.key not in silent)
    return CoverageWords(
        words=words,
        guessed=tuple(_guessed(word, among) for word in words),
        frequencies=tuple(_frequency(word, among) for word in words),
        records=max(1, among.records),
        names=np.array(
            [_is_name(word, place) for place, word in enumerate(written) if word in words], np.bool_
        ),
        counted=bool(among.terms),
    )


def without(words: CoverageWords, left_out: Sequence[Text]) -> CoverageWords:
    """The same words in a commons that lacks these records."""
    counts = np.array(words.frequencies, np.int64)
    for text in left_out:
        counts -= words.sentences(text).any(axis=0)
    frequencies = tuple(np.maximum(counts, 0).tolist())
    return replace(words, frequencies=frequencies, records=max(1, words.records - len(left_out)))


def _frequency(word: QuestionWord, among: Statistics) -> int:
    """In how many records it stands, or what it was taken for."""
    number = among.numbers.get(word.key)
    return 0 if number is None else among.frequency(number)


def _guessed(word: QuestionWord, among: Statistics) -> dict[str, frozenset[str]]:
    number = among.numbers.get(word.key)
    if number not in among.guessed:
        return {}
    by_language: dict[str, set[str]] = {}
    for here in among.terms.values():
        for term in here:
            if term.word == number:
                by_language.setdefault(term.language, set()).add(term.text)
    return {language: frozenset(terms) for language, terms in by_language.items()}


def _counts(word: QuestionWord) -> bool:
    """Those that are written; characters without blanks in pairs."""
    return not word.is_made and (word.is_pair or not word.is_run)


def _is_name(word: QuestionWord, place: int) -> bool:
    written = word.written
    capitals = sum(map(str.isupper, written))
    return any(map(str.isdigit, written)) or capitals > 1 or (place > 0 and written[0].isupper())


def _forms(word: QuestionWord, language: str) -> Iterator[tuple[str, frozenset[str]]]:
    """(field, the terms that all stand there where the word does) for each of its spellings."""
    if word.is_pair:
        yield PAIRS, frozenset((word.key,))
    if not word.is_pair or word.is_run:
        analyze = keyword_fields.analyzer(WORDS, language).analyze
        for spelling in word.spellings:
            if not spelling.adds and (form := frozenset(analyze(spelling.text))):
                yield WORDS, form


def _first(pieces: Sequence[str]) -> list[str]:
    """A text with very many sentences is judged by its first, and the rest as one."""
    return [*pieces[:_MAX_SENTENCES], *filter(None, [" ".join(pieces[_MAX_SENTENCES:])])]
