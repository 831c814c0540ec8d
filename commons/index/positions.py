"""The positions table of a pool: which record each position of its index is, and what filters ask for.

It follows from the data and the log alone. ``shard`` counts in the manifest's data list; ``landed`` is when the record's contribution was
accepted, ``log_index`` the leaf of its statement and ``ordinal`` the record's place among the rows of that, which no column of a record
says. The row in the shard is no such place: rows move when others replace them. The openings keep them in order for ever.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons import layout
from commons.errors import IndexArtifactError
from commons.ledger.landings import Acceptance
from commons.records import shards
from commons.records.schema import OPENINGS

_FIRST = [
    ("id", pa.string()),
    ("shard", pa.int32()),
    ("row", pa.int32()),
    ("collection", pa.string()),
    ("license", pa.string()),
    ("lang", pa.string()),
    ("topic", pa.list_(pa.field("element", pa.string()))),
]
_SECOND = [
    *_FIRST,
    ("contributor", pa.string()),
    ("contribution", pa.string()),
    ("landed", pa.timestamp("ms", "UTC")),
]
_FOURTH = [*_SECOND, ("log_index", pa.int64()), ("ordinal", pa.int32())]
SCHEMAS = {  # by version of the manifest
    **{1: pa.schema(_FIRST), 2: pa.schema(_SECOND), 3: pa.schema(_SECOND), 4: pa.schema(_FOURTH)},
}
VERSION = max(SCHEMAS)
COLUMNS = ("id", "license", "lang", "topic", "contributor", "contribution")  # what is read of a data shard


@dataclass(frozen=True)
class LogPlaces:
    """What the log says of contributions, and the folder with their openings, which say in which order their rows were signed."""

    landed: Mapping[str, Acceptance]
    folder: Path

    def ordinals(self, ids: pa.Array, contribution: str) -> pa.Array:
        """(n,) int32: the place of each of these records in its contribution; null where no opening has it."""
        path = layout.openings_path(contribution)
        if contribution not in self.landed or not (self.folder / path).is_file():
            return pa.nulls(len(ids), pa.int32())
        opened = shards.read_table(self.folder / path, OPENINGS, name=path, columns=["id"])
        return pc.index_in(ids, value_set=opened["id"].combine_chunks())


def table_of(
    members: Iterable[tuple[int, str, pa.Table]], log: LogPlaces, *, version: int = VERSION
) -> pa.Table:
    """The table, from (number in the manifest's data list, collection, records) in index order.

    A contribution that the log does not know has neither time nor place.
    """
    schema = SCHEMAS[version]
    parts = []
    for number, collection, records in members:
        count = records.num_rows
        columns = {
            "shard": pa.repeat(pa.scalar(number, pa.int32()), count),
            "row": pa.array(np.arange(count, dtype=np.int32)),
            "collection": pa.repeat(collection, count),
            **{name: records[name] for name in ("id", "license", "lang", "topic", "contributor", "contribution")},
        }  # fmt: skip
        columns |= _of_log(records, log, with_place="ordinal" in schema.names)
        parts.append(pa.table({name: columns[name] for name in schema.names}, schema=schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _of_log(records: pa.Table, log: LogPlaces, *, with_place: bool) -> dict[str, pa.Array]:
    """The columns that the log fills. Few contributions stand in very many rows, so each is looked up once."""
    folded = records["contribution"].combine_chunks().dictionary_encode()
    names = folded.dictionary.to_pylist()
    landings = [log.landed.get(name) for name in names]
    times = pa.array([landing and landing.time for landing in landings], pa.timestamp("ms", "UTC"))
    indexes = pa.array([landing.index if landing else None for landing in landings], pa.int64())
    columns = {"landed": times.take(folded.indices), "log_index": indexes.take(folded.indices)}
    return columns | ({"ordinal": _ordinals(records["id"], folded, names, log)} if with_place else {})


def _ordinals(
    ids: pa.ChunkedArray, folded: pa.DictionaryArray, names: Sequence[str], log: LogPlaces
) -> pa.Array:
    codes = folded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")  # the rows of each contribution together
    bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
    rows = [order[start:end] for start, end in itertools.pairwise(bounds)]
    parts = [
        log.ordinals(ids.take(pa.array(here)).combine_chunks(), name)
        for here, name in zip(rows, names, strict=True)
    ]
    in_rows = pa.concat_arrays(parts) if parts else pa.array([], pa.int32())
    return in_rows.take(pa.array(np.argsort(order, kind="stable")))


def read(path: Path, *, rows: int, shards_count: int, version: int, name: str) -> pa.Table:
    """The table at ``path``.

    Raises:
        SchemaError: it is another table.
        IndexArtifactError: it has another number of rows or names shards that are not there (``index-shape``).
    """
    table = shards.read_table(path, SCHEMAS[version], name=name)
    bounds = pc.min_max(table["shard"]).as_py()
    inside = not rows or (bounds["min"] is not None and bounds["min"] >= 0 and bounds["max"] < shards_count)
    if table.num_rows != rows or table["shard"].null_count or table["id"].null_count or not inside:
        raise IndexArtifactError(f"{name} names records that are not there.", code="index-shape")
    return table
