"""The words of a question: cut as the index cuts them, in every script, and looked for in the sentences of a text."""

from __future__ import annotations

import numpy as np
import pytest

from commons.index import word_coverage
from commons.index.keyword_fields import Text
from commons.index.word_statistics import Statistics

NOWHERE = Statistics([], {})  # no keyword index


def covered(question: str, text: str, lang: str = "en", title: str | None = None) -> list[float]:
    """The share of the question's words in each sentence."""
    words = word_coverage.of(question, NOWHERE, {lang})
    return [float(np.round(row.mean(), 2)) for row in words.sentences(Text(title, text, lang))]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("The eye sees. Pressure causes glaucoma.", "en"),
        ("今天很热。青光眼由压力引起。", "zh"),
        ("यह आँख है। दबाव से ग्लूकोमा होता है।", "hi"),
        ("هل هذه عين؟ الضغط يسبب الزرق", "ar"),
        ("ဤသည်မျက်စိ။ ဖိအား", "my"),
    ],
)
def test_sentences_end_where_their_script_ends_them(text: str, lang: str) -> None:
    assert len(covered("x", text, lang)) == 2


def test_a_number_with_a_point_is_one_sentence() -> None:
    assert len(covered("area", "The area is 1.5 acres.")) == 1


@pytest.mark.parametrize(
    ("question", "text", "lang"),
    [
        ("What causes glaucoma?", "Glaucoma is caused by pressure.", "en"),
        ("Was verursacht Glaukome?", "Druck verursachte das Glaukom.", "de"),
        ("青光眼", "青光眼由压力引起", "zh"),
        ("火", "森林大火", "zh"),
        ("ग्लूकोमा क्या है", "दबाव से ग्लूकोमा", "hi"),
    ],
)
def test_words_are_found_as_the_index_finds_them(question: str, text: str, lang: str) -> None:
    assert covered(question, text, lang) == [1.0]


def test_a_title_counts_to_each_sentence() -> None:
    assert covered("glaucoma pressure", "Pressure. Age.", title="Glaucoma") == [1.0, 0.5]


@pytest.mark.parametrize("question", ["", "the of and", "What is it?", "😀", "+ - ( ) : *"])
def test_a_question_that_says_nothing_has_no_words(question: str) -> None:
    assert word_coverage.of(question, NOWHERE, {"en"}).words == ()


def test_what_is_silent_in_one_language_speaks_in_another() -> None:
    words = word_coverage.of("why do bees die", NOWHERE, {"en", "de"}).words
    assert [word.key for word in words] == ["bees", "die"]


def test_names_and_numbers_are_known_as_such() -> None:
    words = word_coverage.of("Did Ku70 bind in Bhutan 1999 twice", NOWHERE, {"en"})
    named = [word.key for word, name in zip(words.words, words.names.tolist(), strict=True) if name]
    assert named == ["ku70", "bhutan", "1999"]


def test_a_very_long_question_is_judged_by_its_first_words() -> None:
    words = word_coverage.of(" ".join(f"w{n}" for n in range(9999)), NOWHERE, {"en"})
    assert len(words.words) == word_coverage.MAX_WORDS
