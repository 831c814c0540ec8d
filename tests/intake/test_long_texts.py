"""Long texts: parted where a reader would part them, and nothing but blanks is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.intake import long_texts


def plain(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_a_text_that_fits_is_one_part() -> None:
    assert long_texts.parts("  One.\n\nTwo. ", max_bytes=100) == ["One.\n\nTwo."]


def test_paragraphs_stay_whole_and_as_many_as_fit_stay_together() -> None:
    text = "First one.\n\nSecond.\n \nThird is longer."
    assert long_texts.parts(text, max_bytes=20) == ["First one.\n\nSecond.", "Third is longer."]


def test_a_paragraph_that_is_too_long_is_parted_at_sentences() -> None:
    text = "Short.\n\nThe first sentence. The second one? A third!\n\nEnd."
    assert long_texts.parts(text, max_bytes=21) == [
        "Short.",
        "The first sentence.",
        "The second one?",
        "A third!",
        "End.",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("水は氷になる。氷は水になる。", ["水は氷になる。", "氷は水になる。"]),
        ("पानी जमता है। बर्फ़ है।", ["पानी जमता है।", "बर्फ़ है।"]),
    ],
)
def test_a_sentence_ends_as_its_script_ends_it(text: str, parts: list[str]) -> None:
    assert long_texts.parts(text, max_bytes=max(len(part.encode()) for part in parts)) == parts


def test_a_word_without_end_is_parted_between_letters_and_their_marks() -> None:
    letter = "a\u0301\u0323"
    parts = long_texts.parts(letter * 10, max_bytes=7)
    assert parts == [letter] * 10


@given(st.text(max_size=300), st.integers(4, 60))
def test_every_part_fits_and_nothing_but_blanks_is_left_out(text: str, most: int) -> None:
    parts = long_texts.parts(text, max_bytes=most)
    assert all(part and len(part.encode()) <= most for part in parts)
    assert plain("".join(parts)) == plain(text)
