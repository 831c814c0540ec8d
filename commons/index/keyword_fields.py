"""The fields of a keyword index, and how each language's words are cut into terms.

The records of one language (by the primary subtag) have an index of their own, so that a word is as rare, and a text as long, as it is
among texts of that language. Its field ``WORDS`` holds words, stemmed where tantivy carries a stemmer, and beside them other spellings
of them (``spellings``), each behind ``MARK``. Languages that are written without blanks have a second field, ``PAIRS``, of two characters.

An index of before held all languages, a field for each; it is still read (``is_joint``).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commons.errors import MissingExtraError
from commons.index import spellings
from commons.index.spellings import MARK
from commons.records.languages import UNSPACED_LANGUAGES, characters, primary_subtag

# The Snowball stemmers tantivy carries, by the primary subtag of the language.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german", "el": "greek",
    "hu": "hungarian", "it": "italian", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
WORDS, PAIRS = "words", "pairs"
_LONGEST_WORD = 60  # bytes; what is longer is no word anybody asks for
_UNSPACED_RUN = re.compile(f"[{characters()}]+")
# Whose stemmer takes vowel signs away and makes one letter of the forms of alef.
_FOLDED_BY_STEMMER = frozenset(("ar",))
META = "meta.json"  # in which tantivy describes an index, and we those of all languages of a pool
LANGUAGES = "languages"  # language -> tantivy's description of its index
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
    language = primary_subtag(text.lang)
    return any(
        analyzer(field, language).analyze(content) for field, content in contents(language, text.words)
    )


def contents(language: str, text: str) -> Iterator[tuple[str, str]]:
    """(field, what it is given) of a text in this language."""
    words = _in_form(text)
    if language in UNSPACED_LANGUAGES:
        # The blank behind each run makes a pair with its last character, so that every character begins a pair.
        yield PAIRS, "".join(f"{run} " for run in _UNSPACED_RUN.findall(words))
        words = _UNSPACED_RUN.sub(" ", words)
    yield WORDS, _words_alone(words)
    if others := list(_other_spellings(language, words)):
        yield WORDS, " ".join(others)


def _in_form(text: str) -> str:
    """The text as it is indexed and asked for, with blanks around its runs of characters that are written without."""
    if text.isascii():
        return text
    readable = text.encode("utf-8", "replace").decode().replace(MARK, " ")
    return _UNSPACED_RUN.sub(lambda run: f" {run[0]} ", unicodedata.normalize("NFC", readable))


def _other_spellings(language: str, words: str) -> Iterator[str]:
    for spelling in spellings.joined_in(words):
        yield MARK + spelling
    if not words.isascii() and language not in _FOLDED_BY_STEMMER:
        for word in _words_alone(words).lower().split():
            if plain := spellings.folded(word):
                yield MARK + plain


class _Separators(dict[int, int]):
    """Every character that stands in no word, as a blank. Marks on or between letters stand in words: without them a word of Hindi or Thai
    would end in its middle. A tokenizer by regular expression would know them as well, but takes five times as long to build with.
    """

    def __missing__(self, character: int) -> int:
        self[character] = character if unicodedata.category(chr(character))[0] in "LMN" else _BLANK
        return self[character]


_BLANK = ord(" ")
_SEPARATORS = _Separators()


def chunks_of(question: str) -> list[str]:
    """The question, cut at its blanks and around its runs of characters that are written without."""
    return _in_form(question).split()


def words_in(chunk: str) -> list[str]:
    """Its words, in the letters in which they are written."""
    return _words_alone(chunk).split()


def is_unspaced(chunk: str) -> bool:
    return _UNSPACED_RUN.fullmatch(chunk) is not None


def _words_alone(text: str) -> str:
    return text.translate(_SEPARATORS)


def fields_of(language: str) -> tuple[str, ...]:
    """The fields of the index of a language; their order is part of the format."""
    return (PAIRS, WORDS) if language in UNSPACED_LANGUAGES else (WORDS,)


def schema(fields: Iterable[str]) -> Any:
    """These fields and the row of a document."""
    builder = library().SchemaBuilder()
    for name in fields:
        builder.add_text_field(name, tokenizer_name=name, index_option="freq")
    builder.add_unsigned_field(ROW, indexed=True, fast=True)
    return builder.build()


def register(index: Any, analyzers: Mapping[str, Any]) -> None:
    """Tell tantivy, which does not keep it with the index, how each field cuts its words."""
    for name, cutting in analyzers.items():
        index.register_tokenizer(name, cutting)


def analyzers_of(language: str) -> dict[str, Any]:
    """Field -> what makes terms of a text in it."""
    return {field: analyzer(field, language) for field in fields_of(language)}


def analyzer(field: str, language: str) -> Any:
    return _pairs() if field == PAIRS else _words(_STEMMERS.get(language, ""))


def is_joint(description: Any) -> bool:
    """Whether this describes an index of before, which tantivy does by itself."""
    return isinstance(description, dict) and LANGUAGES not in description and "schema" in description


def joint_analyzer(field: str) -> Any:
    """What made terms in a field of an index that holds all languages."""
    tantivy = library()
    return _pairs() if field == PAIRS else _stemming(tantivy.Tokenizer.simple(), _STEMMERS.get(field, ""))


@functools.cache
def _pairs() -> Any:
    tantivy = library()
    pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(2, 2, False))
    return pairs.filter(tantivy.Filter.lowercase()).build()


@functools.cache
def _words(stemmer: str) -> Any:
    return _stemming(library().Tokenizer.whitespace(), stemmer)


def _stemming(tokenizer: Any, stemmer: str) -> Any:
    filters = library().Filter
    words = library().TextAnalyzerBuilder(tokenizer)
    words = words.filter(filters.remove_long(_LONGEST_WORD)).filter(filters.lowercase())
    return (words.filter(filters.stemmer(stemmer)) if stemmer else words).build()


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
