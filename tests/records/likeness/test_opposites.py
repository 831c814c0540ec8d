"""Opposites: which words deny, and which exclude each other."""

from __future__ import annotations

import pytest

from commons.records.likeness import opposites
from commons.records.likeness.words import terms


@pytest.mark.parametrize(
    ("lang", "text", "count"),
    [
        ("en", "It doesn't, and it never will.", 2),
        ("en", "It does.", 0),
        ("ja", "人がいます。", 0),
        ("ja", "人がいません。", 1),
        ("zh", "这不是鱼", 1),
        ("th", "ไม่มี", 1),
        ("eo", "Ne estas fiŝo", 0),  # a language that is not listed
    ],
)
def test_negations_are_counted_by_language(lang: str, text: str, count: int) -> None:
    assert opposites.negations(terms(text), lang) == count


@pytest.mark.parametrize(
    ("first", "second", "are"),
    [
        ("increase", "decrease", True),
        ("mg", "g", True),
        ("may", "june", True),
        ("legal", "illegal", True),
        ("hypotension", "hypertension", True),
        ("less", "fewer", False),
        ("form", "inform", False),
        ("increase", "increase", False),
        ("tower", "harbour", False),
    ],
)
def test_words_that_exclude_each_other(first: str, second: str, are: bool) -> None:
    assert opposites.opposed([first], [second]) == are
    assert opposites.opposed([second], [first]) == are
