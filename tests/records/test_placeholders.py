"""Placeholders: whole values that stand for nothing, and values that only look as if they did."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.records import placeholders

NOTHING = (
    *("", " ", "\n\t", '""', "''", "[]", "{}", "()", "« »"),
    *("NaN", "nan", "-nan", "NA", "None", "none.", "N/A", "n/a", "n.a.", "N. A.", "(n/a)", '"N/A"', "null", "NULL", "NaT", "Nil"),
    *("\\N", "\\\\N", "#N/A", "#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "<NA>", "-1.#IND", "[object Object]", "undefined"),
    *("-", "--", "–", "—", "?", "???", "...", "…", ".", "_", "/", "**", " - - "),
    *("TODO", "todo:", "T.B.D.", "TBD", "tba", "xxx", "XXXX", "[placeholder]", "Coming soon!", "<your text here>"),
    *("not available", "Not applicable.", "No description available", "k. A.", "Keine Angabe", "sans objet", "н/д", "无", "なし", "없음"),
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "lorem ipsum",
    "LOREM IPSUM DOLOR SIT AMET " * 300,
    "Lorem ipsum dolor sit amet, pharetra vivamus turpis nullam quam, egestas ultricies.",
)  # fmt: skip
SOMETHING = (
    *(
        "0",
        "x",
        "xx",
        "1",
        "N",
        "no",
        "yes",
        "A.",
        "Na+",
        "C/A",
        ".na",
        "§",
        "∅",
        "€",
        "😀",
        "!",
        "[",
        "%",
        "$",
        "~",
        "((",
        "名",
    ),
    "NaN is a value that equals nothing, itself included.",
    "None of the planets has rings of iron.",
    "N/A means not applicable.",
    "TODO lists keep what is still to be done.",
    "- one\n- two",
    "Unknown to him, the door was open.",
    "Name",
    "Lorem ipsum is a filler text that designers use to show how a page will look once there are words for it.",
    "Lorem is a village.",
    "Nanna",
)


@pytest.mark.parametrize("value", NOTHING)
def test_a_whole_value_that_stands_for_nothing_is_a_placeholder(value: str) -> None:
    assert placeholders.is_placeholder(value)
    assert placeholders.is_placeholder(f' "{value}" \n')


@pytest.mark.parametrize("value", SOMETHING)
def test_a_value_that_says_something_is_none(value: str) -> None:
    assert not placeholders.is_placeholder(value)


@pytest.mark.parametrize(
    ("title", "text", "stands_for_nothing"),
    [
        ("NULL", "The moon orbits the Earth.", True),
        ("-", "The moon orbits the Earth - and the Earth the sun.", True),
        ("N/A", "Iron rusts.", True),
        ("", "Iron rusts.", True),
        ("Moon", "The moon orbits the Earth.", False),
        ("NaN", "NaN is a value that equals nothing.", False),
        ("None", "The constant `None` of Python.", False),
        ("N/A", "It is read as n/a, not available.", False),
        ("-", "The sign `-` subtracts.", False),
        (".", "# .\n\n> An alias of `source`.", False),
        ("todo", "# todo\n\nA manager of tasks.", False),
    ],
)
def test_a_title_stands_for_nothing_unless_the_text_speaks_of_it(
    title: str, text: str, stands_for_nothing: bool
) -> None:
    assert placeholders.is_placeholder_title(title, text) == stands_for_nothing


def test_a_headword_is_told_from_what_a_program_wrote() -> None:
    assert [title for title in ("nan", "none", "null", "NaN", "None", "NULL", "n/a", "-") if placeholders.may_be_headword(title)] == [
        "nan",
        "none",
        "null",
    ]  # fmt: skip


@given(st.text())
def test_any_value_is_judged(value: str) -> None:
    assert placeholders.is_placeholder(value) in (True, False)


def test_a_long_value_is_judged_in_bounded_steps() -> None:
    """A step for each character takes milliseconds; one for each pair of them would take minutes."""
    before = time.process_time()
    for piece in ("-", "x", '"', "lorem ipsum ", "n/", "\\", "[", ". ", "?!"):
        placeholders.is_placeholder(piece * (200_000 // len(piece)) + "!a")
    assert time.process_time() - before < 20
