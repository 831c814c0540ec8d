"""The leaves of a table as Parquet stores them: repetition levels, definition levels and values, and what is true of any part of them.

Levels are those of Dremel: an entry's definition level counts the optional and repeated things above it that are there, its repetition
level the deepest list that it continues (0 begins a row). https://parquet.apache.org/docs/file-format/nestedencoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from commons.records.thrift import Struct

_Levels = npt.NDArray[np.int64]
_LENGTH_BYTES = 4  # before each value of variable length, where they stand one after another


@dataclass(frozen=True)
class LeafColumn:
    """One leaf, or the part of it that lies in a page: n entries, of which some have a value."""

    path: tuple[str, ...]  # as Parquet spells it: topic, list, element
    repetition: _Levels  # (n,)
    definition: _Levels  # (n,)
    max_repetition: int
    max_definition: int
    before: _Levels  # (n + 1,) how many values of ``values`` belong to the entries before
    values: Any  # a pyarrow array of binary, of all entries of the column
    width: int  # bytes of a value where all have the same, else 0

    def __len__(self) -> int:
        return len(self.definition)

    def part(self, start: int, stop: int) -> LeafColumn:
        return replace(
            self,
            repetition=self.repetition[start:stop],
            definition=self.definition[start:stop],
            before=self.before[start : stop + 1],
        )

    @property
    def present(self) -> Any:
        """The values of these entries, in order."""
        return self.values[int(self.before[0]) : int(self.before[-1])]

    @property
    def rows(self) -> int:
        """How many rows begin here."""
        return int(np.count_nonzero(self.repetition == 0))

    @property
    def begins_a_row(self) -> bool:
        return len(self) == 0 or self.repetition[0] == 0

    @property
    def null_count(self) -> int:
        return len(self) - len(self.present)

    @property
    def value_bytes(self) -> int:
        return pc.sum(pc.binary_length(self.present)).as_py() or 0

    @property
    def plain_bytes(self) -> int:
        """What the values take one after another."""
        return plain_bytes(self.present, self.width)

    def statistics(self) -> Struct:
        """What may be said of the values, by the names of ``parquet_metadata``."""
        values = self.present
        truth: Struct = {"null_count": self.null_count, "distinct_count": pc.count_distinct(values).as_py()}
        if len(values):
            bounds = pc.min_max(values).as_py()
            truth |= {"min_value": bounds["min"], "max_value": bounds["max"]}
            truth |= {"is_min_value_exact": True, "is_max_value_exact": True}
        return truth

    def size_statistics(self) -> Struct:
        """What may be said of their sizes and levels; a histogram of nothing but zeros is left out by writers."""
        sizes: Struct = {} if self.width else {"unencoded_byte_array_data_bytes": self.value_bytes}
        return sizes | {
            "repetition_level_histogram": _histogram(self.repetition, self.max_repetition),
            "definition_level_histogram": _histogram(self.definition, self.max_definition),
        }


def plain_bytes(values: Any, width: int) -> int:
    if width:
        return len(values) * width
    return (pc.sum(pc.binary_length(values)).as_py() or 0) + _LENGTH_BYTES * len(values)


def of(table: pa.Table) -> Iterator[LeafColumn]:
    """The leaves of ``table`` in the order of its columns. Everything in it may be missing, as in all schemas of ours."""
    for name, column in zip(table.column_names, table.combine_chunks().columns, strict=True):
        array = column.chunk(0) if column.num_chunks else pa.array([], column.type)
        entries = np.zeros(len(array), np.int64)
        yield from _shred(
            array, LeafColumn((name,), entries, entries, 0, 0, entries, array, 0), np.arange(len(array))
        )


def _shred(array: Any, above: LeafColumn, places: _Levels) -> Iterator[LeafColumn]:
    """The leaves below ``array``; ``places`` says where in it each entry lies, -1 for one that something above lacks."""
    there = places >= 0
    there[there] = pc.is_valid(array).to_numpy(zero_copy_only=False)[places[there]]
    places = np.where(there, places, -1)
    above = replace(above, definition=above.definition + there, max_definition=above.max_definition + 1)
    if pa.types.is_struct(array.type):
        for number, field in enumerate(array.type):
            yield from _shred(array.field(number), replace(above, path=(*above.path, field.name)), places)
    elif pa.types.is_list(array.type):
        yield from _shred(array.values, *_unfolded(array.offsets.to_numpy(), above, places))
    else:
        width = array.type.byte_width if pa.types.is_fixed_size_binary(array.type) else 0
        values = array.take(pa.array(places[there])).cast(pa.binary())
        yield replace(above, before=np.concatenate([[0], np.cumsum(there)]), values=values, width=width)


def _unfolded(offsets: _Levels, above: LeafColumn, places: _Levels) -> tuple[LeafColumn, _Levels]:
    """The entries of a list: one for each item, and one where there is no item."""
    lengths = np.where(places >= 0, offsets[places + 1] - offsets[places], 0)
    counts = np.maximum(lengths, 1)
    lists = np.repeat(np.arange(len(places)), counts)  # (entries,) the list of each
    number = np.arange(len(lists)) - np.repeat(np.cumsum(counts) - counts, counts)  # its number therein
    filled = (lengths > 0)[lists]
    deeper = replace(
        above,
        path=(*above.path, "list", "element"),
        repetition=np.where(number == 0, above.repetition[lists], above.max_repetition + 1),
        definition=above.definition[lists] + filled,
        max_repetition=above.max_repetition + 1,
        max_definition=above.max_definition + 1,
    )
    return deeper, np.where(filled, offsets[places[lists]] + number, -1)


def _histogram(levels: _Levels, most: int) -> list[int]:
    return np.bincount(levels, minlength=most + 1).tolist() if most else []
