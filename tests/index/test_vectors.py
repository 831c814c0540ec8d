"""Vector files: a quarter of float32, and never mistaken for those of other records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from support.some_vectors import some_vectors

from commons.errors import IndexArtifactError, SchemaError
from commons.index import vectors
from commons.index.vectors import Encoding
from commons.records import shards

DIMENSION = 128


def test_they_are_written_the_same_every_time_and_read_back_nearly_as_they_were() -> None:
    ids = [f"kr1{n}" for n in range(50)]
    made = some_vectors(50)
    data = vectors.write(ids, made)
    assert vectors.write(ids, made) == data
    back = vectors.read(data, dimension=DIMENSION, ids=ids, name="x")
    assert np.allclose(np.linalg.norm(back, axis=1), 1, atol=1e-6), "of length 1, whatever was rounded"
    assert (made * back).sum(axis=1).min() > 0.9998


def test_what_is_written_of_what_was_read_is_the_same_file() -> None:
    """So vectors that move from shard to shard do not wander."""
    ids = [str(n) for n in range(9)]
    data = vectors.write(ids, some_vectors(9))
    again = vectors.write(ids, vectors.read(data, dimension=DIMENSION, ids=ids, name="x"))
    assert again == data


def test_no_vectors_are_vectors_too() -> None:
    data = vectors.write([], np.zeros((0, DIMENSION), np.float32))
    assert vectors.read(data, dimension=DIMENSION, ids=[], name="x").shape == (0, DIMENSION)


@pytest.mark.parametrize("ids", [["b", "a"], ["a"], ["a", "b", "c"], ["a", "x"]])
def test_vectors_of_other_records_are_refused(ids: list[str]) -> None:
    data = vectors.write(["a", "b"], some_vectors(2))
    with pytest.raises(IndexArtifactError) as caught:
        vectors.read(data, dimension=DIMENSION, ids=ids, name="x")
    assert caught.value.code == "vectors-mismatch"


def test_vectors_of_another_dimension_are_refused() -> None:
    data = vectors.write(["a"], some_vectors(1))
    with pytest.raises(SchemaError):
        vectors.read(data, dimension=DIMENSION + 1, ids=["a"], name="x")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, "no direction"])
def test_what_is_no_direction_is_refused_by_the_record_it_is_of(wrong: float | str) -> None:
    made = some_vectors(3)
    made[1] = 0
    if not isinstance(wrong, str):
        made[1, 4] = wrong
    with pytest.raises(IndexArtifactError) as caught:
        vectors.write(["kr1a", "kr1b", "kr1c"], made)
    assert caught.value.code == "vector-not-finite"
    assert "kr1b" in caught.value.message


@pytest.mark.parametrize("scale", [np.nan, np.inf, 3e38, -0.01, 0])
def test_a_scale_that_makes_no_vector_is_not_read(scale: float) -> None:
    """A manifest is not signed here: its digests may fit a file no build of ours wrote. 3e38 times a code is more than a float32 holds."""
    data = vectors.write(["a"], some_vectors(1))
    table = shards.read_table(data, vectors.schema(DIMENSION))
    spoiled = table.set_column(1, "scale", [np.array([scale], np.float32)])
    with pytest.raises(IndexArtifactError) as caught:
        vectors.read(
            shards.to_parquet(spoiled, keep_arrow_schema=True), dimension=DIMENSION, ids=["a"], name="x"
        )
    assert caught.value.code == "vector-not-finite"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_vector_that_is_nothing_at_all_is_not_read(count: int) -> None:
    ids = [str(n) for n in range(count)]
    table = shards.read_table(vectors.write(ids, some_vectors(count)), vectors.schema(DIMENSION))
    field = table.schema.field("vector").with_nullable(True)
    codes = table["vector"].combine_chunks().flatten()
    column = pa.FixedSizeListArray.from_arrays(
        codes, type=field.type, mask=pa.array([False] * (count - 1) + [True])
    )
    data = shards.to_parquet(table.set_column(2, field, column), keep_arrow_schema=True)
    with pytest.raises(IndexArtifactError) as caught:
        vectors.read(data, dimension=DIMENSION, ids=ids, name="x")
    assert caught.value.code == "vector-not-finite"


def test_files_of_the_first_version_are_read() -> None:
    folder = Path(__file__).parents[1] / "golden/format-1/index/tiny/vectors"
    for path in folder.iterdir():
        ids, decoded = vectors.read_all(path, dimension=64, name=path.name, encoding=Encoding.FLOAT16)
        assert decoded.shape == (len(ids), 64)
        assert np.allclose(np.linalg.norm(decoded, axis=1), 1, atol=1e-3)
