"""The fields of a keyword index: which one a language is read in, and how its words are cut.

Each language has a field of its own with its own stemmer; languages that are written without blanks are cut into pairs of characters;
all others share a field of plain words. A question is asked of every field, because nobody says in which language they ask.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commons.errors import MissingExtraError
from commons.records.languages import UNSPACED_LANGUAGES, primary_subtag

# The Snowball stemmers tantivy carries, by the primary subtag of the language.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german", "el": "greek",
    "hu": "hungarian", "it": "italian", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
PLAIN, PAIRS = "words", "pairs"
_LONGEST_WORD = 60  # bytes; what is longer is no word anybody asks for
META = "meta.json"  # in which tantivy describes an index
ROW = "row"  # the field that says which record of the pool a document is


@dataclass(frozen=True)
class Text:
    """A record as the keyword index sees it."""

    title: str | None
    text: str
    lang: str

    @property
    def words(self) -> str:
        """What is indexed of it."""
        return f"{self.title}\n{self.text}" if self.title else self.text


def has_words(text: Text) -> bool:
    """Whether anything of it can be found by words; an emoji alone cannot."""
    return any(terms(text.words, {field: analyzer(field) for field in fields_of(text.lang)}))


def terms(question: str, analyzers: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(word, field, term) for every field, each term once; what is said of a word in one field is said of it in all."""
    seen: set[tuple[str, str]] = set()
    for word in _plain_words().analyze(question):
        for field, analyzer in analyzers.items():
            for term in analyzer.analyze(word):
                if field == PAIRS and any(character.isascii() for character in term):
                    continue  # Latin words between signs without blanks stand in the field of words
                if (field, term) not in seen:
                    seen.add((field, term))
                    yield (term if field == PAIRS else word.lower()), field, term


def schema(fields: Iterable[str]) -> Any:
    """The fields and the row of a document; their order is part of the format."""
    builder = library().SchemaBuilder()
    for name in fields:
        builder.add_text_field(name, tokenizer_name=name, index_option="freq")
    builder.add_unsigned_field(ROW, indexed=True, fast=True)
    return builder.build()


@functools.cache  # asked for every record
def fields_of(tag: str) -> tuple[str, ...]:
    """The fields a text in the language of this tag is read in."""
    primary = primary_subtag(tag)
    if primary in UNSPACED_LANGUAGES:
        return (PAIRS, PLAIN)
    return (primary,) if primary in _STEMMERS else (PLAIN,)


def register(index: Any, fields: Iterable[str]) -> None:
    """Tell tantivy, which does not keep it with the index, how each field cuts its words."""
    for name in fields:
        index.register_tokenizer(name, analyzer(name))


def analyzer(field: str) -> Any:
    """What makes terms of a text in this field."""
    tantivy = library()
    filters, tokenizers = tantivy.Filter, tantivy.Tokenizer
    if field == PAIRS:
        return tantivy.TextAnalyzerBuilder(tokenizers.ngram(2, 2, False)).filter(filters.lowercase()).build()
    words = tantivy.TextAnalyzerBuilder(tokenizers.simple())
    words = words.filter(filters.remove_long(_LONGEST_WORD)).filter(filters.lowercase())
    if field in _STEMMERS:
        words = words.filter(filters.stemmer(_STEMMERS[field]))
    return words.build()


@functools.cache
def _plain_words() -> Any:
    """Words as they are written: each field makes of them what it made of its texts."""
    tantivy = library()
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).build()


def version() -> str:
    """Of tantivy; another one may write other bytes."""
    return str(library().__version__)


def library() -> Any:
    """The tantivy module.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import tantivy
    except ImportError as error:
        raise MissingExtraError("tantivy", "search") from error
    return tantivy
