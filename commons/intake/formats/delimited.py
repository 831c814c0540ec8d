"""CSV, TSV and other delimited text to raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from commons.errors import InputError
from commons.intake import raw_rows
from commons.intake.formats import Data, dialects, encodings, headers
from commons.intake.formats.encodings import TextEncoding, refusing_foreign_text
from commons.intake.formats.headers import Header, PlacedCells
from commons.intake.formats.line_records import Dialect, LineRecords
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    with refusing_foreign_text(name, options.encoding):
        encoding = encodings.find(data, name, options)
        lines = encoding.opened(data, newline="")
        yield from raw_rows.refuse_empty(
            _table(lines, encoding, name, options),
            name,
            hint="A table needs a line with names and at least one more.",
        )


def _table(
    text: Iterator[str], encoding: TextEncoding, name: str, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    skipped = max(options.skip, (options.header_row or 1) - 1)
    if len(list(islice(text, skipped))) < skipped:
        raise InputError(
            f"{name} has fewer than {skipped + 1} lines.",
            hint="Name a line that it has, counted from 1, with --header-row or --skip.",
            code="file-format",
        )
    sample = _sample(text)
    if sample and not skipped and (delimiter := dialects.separator_line(sample[0])):
        options = options if options.delimiter else replace(options, delimiter=delimiter)
        del sample[0]
        skipped = 1
    following = next(text, None)
    dialect = dialects.find(sample, name, options, is_whole=following is None)
    placed = _placed(sample, dialect, skipped + 1)
    header = headers.find(placed, name, options)
    least = _least_width(placed, header)
    yield TableShape(header.columns, _description(dialect, encoding, header, least))
    lines = chain(sample, () if following is None else (following,), text)
    records = LineRecords(lines, dialect, first=skipped + 1)
    records.width = len(header.names)
    yield from _rows(records, header, least, encoding)


def _sample(text: Iterator[str]) -> list[str]:
    """The first lines, with some characters at least; a text has lines of any length."""
    lines, size = [], 0
    for line in text:
        lines.append(line)
        size += len(line)
        if size >= dialects.SAMPLE_CHARACTERS:
            break
    return lines


def _placed(sample: list[str], dialect: Dialect, first: int) -> list[PlacedCells]:
    records = (record for record in LineRecords(sample, dialect, first=first) if not record.fault)
    return [PlacedCells(record.line, record.cells) for record in islice(records, headers.SAMPLE_ROWS)]


def _least_width(placed: list[PlacedCells], header: Header) -> int:
    """How many cells a row has at least: up to the last column with a name, unless most rows end before theirs."""
    widths = [len(row.cells) for row in placed if row.line >= header.first_line and row.cells]
    short = [width for width in widths if 1 < width < header.width]
    return min(short) if 2 * len(short) > len(widths) else header.width


def _description(dialect: Dialect, encoding: TextEncoding, header: Header, least: int) -> str:
    short = "rows that end early have nothing in their last columns" if least < header.width else ""
    parts = (dialects.description(dialect), encoding.description, header.description, short)
    return ", ".join(filter(None, parts))


def _rows(
    records: LineRecords, header: Header, least: int, encoding: TextEncoding
) -> Iterator[RawRow | UnreadableRow]:
    number = 0
    for record in records:
        if record.line < header.first_line:
            continue
        # A row of empty cells says nothing, but a spreadsheet numbers it; a line without cells is none.
        number += len(record.cells) > 1 or not record.is_blank
        if record.is_blank:
            continue
        cells = _fitting(record.cells, header, least)
        if fault := record.fault or encoding.fault(record.text) or _misfit(cells, header):
            yield UnreadableRow(number, encoding.shown(record.text).rstrip("\r\n"), fault, record.line)
        else:
            yield RawRow(number, header.values(cells), record.line)


def _fitting(cells: tuple[str, ...], header: Header, least: int) -> tuple[str, ...]:
    """The cells without empty ones beyond the last column, and with those that columns without a name may lack."""
    width = len(header.names)
    if len(cells) == width:
        return cells
    while len(cells) > width and not headers.is_filled(cells[-1]):
        cells = cells[:-1]
    if least <= len(cells) < width:
        return cells + ("",) * (width - len(cells))
    return cells


def _misfit(cells: tuple[str, ...], header: Header) -> str:
    if len(cells) == len(header.names):
        return ""
    return f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'} where the header has {len(header.names)}"


def load() -> None:
    """See ``formats.ReadableFormat``."""
    encodings.load()
    for sample in (b'title,text\n"a ""b""",x\n', b'title;text\n"a \\"b\\"";x\n', b"x\n"):
        list(rows(sample, "sample", ReadingOptions()))
