"""How much a foreign Parquet file may claim and hold, asked before its values are unfolded in memory.

A kilobyte can name a 1 MiB value once and repeat it 6,000 times by its place in a dictionary; so strings are read as dictionaries
first, whose size the file itself pays for, and only what stays within bounds becomes plain values:

1. ``refuse_counts`` and ``refuse_sizes``, together ``refuse_claims``: rows, row groups, columns and bytes that the footer states;
2. ``dictionary_columns`` are read as dictionaries, and ``refuse_values`` measures each value and their sum with repetitions. Of a
   stranger's writer only ``foldable_columns`` can be; the others are read as they are, few rows at a time.

A footer may lie about what its pages hold. Against that stands the memory limit of the process that reads (``commons.sandbox``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commons.errors import SchemaError

_MIB = 1024 * 1024
_TEXTS = (pa.StringArray, pa.LargeStringArray, pa.BinaryArray, pa.LargeBinaryArray)
# What pyarrow reads into a dictionary; its reader of delta encodings cannot.
_FOLDABLE_ENCODINGS = frozenset({"PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "RLE", "BIT_PACKED"})


@dataclass(frozen=True)
class Bounds:
    """Bounds on one file. The defaults leave room for a full contribution many times over."""

    rows: int
    row_groups: int = 64
    columns: int = 256  # leaves of the schema
    values: int = 4_000_000  # of one column in one row group; lists make it more than the rows
    decoded_bytes: int = 256 * _MIB
    # A text has at most 8 KiB, and what is a little too long deserves its own finding.
    value_bytes: int = 64 * 1024


def refuse_claims(metadata: Any, bounds: Bounds, name: str) -> None:
    """Raise SchemaError (``limit-exceeded``) for a footer that announces too much."""
    refuse_counts(metadata, bounds, name)
    refuse_sizes(metadata, bounds, name)


def refuse_counts(metadata: Any, bounds: Bounds, name: str) -> None:
    """The part of ``refuse_claims`` that speaks of the file as a whole."""
    claims = [
        ("columns", metadata.num_columns, bounds.columns),
        ("rows", metadata.num_rows, bounds.rows),
        ("row groups", metadata.num_row_groups, bounds.row_groups),
    ]
    for what, actual, allowed in claims:
        _refuse(actual, allowed, what, name)


def refuse_sizes(metadata: Any, bounds: Bounds, name: str, *, leaves: Iterable[int] | None = None) -> None:
    """The part of ``refuse_claims`` that speaks of columns: of all, or of these ``leaves`` of the schema.

    The metadata of a column that is encrypted ends the process when it is looked at.
    """
    total = 0
    chosen = list(range(metadata.num_columns) if leaves is None else leaves)
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, chosen):
            _refuse(column.num_values, bounds.values, f"values in {_short(column.path_in_schema)}", name)
            total += max(0, column.total_uncompressed_size)
    _refuse(total, bounds.decoded_bytes, "bytes when decompressed", name)


def dictionary_columns(schema: Any) -> list[str]:
    """The columns of a Parquet schema that can be read as dictionaries: those of variable length."""
    columns = map(schema.column, range(len(schema)))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def foldable_columns(file: Any, leaves: Iterable[int]) -> list[str]:
    """Of these leaves of a Parquet file, those of variable length whose every chunk can be read as a dictionary."""
    metadata = file.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return [
        file.schema.column(leaf).path
        for leaf in leaves
        if file.schema.column(leaf).physical_type == "BYTE_ARRAY"
        and all(_FOLDABLE_ENCODINGS.issuperset(group.column(leaf).encodings) for group in groups)
    ]


def batches(file: Any, rows: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The batches of a Parquet file with up to ``rows`` rows; none spans two row groups, for lists read as dictionaries cannot."""
    for group in range(file.num_row_groups):
        yield from file.iter_batches(batch_size=rows, row_groups=[group], columns=columns, use_threads=False)


def refuse_values(table: pa.Table | pa.RecordBatch, bounds: Bounds, name: str) -> int:
    """The bytes that the values of ``table``, read as dictionaries or as they are, take when each stands for itself.

    Raises:
        SchemaError: ``limit-exceeded``, for one that is too long or all together.
    """
    total = 0
    for column in table.column_names:
        for leaf in _texts(table.column(column)):
            is_folded = isinstance(leaf, pa.DictionaryArray)
            lengths = pc.fill_null(pc.binary_length(leaf.dictionary if is_folded else leaf), 0)
            _refuse(
                pc.max(lengths).as_py() or 0,
                bounds.value_bytes,
                f"bytes in a value of {_short(column)}",
                name,
            )
            total += pc.sum(lengths.take(leaf.indices) if is_folded else lengths).as_py() or 0
    _refuse(total, bounds.decoded_bytes, "bytes when its dictionaries are unfolded", name)
    return total


def _texts(column: Any) -> Iterator[pa.Array]:
    """The leaves of a column that hold text or bytes, as dictionaries or as they are."""
    if isinstance(column, pa.ChunkedArray):
        for chunk in column.chunks:
            yield from _texts(chunk)
    elif isinstance(column, pa.DictionaryArray):
        if isinstance(column.dictionary, _TEXTS):
            yield column
    elif isinstance(column, _TEXTS):
        yield column
    elif isinstance(column, pa.StructArray):
        for number in range(column.type.num_fields):
            yield from _texts(column.field(number))
    elif isinstance(column, pa.ListArray | pa.LargeListArray | pa.MapArray | pa.FixedSizeListArray):
        yield from _texts(column.values)


def _refuse(actual: int, allowed: int, what: str, name: str) -> None:
    if actual > allowed:
        message = f"{name} has {actual:,} {what}; {allowed:,} are allowed."
        raise SchemaError(message, code="limit-exceeded")


def _short(path: str) -> str:
    return repr(path[:60])
