"""Misspellings: which known words differ from a written one by one letter, or by two where it is long.

The distance counts letters that are put in, left out or replaced, and neighbours that have changed places (Damerau-Levenshtein, restricted:
no letter is moved twice). The first letter is right, or has changed places with the second: people rarely get it wrong, and it keeps the
part of the dictionary that is looked through small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

_LONG = 8  # letters, from which two may be wrong
_SHORTEST = 4
_LONGEST = 40  # what is longer is no word that somebody mistyped
WORTH = {1: 0.6, 2: 0.4}  # of a word at this distance beside the word as it is written


def may_be_one(word: str) -> bool:
    """Whether it is a word of letters; in a number or a code every sign counts."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha()


def most_errors(word: str) -> int:
    return 2 if len(word) >= _LONG else 1


def near(
    word: str, beginning: Callable[[str], Iterable[tuple[str, int]]], most: int
) -> Iterator[tuple[int, str, int]]:
    """(distance, term, frequency) of terms at a distance of at most ``most``; ``beginning`` gives those that begin with some letters."""
    letters = set(word)
    for first in dict.fromkeys((word[:1], word[:2][::-1])):
        for term, frequency in beginning(first):
            # Each edit changes at most two letters of the set, so most terms need no table.
            if abs(len(term) - len(word)) <= most and len(letters.symmetric_difference(term)) <= 2 * most:
                errors = distance(word, term, most)
                if errors <= most:
                    yield errors, term, frequency


def distance(word: str, other: str, most: int) -> int:
    """Between two words, each edit counted once; ``most + 1`` where it is greater than ``most``."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        row = [i]
        for j, against in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last[-1], most + 1)
