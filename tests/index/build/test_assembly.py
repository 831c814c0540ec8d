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
from commons.index.positions import LogPlaces
from commons.layout import Kind


def lang_of(number: int) -> str:
    return ("de-AT", "en", "en-GB")[number % 3]


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    """Three shards of three, one and five records, every third of them in German."""
    place: Path = tmp_path_factory.mktemp("assembly")
    commons, embedder = founded(place / "commons"), TinyEmbedder()
    for collection, count in (("a", 3), ("b", 1), ("c", 5)):
        commons.put(
            [record(f"Text {number} of {collection}", lang=lang_of(number)) for number in range(count)],
            collection=collection,
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
    return Materials(slug, "open", members, embedder.dimension, LogPlaces({}, Path()))


def whole(materials: Materials) -> list[tuple[int, Text]]:
    """By position, of the runs of all languages."""
    return sorted((row for run in materials.runs() for row in run.texts()), key=lambda row: row[0])


@pytest.mark.parametrize("step", range(1, 11))
def test_texts_at_even_distances_are_those_of_the_whole(materials: Materials, step: int) -> None:
    """Wherever the shards end."""
    assert list(materials.spread_texts(step)) == whole(materials)[::step]


def test_blocks_may_begin_at_any_shard(materials: Materials) -> None:
    everything = list(materials.blocks())
    assert [len(block) for block in everything] == [3, 1, 5]
    for start in range(4):
        for expected, actual in zip(everything[start:], materials.blocks(start), strict=True):
            np.testing.assert_array_equal(expected, actual)


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        (1, {"de": [1, 1, 2], "en": [2, 3]}),
        (2, {"de": [2, 2], "en": [2, 3]}),
        (3, {"de": [4], "en": [5]}),
        (9, {"de": [4], "en": [5]}),
    ],
)
def test_runs_of_each_language_end_where_enough_rows_stand_and_none_is_left_out(
    rows: int, counts: dict[str, list[int]], materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "RUN_ROWS", rows)
    runs = list(materials.runs())
    for language, expected in counts.items():
        parts = [list(run.texts()) for run in runs if run.language == language]
        assert [len(part) for part in parts] == expected
        assert {text.lang[:2] for part in parts for _, text in part} == {language}
    assert [position for position, _ in whole(materials)] == list(range(materials.rows))


def test_a_run_keeps_its_key_when_others_come_behind_it(
    materials: Materials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "RUN_ROWS", 2)
    smaller = replace(materials, members=materials.members[:2])
    before, after = ({(run.language, run.key) for run in made.runs()} for made in (smaller, materials))
    assert before < after


def test_a_pool_without_records_has_no_run(materials: Materials) -> None:
    assert list(replace(materials, members=[]).runs()) == []
