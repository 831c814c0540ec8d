"""Arrow IPC to raw rows, as files (``.feather`` of version 2, ``.arrow``) and as streams (what ``datasets`` saves to disk)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

import pyarrow as pa

from commons.errors import InputError, SchemaError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data, arrow_values, parquet
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

_FILE_MAGIC, _FEATHER_1_MAGIC = b"ARROW1\0\0", b"FEA1"
_EMPTY_HINT = "This Arrow file has a schema and no data: write it again with the rows in it."


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    if data[: len(_FEATHER_1_MAGIC)] == _FEATHER_1_MAGIC:
        raise InputError(
            f"{name} is a Feather file of version 1, which the Arrow library no longer reads.",
            hint="Write it again as Feather 2 or as Parquet.",
            code="file-format",
        )
    with arrow_values.refusing_damage(name, "Arrow"):
        yield from raw_rows.refuse_empty(_table(pa.py_buffer(data), name, options), name, hint=_EMPTY_HINT)


def _table(
    data: pa.Buffer, name: str, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    schema = _opened(data).schema
    _refuse_wide(schema, name)

    def why_not(column: str) -> str:
        try:
            for _ in _batches(data, schema, [column]):
                pass
        except (pa.ArrowException, OSError) as error:
            return first_line(error)
        return ""

    columns, left_out = arrow_values.readable(schema.names, name, options, why_not)
    form = "Arrow file" if _is_file(data) else "Arrow stream"
    yield TableShape(tuple(schema.names), f"{form}{left_out}")
    batches = _batches(data, schema, columns)
    try:
        yield from arrow_values.rows(batches, name, arrow_values.conversions(schema, columns))
    except (pa.ArrowException, OSError):
        for column in columns:  # for Arrow does not say which it was
            with arrow_values.refusing_damage(name, "Arrow", column=column):
                for _ in _batches(data, schema, [column]):
                    pass
        raise


def _refuse_wide(schema: pa.Schema, name: str) -> None:
    if len(schema) > arrow_values.TABLE.columns:
        message = (
            f"{PurePath(name).name} has {len(schema):,} columns; {arrow_values.TABLE.columns:,} are allowed."
        )
        raise SchemaError(message, code="limit-exceeded")


def _is_file(data: pa.Buffer) -> bool:
    return bool(data[: len(_FILE_MAGIC)] == pa.py_buffer(_FILE_MAGIC))


def _opened(data: pa.Buffer, fields: list[int] | None = None) -> pa.ipc.RecordBatchStreamReader:
    options = pa.ipc.IpcReadOptions(
        included_fields=fields or [], use_threads=False, ensure_alignment=pa.ipc.Alignment.DataTypeSpecific
    )
    return (
        pa.ipc.open_file(data, options=options)
        if _is_file(data)
        else pa.ipc.open_stream(data, options=options)
    )


def _batches(data: pa.Buffer, schema: pa.Schema, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """What the file holds of these columns. Its bytes are taken as they are, so each batch is validated before it is looked at."""
    places = [schema.names.index(column) for column in columns]
    reader = _opened(data, places or [0])  # no field at all would be every one
    count = reader.num_record_batches if _is_file(data) else None
    read = 0
    while count is None or read < count:
        try:
            batch = reader.read_next_batch() if count is None else reader.get_batch(read)
        except StopIteration:
            return
        read += 1
        batch.validate(full=True)
        yield batch.select(columns)


def load() -> None:
    """See ``formats.ReadableFormat``."""
    pa.enable_signal_handlers(False)
    table = pa.table(parquet.sample())
    for make in (pa.ipc.new_file, pa.ipc.new_stream):
        sink = io.BytesIO()
        with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        list(rows(sink.getvalue(), "sample", ReadingOptions()))
    with suppress(InputError):
        list(rows(b"", "sample", ReadingOptions()))
