"""Sheets of Excel (.xlsx, .xlsm, .xlsb, .xls) and OpenDocument (.ods) to raw rows.

A workbook gives one table: the sheet that ``options.sheet`` names; else the one with something in it, or that alone has the columns that
are asked for. A formula gives the value that was saved with it, and an error such as ``#N/A`` gives none. Where cells are merged
downwards, each row has their value.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import python_calamine
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from commons.errors import InputError, first_line
from commons.intake import column_names, raw_rows
from commons.intake.formats import Data, headers
from commons.intake.formats.headers import Header, PlacedCells
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

_ZIP_MAGIC, _OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST_EXACT = 10**15  # Excel keeps fifteen digits of a number
_EMPTY_HINT = "A sheet needs a row with the names of its columns and at least one more."
_SHEETS_NAMED = 10  # in a hint


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``; also raises InputError (``sheet-unknown``, ``sheet-unnamed``)."""
    _refuse_other(data, name)
    with _refusing_damage(name), CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        yield from raw_rows.refuse_empty(_table(book, name, options), name, hint=_EMPTY_HINT)


def _table(
    book: CalamineWorkbook, name: str, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    sheet, others = _chosen(book, name, options)
    is_merged = any(bottom > top for (top, _), (bottom, _) in sheet.cells.merged_cell_ranges or ())
    parts = [
        f"sheet {sheet.title!r}",
        sheet.header.description or f"names on row {sheet.header.line}",
        *(["cells merged downwards read in each of their rows"] if is_merged else []),
        *([f"{others} not read"] if others else []),
    ]
    yield TableShape(sheet.header.columns, ", ".join(parts))
    width = len(sheet.header.names)
    filled = _filled_rows(sheet.cells, sheet.header.first_line)
    for number, row in enumerate(filled, start=1):
        cells = [*map(_value, row.cells[:width]), *[None] * (width - len(row.cells))]
        yield RawRow(number, sheet.header.values(cells), row.line)


# Which sheet


@dataclass(frozen=True)
class _Sheet:
    """A sheet with rows below its names."""

    title: str
    cells: CalamineSheet
    header: Header

    def fits(self, options: ReadingOptions) -> bool:
        """Whether it has the columns that are asked for, or where none are, one that bears a field's name."""
        have = set(self.header.columns)
        wanted = options.wanted or ()
        asked = all(any(column_names.is_needed(column, [name]) for column in have) for name in wanted)
        return asked and (bool(wanted) or any(map(column_names.target_of, have)))


def _chosen(book: CalamineWorkbook, name: str, options: ReadingOptions) -> tuple[_Sheet, str]:
    """The sheet to read; and in words those that are not."""
    if options.sheet:
        return _named(book, name, options), ""
    sheets = []
    for about in book.sheets_metadata:
        if about.typ is SheetTypeEnum.WorkSheet and about.visible is SheetVisibleEnum.Visible:
            sheets += [sheet for sheet in [_sheet(book, about.name, name, options)] if sheet]
    hidden = [about.name for about in book.sheets_metadata if about.visible is not SheetVisibleEnum.Visible]
    if not sheets:
        raise InputError(
            f"{name} holds no rows{f' that are shown; hidden: {_listed(hidden)}' if hidden else ''}.",
            hint="Name a hidden sheet with --sheet NAME." if hidden else _EMPTY_HINT,
            code="file-empty",
        )
    fitting = [sheet for sheet in sheets if sheet.fits(options)] if len(sheets) > 1 else sheets
    if len(fitting) != 1:
        raise InputError(
            f"{name} has {len(sheets)} sheets with rows, and it is not said which to read.",
            hint=f"Name one: --sheet NAME. Its sheets: {_listed([sheet.title for sheet in sheets])}.",
            code="sheet-unnamed",
        )
    left = [sheet.title for sheet in sheets if sheet is not fitting[0]]
    parts = [_listed(left)] if left else []
    parts += [f"hidden {_listed(hidden)}"] if hidden else []
    return fitting[0], " and ".join(parts)


def _named(book: CalamineWorkbook, name: str, options: ReadingOptions) -> _Sheet:
    names = [about.name for about in book.sheets_metadata if about.typ is SheetTypeEnum.WorkSheet]
    folded = {title.strip().casefold(): title for title in reversed(names)}
    title = options.sheet if options.sheet in names else folded.get(options.sheet.strip().casefold())
    if title is None:
        raise InputError(
            f"{name} has no sheet {options.sheet!r}.",
            hint=f"Its sheets: {_listed(names)}.",
            code="sheet-unknown",
        )
    sheet = _sheet(book, title, name, options)
    if sheet is None:
        raise InputError(f"The sheet {title!r} of {name} holds no rows.", hint=_EMPTY_HINT, code="file-empty")
    return sheet


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHEETS_NAMED:,} more" if len(names) > _SHEETS_NAMED else ""
    return ", ".join(map(repr, names[:_SHEETS_NAMED])) + more


