"""Vector files: one Parquet file a data shard and embedder, rows in the shard's order.

    index/<embedder>/vectors/<digest of the data shard>.parquet     id, vector (d float16)

Half precision is what is published and what the index holds, so the index is exact with respect to the published vectors. Against
float32, the cosine of a MiniLM vector with its half-precision copy is above 0.999999.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from commons.errors import IndexArtifactError
from commons.records import shards

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def path_of(slug: str, shard_digest: str) -> str:
    return f"index/{slug}/vectors/{shard_digest}.parquet"


def schema(dimension: int) -> pa.Schema:
    item = pa.field("element", pa.float16())
    return pa.schema([("id", pa.string()), ("vector", pa.list_(item, dimension))])


def write(ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> bytes:
    """Parquet bytes of (n, d) ``vectors``, row i belonging to ``ids[i]``."""
    import numpy as np

    dimension = vectors.shape[1]
    half = pa.array(np.ascontiguousarray(vectors, dtype=np.float16).reshape(-1))
    item = pa.field("element", pa.float16())
    column = pa.FixedSizeListArray.from_arrays(half, type=pa.list_(item, dimension))
    table = pa.Table.from_arrays([pa.array(ids, pa.string()), column], schema=schema(dimension))
    return shards.to_parquet(table, keep_arrow_schema=True)  # Parquet itself has no fixed-size lists


def refuse_damaged(data: bytes, *, dimension: int, name: str) -> None:
    """Raise SchemaError unless ``data`` is a vector file of this dimension."""
    shards.read_table(data, schema(dimension), name=name)


def read(source: bytes | Path, *, dimension: int, ids: Sequence[str], name: str) -> npt.NDArray[np.float16]:
    """(n, d) float16, checked to belong to exactly these record ids in this order.

    Raises:
        SchemaError: another dimension or another kind of file.
        IndexArtifactError: ``vectors-mismatch``.
    """
    import numpy as np

    table = shards.read_table(source, schema(dimension), name=name)
    if table["id"].to_pylist() != list(ids):
        raise IndexArtifactError(
            f"{name} holds vectors of other records than its shard.", code="vectors-mismatch"
        )
    flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    vectors: npt.NDArray[np.float16] = np.ascontiguousarray(flat, dtype=np.float16).reshape(-1, dimension)
    return vectors
