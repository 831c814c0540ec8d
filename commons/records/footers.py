"""The footer of a Parquet file, read strictly; and what has to be known of it before pyarrow may look at its columns.

footer, start = footers.read(data)
"""

from __future__ import annotations

from typing import Any

from commons.errors import SchemaError
from commons.records import parquet_metadata, thrift
from commons.records.thrift import Struct

MAGIC = b"PAR1"
_LENGTH_BYTES = 4
_TAIL_BYTES = _LENGTH_BYTES + len(MAGIC)


def read(data: bytes) -> tuple[Struct, int]:
    """The footer, and where it begins.

    Raises:
        SchemaError: ``foreign-metadata`` for what we never write, ``bytes-outside-pages`` for a file that begins or ends otherwise.
    """
    end = len(data) - _TAIL_BYTES
    start = end - int.from_bytes(data[end : end + _LENGTH_BYTES], "little")
    if not data.startswith(MAGIC) or not data.endswith(MAGIC):
        raise SchemaError("something stands before its pages", code="bytes-outside-pages")
    return thrift.read_all(data, start, end, parquet_metadata.FOOTER), start


def refuse_other_histograms(data: bytes, schema: Any, name: str) -> None:
    """Refuse a footer whose histograms have other levels than its columns: pyarrow ends the process on them.

    ``schema`` is a ``pyarrow.parquet.ParquetSchema``.

    Raises:
        SchemaError: as ``read``, and ``false-statistics``.
    """
    try:
        for group in read(data)[0]["row_groups"]:
            _refuse_other_columns(group["columns"], schema)
    except SchemaError as error:
        raise SchemaError(f"{name} is not a file of our writer: {error.message}.", code=error.code) from error


def _refuse_other_columns(chunks: list[Struct], schema: Any) -> None:
    if len(chunks) != len(schema):
        raise SchemaError("a row group has other columns than the schema", code="foreign-metadata")
    for number, chunk in enumerate(chunks):
        column = schema.column(number)
        for levels, most in (
            ("repetition", column.max_repetition_level),
            ("definition", column.max_definition_level),
        ):
            histogram = chunk["metadata"].get("size_statistics", {}).get(f"{levels}_level_histogram", [])
            if histogram and len(histogram) != most + 1:
                raise SchemaError("a histogram has other levels than its column", code="false-statistics")
