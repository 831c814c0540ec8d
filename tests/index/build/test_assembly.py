"""Materials: a pool's records, whole, in runs, or at even distances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.commons_on_disk import founded, record
from support.embedder import TinyEmbedder

from commons import layout
from commons.index.build import assembly
from commons.index.build.assembly import Materials, Member
from commons.index.keyword_fields import Text
from commons.layout import Kind


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
            built.files[layout.vectors_path(slug, shard.digest)],
            "",
            file.rows,
        )
        for number, (shard, file) in enumerate(
            zip(commons.snapshot.shards(Kind.RECORD), built.manifest.data, strict=True)
        )
    ]
    return Materials(slug, "open", members, embedder.dimension, {})


def whole(materials: Materials) -> list[Text]:
    return [text for run in materials.runs() for text in run.texts()]


@pytest.mark.parametrize("step", range(1, 11))
def test_texts_at_even_distances_are_those_of_the_whole(materials: Materials, step: int) -> None:
    """Wherever the shards end."""
    assert list(materials.spread_texts(step)) == list(enumerate(whole(materials)))[::step]


def test_blocks_may_begin_at_any_shard(materials: Materials) -> None:
    everything = list(materials.blocks())
    assert [len(block) for block in everything] == [3, 1, 5]
    for start in range(4):
        for expected, actual in zip(everything[start:], materials.blocks(start), strict=True):
            np.testing.assert_array_equal(expected, actual)


@pytest.mark.parametrize(
    ("rows", "firsts"), [(1, [0, 3, 4]), (3, [0, 3]), (4, [0, 4]), (5, [0]), (9, [0]), (10, [0])]
)
def test_runs_end_where_enough_rows_stand_and_none_is_left_out(
    rows: int, firsts: list[int], materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = whole(materials)
    monkeypatch.setattr(assembly, "RUN_ROWS", rows)
    assert [run.first for run in materials.runs()] == firsts
    assert whole(materials) == texts


def test_a_pool_without_records_has_one_empty_run(materials: Materials) -> None:
    (run,) = replace(materials, members=[]).runs()
    assert (run.first, list(run.texts())) == (0, [])
