"""The keyword index of one language: how often a term occurs in it, and which records a weighted question finds.

tantivy's own weight of a term, by the records of this index alone, is taken out again: what a word is worth depends on all pools and
languages that are asked (``word_statistics``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from commons.arrays import Mask
from commons.errors import IndexArtifactError
from commons.index import keyword_fields
from commons.index.keyword_fields import PAIRS, ROW, WORDS
from commons.index.question_words import QuestionWord

_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError)
# A filter that keeps no more than this is asked as a set of rows; a wider one is met by fetching more.
_ROWS_IN_A_QUERY = 5_000
_MOST_PAIRS = 200  # that begin with one character
_ADDED = -1  # the group of a spelling that adds to the others


@contextmanager
def readable(name: str) -> Iterator[None]:
    """What tantivy says of files no writer of ours left behind, in our words; a digest that fits does not make them ours."""
    try:
        yield
    except BaseException as error:
        # Where Rust would stop the process, the binding raises a class of its own that cannot be imported and is no Exception.
        if isinstance(error, _UNREADABLE) or type(error).__name__ == "PanicException":
            raise IndexArtifactError(
                f"The keyword index {name} cannot be read: {error}", code="index-damaged"
            ) from error
        raise


class QuestionTerm(NamedTuple):
    """A term that stands for a word of the question in one field: its language, what finding it is worth, how many records have it.

    Terms of one ``group`` are several ways to find the same, of which the best counts.
    """

    word: int  # number of the word in the question
    group: int
    field: str
    language: str
    text: str
    worth: float
    frequency: int


class LanguageIndex:
    """An opened index of ``size`` records. Searching is safe from many threads.

    ``languages`` says whose statistics each field has: those of the one language or, where fields of an index of before stand for
    languages, their own. In such an index there are no other spellings.
    """

    def __init__(
        self,
        name: str,
        index: Any,
        analyzers: Mapping[str, Any],
        languages: Mapping[str, str],
        *,
        other_spellings: bool,
    ) -> None:
        self._name = name
        self._index = index
        self._schema = index.schema
        self._analyzers = analyzers
        self._other_spellings = other_spellings
        self.languages = languages
        self.size: int = index.searcher().num_docs

    def asks(self, word: QuestionWord) -> bool:
        """Whether the word is cut as the words of this language are."""
        if PAIRS in self._analyzers:
            return word.is_pair or not word.is_run
        return _may_stand_in(WORDS, word)

    def terms(self, words: Sequence[QuestionWord], first: int = 0) -> list[QuestionTerm]:
        """What each word is here, of that what records have; the words are numbered from ``first`` on."""
        searcher = self._index.searcher()
        with readable(self._name):
            return [
                QuestionTerm(number, group, field, self.languages[field], text, worth, frequency)
                for field in self._analyzers
                for number, word in enumerate(words, start=first)
                if _may_stand_in(field, word)
                for group, text, worth, frequency in self._forms(searcher, field, word)
                if frequency
            ]

    def _forms(self, searcher: Any, field: str, word: QuestionWord) -> Iterator[tuple[int, str, float, int]]:
        """(group, term, worth, frequency)"""
        if field == PAIRS and len(word.key) == 1:
            for text, frequency in searcher.terms_with_prefix(field, word.key, limit=_MOST_PAIRS):
                yield 0, text, 1.0, frequency
            return
        analyze = self._analyzers[field].analyze
        for spelling in word.spellings if self._other_spellings else word.spellings[:1]:
            for place, text in enumerate(analyze(spelling.text)):
                yield _ADDED if spelling.adds else place, text, spelling.worth, searcher.doc_freq(field, text)

    def stems(self, word: QuestionWord) -> Iterator[tuple[str, str]]:
        """(field, term) of a word as it is written, where words are looked up."""
        for field, analyzer in self._analyzers.items():
            if field != PAIRS:
                yield from ((field, term) for term in analyzer.analyze(word.key))

    def beginning(self, field: str, letters: str) -> list[tuple[str, int]]:
        """(term, frequency) of every term in a field that begins with these letters."""
        with readable(self._name):
            terms: list[tuple[str, int]] = self._index.searcher().terms_with_prefix(field, letters)
            return terms

    def search(
        self, terms: Sequence[tuple[QuestionTerm, float]], k: int, allowed: Mask | None = None
    ) -> list[tuple[float, int]]:
        """The best ``k`` (score, position) among the ``allowed`` (n,) that have any of the terms, each with what its word is worth.

        Raises:
            IndexArtifactError: ``index-damaged``, for files that only now turn out not to be ours.
        """
        clauses = list(self._clauses(terms))
        if not clauses or not self.size:
            return []
        tantivy = keyword_fields.library()
        query = tantivy.Query.boolean_query(clauses)
        if allowed is None:
            return self._hits(query, k)
        passing = int(allowed.sum())
        if not passing:
            return []
        if passing <= _ROWS_IN_A_QUERY:
            rows = tantivy.Query.term_set_query(self._schema, ROW, allowed.nonzero()[0].tolist())
            inside = tantivy.Query.const_score_query(rows, 0.0)
            both = tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, inside)])
            return self._hits(both, min(k, passing))
        fetched = 2 * k * len(allowed) // passing
        while True:
            candidates = self._hits(query, fetched)
            hits = [hit for hit in candidates if hit[1] < len(allowed) and allowed[hit[1]]]
            if len(hits) >= k or len(candidates) < fetched or fetched >= self.size:
                return hits[:k]
            fetched *= 4

    def _clauses(self, terms: Sequence[tuple[QuestionTerm, float]]) -> Iterator[tuple[Any, Any]]:
        query = keyword_fields.library().Query
        should = keyword_fields.library().Occur.Should
        groups: dict[tuple[int, int, str], list[Any]] = {}
        for term, weight in terms:
            asked = query.term_query(self._schema, term.field, term.text, index_option="freq")
            boost = weight * term.worth / rarity(term.frequency, self.size)
            groups.setdefault((term.word, term.group, term.field), []).append(query.boost_query(asked, boost))
        for ways in groups.values():
            yield should, ways[0] if len(ways) == 1 else query.disjunction_max_query(ways)

    def _hits(self, query: Any, k: int) -> list[tuple[float, int]]:
        with readable(self._name):
            searcher = self._index.searcher()
            scored = searcher.search(query, min(k, self.size), count=False).hits
            rows = searcher.fast_field_values(ROW, [address for _, address in scored]) if scored else []
            return [(float(score), int(row)) for (score, _), row in zip(scored, rows, strict=True)]


def _may_stand_in(field: str, word: QuestionWord) -> bool:
    return word.is_pair if field == PAIRS else word.is_run or not word.is_pair


def rarity(frequency: int, records: int) -> float:
    """The inverse document frequency of BM25 as tantivy has it."""
    return math.log(1 + (records - frequency + 0.5) / (frequency + 0.5))
