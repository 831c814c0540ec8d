"""The figures' audit: what a builder says of an index is measured again, and believed within the stated tolerance only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from support.audited import Audited
from support.embedder import TinyEmbedder

from commons.index import manifest
from commons.index.build import figure_audit
from commons.index.build.model_audit import ModelChecks

QUALITIES = ("ndcg_at_10", "recall_at_10", "mrr_at_10")


def edited(made: Audited, change: Callable[[Any], object]) -> Audited:
    value = json.loads(made.manifest_path.read_bytes())
    change(value)
    made.manifest_path.write_bytes(manifest.to_json(value))
    return made


def measured(made: Audited, embedder: Any) -> list[str]:
    return made.audit(ModelChecks(embedder, 0, measure=True)).problems


class TestMeasuringAgain:
    def test_what_a_build_measured_holds_and_is_named(self, whole: Audited, embedder: Any) -> None:
        result = whole.audit(ModelChecks(embedder, 0, measure=True))
        assert result.problems == []
        assert result.measured_again == 9
        (note,) = result.notes
        assert note.startswith("figures measured again to within 0.01 and what one question moves: ")
        for name in (
            "pools.open.recall",
            "pools.by-sa.recall",
            "fusion.languages.en.dense_weight",
            "quality.all",
        ):
            assert name in note

    def test_without_it_each_figure_is_named_as_not_measured(self, whole: Audited) -> None:
        (sentence,) = [text for text in whole.audit().assumptions if "not measured again" in text]
        for name in ("pools.open.recall", "pools.open.k_factor", "fusion", "quality.notes"):
            assert name in sentence

    @pytest.mark.parametrize("figure", QUALITIES)
    @pytest.mark.parametrize("leg", ["dense", "keywords", "hybrid"])
    def test_a_better_quality_than_there_is(
        self, leg: str, figure: str, artifact_copy: Audited, embedder: Any
    ) -> None:
        def raise_it(value: Any) -> None:
            figures = value["quality"]["all"][leg]
            figures[figure] = figures[figure] + 0.2 if figures[figure] < 0.7 else figures[figure] - 0.2

        (problem,) = measured(edited(artifact_copy, raise_it), embedder)
        assert problem.startswith(f"quality.all.{leg}.{figure}: ")

    def test_a_better_recall_than_there_is(self, artifact_copy: Audited, embedder: Any) -> None:
        def lower(value: Any) -> None:
            value["pools"]["open"]["recall"]["at_10"] = 0.5

        (problem,) = measured(edited(artifact_copy, lower), embedder)
        assert problem.startswith("pools.open.recall.at_10: 0.5000, and measured again ")

    def test_more_effort_than_is_needed(self, artifact_copy: Audited, embedder: Any) -> None:
        def double(value: Any) -> None:
            value["pools"]["open"]["k_factor"] *= 2

        (problem,) = measured(edited(artifact_copy, double), embedder)
        assert problem.startswith("pools.open.k_factor")

    def test_another_weight_than_the_best(self, artifact_copy: Audited, embedder: Any) -> None:
        def words_alone(value: Any) -> None:
            english = value["fusion"]["languages"]["en"]
            english["dense_weight"] = 1.0 if english["dense_weight"] != 1.0 else 0.0

        problems = measured(edited(artifact_copy, words_alone), embedder)
        assert any(problem.startswith("fusion.languages.en.dense_weight: ") for problem in problems)

    @pytest.mark.parametrize("leg", ["dense", "keywords", "hybrid"])
    def test_a_better_probe_than_there_is(self, leg: str, artifact_copy: Audited, embedder: Any) -> None:
        def raise_it(value: Any) -> None:
            figures = value["fusion"]["languages"]["en"]["probe"]
            figures[leg] = figures[leg] + 0.2 if figures[leg] < 0.7 else figures[leg] - 0.2

        (problem,) = measured(edited(artifact_copy, raise_it), embedder)
        assert problem.startswith(f"fusion.languages.en.probe.{leg}: ")

    def test_a_probe_of_when_there_were_other_records_lasts_and_is_said_to_be_unchecked(
        self, artifact_copy: Audited, embedder: Any
    ) -> None:
        def more(value: Any) -> None:
            value["fusion"]["languages"]["en"]["probe"]["records"] += 5

        result = edited(artifact_copy, more).audit(ModelChecks(embedder, 0, measure=True))
        assert result.problems == []
        assert (
            "fusion.languages.en.probe: it was made of 105 records, and there are 100 now" in result.unchecked
        )

    def test_a_figure_may_differ_in_its_last_digits(self, artifact_copy: Audited, embedder: Any) -> None:
        def nudge(value: Any) -> None:
            for figures in value["quality"]["all"].values():
                for figure in QUALITIES:
                    figures[figure] -= 0.004

        assert measured(edited(artifact_copy, nudge), embedder) == []

    def test_another_engine_gives_nearly_the_same_figures(self, whole: Audited) -> None:
        class OtherEngine(TinyEmbedder):
            def embed_questions(self, texts: Any, **options: Any) -> Any:
                made = super().embed_questions(texts, **options)
                made += np.random.default_rng(3).normal(scale=0.002, size=made.shape).astype(np.float32)
                return made / np.linalg.norm(made, axis=1, keepdims=True)

        assert measured(whole, OtherEngine()) == []

    def test_another_model_is_a_problem_and_nothing_is_measured_with_it(
        self, whole: Audited, make_embedder: Any
    ) -> None:
        result = whole.audit(ModelChecks(make_embedder(salt="other"), 0, measure=True))
        assert result.problems == ["the index was built with another model than tests/tiny is here"]
        assert result.measured_again == 0


def test_the_fewer_questions_the_more_one_of_them_may_move() -> None:
    assert figure_audit.tolerance(10) == pytest.approx(0.11)
    assert figure_audit.tolerance(500) == pytest.approx(0.012)
