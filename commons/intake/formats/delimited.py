"""CSV and TSV to raw rows."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TextIO

from commons.errors import InputError
from commons.intake import raw_rows
from commons.intake.formats import Data
from commons.intake.formats.encodings import opened, refusing_foreign_text
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    encoding = options.encoding or "utf-8-sig"
    delimiter = options.delimiter or ("\t" if ".tsv" in name.lower() else ",")
    with refusing_foreign_text(name, encoding):
        yield from raw_rows.refuse_empty(
            _cells(name, opened(data, encoding, newline=""), delimiter),
            name,
            hint="A CSV needs a header line and at least one more.",
        )


def _cells(name: str, text: TextIO, delimiter: str) -> Iterator[TableShape | RawRow | UnreadableRow]:
    # The module's default limit of 128 KiB a cell would end the whole file; over-long text is one row's finding instead.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header = next(_csv_rows(name, reader), [])
    if len(set(header)) != len(header):
        raise InputError(f"{name} has a column name twice in its header.", code="file-format")
    yield TableShape(tuple(header), "CSV")
    number = 0
    for cells in _csv_rows(name, reader):
        if not cells:
            continue
        number += 1
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            yield UnreadableRow(number, delimiter.join(cells), reason, reader.line_num)
        else:
            yield RawRow(number, dict(zip(header, cells, strict=True)), reader.line_num)


def _csv_rows(name: str, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        # Past a stray quote nobody can tell where rows end, so the file is refused as a whole and nothing is half taken.
        line = getattr(reader, "line_num", 0)
        raise InputError(
            f"{name}, line {line}: {error}.", hint="Check the quotes on that line.", code="file-damaged"
        ) from error


def load() -> None:
    """See ``formats.ReadableFormat``."""
    with suppress(LookupError, UnicodeError):  # said of the file itself
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8-sig").read()
    list(rows(b"text\nx\n", "sample", ReadingOptions()))
