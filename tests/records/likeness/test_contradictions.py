"""Contradiction candidates: a small difference that turns a statement around, in several languages; and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from commons.records.likeness.contradictions import DifferenceKind, difference
from tests.gate.test_truth import sample

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
        ("ja", "この町の人は毎日海で魚を食べます。", "この町の人は毎日海で魚を食べません。"),
        ("ja", "この塔は町の中で最も高い建物である。", "この塔は町の中で最も高い建物でない。"),
        ("th", "ปลาวาฬเป็นปลาชนิดหนึ่งในทะเล", "ปลาวาฬไม่เป็นปลาชนิดหนึ่งในทะเล"),
    ],
    DifferenceKind.WORDS: [
        ("en", "Marcus Aurelius was a Roman emperor.", "Marcus Aurelius was a Greek emperor.")
    ],
    DifferenceKind.OPPOSITES: [
        ("en", "Coffee increases the pressure in the eye.", "Coffee decreases the pressure in the eye."),
        ("en", "Take a dose of 5 mg.", "Take a dose of 5 g."),
        ("en", "The fair is in May.", "The fair is in June."),
        ("en", "Selling it is legal there.", "Selling it is illegal there."),
        ("en", "It comes with hypotension.", "It comes with hypertension."),
    ],
    DifferenceKind.ORDER: [
        ("en", "A tigon has a male tiger and a female lion.", "A tigon has a male lion and a female tiger."),
        ("en", "Brutus killed Caesar.", "Caesar killed Brutus."),
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
    assert there.turns_around
    assert back.turns_around
    assert (there.only_first, there.only_second) == (back.only_second, back.only_first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "Whales are fish."}, {"text": "WHALES are fish!"}),  # the same
        ({"text": "Whales are fish."}, {"text": "Bread is baked from flour and water."}),
        ({"text": "Whales are fish."}, {"text": "Whales are not fish.", "lang": "de"}),
        ({"title": "Mali", "text": "1,240,192 km²"}, {"title": "Niger", "text": "1,267,000 km²"}),
        ({"title": None, "text": "Exports: 5"}, {"title": "Niger", "text": "Exports: 6"}),
        ({"text": "Salt helps against diarrhoea."}, {"text": "Salt helps against diarrhea."}),
        ({"text": "The colour of the organised fibres"}, {"text": "The color of the organized fiber"}),
        ({"text": "A whale is a mammal."}, {"text": "Whales is the mammal."}),
        ({"text": "Send an e-mail to the web site."}, {"text": "Send an email to the website."}),
        (
            {"text": "It holds iron, zinc and copper in traces."},
            {"text": "It holds copper, iron and zinc in traces."},
        ),
        ({"text": "Red wine and white wine"}, {"text": "White wine and red wine"}),
    ],
)
def test_other_subjects_other_languages_and_other_texts_are_no_candidates(
    first: dict[str, Any], second: dict[str, Any], make_record: Any
) -> None:
    assert difference(make_record(**first), make_record(**second)) is None


LONG = (
    "The tower in the harbour was built by the guild of the town and is 324 metres high. From its platform one sees the islands in the "
    "west. It opens in May, when Ann and Bob sell tickets at the gate, and it is not lit at night."
)


@pytest.mark.parametrize(
    ("old", "new", "turns"),
    [
        ("324", "330", True),
        ("is not lit", "is lit", True),
        ("in May", "in June", True),
        ("the west", "the east", True),
        ("metres high", "miles high", True),
        ("324 metres high", "high", False),
        ("guild of the town", "people of the place", False),
        ("islands", "isles", False),
        ("is not lit at night", "has no lamps that are lit when the night has come down", False),
    ],
)
def test_of_a_long_text_only_what_can_turn_it_around_does(
    old: str, new: str, turns: bool, make_record: Any
) -> None:
    change = difference(make_record(LONG), make_record(LONG.replace(old, new)))
    assert change
    assert change.turns_around == turns


def test_in_a_long_text_two_names_that_change_places_turn_it_around_and_another_order_of_sentences_does_not(
    make_record: Any,
) -> None:
    text = f"{LONG} Brutus killed Caesar there."
    first, second, third = text.split(". ", 2)
    swapped = difference(
        make_record(text), make_record(text.replace("Brutus killed Caesar", "Caesar killed Brutus"))
    )
    moved = difference(make_record(text), make_record(f"{second}. {first}. {third}"))
    assert swapped
    assert swapped.turns_around
    assert not (moved and moved.turns_around)


def test_a_sentence_in_mostly_other_words_is_no_candidate(make_record: Any) -> None:
    change = difference(
        make_record("The Oakland Raiders play football in Las Vegas."),
        make_record("The Oakland Raiders sell many shirts in Reno."),
    )
    assert not (change and change.turns_around)


def test_what_differs_is_said_as_it_was_written(make_record: Any) -> None:
    change = difference(make_record("It organises cities."), make_record("It organises towns."))
    assert str(change) == "words: cities / towns"


def test_digits_are_not_spacing(make_record: Any) -> None:
    assert difference(make_record("It has 1 2 gates."), make_record("It has 12 gates."))


def test_what_tells_them_apart_is_said(make_record: Any) -> None:
    heights = difference(make_record("It is 3 m high."), make_record("It is 4 m high."))
    assert str(heights) == "numbers: 3 / 4"


def test_four_of_five_opposites_are_candidates_by_their_words(make_record: Any) -> None:
    """Floor of scripts/bench/repetition.md; which records are compared is the neighbours' affair."""
    pairs = [row["sentences"] for row in sample("opposites")]
    changes = [difference(*map(make_record, sentences)) for sentences in pairs]
    assert sum(change is not None and change.turns_around for change in changes) >= 0.75 * len(pairs)
