"""Where the names of a table's columns stand, and what they are; for text and for spreadsheets alike.

    header = headers.find([PlacedCells(1, ["Report", ""]), PlacedCells(3, ["title", "text"]), …], "notes.csv", options)
    header.line, header.columns, header.values(cells)

Lines above the names have fewer cells filled than the table has columns, or begin with ``#``. Where a line looks like data and has no name
that we know, the table has no names, and its columns are called ``column1``, ``column2``, ….
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any

from commons.errors import InputError
from commons.intake.column_names import folded, target_of
from commons.intake.raw_rows import ReadingOptions
from commons.intake.usual_names import known_names

SAMPLE_ROWS = 100  # are looked at, of which the names are one
_LONG_CHARACTERS = 80
_SENTENCE = re.compile(r"(\S+\s+){3,}\S*[.!?…]\W*$|.*[。！？]$", re.DOTALL)
_ADDRESS = re.compile(r"[a-z]{2,10}://|www\.", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[\d.,]*\d%?")
_CODES = re.compile(
    r"(?:U\+)?[\dA-F]{4,}(?:\s+(?:U\+)?[\dA-F]{4,})*"
)  # of characters, as Unicode writes them
_YEAR = re.compile(r"(1[5-9]|20)\d\d")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}\b")
_WORDS = re.compile(r"[^\W\d][\w .:/-]{0,29}")  # what the name of a column looks like
_LEAST_ROWS = 3  # below the first, of which one can say that a column is the same everywhere
_MUCH_LONGER = 3  # than its name, the cells of a column of sentences


@dataclass(frozen=True)
class PlacedCells:
    """The cells of one line or sheet row, and its number in the file, from 1."""

    line: int
    cells: Sequence[Any]


@dataclass(frozen=True)
class Header:
    """The names of the columns by place, ``""`` where one has none; ``line`` is where they stand, 0 where they stand nowhere."""

    names: tuple[str, ...]
    line: int = 0
    first_line: int = 1  # of the data
    above: int = 0  # lines with something in them that were skipped
    unnamed: tuple[int, ...] = ()  # places of columns without a name that have something in them
    double: tuple[str, ...] = ()  # names that stand there twice, and were told apart

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table; those that have no name, by their place."""
        return tuple(
            name or column_name(place)
            for place, name in enumerate(self.names)
            if name or place in self.unnamed
        )

    @cached_property
    def width(self) -> int:
        """How many cells a row has that fills the last column with a name."""
        return max((place for place, name in enumerate(self.names, start=1) if name), default=0)

    @property
    def description(self) -> str:
        """In words, what is not ordinary."""
        parts = []
        skipped = f"{self.above} {'line' if self.above == 1 else 'lines'} above skipped"
        if not self.line:
            parts.append(f"no line with names, so the first column is called {column_name(0)}")
        if self.above:
            parts.append(f"names on line {self.line} ({skipped})" if self.line else skipped)
        if self.line and self.unnamed:
            parts.append(
                f"columns without a name are called {', '.join(column_name(place) for place in self.unnamed)}"
            )
        if self.double:
            parts.append(f"the second column {self.double[0]!r} is called {self.double[0] + '.2'!r}")
        return ", ".join(parts)

    def values(self, cells: Sequence[Any]) -> dict[str, Any]:
        """The named cells of a row; of columns without a name, those with something in them."""
        if self._is_plain:
            return dict(zip(self.names, cells, strict=True))
        return {
            name or column_name(place): cell
            for place, (name, cell) in enumerate(zip(self.names, cells, strict=True))
            if name or is_filled(cell)
        }

    @cached_property
    def _is_plain(self) -> bool:
        return all(self.names)


def column_name(place: int) -> str:
    """What a column without a name is called; places count from 0, names from 1."""
    return f"column{place + 1}"


def is_filled(cell: Any) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip(" \t")))


def may_be_name(cell: str) -> bool:
    """Whether a cell looks like the name of a column, and not like a part of a sentence, before which is a blank."""
    return _WORDS.fullmatch(cell) is not None


def names_in(cells: Sequence[Any], wanted: Collection[str] | None) -> int:
    """How many of the cells are names that are asked for or known."""
    known = known_names() | {folded(name) for name in wanted or ()}
    return sum(isinstance(cell, str) and folded(cell) in known for cell in cells)


def find(rows: Sequence[PlacedCells], name: str, options: ReadingOptions) -> Header:
    """The header of the table that begins with ``rows``, which hold nothing of what ``options.skip`` skips.

    Raises:
        InputError: ``file-format``: a column that is asked for stands there twice, or ``options.header_row`` is no line with cells.
    """
    filled = [row for row in rows if any(map(is_filled, row.cells))]
    if not filled:
        return Header((), line=0)
    if options.header_row == 0:
        return _nameless(filled, above=0)
    if options.header_row is not None:
        place = next((n for n, row in enumerate(filled) if row.line == options.header_row), None)
        if place is None:
            raise InputError(
                f"{name} has nothing on line {options.header_row}, where its names should stand.",
                hint="Name the line with the names of the columns, counted from 1: --header-row N; or 0 where it has none.",
                code="file-format",
            )
        return _named(filled, place, name, options)
    place = _place_of_wanted(filled, options)
    if place is not None:
        return _named(filled, place, name, options)
    place = _first_of_table(filled)
    if _looks_like_data(filled[place:]):
        return _nameless(filled[place:], above=place)
    return _named(filled, place, name, options)


