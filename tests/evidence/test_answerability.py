"""Answerability: signals of a ranking, the chance they speak of, and the bands it is cut into."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.evidence import answerability, logistic
from commons.evidence.answerability import COMMITTED, SIGNALS, Band, Traces

# Three words, the last the rarest and a name; the first hit has them all in its second sentence.
WHOLE = Traces(
    rarities=np.array([1, 2, 3], np.float32),
    unknown=np.array([False, False, False]),
    names=np.array([False, False, True]),
    records=100,
    scores=np.array([0.9, 0.5, 0.4], np.float32),
    cosines=np.array([0.8, 0.6, 0.5], np.float32),
    keywords=np.array([1, 0.2, 0], np.float32),
    read=(np.array([[True, False, False], [True, True, True]]), np.array([[True, False, False]])),
)


def signal(traces: Traces, name: str) -> float:
    return float(answerability.raw_signals(traces)[list(SIGNALS).index(name)])


class TestSignals:
    def test_a_sentence_with_all_words_covers_the_question(self) -> None:
        assert signal(WHOLE, "sentence_coverage") == pytest.approx(1)
        assert signal(WHOLE, "weight_missing") == pytest.approx(0)
        assert signal(WHOLE, "names_coverage") == 1

    def test_words_count_by_their_rarity(self) -> None:
        common = replace(WHOLE, read=(np.array([[True, True, False]]),))
        rare = replace(WHOLE, read=(np.array([[False, False, True]]),))
        assert signal(common, "record_coverage") == pytest.approx(0.5)
        assert signal(rare, "record_coverage") == pytest.approx(0.5)
        assert signal(common, "names_coverage") == 0

    def test_words_in_several_sentences_cover_the_record_and_no_sentence(self) -> None:
        apart = replace(WHOLE, read=(np.array([[True, True, False], [False, False, True]]),))
        assert signal(apart, "record_coverage") == pytest.approx(1)
        assert signal(apart, "sentence_coverage") == pytest.approx(0.5)

    def test_the_lead_is_that_of_the_first_over_the_second(self) -> None:
        assert signal(WHOLE, "lead") == pytest.approx(0.4)
        alone = replace(
            WHOLE, scores=WHOLE.scores[:1], cosines=WHOLE.cosines[:1], keywords=WHOLE.keywords[:1]
        )
        assert signal(alone, "lead") == 0

    def test_the_first_hits_and_the_best_by_words_are_read(self) -> None:
        assert answerability.to_read([0.1, 0.2, 0.0, 1.0]) == [0, 1, 3]
        assert answerability.to_read([1.0]) == [0]
        assert answerability.to_read([]) == []

    def test_they_are_finite_without_any_word_in_common(self) -> None:
        none = replace(WHOLE, keywords=np.zeros(3, np.float32), read=(np.zeros((1, 3), np.bool_),))
        assert np.isfinite(answerability.signals(none)).all()


class TestBands:
    def test_more_of_the_question_in_the_record_is_never_less_certain(self) -> None:
        less = replace(WHOLE, read=(np.array([[True, False, False]]),), keywords=np.zeros(3, np.float32))
        whole, part = (COMMITTED.confidence(answerability.signals(traces)) for traces in (WHOLE, less))
        assert whole > part

    @given(st.floats(0, 1))
    def test_every_chance_has_a_band_and_they_are_in_order(self, chance: float) -> None:
        order = [Band.NOT_KNOWN, Band.RELATED, Band.ANSWERS]
        place = order.index(COMMITTED.band(chance))
        assert place == (chance >= COMMITTED.known_from) + (chance >= COMMITTED.answers_from)

    def test_each_band_has_a_sentence(self) -> None:
        assert set(answerability.SENTENCES) == set(Band)


class TestFitting:
    def test_it_finds_what_made_the_truth(self) -> None:
        random = np.random.default_rng(1)
        signals = random.normal(size=(4000, 2))
        truth = (random.random(4000) < 1 / (1 + np.exp(-(0.5 + 2 * signals[:, 0])))).astype(np.float64)
        fitted = logistic.fit(signals, truth, np.ones(4000), towards=np.zeros(3), strength=1)
        assert fitted == pytest.approx([0.5, 2, 0], abs=0.15)

    def test_without_examples_it_stays_where_it_is_held(self) -> None:
        prior = np.array([0.1, -2.0, 3.0])
        none = np.zeros((1, 2)), np.zeros(1), np.zeros(1)
        assert logistic.fit(*none, towards=prior, strength=30) == pytest.approx(prior)

    def test_separable_examples_give_finite_coefficients(self) -> None:
        signals = np.array([[-1.0], [1.0]] * 50)
        fitted = logistic.fit(
            signals, (signals[:, 0] > 0) * 1.0, np.ones(100), towards=np.zeros(2), strength=1
        )
        assert np.isfinite(fitted).all()


@pytest.mark.parametrize(
    ("sentences", "has"), [([[1, 0], [0, 1]], True), ([[1, 0], [1, 0]], False), ([[1, 1]], True)]
)
def test_a_hit_that_has_every_word_is_told_from_one_that_lacks_one(
    sentences: list[list[int]], has: bool
) -> None:
    traces = replace(WHOLE, read=(np.array(sentences, np.bool_),))
    assert answerability.has_all_words(traces) == has
