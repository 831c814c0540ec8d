"""Two records are one only where nothing that they differ in may change what they say."""

from __future__ import annotations

import pytest

from commons.records.likeness.near_duplicates import ComparedText, repeats
from commons.records.schema import Record

LONG = (
    "Glaucoma is a group of diseases that can damage the eye's optic nerve and result in vision loss and blindness. It happens when fluid "
    "pressure inside the eyes rises slowly. With early treatment you can often protect your eyes against 2 of 3 serious losses of vision."
)
SENTENCE = "Whales are not fish, although they live in the sea for up to 90 years."


def record(text: str, title: str | None = None, lang: str = "en") -> ComparedText:
    return ComparedText(Record("", title, text, lang, ("science",), "CC0-1.0", ()))


SAME = {
    "other case and marks": (record(SENTENCE), record(SENTENCE.upper().replace(",", " ;"))),
    "another region of the language": (record(SENTENCE), record(SENTENCE, lang="en-GB")),
    "an article": (record("The sloth is a clawed herbivore."), record("A sloth is a clawed herbivore.")),
    "a few words more in a long text": (record(LONG), record(f"Please note this: {LONG}")),
    "a word mistyped in a long text": (record(LONG), record(LONG.replace("diseases", "diesases"))),
    "a title of its own": (record(LONG, "Glaucoma"), record(LONG, "The optic nerve")),
    "another dash between two numbers": (record("It lives 10–15 years."), record("It lives 10-15 years.")),
    "a longer title": (record(LONG, "Glaucoma"), record(LONG, "What is glaucoma?")),
}
DIFFERENT = {
    "another number": (record(LONG), record(LONG.replace("2 of 3", "2 of 4"))),
    "a number below nought": (record("Ice melts at -5 °C here."), record("Ice melts at 5 °C here.")),
    "another number in a title": (record(LONG, "Eyes in 2019"), record(LONG, "Eyes in 2020")),
    "a negation that is dropped": (record(SENTENCE), record(SENTENCE.replace("not ", ""))),
    "a negation that is dropped from a long text": (
        record(LONG.replace("you can often", "you can not often")),
        record(LONG),
    ),
    "two negations that are dropped": (
        record(LONG.replace("can damage", "can never not damage")),
        record(LONG),
    ),
    "an opposite": (record(LONG.replace("early", "late")), record(LONG)),
    "another name in a sentence": (
        record("Ada Lovelace was born in London in a cold winter."),
        record("Ada Lovelace was born in Lisbon in a cold winter."),
    ),
    "another entry of one form": (record(LONG, "Mali: glaucoma"), record(LONG, "Niger: glaucoma")),
    "another name in a long text under another title": (
        record(LONG.replace("Glaucoma", "Uveitis"), "One"),
        record(LONG, "Two"),
    ),
    "another language": (record(SENTENCE), record(SENTENCE, lang="de")),
    "another text": (record(SENTENCE), record(LONG)),
}


@pytest.mark.parametrize("name", SAME)
def test_a_copy_is_one_with_its_original(name: str) -> None:
    first, second = SAME[name]
    assert repeats(first, second)
    assert repeats(second, first)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_says_something_else_is_no_copy(name: str) -> None:
    first, second = DIFFERENT[name]
    assert not repeats(first, second)
    assert not repeats(second, first)
