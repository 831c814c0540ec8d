"""Fusion: a ranking is always the same, and no weight is chosen that harms where it was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.index import fusion, quality
from commons.index.fusion import DEFAULT_WEIGHT, WEIGHTS, Candidates, JudgedQuestion


def candidates(ids: list[str], cosines: list[float], keywords: list[float]) -> Candidates:
    return Candidates(
        tuple(ids),
        np.array(cosines, np.float32),
        np.array(keywords, np.float32),
        np.zeros(len(ids), np.float32),
    )


def questions(count: int, *, words_are_right: float, seed: int = 0) -> list[JudgedQuestion]:
    """Questions of which meaning finds the answer second, and words find it first in the given share and never otherwise."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        right = chance.random() < words_are_right
        words = [0.0, 1.0, 0.0] if right else [0.0, 0.0, 1.0]
        made.append(JudgedQuestion(candidates(["a", "b", "c"], [0.62, 0.60, 0.58], words), frozenset("b")))
    return made


def mean(judged: list[JudgedQuestion], weight: float) -> float:
    return sum(
        quality.ndcg(question.candidates.ids_ranked(weight), question.relevant) for question in judged
    ) / len(judged)


class TestRanking:
    def test_the_score_is_the_sum_in_the_proportion_of_the_weight(self) -> None:
        pair = candidates(["a", "b"], [0.9, 0.5], [0.0, 1.0])
        assert pair.ranked(1.0, 9) == [(pytest.approx(0.9), 0), (pytest.approx(0.5), 1)]
        assert pair.ranked(0.5, 9) == [(pytest.approx(0.75), 1), (pytest.approx(0.45), 0)]
        assert pair.ids_ranked(0.0) == ["b", "a"]

    @settings(max_examples=50)
    @given(data=st.data())
    def test_equal_scores_stand_in_the_order_of_ids_however_they_came(self, data: Any) -> None:
        ids = data.draw(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=12))
        scores = {name: data.draw(st.sampled_from([(0.5, 0.0), (0.5, 0.5), (0.25, 1.0)])) for name in ids}
        weight = data.draw(st.sampled_from(WEIGHTS))
        rankings = set()
        for order in (ids, ids[::-1], sorted(ids)):
            shuffled = candidates(order, [scores[n][0] for n in order], [scores[n][1] for n in order])
            ranked = [(score, shuffled.ids[number]) for score, number in shuffled.ranked(weight, 99)]
            assert ranked == sorted(ranked, key=lambda hit: (-hit[0], hit[1]))
            rankings.add(tuple(name for _, name in ranked))
        assert len(rankings) == 1

    def test_no_more_than_asked_for(self) -> None:
        three = candidates(["a", "b", "c"], [0.1, 0.2, 0.3], [0, 0, 0])
        assert [number for _, number in three.ranked(1.0, 2)] == [2, 1]
        assert candidates([], [], []).ranked(0.8, 5) == []


class TestTuning:
    def test_below_fifty_questions_chance_would_choose_so_the_default_stands(self) -> None:
        few = questions(49, words_are_right=0.0)
        assert fusion.tune({"few": few}) == (DEFAULT_WEIGHT, 0)
        assert fusion.tune({"a": few[:25], "b": few[25:], "none": []}) == (DEFAULT_WEIGHT, 0)
        assert fusion.tune({}) == (DEFAULT_WEIGHT, 0)

    def test_where_words_help_they_are_given_weight(self) -> None:
        weight, count = fusion.tune({"all": questions(50, words_are_right=1.0)})
        assert weight < 1.0
        assert count == 50

    def test_where_words_harm_they_are_given_none(self) -> None:
        judged = questions(60, words_are_right=0.0)
        assert fusion.tune({"all": judged}) == (1.0, 60)

    def test_a_collection_that_would_lose_outweighs_one_that_would_gain_much(self) -> None:
        gains, loses = questions(500, words_are_right=1.0), questions(10, words_are_right=0.0)
        assert mean(gains, 0.8) > mean(gains, 1.0)
        weight, _ = fusion.tune({"gains": gains, "loses": loses})
        assert mean(loses, weight) >= mean(loses, 1.0)

    @settings(max_examples=60)
    @given(
        shares=st.lists(st.tuples(st.integers(0, 80), st.floats(0, 1)), min_size=1, max_size=4),
        seed=st.integers(0, 999),
    )
    def test_a_weight_is_never_chosen_that_loses_on_a_collection_and_the_best_of_the_others_is(
        self, shares: list[tuple[int, float]], seed: int
    ) -> None:
        collections = {
            str(number): questions(count, words_are_right=share, seed=seed + number)
            for number, (count, share) in enumerate(shares)
        }
        weight, count = fusion.tune(collections)
        judged = [questions for questions in collections.values() if questions]
        assert count in (0, sum(map(len, judged)))
        if not count:
            return
        assert weight in WEIGHTS
        assert all(mean(questions, weight) >= mean(questions, 1.0) for questions in judged)
        harmless = [
            w for w in WEIGHTS if all(mean(questions, w) >= mean(questions, 1.0) for questions in judged)
        ]
        best = max(sum(mean(questions, w) for questions in judged) for w in harmless)
        assert sum(mean(questions, weight) for questions in judged) == pytest.approx(best)
