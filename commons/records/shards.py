"""One shard: rows to Parquet bytes and back.

The same rows always give the same bytes (for one pyarrow version), and reading back gives equal rows. The writer's settings
follow what the Hub calls optimised Parquet: content-defined chunking, so that Xet uploads only what changed, and a page
index, so that readers can skip.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from mmap import mmap
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commons.errors import SchemaError
from commons.layout import Kind
from commons.records import bounds, file_kinds, footers
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, ROW_TYPES, SCHEMAS, Row

Source = bytes | mmap | Path  # where a file is: bytes, open as memory, or by name
Table = pa.Table  # for annotations of callers who hold tables but know nothing of pyarrow

# The chunk sizes that ``datasets`` 5 writes, so that files from both deduplicate against each other.
_CHUNKING = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}
_ROW_GROUP_ROWS = 50_000  # streaming readers take one group at a time; about 50 MB at our mean text length
_BATCH_ROWS = 2048
# Footers are Thrift: a limit on strings and containers keeps a small file from claiming a large one.
_THRIFT_STRING_BYTES = 8 * 1024 * 1024
_THRIFT_CONTAINER_ITEMS = 1_000_000
_HEAD_BYTES = 8192
_MAGIC = b"PAR1"
_MAX_TYPE_CHARACTERS = 120


def to_parquet(table: pa.Table, *, keep_arrow_schema: bool = False, level: int = 9) -> bytes:
    """Deterministic Parquet bytes of ``table``, compressed by zstd at this ``level``.

    The Parquet types of our rows say everything, so the Arrow copy of the schema, which varies with its writer, stays out unless a
    table has types that Parquet lacks.
    """
    sink = io.BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=level,
        row_group_size=_ROW_GROUP_ROWS,
        use_content_defined_chunking=_CHUNKING,
        write_page_index=True,
        write_page_checksum=True,
        store_schema=keep_arrow_schema,
    )
    return sink.getvalue()


def write(kind: Kind, rows: Iterable[Row]) -> bytes:
    """The shard that holds ``rows`` in this order."""
    return encode(pa.Table.from_pylist([asdict(row) for row in rows], schema=SCHEMAS[kind]))


def encode(table: pa.Table) -> bytes:
    """Our one encoding of these rows, however many pieces they were read in: pages end where pieces do."""
    return to_parquet(table.combine_chunks())


def read_table(
    source: Source,
    schema: pa.Schema,
    *,
    name: str = "shard",
    columns: Sequence[str] | None = None,
    within: Bounds | None = None,
) -> pa.Table:
    """The table in ``source``, whose schema must equal ``schema`` exactly; for a file from outside, ``within`` bounds.

    Raises:
        SchemaError: not Parquet, damaged, with a missing, extra or differently typed column, or out of bounds.
    """
    with _in_our_words(name):
        folded = _dictionary_columns(source, schema, name, within)
        with _opened(source, read_dictionary=folded) as file:
            if within:
                return pa.concat_tables(_row_groups(file, schema, within, columns, name))
            table = file.read(columns=columns, use_threads=False)
            table.validate(full=True)
            return table


def batches(
    source: Source, schema: pa.Schema, *, name: str, within: Bounds, rows: int = _BATCH_ROWS
) -> Iterator[pa.RecordBatch]:
    """The table in ``source``, a file from outside, in batches of ``rows``; each is bounded as ``within`` says, and so is their sum.

    Raises:
        SchemaError: as ``read_table``; batches may have come before.
    """
    with _in_our_words(name):
        folded = _dictionary_columns(source, schema, name, within)
        with _opened(source, read_dictionary=folded) as file:
            for batch in bounds.batches(file, rows):
                plain, _ = _plain(batch, schema, name, within)
                yield plain
                within = replace(within, decoded_bytes=within.decoded_bytes - plain.nbytes)


@contextmanager
def _in_our_words(name: str) -> Iterator[None]:
    """Arrow's errors about the file ``name`` as SchemaError."""
    try:
        yield
    except pa.ArrowMemoryError as error:
        raise SchemaError(
            f"{name} needs more memory than it may have: {error}", code="check-limit"
        ) from error
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SchemaError(
            f"{name} is not a readable Parquet file: {error}", code="unreadable-shard"
        ) from error


def _dictionary_columns(source: Source, schema: pa.Schema, name: str, within: Bounds | None) -> list[str]:
    """What to read as dictionaries of a file whose claims and schema are right: where there are bounds, all that has a length."""
    with _opened(source) as file:
        if not within:
            refuse_other_schema(file.schema_arrow, schema, name)
            return []
        bounds.refuse_counts(file.metadata, within, name)
        refuse_other_schema(file.schema_arrow, schema, name)
        data = source.read_bytes() if isinstance(source, Path) else source[:]
        footers.refuse_other_histograms(data, file.schema, name)
        bounds.refuse_sizes(file.metadata, within, name)
        return bounds.dictionary_columns(file.schema)


