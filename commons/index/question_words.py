"""The words of a question, how rare each is in the commons, and which of them stand in a text.

    words = question_words.of("What causes glaucoma?", indexes)
    words.rarities                                   (n,) one number a word, higher where fewer records have it
    words.sentences(Text("Glaucoma", "…", "en"))     (s, n) which words stand in each sentence, its title counted to each

Words are cut as the keyword index cuts them (``keyword_fields``), in the fields of the text's language, so that a word stands in a text
exactly where the index would find it. Words that say nothing in the language of the question ("what", "of") do not count.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from commons.arrays import Mask, Scores
from commons.index import keyword_fields, keywords, silent_words
from commons.index.keyword_fields import PAIRS, Text
from commons.index.keywords import Keywords
from commons.records.languages import characters

MAX_WORDS = 64  # of a question; a pasted page is judged by its first words
_MAX_SENTENCES = 200
_UNSPACED = re.compile(f"[{characters()}]")
# Stops of all living scripts: Latin, CJK, Arabic and Urdu, Devanagari (danda), Burmese, Ethiopic, Armenian; and a line's end.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？｡؟۔।॥။၊።։])\s*|\n+")


@dataclass(frozen=True)
class QuestionWords:
    """``forms``: of each word, field -> the terms that all stand where it is found. ``names``: which are numbers or written as a name."""

    words: tuple[str, ...]
    forms: tuple[Mapping[str, frozenset[str]], ...]
    frequencies: tuple[int, ...]  # in how many records each occurs
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
        fields = keyword_fields.fields_of(text.lang)
        title = self._present(text.title or "", fields)
        rows = [self._present(sentence, fields) | title for sentence in _sentences(text.text)]
        return np.stack(rows) if rows else title[None, :]

    def _present(self, text: str, fields: Sequence[str]) -> Mask:
        terms = {field: _terms(text, field) for field in fields}
        present = [
            any(form <= terms[field] for field in fields if (form := found_by.get(field)))
            for found_by in self.forms
        ]
        return np.array(present, np.bool_)


def of(question: str, indexes: Sequence[Keywords], languages: Collection[str]) -> QuestionWords:
    """The words of the question that say something, each once; ``languages`` are those of the texts it will be compared with."""
    fields = sorted({field for tag in languages for field in keyword_fields.fields_of(tag)})
    cut = list(dict.fromkeys(_words(question)))[:MAX_WORDS]
    silent = silent_words.among([word for word, _ in cut], languages)
    cut = [(word, as_name) for word, as_name in cut if word not in silent]
    among = keywords.statistics(indexes, question)
    return QuestionWords(
        words=tuple(word for word, _ in cut),
        forms=tuple(_forms(word, fields) for word, _ in cut),
        frequencies=tuple(
            min((among.frequencies.get(part, 0) for part in _parts(word)), default=0) for word, _ in cut
        ),
        records=max(1, among.records),
        names=np.array([as_name for _, as_name in cut], np.bool_),
        counted=bool(indexes),
    )


def without(words: QuestionWords, left_out: Sequence[Text]) -> QuestionWords:
    """The same words in a commons that lacks these records."""
    counts = np.array(words.frequencies, np.int64)
    for text in left_out:
        counts -= words.sentences(text).any(axis=0)
    frequencies = tuple(np.maximum(counts, 0).tolist())
    return replace(words, frequencies=frequencies, records=max(1, words.records - len(left_out)))


def _words(question: str) -> Iterator[tuple[str, bool]]:
    """(word in lower case, whether it is a number or written as a name); signs without blanks in pairs."""
    for place, word in enumerate(_written(question)):
        if _UNSPACED.search(word):
            for pair in _pairs(word):
                yield pair, any(map(str.isdigit, pair))
        else:
            capitals = sum(map(str.isupper, word))
            yield (
                word.lower(),
                any(map(str.isdigit, word)) or capitals > 1 or (place > 0 and word[0].isupper()),
            )


def _written(text: str) -> list[str]:
    """Runs of letters, marks and digits: a vowel sign of Hindi is part of its word, though an analyser may part words there."""
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split()


def _parts(word: str) -> list[str]:
    """What the index counts a word as: itself, or the parts it is cut into; it is no more frequent than the rarest of these."""
    return [word] if _UNSPACED.search(word) else list(_cutter(None).analyze(word))


def _pairs(word: str) -> list[str]:
    """A sign that stands alone is its own pair."""
    pairs: list[str] = [pair for pair in _cutter(PAIRS).analyze(word) if not any(map(str.isascii, pair))]
    return pairs or [word.lower()]


def _forms(word: str, fields: Sequence[str]) -> Mapping[str, frozenset[str]]:
    if _UNSPACED.search(word):
        return {PAIRS: frozenset((word,))}
    return {field: frozenset(_cutter(field).analyze(word)) for field in fields if field != PAIRS}


def _terms(text: str, field: str) -> set[str]:
    terms = set(_cutter(field).analyze(text))
    return terms | set(text) if field == PAIRS else terms


def _sentences(text: str) -> list[str]:
    """A text with very many is judged by its first, and the rest as one."""
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    return [*sentences[:_MAX_SENTENCES], *filter(None, [" ".join(sentences[_MAX_SENTENCES:])])]


@functools.cache
def _cutter(field: str | None) -> Any:
    """What cuts a text in this field; without a field, words as they are written."""
    if field:
        return keyword_fields.analyzer(field)
    tantivy = keyword_fields.library()
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).build()
