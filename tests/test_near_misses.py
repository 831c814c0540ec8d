"""Near misses: what somebody may have meant is asked, and what nobody meant is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons import near_misses

TOPICS = ("science", "technology", "medicine", "geography", "arts", "social-science")
NEAR = {
    "sceince": ("science",),
    "Science": ("science",),
    "medicin": ("medicine",),
    "geo": ("geography",),
    "social_sciences": ("social-science",),
    "tecnology": ("technology",),
    "knitting": (),
    "x": (),
    "": (),
    "science" * 10_000: (),
}


@pytest.mark.parametrize("written", NEAR, ids=lambda written: written[:20])
def test_a_misspelt_or_shortened_name_finds_the_one_that_is_meant(written: str) -> None:
    assert near_misses.nearest(written, TOPICS)[:1] == NEAR[written]


def test_the_nearest_comes_first_and_no_more_are_named_than_asked_for() -> None:
    assert near_misses.nearest("cc-by-4", ("CC0-1.0", "CC-BY-SA-4.0", "CC-BY-4.0"))[0] == "CC-BY-4.0"
    assert near_misses.nearest("col", ("column 1", "column 2", "column 3"), most=2) == (
        "column 1",
        "column 2",
    )


def test_a_question_names_one_or_several() -> None:
    assert near_misses.question("sceince", TOPICS[:5]) == 'did you mean "science"?'
    assert (
        near_misses.question("col", ("col a", "col b", "col c"))
        == 'did you mean "col a", "col b" or "col c"?'
    )
    assert near_misses.question("col", ("col a", "col b")) == 'did you mean "col a" or "col b"?'
    assert near_misses.question("knitting", TOPICS) == ""


@given(st.text(), st.lists(st.text(), max_size=5))
def test_what_is_named_is_always_one_of_the_names(written: str, names: list[str]) -> None:
    assert set(near_misses.nearest(written, names)) <= set(names)
