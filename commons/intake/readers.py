"""Foreign tables to raw rows: CSV, TSV, JSON Lines (each also gzip) and Parquet.

Nothing is interpreted here beyond the file format. A line that cannot be read becomes an ``UnreadableRow`` with its row number and the
text as found, so that no row is ever lost; a file that cannot be read at all is an ``InputError``. What a file is, is told by its first
bytes: an archive or a pickle under another name is refused, and so is a link, which may lead to what was never meant to be offered.

    for raw in readers.read(Path("notes.csv")):
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from commons.errors import InputError, SchemaError, first_line
from commons.records import bounds, file_kinds
from commons.records.bounds import Bounds

FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
_BATCH_ROWS = 1000
_UNFOLDED_ROWS = 50  # at a time, because each may be as large as a value may be
_HEAD_BYTES = 512
# A file of one's own, or a Hub dataset's: larger than a contribution may be, so that what is too much can be said row by row.
PARQUET = Bounds(
    rows=10_000_000,
    row_groups=100_000,
    values=100_000_000,
    decoded_bytes=1024**3,
    value_bytes=16 * 1024**2,
    columns=10_000,
)


@dataclass(frozen=True)
class RawRow:
    """One row as the file has it; ``number`` counts data rows from 1."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class UnreadableRow:
    """A row the format's reader could not make sense of."""

    number: int
    text: str
    reason: str


def read(path: Path, *, encoding: str = "utf-8-sig") -> Iterator[RawRow | UnreadableRow]:
    """The rows of ``path`` in order. The format is told by the file name.

    Raises:
        InputError: ``file-missing``, ``file-format``, ``file-encoding``, ``file-empty``, ``file-damaged``, ``file-is-link``,
            ``file-disguised`` or ``limit-exceeded``.
    """
    suffix = file_format(path)
    _refuse_disguise(path, suffix)
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
    except SchemaError as error:
        raise InputError(
            error.message, code=error.code, hint="Split the file, or write it with other settings."
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error, pa.ArrowException) as error:
        raise InputError(
            f"{path} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error
    except OSError as error:
        if error.errno is None:  # pyarrow's word for damaged pages
            raise InputError(f"{path} is damaged: {first_line(error)}", code="file-damaged") from error
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


def _refuse_disguise(path: Path, suffix: str) -> None:
    """Raise InputError for a link (``file-is-link``), or a file whose first bytes say something else than its name (``file-disguised``)."""
    if path.is_symlink() and not _is_in_hub_cache(path):
        raise InputError(
            f"{path} is a link to {path.readlink()}.",
            hint="Name the file itself, if it is that one which you mean to offer.",
            code="file-is-link",
        )
    if not path.is_file():
        return  # said better by what happens on opening it
    with path.open("rb") as file:
        kind = file_kinds.kind(file.read(_HEAD_BYTES))
    expected = {True: "gzip data", False: "a Parquet file" if suffix == ".parquet" else ""}
    if kind and kind != expected[path.suffix.lower() == ".gz"]:
        raise InputError(
            f"{path} is {kind}.",
            hint="Name text that is packed with gzip .csv.gz or .jsonl.gz; unpack other archives first.",
            code="file-disguised",
        )


def _is_in_hub_cache(path: Path) -> bool:
    """Whether this is a file of a snapshot as the Hub's clients keep them: a link to a blob of the same repository."""
    target = path.resolve()
    return target.parent.name == "blobs" and target.parents[1] in path.absolute().parents


def _read_text(path: Path, suffix: str, encoding: str) -> Iterator[RawRow | UnreadableRow]:
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


def _read_csv(path: Path, text: TextIO, delimiter: str) -> Iterator[RawRow | UnreadableRow]:
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
            yield UnreadableRow(number, delimiter.join(cells), reason)
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


def _read_json_lines(text: TextIO) -> Iterator[RawRow | UnreadableRow]:
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
        if isinstance(values, dict):
            yield RawRow(number, values)
        else:
            yield UnreadableRow(number, line.rstrip("\n"), "a JSON object is expected on every line")


def _read_parquet(path: Path) -> Iterator[RawRow]:
    """Strings are read as dictionaries and measured before they are unfolded, so that a small file cannot fill the memory."""
    number = 0
    with pq.ParquetFile(path, arrow_extensions_enabled=False) as file:
        bounds.refuse_claims(file.metadata, PARQUET, path.name)
        folded = bounds.dictionary_columns(file.schema)
    with pq.ParquetFile(path, arrow_extensions_enabled=False, read_dictionary=folded) as file:
        decoded = 0
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            decoded += bounds.refuse_values(
                batch, replace(PARQUET, decoded_bytes=PARQUET.decoded_bytes - decoded), path.name
            )
            for start in range(0, batch.num_rows, _UNFOLDED_ROWS):
                for values in batch.slice(start, _UNFOLDED_ROWS).to_pylist():
                    number += 1
                    yield RawRow(number, values)
