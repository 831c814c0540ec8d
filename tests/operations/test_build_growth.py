"""A build over time: what moves is not embedded again, what goes is gone, what is asked for is what is made, and quality has a history."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, question, record

from commons import layout
from commons.index import library as libraries
from commons.index import manifest, retrieval, vectors
from commons.index.build import artifact_audit, missing_vectors
from commons.index.build.model_audit import ModelChecks
from commons.layout import Kind
from commons.operations import build, search
from commons.records import shards
from commons.records.catalogue import Filters
from commons.records.schema import Record

SUBJECTS = ("glacier", "volcano", "orchard", "harbour", "library", "comet", "violin", "beetle")
PLACES = ("Norway", "Peru", "Kenya", "Japan", "Ghana", "Chile", "Nepal", "Malta", "Cuba", "Laos")


def sentences(count: int, start: int = 0) -> list[Record]:
    pairs = itertools.islice(itertools.product(range(1000), SUBJECTS, PLACES), start, start + count)
    return [
        record(f"The {subject} of {place} was described in notebook {number}.")
        for number, subject, place in pairs
    ]


@pytest.fixture
def commons(tmp_path: Path) -> CommonsOnDisk:
    return commons_on_disk.founded(tmp_path / "commons")


def rows_of(path: Path) -> list[Any]:
    return shards.read(Kind.RECORD, path)


class TestRowsThatMove:
    def test_a_compaction_embeds_nothing(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        """Two shards become one, in another order; whether their vectors are known from here or from what was published."""
        parts = [commons.put(sentences(5)), commons.put(sentences(7, start=5))]
        before = commons.build(make_embedder(), tmp_path / "work")
        commons.publish(before)
        known = dict(zip(*_vectors(before), strict=True))
        rows = [row for path in parts for row in rows_of(path)]
        for path in parts:
            path.unlink()
        commons.put(rows[::-1])
        for work in (tmp_path / "work", tmp_path / "elsewhere"):
            again = make_embedder()
            planned = build.plan(commons.snapshot, make_embedder(), work)
            after = commons.build(again, work)
            assert (planned.to_embed, planned.reused, after.embedded) == (0, 12, 0)
            assert again.calls == []
            ids, moved = _vectors(after)
            assert ids == [row.id for row in rows[::-1]]
            assert all(np.array_equal(known[name], vector) for name, vector in zip(ids, moved, strict=True))

    def test_a_shard_that_grew_embeds_only_what_is_new_in_it(
        self, commons: CommonsOnDisk, embedder: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        path = commons.put(sentences(6))
        commons.build(make_embedder(), tmp_path / "work")
        path.unlink()
        commons.put([*sentences(6)[:4], *sentences(3, start=20)])
        assert commons.build(embedder, tmp_path / "work").embedded == 3
        assert embedder.calls == [3]

    def test_what_was_withdrawn_is_in_no_file_of_the_artifact(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        secret = record("Xylophonist Quetzalcoatl lives at the old mill.")
        path = commons.put([*sentences(5), secret])
        commons.publish(commons.build(make_embedder(), tmp_path / "work"))
        assert _by_words(commons, "Quetzalcoatl") == [5]
        path.unlink()
        commons.put(sentences(5))
        embedder = make_embedder()
        built = commons.build(embedder, tmp_path / "work")
        commons.publish(built)
        assert embedder.calls == []
        assert built.manifest.records == 5
        assert secret.id not in _vectors(built)[0]
        assert _by_words(commons, "Quetzalcoatl") == []
        for file in (commons.folder / "index").rglob("*"):
            assert file.is_dir() or secret.id.encode() not in file.read_bytes(), file
        library = libraries.open_library(commons.snapshot, embedder)
        hits = search.find(library, "Xylophonist Quetzalcoatl", k=50).hits
        assert {hit.record.id for hit in hits} == {row.id for row in sentences(5)}


def _vectors(built: build.BuiltIndex) -> tuple[list[str], Any]:
    parts = [
        vectors.read_all(built.files[file.path], dimension=64, name="x") for file in built.manifest.vectors
    ]
    return [name for ids, _ in parts for name in ids], np.concatenate([made for _, made in parts])


def _by_words(commons: CommonsOnDisk, question: str) -> list[int]:
    """Positions that the keyword index of the published artifact finds."""
    made = manifest.parse((commons.folder / layout.manifest_path("tiny")).read_bytes())
    words = retrieval.open_pool(commons.folder, made, "open").words
    assert words
    return [row for _, row in words.search(question, 9)]


class TestKilledBetweenSlices:
    def test_finished_slices_of_a_long_shard_are_kept_and_tidied_away_at_the_end(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(missing_vectors, "_SLICE_RECORDS", 4)
        commons.put(sentences(14))
        first = make_embedder()

        def die(label: str, done: int, total: int) -> None:
            if len(first.calls) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            commons.build(first, tmp_path / "work", progress=die)
        assert build.plan(commons.snapshot, make_embedder(), tmp_path / "work").to_embed == 6
        second = make_embedder()
        built = commons.build(second, tmp_path / "work")
        assert second.calls == [4, 2]
        whole = commons.build(make_embedder(), tmp_path / "fresh")
        assert built.manifest.binding() == whole.manifest.binding()
        assert not list((tmp_path / "work").rglob("slice-*"))


class TestWhatIsPlanned:
    @pytest.mark.parametrize("kind", ["auto", "exact", "rabitq", "ivf"])
    def test_a_build_does_what_its_plan_says(
        self, kind: str, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        commons.put(sentences(40))
        commons.put(sentences(3, start=100), pool="by-sa")
        commons.build(make_embedder(), tmp_path / "work")
        commons.put(sentences(5, start=200))
        before = sorted((tmp_path / "work").rglob("*"))
        plan = build.plan(commons.snapshot, make_embedder(), tmp_path / "work", kind=kind)
        assert sorted((tmp_path / "work").rglob("*")) == before, "a plan leaves nothing behind"
        assert (plan.records, plan.to_embed, plan.reused, plan.shards_to_embed) == (48, 5, 43, 1)
        assert plan.seconds > 0
        built = commons.build(make_embedder(), tmp_path / "work", kind=kind)
        assert built.embedded == plan.to_embed
        assert {
            name: f"{pool.factory}, {pool.why}" for name, pool in built.manifest.pools.items()
        } == plan.pools

    def test_where_nothing_is_to_be_embedded_the_plan_takes_no_time(
        self, commons: CommonsOnDisk, embedder: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        commons.put(sentences(3))
        commons.build(make_embedder(), tmp_path / "work")
        assert build.plan(commons.snapshot, embedder, tmp_path / "work").seconds == 0
        assert embedder.calls == []


@pytest.mark.parametrize("kind", ["rabitq", "ivf"])
def test_an_approximate_index_has_a_life(
    kind: str, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
) -> None:
    """It is built with a template, answers, verifies, and a landing appends to it without learning anew; fourfold growth does."""
    rows = sentences(160)
    commons.put(rows)
    first = commons.build(make_embedder(), tmp_path / "work", kind=kind)
    commons.publish(first)
    pool = first.manifest.pools["open"]
    assert pool.template and pool.template.rows == 160
    assert pool.why == f"asked for {kind}"
    assert pool.recall and pool.recall.at_10 >= 0.9
    assert _problems(commons, make_embedder()) == []

    commons.put(sentences(20, start=400))
    grown = commons.build(make_embedder(), tmp_path / "work", kind=kind)
    commons.publish(grown)
    assert grown.manifest.pools["open"].template == pool.template
    assert _problems(commons, make_embedder()) == []
    library = libraries.open_library(commons.snapshot, make_embedder())
    for wanted in (rows[7], rows[150], sentences(1, start=410)[0]):
        assert search.find(library, wanted.text, k=1).hits[0].record.id == wanted.id
    assert len(search.find(library, "glacier", k=50, filters=Filters(topic=("science",))).hits) == 50

    commons.put(sentences(470, start=500))
    outgrown = commons.build(make_embedder(), tmp_path / "work", kind=kind)
    template = outgrown.manifest.pools["open"].template
    assert template and template.rows == 650


def _problems(commons: CommonsOnDisk, embedder: Any) -> list[str]:
    snapshot = commons.snapshot
    landed = snapshot.landings
    found = artifact_audit.audit(snapshot.folder, "tiny", snapshot.paths(), landed, ModelChecks(embedder))
    assert found.rebuilt >= 2
    assert found.embedded_again > 0
    return found.problems


class TestQuestions:
    @pytest.fixture
    def asked(self, commons: CommonsOnDisk) -> CommonsOnDisk:
        rows = sentences(80)
        commons.put(rows)
        commons.put([question(f"Who described the {row.text[4:25]}?", row) for row in rows[:60]])
        commons.put([question("What is nowhere?"), question("Which one?", rows[70])], collection="few")
        return commons

    def test_they_are_in_the_manifest_with_what_both_legs_are_worth(
        self, asked: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        made = asked.build(embedder, tmp_path / "work").manifest
        assert "notes" in made.quality
        notes = made.quality["notes"]
        assert notes.hybrid.questions == notes.dense.questions == notes.keywords.questions
        assert 15 < notes.hybrid.questions < 45, "about half are held out"
        assert made.pools["open"].recall
        assert made.pools["open"].recall.asked == "questions"
        assert made.before == {}

    def test_questions_that_land_after_the_index_are_measured_though_no_record_is_new(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        rows = sentences(30)
        commons.put(rows)
        silent = commons.build(make_embedder(), tmp_path / "work")
        commons.publish(silent)
        assert silent.manifest.quality == {}
        commons.put([question(f"Tell me of the {row.text[4:25]}", row) for row in rows[:20]])
        embedder = make_embedder()
        built = commons.build(embedder, tmp_path / "work")
        assert embedder.calls == []
        assert built.manifest.quality["notes"].hybrid.questions > 0

    def test_the_build_after_says_how_it_was_before(
        self, asked: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        first = asked.build(make_embedder(), tmp_path / "work")
        asked.publish(first)
        asked.put(sentences(5, start=300))
        second = asked.build(make_embedder(), tmp_path / "work")
        assert second.manifest.before == {
            name: measured.hybrid for name, measured in first.manifest.quality.items()
        }

    def test_nothing_new_is_the_very_same_artifact_wherever_it_is_built(
        self, asked: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        """Here the vectors of the questions are kept, elsewhere they are made again; neither moves what was chosen by them."""
        first = asked.build(make_embedder(), tmp_path / "work")
        assert first.manifest.fusion
        asked.publish(first)
        for work in ("work", "elsewhere"):
            again = asked.build(make_embedder(), tmp_path / work)
            assert again.manifest.to_bytes() == first.manifest.to_bytes()

    def test_questions_and_titles_are_embedded_once(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = sentences(30)
        commons.put(rows)
        commons.put([question(f"Tell me of the {row.text[4:25]}", row) for row in rows[:9]])
        commons.build(make_embedder(), tmp_path / "work")
        commons.put(sentences(1, start=100))
        again = make_embedder()
        made: list[int] = []
        monkeypatch.setattr(
            type(again),
            "embed_questions",
            lambda self, texts, **_: (made.append(len(texts)), self._vectors(texts))[1],
        )
        commons.build(again, tmp_path / "work")
        assert sum(made) <= 2, "at most the title of the new record, and what the probe makes of it"


def test_a_manifest_of_an_earlier_version_is_replaced_and_its_vectors_made_anew(
    commons: CommonsOnDisk, embedder: Any, tmp_path: Path
) -> None:
    golden = Path(__file__).parents[1] / "golden" / "format-1"
    shutil.copytree(golden / "data", commons.folder / "data")
    shutil.copytree(golden / "index", commons.folder / "index")
    built = commons.build(embedder, tmp_path / "work")
    assert built.manifest.version == manifest.WITH_CLUSTERS
    assert built.embedded == built.manifest.records > 0
    assert manifest.parse(built.files[layout.manifest_path("tiny")].read_bytes()) == built.manifest
