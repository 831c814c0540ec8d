"""Physical lines of delimited text to records of cells, in a given dialect; a line that cannot be read ends nothing.

    for record in LineRecords(lines, Dialect(";"), first=1): record.line, record.cells, record.fault

Python's ``csv`` reads the cells. What it cannot do is go on after a stray quote, which may make a cell of everything that follows: so the
lines that a record takes are remembered, and where no record comes of them, only the first is given up and the others are read again.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A record of several lines has a quoted cell with line ends; a book in a cell is still less than this.
_MAX_RECORD_CHARACTERS = 16 * 1024**2
# How many times the text may be read again in all, so that a text that opens a quote on each line costs no more than its length.
_REREADING = 8
_LEAST_REREADING = 1024**2
# Halves of a surrogate pair, which stand in no text that was decoded (nor does ``encodings`` mark bytes with these).
_NO_DELIMITER, _ESCAPED_QUOTE, _ESCAPED_BACKSLASH = "\udffd", "\udffe", "\udfff"
_ESCAPES = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. Without ``delimiter`` a line is one cell; without ``quote`` nothing is quoted."""

    delimiter: str
    quote: str = '"'
    has_backslashes: bool = False  # \" and \\ in quotes; whatever else follows a backslash stands for itself
    has_blanks: bool = False  # after delimiters, where a quote may follow


@dataclass(frozen=True)
class CellRecord:
    """The cells that begin on a line, or why there are none."""

    line: int
    text: str  # as it stands in the file
    cells: tuple[str, ...] = ()
    fault: str = ""
    is_open: bool = False  # a quote that no line closed

    @property
    def is_blank(self) -> bool:
        return not self.fault and not any(cell.strip(" \t") for cell in self.cells)


class _Tape:
    """Lines, those that were given back before the others; ``taken`` are those of the record that is being read."""

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        self._lines = iter(lines)
        self._escapes = dialect.has_backslashes
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self._size = 0
        self._left = _LEAST_REREADING

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line for ``csv``, which takes the end of what it may take for the end of the file."""
        if self.taken and (self._size > _MAX_RECORD_CHARACTERS or self._left < 0):
            raise StopIteration
        if self._returned:
            line = self._returned.popleft()
        else:
            line = next(self._lines)
            self._left += _REREADING * len(line)
        self.taken.append(line)
        self._size += len(line)
        if self._escapes and "\\" in line:
            return _ESCAPES.sub(
                lambda escape: _ESCAPED_QUOTE if escape[1] == '"' else _ESCAPED_BACKSLASH, line
            )
        return line

    def begin(self) -> None:
        self.taken, self._size = [], 0

    def give_back(self, count: int) -> None:
        """Of the lines that were taken, keep only so many."""
        returned = self.taken[count:]
        self._left -= sum(map(len, returned))
        self._returned.extendleft(reversed(returned))
        del self.taken[count:]


class LineRecords:
    """The records of some lines. Once ``width`` is known, a quote that swallowed whole records of this width is recognised."""

    def __init__(self, lines: Iterable[str], dialect: Dialect, *, first: int) -> None:
        # The module's default limit of 128 KiB a cell would end the whole file; over-long text is one row's finding instead.
        csv.field_size_limit(sys.maxsize)
        self._dialect = dialect
        self._tape = _Tape(lines, dialect)
        self._reader = _csv_reader(self._tape, dialect)
        self._line = first
        self.width = 0

    def __iter__(self) -> Iterator[CellRecord]:
        return self

    def __next__(self) -> CellRecord:
        line = self._line
        tape = self._tape
        tape.begin()
        cells: list[str] = []
        fault, is_open = "", False
        try:
            cells = next(self._reader)
        except csv.Error as error:
            is_open = "unexpected end" in str(error)
            fault = _fault(is_opened=is_open or len(tape.taken) > 1)
            tape.give_back(1)
        if not fault and len(tape.taken) > 1 and len(cells) != self.width and (sound := self._sound_line()):
            tape.give_back(sound)
            cells, fault = [], "a quote is opened here and closed in another row"
        self._line += len(tape.taken)
        text = tape.taken[0] if len(tape.taken) == 1 else "".join(tape.taken)
        if self._dialect.has_backslashes and "\\" in text:
            cells = [_unescaped(cell) for cell in cells]
        return CellRecord(line, text, tuple(cells), fault, is_open)

    def _sound_line(self) -> int:
        """The place of a line after the first that is a record of the right width by itself; 0 where there is none or no width is known."""
        for place, line in enumerate(self._tape.taken[1:], start=1):
            if _is_record(line, self._dialect, self.width):
                return place
        return 0


def _csv_reader(lines: Iterable[str], dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter or _NO_DELIMITER,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        skipinitialspace=dialect.has_blanks,
        strict=True,
    )


def _is_record(line: str, dialect: Dialect, width: int) -> bool:
    try:
        cells = next(_csv_reader(_Tape([line], dialect), dialect))
    except csv.Error:
        return False
    return len(cells) == width > 1 and any(cells)


def _fault(*, is_opened: bool) -> str:
    if is_opened:
        return "a quote is opened here and not closed where a cell ends"
    return "a quote stands in the middle of a quoted cell"


def _unescaped(cell: str) -> str:
    return cell.replace(_ESCAPED_QUOTE, '"').replace(_ESCAPED_BACKSLASH, "\\")
