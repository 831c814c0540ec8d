"""Variants: what differs in spelling, number, spacing or the order of a list says the same; what only looks so does not."""

from __future__ import annotations

import pytest

from commons.records.likeness import variants


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("diarrhoea", "diarrhea"),
        ("colours", "color"),
        ("organised", "organized"),
        ("organises", "organize"),
        ("centres", "center"),
        ("analyse", "analyze"),
        ("travelled", "traveled"),
        ("defence", "defense"),
        ("catalogues", "catalog"),
        ("sulphates", "sulfate"),
        ("tyres", "tire"),
        ("cities", "city"),
        ("potatoes", "potato"),
        ("boxes", "box"),
    ],
)
def test_spellings_and_the_plural_of_a_word_are_one_word(first: str, second: str) -> None:
    assert variants.spelling(first) == variants.spelling(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("male", "female"),
        ("hypotension", "hypertension"),
        ("plane", "plan"),
        ("virus", "viral"),
        ("324", "325"),
        ("glass", "gas"),
    ],
)
def test_other_words_stay_apart(first: str, second: str) -> None:
    assert variants.spelling(first) != variants.spelling(second)


def test_the_rules_are_those_of_english() -> None:
    assert variants.spelling("colours", "fr") == "colours"
    assert variants.canonical(["the", "cats"], "en") == ["cat"]
    assert variants.canonical(["the", "cats"], "nl") == ["the", "cats"]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("It holds iron, zinc and copper in traces.", "It holds copper, iron and zinc in traces.", True),
        ("Paris, Rome and Oslo are capitals.", "Oslo, Paris, and Rome are capitals.", True),
        ("Red wine and white wine", "White wine and red wine", True),
        ("A male tiger and a female lion", "A male lion and a female tiger", False),
        ("Ann met Bob.", "Bob met Ann.", False),
        ("Ann, then Bob", "Bob, then Ann", False),
        ("Iron, zinc", "Iron, zinc", False),  # no other order
        ("", "", False),
    ],
)
def test_a_list_in_another_order_is_the_same_list_and_a_swap_is_none(
    first: str, second: str, same: bool
) -> None:
    assert variants.relisted(first, second, "en") == same
    assert variants.relisted(second, first, "en") == same
