"""Measuring: true recall, the least effort that is enough, legs that are dead, and halves of questions that never meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, question, record

from commons import layout
from commons.errors import IndexArtifactError
from commons.index import dense, quality, retrieval
from commons.index.build import asked_questions, judging, language_weights, measurement
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.assembly import Materials, Member
from commons.index.build.measurement import ENOUGH_RECALL, ExactNeighbours, Queries
from commons.index.dense import Dense
from commons.index.manifest import Manifest
from commons.index.positions import LogPlaces
from commons.index.retrieval import Pool
from commons.records.schema import Question

COUNT = 400
NAMES = ("granite", "basalt", "quartz", "marble", "slate", "chalk", "amber", "coral", "flint", "opal")
PROBES = {"en": language_weights.outcome(COUNT, [])}
TEXTS = [f"Of {NAMES[n % 10]} number {n}, found beside {NAMES[n // 10 % 10]}." for n in range(COUNT)]


def built(commons: CommonsOnDisk, embedder: Any, work: Path, kind: str) -> tuple[Manifest, Materials]:
    """A published artifact of one pool, and what its index was made of."""
    made = commons.build(embedder, work, kind=kind).manifest
    members = []
    for number, (data, vector_file) in enumerate(zip(made.data, made.vectors, strict=True)):
        shard = layout.parse_shard(data.path)
        assert shard
        members.append(
            Member(
                number,
                shard,
                commons.folder / data.path,
                commons.folder / vector_file.path,
                vector_file.sha256,
                data.rows,
            )
        )
    return made, Materials("tiny", "open", members, made.embedder.dimension, LogPlaces({}, Path()))


@pytest.fixture(scope="module", params=["exact", "rabitq", "ivf"])
def artifact(
    request: pytest.FixtureRequest, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Pool, Materials, str]:
    """An opened pool, what it was made of, and its factory."""
    place = tmp_path_factory.mktemp("measured")
    commons = commons_on_disk.founded(place / "commons")
    commons.put([record(text) for text in TEXTS[:150]])
    commons.put([record(text) for text in TEXTS[150:]], collection="more")
    commons.publish(commons.build(make_embedder(), place / "work", kind=request.param))
    made, materials = built(commons, make_embedder(), place / "work", request.param)
    return retrieval.open_pool(commons.folder, made, "open"), materials, made.pools["open"].factory


def vectors_of(embedder: Any, texts: Sequence[str]) -> Any:
    return embedder.embed_questions(texts)


def compared(materials: Materials, asked: Any) -> ExactNeighbours:
    return measurement.compare_exactly(materials, Queries(asked, "questions"))


class TestExactComparison:
    def test_it_finds_what_numpy_finds_and_notes_vectors_at_their_positions(
        self, artifact: tuple[Pool, Materials, str], embedder: Any
    ) -> None:
        materials = artifact[1]
        asked = vectors_of(embedder, [f"Where is {name}?" for name in NAMES])
        everything = np.concatenate(list(materials.blocks()))
        exact = compared(materials, asked)
        for vector, nearest in zip(asked, exact.nearest, strict=True):
            least = np.sort(everything @ vector)[-10]
            assert len(nearest) == 10
            assert all(everything[row] @ vector >= least - 1e-6 for row in nearest)
        assert [number for number, _ in exact.spread] == list(range(0, COUNT, COUNT // 20))
        for number, vector in exact.spread:
            np.testing.assert_array_equal(vector, everything[number])


class TestRecall:
    def test_it_is_what_numpy_finds_it_to_be_and_the_effort_is_the_least_that_is_enough(
        self, artifact: tuple[Pool, Materials, str], embedder: Any
    ) -> None:
        pool, materials, factory = artifact
        asked = vectors_of(embedder, [f"Where is {name} {n}?" for n, name in enumerate(NAMES * 4)])
        everything = np.concatenate(list(materials.blocks()))
        truth = [set(np.argsort(-(everything @ vector))[:10].tolist()) for vector in asked]
        shares = []
        for effort in dense.efforts(factory):
            index = Dense(pool.dense.index, effort)
            hits = [
                len(wanted & {row for _, row in index.search(vector, 10)})
                for vector, wanted in zip(asked, truth, strict=True)
            ]
            shares.append(sum(hits) / (10 * len(asked)))
        tried, recall = measurement.least_effort(
            pool, compared(materials, asked), factory, Queries(asked, "questions")
        )
        enough = [number for number, share in enumerate(shares) if share >= ENOUGH_RECALL]
        least = enough[0] if enough else len(shares) - 1
        assert tried.dense.effort == dense.efforts(factory)[least]
        assert recall.at_10 == pytest.approx(shares[least], abs=0.01)  # equal cosines may change places
        assert (recall.queries, recall.asked) == (40, "questions")

    def test_of_fewer_records_than_ten_all_are_found(self, make_embedder: Any, tmp_path: Path) -> None:
        commons = commons_on_disk.founded(tmp_path / "commons")
        commons.put([record(text) for text in TEXTS[:3]])
        made = commons.build(make_embedder(), tmp_path / "work").manifest
        assert made.pools["open"].recall
        assert (made.pools["open"].recall.at_10, made.pools["open"].recall.asked) == (1.0, "titles")


class TestDeadLegs:
    def test_living_ones_pass(self, artifact: tuple[Pool, Materials, str], embedder: Any) -> None:
        pool, materials, _ = artifact
        exact = compared(materials, vectors_of(embedder, NAMES))
        measurement.refuse_dead_legs(pool, materials, exact)
        measurement.refuse_dead_legs(replace(pool, words=None), materials, exact)

    def test_words_that_are_cut_in_another_way_than_they_were_indexed(
        self, artifact: tuple[Pool, Materials, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool, materials, _ = artifact
        assert pool.words
        for index in pool.words.indexes:
            backwards = {field: Reversing(cutting) for field, cutting in index._analyzers.items()}
            monkeypatch.setattr(index, "_analyzers", backwards)
        assert refused(pool, materials) == "keyword"

    def test_vectors_of_other_records(
        self, artifact: tuple[Pool, Materials, str], make_embedder: Any, tmp_path: Path
    ) -> None:
        """As when a model was changed under its name, or an index was built in another order."""
        pool, materials, _ = artifact
        path = tmp_path / "other.faiss"
        dense.build(path, dense.EXACT, 64, [make_embedder(salt="other").embed(TEXTS)])
        index = dense.library().read_index(str(path))
        assert refused(replace(pool, dense=Dense(index, dense.Effort())), materials) == "FAISS"


class Reversing:
    """Another tokenizer: every word from back to front."""

    def __init__(self, analyzer: Any) -> None:
        self._analyzer = analyzer

    def analyze(self, text: str) -> list[str]:
        return [word[::-1] + "x" for word in self._analyzer.analyze(text)]


def refused(pool: Pool, materials: Materials) -> str:
    """The leg that is called dead."""
    with pytest.raises(IndexArtifactError) as caught:
        measurement.refuse_dead_legs(pool, materials, compared(materials, next(materials.blocks())[:1]))
    assert caught.value.code == "leg-dead"
    return caught.value.message.split()[1]


@pytest.mark.parametrize("artifact", ["exact"], indirect=True)
class TestJudging:
    @pytest.fixture
    def asked(self, artifact: tuple[Pool, Materials, str], embedder: Any) -> list[AskedQuestion]:
        rows = [question(f"What of {text[3:30]}?", record(text)) for text in TEXTS[:150]]
        chosen = asked_questions.choose_questions({"x": rows[:100], "y": rows[100:]})
        made = vectors_of(embedder, [row.question for _, _, row in chosen])
        return [
            AskedQuestion(*chosen_question, vector)
            for chosen_question, vector in zip(chosen, made, strict=True)
        ]

    def test_each_question_is_tuned_on_or_reported_on_and_never_both(
        self, artifact: tuple[Pool, Materials, str], asked: list[AskedQuestion]
    ) -> None:
        verdict = judging.judge([artifact[0]], asked, PROBES)
        reported = {name: measured.hybrid.questions for name, measured in verdict.quality.items()}
        assert reported["all"] == reported["x"] + reported["y"]
        assert verdict.fusion.tuned_on + reported["all"] == len(asked)

    def test_what_is_held_out_has_no_say_in_the_weight_and_what_is_tuned_on_none_in_the_report(
        self, artifact: tuple[Pool, Materials, str], asked: list[AskedQuestion]
    ) -> None:
        before = judging.judge([artifact[0]], asked, PROBES)
        for spoil_held_out in (True, False):
            spoiled = [
                replace(question, question=unanswerable(question.question))
                if quality.held_out(question.id) is spoil_held_out
                else question
                for question in asked
            ]
            after = judging.judge([artifact[0]], spoiled, PROBES)
            if spoil_held_out:
                assert after.fusion.weights == before.fusion.weights
                assert after.quality["all"].hybrid.ndcg_at_10 == 0
            else:
                assert after.quality["all"].dense == before.quality["all"].dense
                assert after.quality["all"].keywords == before.quality["all"].keywords

    def test_without_questions_there_is_the_default_and_no_report(
        self, artifact: tuple[Pool, Materials, str]
    ) -> None:
        verdict = judging.judge([artifact[0]], [], PROBES)
        assert verdict.quality == {}
        assert verdict.fusion.tuned_on == 0


def unanswerable(row: Question) -> Question:
    return replace(row, relevant=("kr1nowhere",))


@pytest.mark.parametrize("artifact", ["exact"], indirect=True)
class TestTitles:
    def test_they_stand_for_questions_from_every_pool(self, artifact: tuple[Pool, Materials, str]) -> None:
        materials = artifact[1]
        texts = measurement.titles([materials, materials])
        by_id = sorted(TEXTS, key=lambda text: record(text).id)
        assert texts == by_id[:100] * 2

    def test_most_stay_when_more_records_come(self, artifact: tuple[Pool, Materials, str]) -> None:
        materials = artifact[1]
        smaller = replace(materials, members=materials.members[1:])
        here = {text.text for run in smaller.runs() for _, text in run.texts()}
        after = set(measurement.titles([materials]))
        assert after & here
        assert after & here <= set(measurement.titles([smaller]))
