"""Rewordings: the same in other words is one, the opposite never is however near its vector, and the same form with other names is none."""

from __future__ import annotations

from typing import Any

import pytest

from commons.embedding import loading
from commons.gate.comparison.rewordings import is_rewording
from tests.gate.test_truth import sample

PROBLEM = (
    "A robe takes 2 bolts of blue fiber and 3 bolts of white fiber. How many bolts in total does it take?"
)
REWORDED = "To make a garment one needs 2 bolts of fiber that is blue, and of white ones 3. What is their number altogether?"
LONG = (
    "Glaucoma harms the optic nerve of the eye, mostly because the fluid inside drains away too slowly, so that the pressure rises; "
    "drops"
)


@pytest.mark.parametrize(
    ("first", "second", "least"),
    [
        ({"text": PROBLEM}, {"text": REWORDED}, 0.82),  # numbers identify
        (
            {"text": PROBLEM, "title": "A robe"},
            {"text": REWORDED, "title": "How much cloth a garment takes"},
            0.94,
        ),
        (
            {"text": f"{LONG} and lasers lower it again."},
            {
                "text": "When the liquid in an eyeball cannot leave fast enough, its pressure goes up and the nerve that sees is damaged "
                "over time: that is glaucoma, and medicine brings it down."
            },
            0.90,
        ),
        (
            {"text": "Okra is good for your health."},
            {"text": "Eating okra can be part of a healthy diet."},
            0.94,
        ),
        ({"text": "Salt helps against diarrhoea."}, {"text": "Salt helps against diarrhea."}, 0.94),
    ],
)
def test_the_same_in_other_words_is_one_from_a_likeness_on(
    first: dict[str, Any], second: dict[str, Any], least: float, make_record: Any
) -> None:
    records = make_record(**first), make_record(**second)
    for pair in (records, records[::-1]):
        assert is_rewording(*pair, least)
        assert not is_rewording(*pair, least - 0.001)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "W. B. Yeats was born in London."}, {"text": "W. B. Yeats was born in Dublin."}),
        ({"text": "Whales are fish."}, {"text": "Whales are not fish."}),
        ({"text": PROBLEM}, {"text": REWORDED.replace("3", "4")}),
        (
            {"text": "Okra is good for your health."},
            {"text": "Eating okra cannot be part of a healthy diet."},
        ),
        ({"text": "Okra is good for your health."}, {"text": "Okra ist gut.", "lang": "de"}),
        (
            {"title": "What are the stages of lip cancer?", "text": f"{LONG} help."},
            {"title": "What are the stages of eye cancer?", "text": f"{LONG} help people."},
        ),
        (
            {"title": "Is migraine of type 1 inherited?", "text": f"{LONG} help."},
            {"title": "Is migraine of type 2 inherited?", "text": f"{LONG} are good."},
        ),
    ],
)
def test_what_says_something_else_is_none_however_near_it_is(
    first: dict[str, Any], second: dict[str, Any], make_record: Any
) -> None:
    assert not is_rewording(make_record(**first), make_record(**second), 0.999)


def test_no_opposite_is_a_rewording_by_the_vectors_of_the_default_model(make_record: Any) -> None:
    pairs = [row["sentences"] for row in sample("opposites")]
    model = loading.load()
    first, second = (model.embed([sentences[side] for sentences in pairs]) for side in (0, 1))
    cosines = (first * second).sum(axis=1)
    assert sum(cosines > 0.9) > 20  # they are near enough to be taken for one
    assert not [
        sentences
        for sentences, cosine in zip(pairs, cosines.tolist(), strict=True)
        if is_rewording(*map(make_record, sentences), cosine)
    ]
