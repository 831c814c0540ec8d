"""Passage windows: pieces of whole sentences that hold one another and begin where the question's words are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commons.evidence import passage_windows
from commons.evidence.passage_windows import PieceWords, Span

TEXT = "One is here. Two stands there. The fox is red. Four follows it. Five ends."


def words_of(*words: str) -> passage_windows.WordsOf:
    def of(texts: Sequence[str]) -> PieceWords:
        present = np.array([[word in text for word in words] for text in texts], np.bool_)
        return PieceWords(present.reshape(len(texts), len(words)), np.ones(len(words), np.float32))

    return of


def test_the_first_is_the_sentence_that_has_the_words_and_each_holds_the_one_before() -> None:
    windows = [span.of(TEXT) for span in passage_windows.of(TEXT, words_of("fox", "Two"))]
    assert windows[:3] == [
        "Two stands there.",
        "Two stands there. The fox is red.",
        "Two stands there. The fox is red. Four follows it.",
    ]
    assert windows[-1] == TEXT


def test_without_words_it_is_the_beginning() -> None:
    assert passage_windows.of(TEXT, words_of())[0].of(TEXT) == "One is here."
    assert passage_windows.of(TEXT, words_of("owl"))[0].of(TEXT) == "One is here."


def test_inside_of_a_sentence_it_is_cut_between_words_and_around_the_words() -> None:
    text = "word " * 50 + "the red fox " + "word " * 50 + "end."
    (sentence,) = passage_windows.of(text, words_of("fox"))
    windows = passage_windows.within(text, sentence, words_of("fox"))
    assert "fox" in windows[0].of(text)
    assert set(windows[0].of(text).split()) <= {"word", "the", "red", "fox"}


def test_a_letter_keeps_its_marks() -> None:
    text = "กำ่" * 200
    for span in passage_windows.within(text, Span(0, len(text)), words_of()):
        assert text[span.start] == "ก"


@given(st.text("ab .!。\n\u0301é眼", max_size=300), st.sampled_from(["a", "b", "眼", ""]))
def test_windows_grow_to_the_whole_text(text: str, word: str) -> None:
    windows = passage_windows.of(text, words_of(word))
    for inner, outer in pairwise(windows):
        assert outer.start <= inner.start <= inner.end <= outer.end
        assert outer != inner
    assert windows[-1].of(text).strip() == text.strip()
    for span in passage_windows.within(text, windows[0], words_of(word)):
        assert windows[0].start <= span.start <= span.end <= windows[0].end
