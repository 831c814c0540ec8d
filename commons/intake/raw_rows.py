"""Raw rows: what a foreign file holds, row by row, before anything is made of it; and their way out of the process that reads it.

    raw_rows.send(rows, "notes.csv")                          in the child
    table = raw_rows.received(values)                         in the parent: table.shape, table.rows

The first value is the table's shape: ``{"shape": {"columns": […], "read_as": "…"}}``. Rows with the same columns travel together, and name
them once: ``{"columns": ["text"], "rows": [[1, 2, "…"], [2, 3, "…"]]}``, each with its number and its line. A row that could not be read
is ``{"unreadable": [3, 4, "its text", "the reason"]}``; an error that ends the file, ``{"refused": {"message": …, …}}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from commons.errors import InputError, MissingExtraError
from commons.sandbox import confinement

# What the rows of one file may come to. A full contribution has 40 MB of text; a file of one's own may be larger, so that what is too much
# can be said row by row, but all of it has to fit in memory, and an empty value takes as much of that as a line of text.
MAX_DECODED_BYTES = 256 * 1024**2
MAX_VALUES = 10_000_000
_BATCH_ROWS = 500
_BATCH_BYTES = 1024**2
_COST_OF_ROW = 20  # in values, with what is said of it when it is refused
_KIND, _TEXT = "kind of value", "as text"  # how a value that JSON lacks is written


@dataclass(frozen=True)
class ReadingOptions:
    """What is said of how a file is written. Whatever is not said is found out and named in the table's shape.

    ``wanted`` names the columns that are needed beside those that bear a field's own name, as names, as paths (``qa.answer``) or as the
    names in a template; None asks for all. ``head`` is how many rows to read at most; 0 reads them all.
    """

    encoding: str = ""
    delimiter: str = ""
    quote: str | None = None  # "" for text that quotes nothing
    header_row: int | None = (
        None  # the physical line or sheet row with the names, from 1; 0 says that there is none
    )
    skip: int = 0  # lines or sheet rows above the table
    sheet: str = ""
    wanted: tuple[str, ...] | None = None
    head: int = 0


@dataclass(frozen=True)
class TableShape:
    """What a table looks like before its rows are read: all its columns, and in one line how it is read."""

    columns: tuple[str, ...]
    read_as: str = ""


@dataclass(frozen=True)
class RawRow:
    """One row as the file has it. ``number`` counts data rows from 1; ``line`` is where it begins, 0 in a file that has no lines."""

    number: int
    values: dict[str, Any]
    line: int = field(default=0, compare=False)  # a place, not what the row says


@dataclass(frozen=True)
class UnreadableRow:
    """A row the format's reader could not make sense of."""

    number: int
    text: str
    reason: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ForeignTable:
    """The shape of a table, and its rows as they are read."""

    shape: TableShape
    rows: Iterator[RawRow | UnreadableRow]


