"""Fusion: a ranking is always the same, and no weight is chosen that is worse than a leg alone where it was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.index import fusion, quality
from commons.index.fusion import (
    DEFAULT_WEIGHT,
    MEANING,
    WEIGHTS,
    WORDS,
    Candidates,
    JudgedQuestion,
    Weights,
)


def candidates(
    ids: list[str], cosines: list[float], keywords: list[float], language: str = "en"
) -> Candidates:
    return Candidates(
        tuple(ids),
        np.array(cosines, np.float32),
        np.array(keywords, np.float32),
        np.zeros(len(ids), np.float32),
        (language,) * len(ids),
    )


def questions(count: int, *, words_are_right: float, seed: int = 0) -> list[JudgedQuestion]:
    """Questions of which meaning finds the answer second, and words find it first in the given share and never otherwise."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        right = chance.random() < words_are_right
        words = [0.0, 1.0, 0.0] if right else [0.0, 0.0, 1.0]
        made.append(
            JudgedQuestion(candidates(["a", "b", "c"], [0.62, 0.60, 0.58], words), frozenset("b"), "en")
        )
    return made


def mean(judged: list[JudgedQuestion], weight: float) -> float:
    return sum(
        quality.ndcg(question.candidates.ids_ranked(Weights(weight)), question.relevant)
        for question in judged
    ) / len(judged)


class TestRanking:
    def test_the_score_is_the_sum_in_the_proportion_of_the_weight(self) -> None:
        pair = candidates(["a", "b"], [0.9, 0.5], [0.0, 1.0])
        assert pair.ranked(MEANING, 9) == [(pytest.approx(0.9), 0), (pytest.approx(0.5), 1)]
        assert pair.ranked(Weights(0.5), 9) == [(pytest.approx(0.75), 1), (pytest.approx(0.45), 0)]
        assert pair.ids_ranked(WORDS) == ["b", "a"]

    def test_what_has_the_rare_word_as_it_is_written_comes_first_unless_words_have_no_say(self) -> None:
        pair = Candidates(
            ("a", "b"),
            np.array([0.9, 0.2], np.float32),
            np.array([1, 0.9], np.float32),
            np.array([0, 1], np.float32),
            ("en", "en"),
        )
        assert pair.ids_ranked(Weights(0.8)) == pair.ids_ranked(WORDS) == ["b", "a"]
        assert pair.ids_ranked(MEANING) == ["a", "b"]

    def test_each_record_is_weighed_as_its_language_is(self) -> None:
        mixed = Candidates(
            ("a", "b"),
            np.array([0.9, 0.1], np.float32),
            np.array([0.2, 1], np.float32),
            np.zeros(2, np.float32),
            ("de", "hi"),
        )
        weights = Weights(0.8, {"hi": 0.25})
        assert mixed.ranked(weights, 9) == [(pytest.approx(0.775), 1), (pytest.approx(0.76), 0)]
        assert mixed.ids_ranked(Weights(0.8)) == ["a", "b"]

    @settings(max_examples=50)
    @given(data=st.data())
    def test_equal_scores_stand_in_the_order_of_ids_however_they_came(self, data: Any) -> None:
        ids = data.draw(st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, max_size=12))
        scores = {name: data.draw(st.sampled_from([(0.5, 0.0), (0.5, 0.5), (0.25, 1.0)])) for name in ids}
        weight = data.draw(st.sampled_from(WEIGHTS))
        rankings = set()
        for order in (ids, ids[::-1], sorted(ids)):
            shuffled = candidates(order, [scores[n][0] for n in order], [scores[n][1] for n in order])
            ranked = [(score, shuffled.ids[number]) for score, number in shuffled.ranked(Weights(weight), 99)]
            assert ranked == sorted(ranked, key=lambda hit: (-hit[0], hit[1]))
            rankings.add(tuple(name for _, name in ranked))
        assert len(rankings) == 1

    def test_no_more_than_asked_for(self) -> None:
        three = candidates(["a", "b", "c"], [0.1, 0.2, 0.3], [0, 0, 0])
        assert [number for _, number in three.ranked(MEANING, 2)] == [2, 1]
        assert candidates([], [], []).ranked(Weights(), 5) == []


