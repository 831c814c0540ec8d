"""Materials: a pool's records, whole or at even distances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commons.index import vectors
from commons.index.assembly import Materials, Member
from commons.records.schema import Kind
from tests.conftest import TinyEmbedder
from tests.index.commons_on_disk import founded, record


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    """Three shards of three, one and five records."""
    place: Path = tmp_path_factory.mktemp("assembly")
    commons, embedder = founded(place / "commons"), TinyEmbedder()
    for collection, count in (("a", 3), ("b", 1), ("c", 5)):
        commons.put(
            [record(f"Text {number} of {collection}") for number in range(count)], collection=collection
        )
    built = commons.build(embedder, place / "work")
    slug = embedder.identity.slug
    members = [
        Member(
            number,
            shard,
            commons.snapshot.path(shard),
            built.files[vectors.path_of(slug, shard.digest)],
            file.rows,
        )
        for number, (shard, file) in enumerate(
            zip(commons.snapshot.shards(Kind.RECORD), built.manifest.data, strict=True)
        )
    ]
    return Materials(slug, "open", members, embedder.dimension, {})


@pytest.mark.parametrize("step", range(1, 11))
def test_records_at_even_distances_are_those_of_the_whole(materials: Materials, step: int) -> None:
    """Wherever the shards end."""
    whole = list(enumerate(materials.texts()))
    assert list(materials.spread_texts(step)) == whole[::step]
    rows = list(enumerate(np.concatenate(list(materials.blocks()))))[::step]
    found = list(materials.spread_vectors(step))
    assert [number for number, _ in found] == [number for number, _ in rows]
    np.testing.assert_array_equal([vector for _, vector in found], [vector for _, vector in rows])