@dataclass(frozen=True)
class ForeignValue:
    """A value that JSON lacks, such as bytes: what kind it is, and as text what it says. No field of a record takes one."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


def refuse_empty(
    rows: Iterable[TableShape | RawRow | UnreadableRow], name: str, *, hint: str
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """The table, which must have a row. Raises InputError (``file-empty``)."""
    empty = True
    for row in rows:
        empty = empty and isinstance(row, TableShape)
        yield row
    if empty:
        raise InputError(f"{name} holds no rows.", hint=hint, code="file-empty")


def too_large(name: str, most: str) -> InputError:
    return InputError(
        f"{name} has more than {most}.",
        hint="Split the file, or write it with other settings.",
        code="limit-exceeded",
    )


# In the child


def send(rows: Iterable[TableShape | RawRow | UnreadableRow], name: str) -> NoReturn:
    """Send the table of the file ``name`` to its end, or to the error that ends it."""
    batch = _Batch(name)
    try:
        for row in rows:
            if isinstance(row, TableShape):
                confinement.send({"shape": asdict(row)})
            else:
                batch.add(row)
        batch.flush()
    except (InputError, MissingExtraError) as error:
        batch.flush()
        confinement.send({"refused": {"message": error.message, "hint": error.hint, "code": error.code}})
    confinement.finish()


class _Batch:
    """Rows with the same columns as JSON, sent when there are enough of them; and what all rows of the file have come to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._columns: list[str] = []
        self._rows: list[str] = []
        self._size = 0
        self._left_bytes, self._left_values = MAX_DECODED_BYTES, MAX_VALUES

    def add(self, row: RawRow | UnreadableRow) -> None:
        if isinstance(row, UnreadableRow):
            self.flush()
            self._count(row.text)
            confinement.send({"unreadable": [row.number, row.line, row.text, row.reason]})
            return
        columns = list(row.values)
        if columns != self._columns or len(self._rows) >= _BATCH_ROWS or self._size >= _BATCH_BYTES:
            self.flush()
            self._columns = columns
        text = json.dumps([row.number, row.line, *row.values.values()], ensure_ascii=False, default=_foreign)
        self._count(text)
        self._rows.append(text)
        self._size += len(text)

    def flush(self) -> None:
        if self._rows:
            columns = json.dumps(self._columns, ensure_ascii=False)
            confinement.send_json(f'{{"columns": {columns}, "rows": [{", ".join(self._rows)}]}}')
        self._rows, self._size = [], 0

    def _count(self, text: str) -> None:
        self._left_bytes -= len(text)
        self._left_values -= _COST_OF_ROW + sum(map(text.count, ",[{"))  # commas of texts too
        if self._left_bytes < 0 or self._left_values < 0:
            raise too_large(self._name, f"{MAX_DECODED_BYTES:,} characters or {MAX_VALUES:,} values")


def _foreign(value: Any) -> dict[str, str]:
    return {_KIND: type(value).__name__, _TEXT: str(value)}


# In the parent


def received(values: Iterable[Any]) -> ForeignTable:
    """The table in what the child sent.

    Raises:
        InputError: the one that ended the file, here or while the rows are read; or ``check-limit`` for what no child of ours sends.
    """
    sent = iter(values)
    match next(sent, None):
        case {"shape": {"columns": list(columns), "read_as": str(read_as)}}:
            return ForeignTable(TableShape(tuple(map(str, columns)), read_as), _received_rows(sent))
        case {"refused": refused}:
            raise _refusal(refused)
        case _:
            raise _no_row()


def of(rows: Iterator[TableShape | RawRow | UnreadableRow]) -> ForeignTable:
    """The table that a format reads, in the process that reads it."""
    shape = next(rows)
    assert isinstance(shape, TableShape)  # noqa: S101  what each format begins with
    return ForeignTable(shape, (row for row in rows if not isinstance(row, TableShape)))


def _received_rows(values: Iterator[Any]) -> Iterator[RawRow | UnreadableRow]:
    for value in values:
        match value:
            case {"columns": list(columns), "rows": list(rows)}:
                yield from _rows(columns, rows)
            case {"unreadable": [int(number), int(line), str(text), str(reason)]}:
                yield UnreadableRow(number, text, reason, line)
            case {"refused": refused}:
                raise _refusal(refused)
            case _:
                raise _no_row()


def _refusal(refused: Any) -> InputError:
    match refused:
        case {"message": str(message), "hint": str(hint), "code": str(code)}:
            return InputError(message, hint=hint, code=code)
        case _:
            return _no_row()


def _rows(columns: list[Any], rows: list[Any]) -> Iterator[RawRow]:
    for row in rows:
        try:
            number, line, *values = row
            named = dict(zip(columns, map(_own, values), strict=True))
        except (TypeError, ValueError) as error:
            raise _no_row() from error
        yield RawRow(number, named, line)


def _no_row() -> InputError:
    return InputError("What came out of the sandbox is no row.", code="check-limit")


def _own(value: Any) -> Any:
    """The value with what JSON lacks as ``ForeignValue``."""
    match value:
        case {**parts} if parts.keys() == {_KIND, _TEXT}:
            return ForeignValue(str(parts[_KIND]), str(parts[_TEXT]))
        case dict():
            return {name: _own(part) for name, part in value.items()}
        case list():
            return [_own(part) for part in value]
        case _:
            return value