class TestGains:
    @settings(max_examples=60)
    @given(data=st.data())
    def test_what_a_weight_gains_is_the_ndcg_of_the_ranking_it_makes(self, data: Any) -> None:
        ids = data.draw(
            st.lists(st.text("abcdef", min_size=1, max_size=3), unique=True, min_size=1, max_size=30)
        )
        values = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
        cosines, words = ([data.draw(values) for _ in ids] for _ in range(2))
        relevant = frozenset(data.draw(st.sets(st.sampled_from([*ids, "missing"]), min_size=1, max_size=12)))
        judged = JudgedQuestion(candidates(ids, cosines, words), relevant, "en")
        expected = [mean([judged], weight) for weight in WEIGHTS]
        assert fusion.gains([judged])[0] == pytest.approx(expected)

    def test_records_in_other_languages_have_no_say(self) -> None:
        foreign = Candidates(
            ("a", "b", "c"),
            np.array([0.9, 0.5, 0.4], np.float32),
            np.array([1, 0.5, 0.1], np.float32),
            np.zeros(3, np.float32),
            ("de", "hi", "hi"),
        )
        assert fusion.gains([JudgedQuestion(foreign, frozenset("b"), "hi")]).tolist() == [
            [1.0] * len(WEIGHTS)
        ]

    def test_of_no_question_there_is_no_gain(self) -> None:
        assert fusion.gains([]).shape == (0, len(WEIGHTS))


class TestChoosing:
    def test_where_words_help_they_are_given_weight_and_no_more_than_it_takes(self) -> None:
        judged = questions(50, words_are_right=1.0)
        weight = fusion.choose(fusion.gains(judged), DEFAULT_WEIGHT)
        assert mean(judged, weight) == 1.0
        assert weight == DEFAULT_WEIGHT, "any weight below 1 finds all of them"

    def test_where_words_harm_they_are_given_none(self) -> None:
        assert fusion.choose(fusion.gains(questions(60, words_are_right=0.0)), DEFAULT_WEIGHT) == 1.0

    def test_a_model_that_reads_nothing_is_given_none(self) -> None:
        blind = [
            JudgedQuestion(
                candidates(["a", "b", "c"], [0.9, 0.1, 0.8], [0.1, 0.9, 0.2], "hi"), frozenset("b"), "hi"
            )
        ] * 30
        assert fusion.choose(fusion.gains(blind), DEFAULT_WEIGHT) <= 0.5

    def test_what_cannot_be_told_apart_stays_where_it_began(self) -> None:
        """One question of 100 for words alone, and none against: that is no reason to move far."""
        indifferent = [JudgedQuestion(candidates(["a", "b"], [0.9, 0.1], [1, 0]), frozenset("a"), "en")] * 99
        for_words = JudgedQuestion(candidates(["a", "b"], [0.9, 0.8], [0, 0.05]), frozenset("b"), "en")
        gained = fusion.gains([*indifferent, for_words])
        assert gained.mean(axis=0).argmax() == 0
        assert fusion.choose(gained, 0.8) == 0.8

    @settings(max_examples=60)
    @given(
        shares=st.lists(st.floats(0, 1), min_size=1, max_size=3),
        start=st.sampled_from(WEIGHTS),
        seed=st.integers(0, 999),
    )
    def test_neither_leg_alone_is_ever_better_by_much_than_what_is_chosen(
        self, shares: list[float], start: float, seed: int
    ) -> None:
        judged = [
            each
            for number, share in enumerate(shares)
            for each in questions(40, words_are_right=share, seed=seed + number)
        ]
        weight = fusion.choose(fusion.gains(judged), start)
        assert weight in WEIGHTS
        assert (
            mean(judged, weight) >= max(mean(judged, 0.0), mean(judged, 1.0)) - fusion.AS_GOOD_WITHIN - 1e-9
        )