def _place_of_wanted(rows: Sequence[PlacedCells], options: ReadingOptions) -> int | None:
    """The row with most of the names that are asked for, else with most that are known; one name alone may be a word of a text."""
    for wanted, least in ((options.wanted or (), 1), (known_names(), 2)):
        names = {folded(name) for name in wanted}
        counts = [len(names & {folded(cell) for cell in row.cells if isinstance(cell, str)}) for row in rows]
        best = max(counts)
        if best >= least:
            return counts.index(best)
    return None


def _first_of_table(rows: Sequence[PlacedCells]) -> int:
    """The first row that fills as many cells as most rows do, or has their width and fills half of it."""
    counts = Counter(_filled_count(row) for row in rows)
    usual = max(counts, key=lambda count: (counts[count], count > 1))  # of several, that of the earliest row
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    for place, row in enumerate(rows):
        if usual <= 1 and _is_comment(row) and place + 1 < len(rows):
            continue
        if _filled_count(row) >= usual or (len(row.cells) == width and 2 * _filled_count(row) >= width > 2):
            return place
    return 0


def _filled_count(row: PlacedCells) -> int:
    return sum(map(is_filled, row.cells))


def _is_comment(row: PlacedCells) -> bool:
    return isinstance(row.cells[0], str) and row.cells[0].startswith("#")


def _looks_like_data(rows: Sequence[PlacedCells]) -> bool:
    """Whether the first row is no names: it has none that we know, and what no column is called."""
    first, *others = rows
    if names_in(first.cells, ()):
        return False
    if _filled_count(first) == 1 and all(len(row.cells) <= 1 for row in rows):
        return not _is_name_of_sentences(str(first.cells[0]), [str(row.cells[0]) for row in others])
    return any(
        _is_no_name(cell, [row.cells[place] for row in others if place < len(row.cells)])
        for place, cell in enumerate(first.cells)
        if is_filled(cell)
    )


def _is_name_of_sentences(first: str, others: Sequence[str]) -> bool:
    """Of a single column nothing but its cells tells whether it has a name."""
    return (
        bool(others) and may_be_name(first.strip()) and median(map(len, others)) >= _MUCH_LONGER * len(first)
    )


def _is_no_name(cell: Any, below: Sequence[Any]) -> bool:
    if not isinstance(cell, str):
        return not isinstance(cell, bool) and _are_all(_NUMBER, below) and not _YEAR.fullmatch(str(cell))
    text = cell.strip()
    if len(text) > _LONG_CHARACTERS or _SENTENCE.match(text) or _ADDRESS.match(text) or _DATE.match(text):
        return True
    if len(below) >= _LEAST_ROWS and all(isinstance(other, str) and other.strip() == text for other in below):
        return True  # the same in each row, such as a language
    if _CODES.fullmatch(text) and any(map(str.isdigit, text)) and not _YEAR.fullmatch(text):
        return _are_all(_CODES, below)
    return bool(_NUMBER.fullmatch(text)) and not _YEAR.fullmatch(text) and _are_all(_NUMBER, below)


def _are_all(form: re.Pattern[str], cells: Sequence[Any]) -> bool:
    """Whether what is filled has that form, and something is."""
    filled = [str(cell).strip() for cell in cells if is_filled(cell)]
    return bool(filled) and all(map(form.fullmatch, filled))


def _nameless(rows: Sequence[PlacedCells], *, above: int) -> Header:
    counts = Counter(len(row.cells) for row in rows)
    width = max(counts, key=lambda count: (counts[count], count))
    names = tuple(map(column_name, range(width)))
    return Header(names, line=0, first_line=rows[0].line, above=above)


def _named(rows: Sequence[PlacedCells], place: int, name: str, options: ReadingOptions) -> Header:
    row, data = rows[place], rows[place + 1 :]
    written = [_name(cell) for cell in row.cells]
    double = [written_name for written_name, count in Counter(filter(None, written)).items() if count > 1]
    _refuse_needed(double, name, options)
    unnamed = tuple(
        place
        for place, column in enumerate(written)
        if not column and any(place < len(other.cells) and is_filled(other.cells[place]) for other in data)
    )
    return Header(_told_apart(written), row.line, row.line + 1, place, unnamed, tuple(double))


def _name(cell: Any) -> str:
    return str(cell) if is_filled(cell) else ""


def _refuse_needed(double: Sequence[str], name: str, options: ReadingOptions) -> None:
    wanted = set(map(folded, options.wanted or ()))
    for column in double:
        if target_of(column) or folded(column) in wanted:
            raise InputError(
                f"{name} has the column {column!r} twice.",
                hint="Give one of the two another name in the file.",
                code="file-format",
            )


def _told_apart(written: Sequence[str]) -> tuple[str, ...]:
    """Names of which none stands there twice: the second ``note`` is ``note.2``."""
    names: list[str] = []
    for column in written:
        name, number = column, 1
        while column and (name in names or (number > 1 and name in written)):
            number += 1
            name = f"{column}.{number}"
        names.append(name)
    return tuple(names)