def _row_groups(
    file: pq.ParquetFile, schema: pa.Schema, within: Bounds, columns: Sequence[str] | None, name: str
) -> Iterator[pa.Table]:
    """The tables of a file whose strings are read as dictionaries: of lists, only those of one row group at a time can be."""
    wanted = schema if columns is None else pa.schema([schema.field(column) for column in columns])
    yield wanted.empty_table()
    decoded = 0
    for number in range(file.num_row_groups):
        table = file.read_row_group(number, columns=columns, use_threads=False)
        rest = replace(within, decoded_bytes=within.decoded_bytes - decoded)
        plain, size = _plain(table, schema, name, rest)
        decoded += size
        yield plain


def _plain(rows: Any, schema: pa.Schema, name: str, within: Bounds) -> tuple[Any, int]:
    """A table or batch, valid and with plain values, and the bytes that its values take, after they were measured."""
    rows.validate(full=True)
    size = bounds.refuse_values(rows, within, name)
    rows = rows.cast(pa.schema([schema.field(column) for column in rows.schema.names]))
    rows.validate(full=True)
    return rows, size


def _opened(source: Source, **options: Any) -> pq.ParquetFile:
    """The file, after a look at its first bytes.

    Raises:
        SchemaError: it is recognisably something else (``disguised-file``).
    """
    if not isinstance(source, Path) and (disguise := _disguise(source[:_HEAD_BYTES])):
        raise SchemaError(f"This is {disguise}, not a Parquet file.", code="disguised-file")
    return pq.ParquetFile(
        source if isinstance(source, Path) else pa.BufferReader(pa.py_buffer(source)),
        memory_map=isinstance(source, Path),
        page_checksum_verification=True,
        arrow_extensions_enabled=False,
        pre_buffer=False,  # buffering ahead starts threads, which a memory limit turns into an abort
        thrift_string_size_limit=_THRIFT_STRING_BYTES,
        thrift_container_size_limit=_THRIFT_CONTAINER_ITEMS,
        **options,
    )


def _disguise(data: bytes) -> str:
    if data.startswith(_MAGIC):
        return ""
    if file_kinds.looks_like_a_link(data):
        return "a line of text, as a symbolic link or a path would be"
    return file_kinds.kind(data)


def refuse_other_schema(actual: pa.Schema, expected: pa.Schema, name: str) -> None:
    """Raise SchemaError naming the first column that is missing, extra or of another type."""
    missing = [column for column in expected.names if column not in actual.names]
    extra = [column for column in actual.names if column not in expected.names]
    if missing:
        raise SchemaError(f"{name} lacks the column {missing[0]!r}.", code="column-missing")
    if extra:
        raise SchemaError(f"{name} has a column {extra[0]!r} that does not belong.", code="column-extra")
    if len(actual.names) != len(expected.names):
        raise SchemaError(f"{name} has a column twice.", code="column-extra")
    for field in expected:
        if actual.field(field.name).type != field.type:
            raise SchemaError(
                f"Column {field.name!r} of {name} is {_short(actual.field(field.name).type)}, not {field.type}.",
                code="column-type",
            )
    if actual.names != expected.names:
        raise SchemaError(f"The columns of {name} stand in another order.", code="column-order")


def _short(actual: pa.DataType) -> str:
    """The type in words; a hostile one may be nested without end."""
    text = str(actual)
    return text if len(text) <= _MAX_TYPE_CHARACTERS else f"{text[:_MAX_TYPE_CHARACTERS]}…"


def row_count(path: Path) -> int:
    """The number of rows the footer of ``path`` claims."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SchemaError(
            f"{path.name} is not a readable Parquet file: {error}", code="unreadable-shard"
        ) from error


def read(kind: Kind, source: bytes | Path, *, name: str = "shard") -> list[Row]:
    """The rows of a shard.

    Raises:
        SchemaError: as ``read_table``, and for a null where a row must have a value.
    """
    row_type, table = ROW_TYPES[kind], read_table(source, SCHEMAS[kind], name=name)
    refuse_nulls(table, name)
    return [row_type.from_row(row) for row in table.to_pylist()]


def refuse_nulls(rows: pa.Table | pa.RecordBatch, name: str) -> None:
    """Only a title, and the parts of a source, may be missing."""
    for column in rows.column_names:
        values = rows.column(column)
        if column != "title" and values.null_count:
            raise SchemaError(f"{name} has a row without {column}.", code="value-missing")
        if pa.types.is_list(values.type) and pc.list_flatten(values).null_count:
            raise SchemaError(f"{name} has an empty place in {column}.", code="value-missing")


def write_openings(openings: Iterable[dict[str, Any]]) -> bytes:
    """The table of (commitment, id, salt) of one contribution, in row order."""
    return encode(pa.Table.from_pylist(list(openings), schema=OPENINGS))


def read_openings(source: bytes | Path, *, name: str = "openings") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_table(source, OPENINGS, name=name).to_pylist()
    refuse_malformed_openings(rows, name)
    return rows


def refuse_malformed_openings(rows: Iterable[dict[str, Any]], name: str) -> None:
    """Raise SchemaError (``openings-malformed``) for a row that neither opens a commitment nor was erased."""
    for row in rows:
        if row["commitment"] is None or (row["id"] is None) != (row["salt"] is None):
            raise SchemaError(
                f"{name} has a row that neither opens nor was erased.", code="openings-malformed"
            )
