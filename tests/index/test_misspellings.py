"""Misspellings: the distance, whose first letter is kept, and which terms are near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.index import misspellings

WORDS = st.text("abc", max_size=6)


@pytest.mark.parametrize(
    ("word", "other", "errors"),
    [
        ("bolvia", "bolivia", 1),
        ("glacoma", "glaucoma", 1),
        ("alzhiemer", "alzheimer", 1),
        ("same", "same", 0),
        ("form", "from", 1),
        ("kitten", "sitting", 3),
        ("ca", "abc", 3),
        ("", "abc", 3),
    ],
)
def test_the_distance_counts_edits_and_neighbours_that_changed_places(
    word: str, other: str, errors: int
) -> None:
    assert misspellings.distance(word, other, 3) == errors
    assert misspellings.distance(word, other, 0) == min(errors, 1)


@given(WORDS, WORDS)
def test_it_is_the_same_both_ways_and_no_less_than_the_difference_in_length(word: str, other: str) -> None:
    errors = misspellings.distance(word, other, 9)
    assert errors == misspellings.distance(other, word, 9)
    assert abs(len(word) - len(other)) <= errors <= max(len(word), len(other))


def test_near_terms_begin_with_the_same_letter_or_with_the_first_two_in_turn() -> None:
    terms = {"glaucoma": 5, "ulcer": 1, "lgaucoma": 2, "claucoma": 3, "glaucomas": 4}

    def beginning(letters: str) -> list[tuple[str, int]]:
        return [(term, count) for term, count in terms.items() if term.startswith(letters)]

    near = set(misspellings.near("glaucoma", beginning, 1))
    assert near == {(0, "glaucoma", 5), (1, "glaucomas", 4), (1, "lgaucoma", 2)}


@pytest.mark.parametrize(
    ("word", "whether"), [("bolvia", True), ("ku70", False), ("cat", False), ("x" * 99, False)]
)
def test_a_code_or_a_short_word_is_no_misspelling(word: str, whether: bool) -> None:
    assert misspellings.may_be_one(word) is whether
