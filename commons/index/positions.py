"""The positions table of a pool: which record each position of its index is, and what filters ask for.

It follows from the data and the log alone. ``shard`` counts in the manifest's data list; ``landed`` is when the record's contribution was
accepted, which no column of a record says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons.errors import IndexArtifactError
from commons.records import shards

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
SCHEMAS = {1: pa.schema(_FIRST), 2: pa.schema(_SECOND), 3: pa.schema(_SECOND)}  # by version of the manifest
COLUMNS = ("id", "license", "lang", "topic", "contributor", "contribution")  # what is read of a data shard


def table_of(
    members: Iterable[tuple[int, str, pa.Table]], landed: Mapping[str, datetime], *, version: int = 3
) -> pa.Table:
    """The table, from (number in the manifest's data list, collection, records) in index order.

    ``landed`` says when each contribution was accepted; one the log does not know has no time.
    """
    schema = SCHEMAS[version]
    parts = []
    for number, collection, records in members:
        count = records.num_rows
        columns = {
            "shard": pa.repeat(pa.scalar(number, pa.int32()), count),
            "row": pa.array(np.arange(count, dtype=np.int32)),
            "collection": pa.repeat(collection, count),
            "landed": _landed(records["contribution"], landed),
            **{name: records[name] for name in ("id", "license", "lang", "topic", "contributor", "contribution")},
        }  # fmt: skip
        parts.append(pa.table({name: columns[name] for name in schema.names}, schema=schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _landed(contributions: pa.ChunkedArray, landed: Mapping[str, datetime]) -> pa.Array:
    """Few contributions stand in very many rows, so each is looked up once."""
    folded = contributions.combine_chunks().dictionary_encode()
    times = pa.array([landed.get(name) for name in folded.dictionary.to_pylist()], pa.timestamp("ms", "UTC"))
    return times.take(folded.indices)


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
