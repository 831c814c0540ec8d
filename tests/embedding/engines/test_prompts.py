"""Prompts: a model's own first, then its standing one, then those known of its family."""

from __future__ import annotations

import pytest

from commons.embedding.engines import prompts
from commons.embedding.engines.prompts import Prompts

E5 = Prompts("query: ", "passage: ")


@pytest.mark.parametrize(
    ("model", "carried", "standing", "expected"),
    [
        ("org/any", {}, "", Prompts()),
        ("org/any", {"query": "q: ", "document": "d: "}, "", Prompts("q: ", "d: ")),
        ("org/any", {"query": "q: ", "document": "", "passage": "p: "}, "", Prompts("q: ", "p: ")),
        ("org/any", {"query": "q: "}, "", Prompts("q: ", "")),
        ("org/any", {"query": "q: "}, "all: ", Prompts("q: ", "all: ")),
        ("intfloat/multilingual-e5-small", {"query": "", "document": ""}, "", E5),
        ("intfloat/e5-base-v2", {}, "", E5),
        ("./models/multilingual-e5-large/", {}, "", E5),
        ("intfloat/multilingual-e5-small", {"query": "own: "}, "", Prompts("own: ", "")),
        ("intfloat/multilingual-e5-large-instruct", {}, "", Prompts()),
        ("org/some5-base", {}, "", Prompts()),
    ],
)
def test_which_prompts_a_model_wants(
    model: str, carried: dict[str, str], standing: str, expected: Prompts
) -> None:
    assert prompts.of(model, carried, standing) == expected
