"""The container of a shard: the Parquet file around the rows, every byte of which must be ours or say the truth about them.

Rows are read and checked; what lies around them is not, and is read by everybody all the same: metadata that ``datasets`` obeys,
statistics by which filters leave rows out, bytes that make the file a web page as well. So a file is either what our writer makes of
its rows, or what another version of it could have: the same schema, zstd, no metadata of anybody, every byte in a page, an index or the
footer, and each figure the one that the rows give. A landing writes the rows anew in any case (``shards.encode``).

    containers.refuse_foreign(data, table, name)            in the sandbox, once ``table`` was read from ``data`` within bounds
"""

from __future__ import annotations

import re
from itertools import pairwise

import pyarrow as pa

from commons.errors import SchemaError
from commons.records import column_chunks, footers, leaf_columns, shards
from commons.records.column_chunks import Span
from commons.records.parquet_metadata import refuse_untrue, some_of
from commons.records.thrift import Struct

_CREATED_BY = re.compile(rb"parquet-cpp-arrow version [0-9][0-9A-Za-z.+-]{0,30}")
_VERSIONS = (1, 2)  # of the format, as footers number it


def refuse_foreign(data: bytes, table: pa.Table, name: str) -> None:
    """Refuse a file that is not our writer's, of this version or another; ``table`` is what was read from it.

    Raises:
        SchemaError: ``foreign-metadata``, ``foreign-encoding``, ``bytes-outside-pages`` or ``false-statistics``; ``check-limit`` where the
            memory does not suffice.
    """
    try:
        ours = shards.encode(table)
        if data != ours:
            _refuse_unaccounted(data, table, footers.read(ours)[0])
    except SchemaError as error:
        raise SchemaError(f"{name} is not a file of our writer: {error.message}.", code=error.code) from error
    except pa.ArrowMemoryError as error:
        raise SchemaError(
            f"{name} needs more memory than it may have: {error}", code="check-limit"
        ) from error


def _refuse_unaccounted(data: bytes, table: pa.Table, ours: Struct) -> None:
    """Account for every byte of ``data``; ``ours`` is the footer of our own encoding of the same rows."""
    footer, start = footers.read(data)
    if not _CREATED_BY.fullmatch(footer["created_by"]) or footer["version"] not in _VERSIONS:
        raise SchemaError("another program wrote it", code="foreign-metadata")
    if some_of(footer, ("schema", "column_orders")) != some_of(ours, ("schema", "column_orders")):
        raise SchemaError("its schema says more than the columns need", code="foreign-metadata")
    groups = footer["row_groups"]
    counts = [group["num_rows"] for group in groups]
    if min(counts, default=0) < 0 or not footer["num_rows"] == sum(counts) == table.num_rows:
        raise SchemaError("it counts other rows than it has", code="false-statistics")
    spans = [(0, len(footers.MAGIC)), (start, len(data))]
    row = 0
    for ordinal, (group, count) in enumerate(zip(groups, counts, strict=True)):
        spans += _row_group(data, group, ordinal, table.slice(row, count), ours["schema"])
        row += count
    if any(end != start for (_, end), (start, _) in pairwise(sorted(spans))):
        raise SchemaError("bytes lie between its parts, or parts overlap", code="bytes-outside-pages")


def _row_group(data: bytes, group: Struct, ordinal: int, rows: pa.Table, schema: list[Struct]) -> list[Span]:
    """The spans of the file that a row group takes, which holds ``rows``."""
    leaves = list(leaf_columns.of(rows))
    kinds = [element["type"] for element in schema if "type" in element]
    if len(group["columns"]) != len(leaves):
        raise SchemaError("a row group has other columns than the schema", code="foreign-metadata")
    spans = [
        span
        for chunk, leaf, kind in zip(group["columns"], leaves, kinds, strict=True)
        for span in column_chunks.spans(data, chunk, leaf, kind)
    ]
    columns = [chunk["metadata"] for chunk in group["columns"]]
    truth = {
        "total_byte_size": sum(column["total_uncompressed_size"] for column in columns),
        "total_compressed_size": sum(column["total_compressed_size"] for column in columns),
        "file_offset": column_chunks.start_of(columns[0]),
        "ordinal": ordinal,
    }
    refuse_untrue(some_of(group, truth), truth, "a row group")
    return spans
