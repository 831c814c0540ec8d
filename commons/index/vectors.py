"""Vector files: one Parquet file a data shard and embedder, rows in the shard's order.

    index/<embedder>/vectors/<digest of the data shard>.parquet     id, scale (float32), vector (d int8)

A vector is its int8 codes times its scale, and the scale makes its length 1. That is a quarter of float32 and half of float16; the cosine
of a MiniLM vector with its copy is above 0.9999, and what it costs in recall stands in ``scripts/bench/index.md``. The index is built
from these files and from nothing else, so it is exact with respect to what is published. Manifests of version 1 name files of float16.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commons.arrays import Vectors
from commons.errors import IndexArtifactError
from commons.records import shards

_LARGEST_CODE = 127


class Encoding(StrEnum):
    """How a vector file holds its numbers."""

    INT8 = "int8"
    FLOAT16 = "float16"


def schema(dimension: int, encoding: Encoding = Encoding.INT8) -> pa.Schema:
    if encoding is Encoding.FLOAT16:
        halves = pa.list_(pa.field("element", pa.float16()), dimension)
        return pa.schema([("id", pa.string()), ("vector", halves)])
    # Where nothing may be null, Parquet reads a fifth faster.
    columns = [("id", pa.string()), ("scale", pa.float32()), ("vector", _codes(dimension))]
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])


def write(ids: Sequence[str], vectors: Vectors) -> bytes:
    """Parquet bytes of (n, d) ``vectors`` of length 1, row i belonging to ``ids[i]``.

    Raises:
        IndexArtifactError: a number that is not finite, or a vector without direction (``vector-not-finite``).
    """
    dimension = vectors.shape[1]
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=0)  # (n, 1)
    wrong = ~np.isfinite(vectors).all(axis=1) | (largest[:, 0] == 0)
    if wrong.any():
        raise IndexArtifactError(
            f"The vector of {ids[int(wrong.argmax())]} is not finite or has no direction.",
            hint="Look at the text of that record, or build with another engine: commons build --engine reference",
            code="vector-not-finite",
        )
    codes = np.rint(vectors * (_LARGEST_CODE / largest)).astype(np.int8)
    scale = 1 / np.sqrt(np.square(codes, dtype=np.float32).sum(axis=1, dtype=np.float64))
    column = pa.FixedSizeListArray.from_arrays(pa.array(codes.reshape(-1)), type=_codes(dimension))
    table = pa.Table.from_arrays(
        [pa.array(ids, pa.string()), pa.array(scale.astype(np.float32)), column], schema=schema(dimension)
    )
    return shards.to_parquet(table, keep_arrow_schema=True)  # Parquet itself has no fixed-size lists


def read(
    source: bytes | Path,
    *,
    dimension: int,
    ids: Sequence[str],
    name: str,
    encoding: Encoding = Encoding.INT8,
) -> Vectors:
    """(n, d) float32, checked to belong to exactly these record ids in this order.

    Raises:
        SchemaError: another dimension or another kind of file.
        IndexArtifactError: ``vectors-mismatch``, or ``vector-not-finite`` for numbers no writer of ours leaves behind.
    """
    actual_ids, vectors = read_all(source, dimension=dimension, name=name, encoding=encoding)
    if actual_ids != list(ids):
        raise IndexArtifactError(
            f"{name} holds vectors of other records than its shard.",
            hint="Build it again: commons build --publish",
            code="vectors-mismatch",
        )
    return vectors


def ids_in(source: Path, dimension: int) -> pa.ChunkedArray:
    """The ids in a vector file of ours; its vectors are not looked at.

    Raises:
        SchemaError: another dimension or another kind of file.
    """
    return shards.read_table(source, schema(dimension), name=source.name, columns=["id"])["id"]


def read_all(
    source: bytes | Path, *, dimension: int, name: str, encoding: Encoding = Encoding.INT8
) -> tuple[list[str], Vectors]:
    """The ids in a vector file and their (n, d) float32; see ``read`` for the errors."""
    table = shards.read_table(source, schema(dimension, encoding), name=name)
    flat = table["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
    vectors = np.ascontiguousarray(flat, dtype=np.float32).reshape(-1, dimension)
    if encoding is Encoding.INT8:
        scale = table["scale"].to_numpy(zero_copy_only=False).reshape(-1, 1)
        finite = (scale > 0) & (scale <= 1)  # the greatest code of a vector of length 1 is 127
    else:
        scale, finite = np.float32(1), np.isfinite(vectors)
    if table.num_rows != len(vectors) or not finite.all():  # a list that is null has no numbers at all
        raise IndexArtifactError(f"{name} holds a vector that is not finite.", code="vector-not-finite")
    vectors *= scale
    return table["id"].to_pylist(), vectors


def _codes(dimension: int) -> Any:
    return pa.list_(pa.field("element", pa.int8(), nullable=False), dimension)
