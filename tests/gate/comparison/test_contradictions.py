"""Contradiction candidates: a small difference that turns a statement around, in several languages; and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from commons.gate.comparison.contradictions import DifferenceKind, difference

CANDIDATES = {
    DifferenceKind.NUMBERS: [
        ("en", "The tower is 324 metres high.", "The tower is 330 metres high."),
        ("en", "It has seven gates.", "It has 9 gates."),
        ("ja", "この塔の高さは324メートルです。", "この塔の高さは330メートルです。"),
    ],
    DifferenceKind.NEGATION: [
        ("en", "Whales are fish.", "Whales are not fish."),
        ("en", "It does grow here.", "It doesn't grow here."),
        ("de", "Das ist ein Fisch.", "Das ist kein Fisch."),
        ("es", "Las ballenas son peces.", "Las ballenas no son peces."),
        ("ru", "Киты рыбы.", "Киты не рыбы."),
        ("hi", "यह एक मछली है", "यह एक मछली नहीं है"),
        ("zh", "鲸鱼是一种鱼类动物", "鲸鱼不是一种鱼类动物"),
    ],
    DifferenceKind.WORDS: [
        ("en", "Marcus Aurelius was a Roman emperor.", "Marcus Aurelius was a Greek emperor.")
    ],
    DifferenceKind.ORDER: [
        ("en", "A tigon has a male tiger and a female lion.", "A tigon has a male lion and a female tiger.")
    ],
}


@pytest.mark.parametrize(
    ("kind", "case"), [(kind, case) for kind, cases in CANDIDATES.items() for case in cases]
)
def test_a_small_difference_that_turns_a_statement_around(
    kind: DifferenceKind, case: tuple[str, str, str], make_record: Any
) -> None:
    lang, *sentences = case
    first, second = (make_record(sentence, lang=lang) for sentence in sentences)
    there, back = difference(first, second), difference(second, first)
    assert there and back
    assert there.kind is back.kind is kind
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "Whales are fish."}, {"text": "WHALES are fish!"}),  # the same
        ({"text": "Whales are fish."}, {"text": "Bread is baked from flour and water."}),
        ({"text": "Whales are fish."}, {"text": "Whales are not fish.", "lang": "de"}),
        ({"title": "Mali", "text": "1,240,192 km²"}, {"title": "Niger", "text": "1,267,000 km²"}),
        ({"title": None, "text": "Exports: 5"}, {"title": "Niger", "text": "Exports: 6"}),
    ],
)
def test_other_subjects_other_languages_and_other_texts_are_no_candidates(
    first: dict[str, Any], second: dict[str, Any], make_record: Any
) -> None:
    assert difference(make_record(**first), make_record(**second)) is None


def test_what_tells_them_apart_is_said(make_record: Any) -> None:
    heights = difference(make_record("It is 3 m high."), make_record("It is 4 m high."))
    assert str(heights) == "numbers: 3 / 4"
