"""Where a row of words stands in a longer one with the fewest changes, and which words were changed there.

    steps = aligned("abd", "xxabcdxx")       a and b as they are, c left out, d as it is: offsets 2 to 6

Each word is one character here. A change is a word put in, left out or replaced (Levenshtein); what stands before and after the place
costs nothing (Sellers). Columns of the table are integers with a bit a word (Myers, "A fast bit-vector algorithm for approximate string
matching", 1999; what is remembered of them after Hyyrö 2004), so 1,000 words against 4,000 take some milliseconds, whatever the words.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class AlignmentStep:
    """A word of one row and its partner in the other; None where it has none."""

    sought: int | None
    row: int | None
    same: bool = False


@dataclass(frozen=True)
class _Columns:
    """``rises[j]`` and ``falls[j]`` have a bit for each word of what is sought with which the distance is one more, or one less, than
    without it; both begin with the column before the row."""

    rises: list[int]
    falls: list[int]

    def distance(self, sought: int, row: int) -> int:
        """The fewest changes of the first ``sought`` words to what ends after the first ``row``."""
        mask = (1 << sought) - 1
        return (self.rises[row] & mask).bit_count() - (self.falls[row] & mask).bit_count()


def aligned(sought: str, row: str) -> list[AlignmentStep]:
    """The steps from the first word of the place to its last; ``sought`` is not empty."""
    columns, distances = _columns(sought, row)
    return _way_back(sought, row, columns, _best_end(sought, row, distances))


def _columns(sought: str, row: str) -> tuple[_Columns, list[int]]:
    """The columns, and the distance of all that is sought to what ends at each place of the row."""
    places: dict[str, int] = defaultdict(int)
    for number, word in enumerate(sought):
        places[word] |= 1 << number
    mask, last = (1 << len(sought)) - 1, 1 << (len(sought) - 1)
    rise, fall, distance = mask, 0, len(sought)
    columns, distances = _Columns([rise], [fall]), [distance]
    for word in row:
        same = places.get(word, 0)
        down = same | fall
        across = (((same & rise) + rise) ^ rise) | same
        more = (fall | ~(across | rise)) & mask
        less = rise & across
        distance += bool(more & last) - bool(less & last)
        more, less = more << 1, less << 1
        rise = (less | ~(down | more)) & mask
        fall = more & down & mask
        columns.rises.append(rise)
        columns.falls.append(fall)
        distances.append(distance)
    return columns, distances


def _best_end(sought: str, row: str, distances: list[int]) -> int:
    """Of the places with the fewest changes the first that ends as what is sought does; else one whose last word was replaced."""
    fewest = min(distances)
    ends = [place for place, distance in enumerate(distances) if distance == fewest]
    same = (place for place in ends if place and row[place - 1] == sought[-1])
    return next(same, ends[1] if ends[1:2] == [ends[0] + 1] else ends[0])


def _way_back(sought: str, row: str, columns: _Columns, end: int) -> list[AlignmentStep]:
    steps: list[AlignmentStep] = []
    at, place = len(sought), end
    while at:
        before, beside = _step(sought, row, columns, at, place)
        same = bool(before and beside) and sought[at - 1] == row[place - 1]
        steps.append(AlignmentStep(at - 1 if before else None, place - 1 if beside else None, same))
        at, place = at - before, place - beside
    return steps[::-1]


def _step(sought: str, row: str, columns: _Columns, at: int, place: int) -> tuple[int, int]:
    """How many words of what is sought, and of the row, the last step to a cell of the table takes."""
    if place and sought[at - 1] == row[place - 1]:
        return 1, 1
    fewer = columns.distance(at, place) - 1
    put_in = columns.distance(at - 1, place) == fewer
    left_out = place > 0 and columns.distance(at, place - 1) == fewer
    # Of ways with as many changes the one on which the next words are the same reads best.
    if left_out and place > 1 and sought[at - 1] == row[place - 2]:
        return 0, 1
    if put_in and place and at > 1 and sought[at - 2] == row[place - 1]:
        return 1, 0
    if place and columns.distance(at - 1, place - 1) == fewer:
        return 1, 1
    return (1, 0) if put_in else (0, 1)