def _sheet(book: CalamineWorkbook, title: str, name: str, options: ReadingOptions) -> _Sheet | None:
    """The sheet of this name, or None where it has no rows."""
    cells = book.get_sheet_by_name(title)
    if cells is None or cells.start is None:
        return None
    first = list(islice(_filled_rows(cells, options.skip + 1), headers.SAMPLE_ROWS))
    if not first:
        return None
    header = headers.find(first, f"{name}, sheet {title!r}", options)
    return _Sheet(title, cells, header) if any(_filled_rows(cells, header.first_line)) else None


# Cells


def _filled_rows(cells: CalamineSheet, first_line: int) -> Iterator[PlacedCells]:
    """The rows from this one on that have something in them, by their number in the sheet; merged cells are filled downwards."""
    starts: dict[tuple[int, int], int] = {}
    for (top, left), (bottom, _) in cells.merged_cell_ranges or ():
        if bottom > top:
            starts[top, left] = bottom
    first_column = cells.start[1] if cells.start else 0
    going_on: dict[int, tuple[int, Any]] = {}  # place -> last row, value
    for number, row in enumerate(cells.iter_rows()):
        is_filled = any(map(headers.is_filled, row))
        if starts or going_on:
            _fill_down(row, number, first_column, starts, going_on)
        if is_filled and number + 1 >= first_line:
            yield PlacedCells(number + 1, row)


def _fill_down(
    row: list[Any],
    number: int,
    first_column: int,
    starts: dict[tuple[int, int], int],
    going_on: dict[int, tuple[int, Any]],
) -> None:
    for place in range(len(row)):
        if (last := starts.pop((number, first_column + place), None)) is not None:
            going_on[place] = (last, row[place])
        elif place in going_on:
            last, value = going_on[place]
            if number > last:
                del going_on[place]
            else:
                row[place] = value


def _value(cell: Any) -> Any:
    """A cell in plain values: dates as ISO 8601 writes them, whole numbers as such, nothing where there is nothing."""
    match cell:
        case "" | None:
            return None
        case bool():
            return cell
        case float() if cell.is_integer() and abs(cell) < _LARGEST_EXACT:
            return int(cell)
        case datetime.datetime():
            return cell.isoformat(sep=" ")
        case datetime.date() | datetime.time():
            return cell.isoformat()
        case datetime.timedelta():
            return _as_hours(cell)
        case _:
            return cell


def _as_hours(span: datetime.timedelta) -> str:
    """Hours, minutes and seconds, as a sheet shows a time of more than a day."""
    seconds = round(span.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{second:02}"


# What is no sheet


def _refuse_other(data: Data, name: str) -> None:
    if data[: len(_OLE_MAGIC)] == _OLE_MAGIC:
        return
    if data[: len(_ZIP_MAGIC)] != _ZIP_MAGIC:
        raise InputError(
            f"{name} is no Excel or OpenDocument file.",
            hint="Text under such a name has to be called .csv or .tsv; or save the sheet again as .xlsx.",
            code="file-disguised",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise _damaged(name, error) from error
    if size > raw_rows.MAX_DECODED_BYTES:
        raise raw_rows.too_large(name, f"{raw_rows.MAX_DECODED_BYTES:,} bytes when unpacked")


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    try:
        yield
    except python_calamine.PasswordError as error:
        raise InputError(
            f"{name} is locked with a password.", hint="Save it again without one.", code="file-disguised"
        ) from error
    except (python_calamine.CalamineError, OSError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> InputError:
    return InputError(
        f"{name} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
    )


def load() -> None:
    """See ``formats.ReadableFormat``."""
    list(rows(_sample(), "sample", ReadingOptions()))


def _sample() -> bytes:
    """The least that is a workbook, in OpenDocument, which needs the fewest parts."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{part}="{names}:{part}:1.0"' for part in ("office", "table", "text"))
    body = "".join(
        f'<table:table-row><table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell></table:table-row>'
        for text in ("text", "A sentence for the sample, of some length.")
    )
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>',
        "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Sheet">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>",
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()
