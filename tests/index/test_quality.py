"""The measures of retrieval quality, against scikit-learn and against what can be worked out on paper."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.metrics import ndcg_score

from commons.index import quality
from commons.index.quality import Quality

IDS = [f"kr1{number}" for number in range(30)]
rankings = st.permutations(IDS)
answers = st.sets(st.sampled_from(IDS), min_size=1)


@given(ranked=rankings, relevant=answers)
def test_ndcg_is_that_of_scikit_learn(ranked: list[str], relevant: set[str]) -> None:
    truth = np.array([[float(name in relevant) for name in ranked]])
    scores = np.array([[float(len(ranked) - place) for place in range(len(ranked))]])
    assert quality.ndcg(ranked, relevant) == pytest.approx(ndcg_score(truth, scores, k=10), abs=1e-12)


@given(ranked=rankings, relevant=answers)
def test_recall_and_reciprocal_rank_are_what_their_definitions_say(
    ranked: list[str], relevant: set[str]
) -> None:
    first = ranked[:10]
    assert quality.recall(ranked, relevant) == len(relevant.intersection(first)) / len(relevant)
    places = [first.index(name) + 1 for name in relevant if name in first]
    assert quality.reciprocal_rank(ranked, relevant) == (1 / min(places) if places else 0)


@given(ranked=rankings, relevant=answers, moved=st.integers(1, 9))
def test_moving_a_relevant_record_up_never_lowers_a_measure(
    ranked: list[str], relevant: set[str], moved: int
) -> None:
    better = list(ranked)
    if ranked[moved] in relevant:
        better[moved - 1], better[moved] = better[moved], better[moved - 1]
    for of in (quality.ndcg, quality.recall, quality.reciprocal_rank):
        assert of(better, relevant) >= of(ranked, relevant)


# ranking, relevant -> nDCG@10, recall@10, MRR@10
ON_PAPER: dict[str, tuple[list[str], set[str], tuple[float, float, float]]] = {
    "the answer first": (["a", "b"], {"a"}, (1, 1, 1)),
    "the answer second": (["b", "a"], {"a"}, (1 / math.log2(3), 1, 1 / 2)),
    "one of two answers": (["a", "b"], {"a", "z"}, (1 / (1 + 1 / math.log2(3)), 1 / 2, 1)),
    "the answer eleventh": ([*"bcdefghijk", "a"], {"a"}, (0, 0, 0)),
    "nothing found": ([], {"a"}, (0, 0, 0)),
    "more answers than places": ([*"abcdefghij"], {*"abcdefghijklmnopqrst"}, (1, 1 / 2, 1)),
    "an answer named twice": (["a", "a", "a"], {"a", "b"}, (1 / (1 + 1 / math.log2(3)), 1 / 2, 1)),
    "a repetition does not push the answer out": ([*["b"] * 10, "a"], {"a"}, (1 / math.log2(3), 1, 1 / 2)),
}


@pytest.mark.parametrize("name", ON_PAPER)
def test_what_can_be_worked_out_on_paper(name: str) -> None:
    ranked, relevant, expected = ON_PAPER[name]
    means = quality.measure([ranked], [relevant])
    assert means is not None
    assert (means.ndcg_at_10, means.recall_at_10, means.mrr_at_10) == pytest.approx(expected, abs=1e-12)


def test_the_measures_are_means_over_questions_in_any_order() -> None:
    cases = [(ranked, relevant) for ranked, relevant, _ in ON_PAPER.values()]
    means = quality.measure(*zip(*cases, strict=True))
    random.Random(7).shuffle(cases)  # noqa: S311 - an order, not a secret
    assert quality.measure(*zip(*cases, strict=True)) == means
    assert means is not None
    assert means.recall_at_10 == pytest.approx(np.mean([measures[1] for _, _, measures in ON_PAPER.values()]))


def test_questions_that_nothing_answers_are_counted_but_not_judged() -> None:
    means = quality.measure([["a"], ["b"], ["c"]], [{"a"}, set(), set()])
    assert means == Quality(questions=1, ndcg_at_10=1, recall_at_10=1, mrr_at_10=1, unanswerable=2)
    assert quality.measure([["a"]], [set()]) is None
    assert quality.measure([], []) is None


def test_a_ranking_for_every_question() -> None:
    with pytest.raises(ValueError, match="zip"):
        quality.measure([["a"]], [{"a"}, {"b"}])


def test_quality_is_read_back_as_it_was_and_holds_nothing_else() -> None:
    made = Quality(questions=3, ndcg_at_10=0.1, recall_at_10=1 / 3, mrr_at_10=0.7)
    assert Quality.model_validate_json(made.model_dump_json()) == made
    for wrong in ({"ndcg_at_10": 1.1}, {"mrr_at_10": "nan"}, {"questions": 0}, {"pickle": "x"}):
        with pytest.raises(ValidationError):
            Quality.model_validate({**made.model_dump(), **wrong})


def test_about_half_of_the_questions_are_held_out() -> None:
    reported = sum(quality.held_out(f"kq1{number}") for number in range(10_000))
    assert 4_800 < reported < 5_200  # four standard deviations of a fair coin


def test_the_halves_never_change() -> None:
    """Else a weight would be reported on questions that it was tuned on."""
    assert [quality.held_out(f"kq1{letter}") for letter in "abcdefgh"] == [
        *(True, True, False, True, True, True, False, True)
    ]
