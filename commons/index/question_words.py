"""The words of a question, and the spellings in which each may stand in a record.

    read("What does IL-18 do?")     what, does, il, 18, do, and il18, which covers two of them

Nothing in a question is an operator: it is cut into words as texts are, whatever it says.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from commons.index import keyword_fields, spellings
from commons.index.spellings import MARK

_MOST_WORDS = 256  # beyond that a question is a text, and what it is about has been said
# What a word is worth that stands in a record with other diacritics, beside the word as it is written; and what it adds that a record has
# any, as the question has: some stemmers take them away, so that the word itself does not tell.
_OTHER_LETTERS, _DIACRITICS = 0.7, 0.3
_INNER_BORDER = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_A-Z])(?=[A-Z])")


@dataclass(frozen=True)
class Spelling:
    """What to look for in an index, and what finding it is worth beside finding the word as it is written."""

    text: str
    worth: float = 1.0
    adds: bool = False  # to what another spelling is worth; else only the best one counts


@dataclass(frozen=True)
class QuestionWord:
    """One word of a question, or one that is made of several.

    ``covers`` names the written words it stands for: itself, or those it is made of. ``is_code`` says that it looks like a name, code or
    number that means one thing; ``is_run`` that it is all characters between two blanks of a script without blanks between words;
    ``is_pair`` that it is two of these, or the only one, with which pairs begin.
    """

    key: str  # in small letters
    written: str
    spellings: tuple[Spelling, ...]
    covers: frozenset[str]
    is_code: bool = False
    is_pair: bool = False
    is_run: bool = False  # of characters that are written without blanks
    is_repair: bool = False  # a part of a word that nobody knows as a whole
    is_guess: bool = False  # that two words beside each other are one elsewhere

    @property
    def is_made(self) -> bool:
        return self.key not in self.covers


def read(question: str) -> tuple[QuestionWord, ...]:
    """Each word once, those that are made of several behind those that are written."""
    chunks = keyword_fields.chunks_of(question)
    words = itertools.chain.from_iterable(map(_written, chunks))
    made = itertools.chain(
        itertools.chain.from_iterable(map(_compounds, chunks)),
        itertools.chain.from_iterable(itertools.starmap(_across, itertools.pairwise(chunks))),
    )
    distinct: dict[str, QuestionWord] = {}
    for word in itertools.chain(words, made):
        distinct.setdefault(word.key, word)
        if len(distinct) == _MOST_WORDS:
            break
    return tuple(distinct.values())


def parts(written: str) -> list[QuestionWord]:
    """The parts of a word between letters and digits and before capitals: Bcr and Abl of BcrAbl; none where it has no such border."""
    pieces = _INNER_BORDER.split(written)
    return [_part(piece, written) for piece in pieces] if len(pieces) > 1 else []


def halves(word: QuestionWord, shortest: int) -> Iterator[list[QuestionWord]]:
    """Every way to part a word in two of at least so many letters."""
    for place in range(shortest, len(word.key) - shortest + 1):
        yield [_part(piece, word.key) for piece in (word.key[:place], word.key[place:])]


def _part(piece: str, written: str) -> QuestionWord:
    key = piece.lower()
    return QuestionWord(key, piece, _spellings(key), frozenset((written.lower(),)), is_repair=True)


def _written(chunk: str) -> Iterator[QuestionWord]:
    if keyword_fields.is_unspaced(chunk):
        whole = QuestionWord(chunk, chunk, (Spelling(chunk),), frozenset((chunk,)), is_run=True)
        if len(chunk) <= 2:
            yield replace(whole, is_pair=True)
            return
        for pair in map("".join, itertools.pairwise(chunk)):
            yield QuestionWord(pair, pair, (Spelling(pair),), frozenset((pair,)), is_pair=True)
        yield whole
        return
    for word in keyword_fields.words_in(chunk):
        key = word.lower()
        yield QuestionWord(key, word, _spellings(key), frozenset((key,)), _is_code(word))


def _spellings(key: str) -> tuple[Spelling, ...]:
    if plain := spellings.folded(key):
        marked = Spelling(MARK + plain, _DIACRITICS, adds=True)
        return Spelling(key), Spelling(plain, _OTHER_LETTERS), marked
    # Behind the mark stand words with diacritics, and codes that are written with a hyphen or blank.
    return Spelling(key), Spelling(MARK + key, 1.0 if any(map(str.isdigit, key)) else _OTHER_LETTERS)


def _compounds(chunk: str) -> Iterator[QuestionWord]:
    for compound in spellings.compounds(chunk):
        yield _made(spellings.joined(compound), compound, _is_code(compound) or not compound[-1].isalnum())


def _across(left: str, right: str) -> Iterator[QuestionWord]:
    """What the last word of one chunk and the first of the next make together, when nothing but the blank is between them."""
    before, behind = keyword_fields.words_in(left), keyword_fields.words_in(right)
    if not (before and behind and left.endswith(before[-1]) and right.startswith(behind[0])):
        return
    if number := spellings.numbered(before[-1], right):
        yield _made(spellings.joined(f"{before[-1]}-{number}"), f"{before[-1]} {number}", is_code=True)
    elif not (keyword_fields.is_unspaced(left) or keyword_fields.is_unspaced(right)):
        guess = _made((before[-1] + behind[0]).lower(), f"{before[-1]} {behind[0]}", is_code=False)
        yield replace(guess, is_guess=True)


def _made(key: str, written: str, is_code: bool) -> QuestionWord:
    covers = frozenset(map(str.lower, keyword_fields.words_in(written)))
    return QuestionWord(key, written, (Spelling(key), Spelling(MARK + key)), covers, is_code)


def _is_code(word: str) -> bool:
    """With a digit in it, or with a capital that is not its first letter."""
    return any(map(str.isdigit, word)) or (any(map(str.isupper, word[1:])) and any(map(str.islower, word)))
