"""Foreign Parquet to raw rows.

Dates and times become text, as ISO 8601 writes them and in UTC: Python's own know neither every year nor, without files of the system's,
every zone.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commons.errors import InputError, SchemaError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow
from commons.records import bounds
from commons.records.bounds import Bounds

_BATCH_ROWS = 1000
_UNFOLDED_ROWS = 50  # at a time, because each may be as large as a value may be
# A file of one's own, or a Hub dataset's: larger than a contribution may be, so that what is too much can be said row by row.
PARQUET = Bounds(
    rows=10_000_000,
    row_groups=100_000,
    values=100_000_000,
    decoded_bytes=raw_rows.MAX_DECODED_BYTES,
    value_bytes=16 * 1024**2,
    columns=10_000,
)


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:  # noqa: ARG001
    """See ``formats.ReadableFormat``."""
    try:
        yield from raw_rows.refuse_empty(
            _rows(pa.py_buffer(data), name), name, hint="Its schema is there, and no data."
        )
    except SchemaError as error:
        raise InputError(
            error.message, code=error.code, hint="Split the file, or write it with other settings."
        ) from error
    except pa.ArrowException as error:
        raise InputError(
            f"{name} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error
    except (OSError, UnicodeDecodeError) as error:  # pyarrow's words for damaged pages
        raise InputError(f"{name} is damaged: {first_line(error)}", code="file-damaged") from error


def _rows(data: pa.Buffer, name: str) -> Iterator[TableShape | RawRow]:
    """Strings are read as dictionaries and measured before they are unfolded, so that a small file cannot fill the memory."""
    short = PurePath(name).name
    number = 0
    with pq.ParquetFile(pa.BufferReader(data), arrow_extensions_enabled=False, pre_buffer=False) as file:
        bounds.refuse_claims(file.metadata, PARQUET, short)
        folded = bounds.dictionary_columns(file.schema)
        _refuse_double_columns(file.schema_arrow.names, name)
        yield TableShape(tuple(file.schema_arrow.names), "Parquet")
    with pq.ParquetFile(
        pa.BufferReader(data), arrow_extensions_enabled=False, pre_buffer=False, read_dictionary=folded
    ) as file:
        decoded = 0
        for batch in bounds.batches(file, _BATCH_ROWS):
            left = replace(PARQUET, decoded_bytes=PARQUET.decoded_bytes - decoded)
            decoded += bounds.refuse_values(batch, left, short)
            for start in range(0, batch.num_rows, _UNFOLDED_ROWS):
                for values in _without_times(batch.slice(start, _UNFOLDED_ROWS)).to_pylist():
                    number += 1
                    yield RawRow(number, values)


def _refuse_double_columns(names: list[str], name: str) -> None:
    if double := next((column for column, count in Counter(names).items() if count > 1), None):
        raise InputError(f"{name} has the column {double!r} twice.", code="file-format")


def _without_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    for place, field in enumerate(batch.schema):
        values = batch.column(place)
        for step in (_zoneless, _textual):
            if step(values.type) != values.type:
                values = values.cast(step(values.type), safe=False)
        if pa.types.is_temporal(field.type) and pa.types.is_string(values.type):
            values = pc.replace_substring_regex(values, r"\.0+$", "")  # as Python writes a whole second
        if values.type != field.type:
            batch = batch.set_column(place, field.name, values)
    return batch


def _zoneless(kind: pa.DataType) -> pa.DataType:
    """The type with times as UTC, which is how they are stored; a zone is for showing them, and would be looked up in files."""
    return pa.timestamp(kind.unit) if pa.types.is_timestamp(kind) else _within(kind, _zoneless)


def _textual(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_duration(kind):
        return pa.int64()  # in its own unit
    return pa.string() if pa.types.is_temporal(kind) else _within(kind, _textual)


def _within(kind: pa.DataType, step: Callable[[pa.DataType], pa.DataType]) -> pa.DataType:
    """A nested type whose parts were changed by ``step``; any other as it is."""
    if pa.types.is_struct(kind):
        return pa.struct([kind.field(n).with_type(step(kind.field(n).type)) for n in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(step(kind.key_type), step(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(step(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(step(kind.value_type)))
    return kind  # Parquet knows no other list


def load() -> None:
    """Read one file with a value of each kind, for a process that can open nothing afterwards."""
    now = datetime(2000, 1, 1, tzinfo=UTC)
    sample = {
        "text": pa.array(["x"]),
        "number": pa.array([1.5]),
        "exact": pa.array([1], pa.decimal128(5, 2)),
        "bytes": pa.array([b"x"]),
        "time": pa.array([now], pa.timestamp("ns", "UTC")),
        "list": pa.array([[{"date": now.date()}]]),
        "map": pa.array([[("k", now.time())]], pa.map_(pa.string(), pa.time64("us"))),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(sample), sink)
    pa.enable_signal_handlers(False)
    list(rows(sink.getvalue(), "sample", ReadingOptions()))
