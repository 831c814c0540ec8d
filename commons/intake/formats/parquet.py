"""Foreign Parquet to raw rows: only the columns that are needed are looked at, so that no other can stand in the way."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commons.errors import InputError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data, arrow_values
from commons.intake.formats.arrow_values import Conversion
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow
from commons.records import bounds

_MAGIC = b"PAR1"
_TAIL_BYTES = 4 + len(_MAGIC)  # the length of the footer stands before it
# A nonce and a tag: https://github.com/apache/parquet-format/blob/master/Encryption.md, "Plaintext footer mode".
_SIGNATURE_BYTES = 12 + 16
_EMPTY_HINT = "This Parquet file has a schema and no data: write it again with the rows in it."


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    with arrow_values.refusing_damage(name, "Parquet"):
        yield from raw_rows.refuse_empty(_table(pa.py_buffer(data), name, options), name, hint=_EMPTY_HINT)


def _table(
    data: pa.Buffer, name: str, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    short = PurePath(name).name
    with _opened(data) as file:
        bounds.refuse_counts(file.metadata, arrow_values.TABLE, short)
        names = file.schema_arrow.names
        leaves = _leaves(file)

        def why_not(column: str) -> str:
            return _why_not(data, file, leaves, column, options)

        columns, left_out = arrow_values.readable(names, name, options, why_not)
        needed = [leaf for column in columns for leaf in leaves[column]]
        bounds.refuse_sizes(file.metadata, arrow_values.TABLE, short, leaves=needed)
        conversions = _conversions(file, columns, leaves)
        encrypted = ", of which some columns are encrypted" if _is_partly_encrypted(data, file) else ""
        yield TableShape(tuple(names), f"Parquet{encrypted}{left_out}")
        batches = _batches(data, file, columns, needed, options)
        try:
            yield from arrow_values.rows(batches, name, conversions)
        except (pa.ArrowException, OSError):
            for column in columns:  # for Arrow does not say which it was
                with arrow_values.refusing_damage(name, "Parquet", column=column):
                    _decode(data, file, leaves[column], [column], options)
            raise


def _opened(data: pa.Buffer, folded: list[str] | None = None) -> pq.ParquetFile:
    return pq.ParquetFile(
        pa.BufferReader(data), arrow_extensions_enabled=False, pre_buffer=False, read_dictionary=folded
    )


def _is_partly_encrypted(data: pa.Buffer, file: pq.ParquetFile) -> bool:
    """Whether the footer is signed, as only that of a file with encrypted columns is; which they are it does not say without an abort."""
    written = int.from_bytes(data[data.size - _TAIL_BYTES : data.size - len(_MAGIC)].to_pybytes(), "little")
    return bool(written - file.metadata.serialized_size == _SIGNATURE_BYTES)


def _leaves(file: pq.ParquetFile) -> dict[str, list[int]]:
    """The leaves of the Parquet schema by the column they belong to; they stand in the order of the columns."""
    leaves: dict[str, list[int]] = {}
    place = 0
    for field in file.schema_arrow:
        count = _leaf_count(field.type)
        leaves.setdefault(field.name, []).extend(range(place, place + count))
        place += count
    if place != len(file.schema):
        raise pa.ArrowInvalid("its schema has other columns than its footer")
    return leaves


def _leaf_count(kind: pa.DataType) -> int:
    return sum(_leaf_count(kind.field(n).type) for n in range(kind.num_fields)) if kind.num_fields else 1


def _batches(
    data: pa.Buffer, file: pq.ParquetFile, columns: list[str], leaves: list[int], options: ReadingOptions
) -> Iterator[pa.RecordBatch]:
    """Strings are read as dictionaries where these can be; where not, few rows at a time, for each may be large."""
    folded = bounds.foldable_columns(file, leaves)
    texts = [leaf for leaf in leaves if file.schema.column(leaf).physical_type == "BYTE_ARRAY"]
    most = arrow_values.BATCH_ROWS if len(folded) == len(texts) else arrow_values.UNFOLDED_ROWS
    with _opened(data, folded) as folding:
        yield from bounds.batches(folding, min(most, options.head or most), columns)


def _decode(
    data: pa.Buffer, file: pq.ParquetFile, leaves: list[int], columns: list[str], options: ReadingOptions
) -> None:
    read = 0
    for batch in _batches(data, file, columns, leaves, options):
        read += batch.num_rows
        if options.head and read >= options.head:
            return


def _why_not(
    data: pa.Buffer, file: pq.ParquetFile, leaves: dict[str, list[int]], column: str, options: ReadingOptions
) -> str:
    try:
        bounds.refuse_sizes(file.metadata, arrow_values.TABLE, "", leaves=leaves[column])
        _decode(data, file, leaves[column], [column], options)
    except (pa.ArrowException, OSError) as error:
        return first_line(error)
    return ""


def _conversions(
    file: pq.ParquetFile, columns: list[str], leaves: dict[str, list[int]]
) -> dict[str, Conversion]:
    uuids = [
        column
        for column in columns
        if len(leaves[column]) == 1 and file.schema.column(leaves[column][0]).logical_type.type == "UUID"
    ]
    return dict.fromkeys(uuids, arrow_values.as_uuid) | arrow_values.conversions(file.schema_arrow, columns)


def load() -> None:
    """Read one file with a value of each kind, for a process that can open nothing afterwards."""
    pa.enable_signal_handlers(False)
    sink = io.BytesIO()
    pq.write_table(pa.table(sample()), sink)
    list(rows(sink.getvalue(), "sample", ReadingOptions()))
    list(rows(sink.getvalue(), "sample", ReadingOptions(wanted=("number",))))
    try:
        list(rows(b"PAR1", "sample", ReadingOptions()))
    except InputError:
        return


def sample() -> dict[str, Any]:
    """Columns with a value of each kind."""
    now = datetime(2000, 1, 1, tzinfo=UTC)
    return {
        "text": pa.array(["x"]),
        "number": pa.array([1.5]),
        "exact": pa.array([Decimal(1)], pa.decimal128(5, 2)),
        "bytes": pa.array([b"x"]),
        "time": pa.array([now], pa.timestamp("ns", "UTC")),
        "list": pa.array([[{"date": now.date()}]]),
        "map": pa.array([[("k", now.time())]], pa.map_(pa.string(), pa.time64("us"))),
        "coded": pa.array(["x"]).dictionary_encode(),
    }
