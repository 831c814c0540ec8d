"""Foreign tables to raw rows: CSV, TSV, JSON Lines (each also gzip) and Parquet.

Nothing is interpreted here beyond the file format. A line that cannot be read becomes an ``Unreadable`` with its row number and the
text as found, so that no row is ever lost; a file that cannot be read at all is an ``InputError``.

    for raw in intake.read(Path("notes.csv")):
        raw.number, raw.values
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from commons.errors import InputError

FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_BATCH_ROWS = 1000


@dataclass(frozen=True)
class RawRow:
    """One row as the file has it; ``number`` counts data rows from 1."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Unreadable:
    """A row the format's reader could not make sense of."""

    number: int
    text: str
    reason: str


def read(path: Path, *, encoding: str = "utf-8-sig") -> Iterator[RawRow | Unreadable]:
    """The rows of ``path`` in order. The format is told by the file name.

    Raises:
        InputError: ``file-missing``, ``file-format``, ``file-encoding``, ``file-empty`` or ``file-damaged``.
    """
    suffix = file_format(path)
    empty = True
    try:
        for row in _read_parquet(path) if suffix == ".parquet" else _read_text(path, suffix, encoding):
            empty = False
            yield row
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not {encoding.removesuffix('-sig')}: byte {error.object[error.start]:#04x} near position {error.start} of a block.",
            hint="Name the encoding, for example --encoding cp1252, or re-export the file as UTF-8.",
            code="file-encoding",
        ) from error
    except (LookupError, UnicodeError) as error:
        raise InputError(f"{path} cannot be read as {encoding!r}: {error}.", code="file-encoding") from error
    except (gzip.BadGzipFile, EOFError, zlib.error, pa.ArrowException) as error:
        raise InputError(
            f"{path} is damaged or not what its name says: {error}", code="file-damaged"
        ) from error
    except OSError as error:
        if error.errno is None:  # pyarrow's word for damaged pages
            raise InputError(f"{path} is damaged: {error}", code="file-damaged") from error
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", code="file-missing") from error
    if empty:
        raise InputError(
            f"{path} holds no rows.",
            hint="A CSV needs a header line and at least one more.",
            code="file-empty",
        )


def file_format(path: Path) -> str:
    """One of ``FORMATS``, told by the name with ``.gz`` taken off."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    if suffixes and suffixes[-1] in FORMATS:
        return suffixes[-1]
    raise InputError(
        f"{path} is of no format we read.",
        hint=f"Formats: {', '.join(FORMATS)}, text also as .gz.",
        code="file-format",
    )


def _read_text(path: Path, suffix: str, encoding: str) -> Iterator[RawRow | Unreadable]:
    binary = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")
    with (
        binary,
        io.TextIOWrapper(
            binary, encoding=encoding, newline="" if suffix in (".csv", ".tsv") else None
        ) as text,
    ):
        if suffix in (".csv", ".tsv"):
            yield from _read_csv(path, text, "," if suffix == ".csv" else "\t")
        else:
            yield from _read_json_lines(text)


def _read_csv(path: Path, text: TextIO, delimiter: str) -> Iterator[RawRow | Unreadable]:
    # The module's default limit of 128 KiB a cell would end the whole file; over-long text is one row's finding instead.
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header = next(_csv_rows(path, reader), None)
    if header is None:
        return
    if len(set(header)) != len(header):
        raise InputError(f"{path} has a column name twice in its header.", code="file-format")
    number = 0
    for cells in _csv_rows(path, reader):
        if not cells:
            continue
        number += 1
        if len(cells) != len(header):
            reason = f"{len(cells)} cells where the header has {len(header)}"
            yield Unreadable(number, delimiter.join(cells), reason)
        else:
            yield RawRow(number, dict(zip(header, cells, strict=True)))


def _csv_rows(path: Path, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        # Past a stray quote nobody can tell where rows end, so the file is refused as a whole and nothing is half taken.
        line = getattr(reader, "line_num", 0)
        raise InputError(
            f"{path}, line {line}: {error}.", hint="Check the quotes on that line.", code="file-damaged"
        ) from error


def _read_json_lines(text: TextIO) -> Iterator[RawRow | Unreadable]:
    number = 0
    for line in text:
        if not line.strip():
            continue
        number += 1
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(number, line.rstrip("\n"), f"not JSON: {error}")
            continue
        if isinstance(values, dict):
            yield RawRow(number, values)
        else:
            yield Unreadable(number, line.rstrip("\n"), "a JSON object is expected on every line")


def _read_parquet(path: Path) -> Iterator[RawRow]:
    number = 0
    with pq.ParquetFile(path, arrow_extensions_enabled=False) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            for values in batch.to_pylist():
                number += 1
                yield RawRow(number, values)
