"""CSV, TSV and JSON Lines, each also gzip, to raw rows. As a program it is the confined child that reads one such file.

for row in text_rows.rows(file, "notes.csv.gz"): …
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, TextIO

from commons.errors import InputError, first_line
from commons.intake import raw_rows
from commons.intake.raw_rows import RawRow, UnreadableRow
from commons.sandbox import confinement

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_BUFFER_BYTES = 128 * 1024
_MAX_DEPTH = 100  # of a JSON value; whoever walks through it later does so from wherever they stand


def rows(
    file: BinaryIO, name: str, *, form: str, packed: bool = False, encoding: str = "utf-8-sig"
) -> Iterator[RawRow | UnreadableRow]:
    """The rows of an open file that errors call ``name``; its ``form`` is a suffix such as .csv, and ``packed`` says that it is gzip.

    Raises:
        InputError: ``file-encoding``, ``file-damaged``, ``file-format``, ``file-empty`` or ``limit-exceeded``.
    """
    file.seek(0) if file.seekable() else None
    try:
        yield from raw_rows.refuse_empty(
            _rows(file, name, form, packed, encoding),
            name,
            hint="A CSV needs a header line and at least one more." if form in _DELIMITERS else "",
        )
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not {encoding.removesuffix('-sig')}: byte {error.object[error.start]:#04x} near position {error.start} of a block.",
            hint="Name the encoding, for example --encoding cp1252, or re-export the file as UTF-8.",
            code="file-encoding",
        ) from error
    except (LookupError, UnicodeError) as error:
        raise InputError(f"{name} cannot be read as {encoding!r}: {error}.", code="file-encoding") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{name} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error


def _rows(
    file: BinaryIO, name: str, form: str, packed: bool, encoding: str
) -> Iterator[RawRow | UnreadableRow]:
    unpacked = gzip.GzipFile(fileobj=file) if packed else file
    counted = io.BufferedReader(_Bounded(unpacked, name), _BUFFER_BYTES)
    text = io.TextIOWrapper(counted, encoding=encoding, newline="" if form in _DELIMITERS else None)
    if delimiter := _DELIMITERS.get(form):
        yield from _cells(name, text, delimiter)
    else:
        yield from _objects(text)


class _Bounded(io.RawIOBase):
    """A stream that ends in an InputError when more comes out of it than a file may hold; closing it leaves the file open."""

    def __init__(self, source: Any, name: str) -> None:
        self._source, self._name = source, name
        self._left = raw_rows.MAX_DECODED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = int(self._source.readinto1(buffer))
        self._left -= count
        if self._left < 0:
            raise raw_rows.too_large(self._name, f"{raw_rows.MAX_DECODED_BYTES:,} bytes when unpacked")
        return count


def _cells(name: str, text: TextIO, delimiter: str) -> Iterator[RawRow | UnreadableRow]:
    # The module's default limit of 128 KiB a cell would end the whole file; over-long text is one row's finding instead.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header = next(_csv_rows(name, reader), None)
    if header is None:
        return
    if len(set(header)) != len(header):
        raise InputError(f"{name} has a column name twice in its header.", code="file-format")
    number = 0
    for cells in _csv_rows(name, reader):
        if not cells:
            continue
        number += 1
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            yield UnreadableRow(number, delimiter.join(cells), reason)
        else:
            yield RawRow(number, dict(zip(header, cells, strict=True)))


def _csv_rows(name: str, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        # Past a stray quote nobody can tell where rows end, so the file is refused as a whole and nothing is half taken.
        line = getattr(reader, "line_num", 0)
        raise InputError(
            f"{name}, line {line}: {error}.", hint="Check the quotes on that line.", code="file-damaged"
        ) from error


def _objects(text: TextIO) -> Iterator[RawRow | UnreadableRow]:
    number = 0
    for line in text:
        if not line.strip():
            continue
        number += 1
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield UnreadableRow(number, line.rstrip("\n"), f"not JSON: {error}")
            continue
        if not isinstance(values, dict):
            yield UnreadableRow(number, line.rstrip("\n"), "a JSON object is expected on every line")
        elif line.count("[") + line.count("{") > _MAX_DEPTH and _is_deep(values):
            yield UnreadableRow(number, line.rstrip("\n"), f"nested more than {_MAX_DEPTH} deep")
        else:
            yield RawRow(number, values)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [inner for part in parts for inner in part if isinstance(inner, dict | list)]
    return bool(level)


def load(encoding: str = "utf-8-sig") -> None:
    """Read one file of each kind, for a process that can open nothing afterwards."""
    with suppress(LookupError, UnicodeError):  # said of the file itself
        io.TextIOWrapper(io.BytesIO(), encoding=encoding).read()
    for form, content in ((".csv", b"text\nx\n"), (".jsonl", b'{"text": "x"}\n')):
        list(rows(io.BytesIO(gzip.compress(content)), form, form=form, packed=True))


def _child() -> None:
    given = confinement.context()
    file = confinement.enter(lambda: load(given["encoding"]))["file"]
    raw_rows.send(rows(file, **given), given["name"])


if __name__ == "__main__":
    _child()
