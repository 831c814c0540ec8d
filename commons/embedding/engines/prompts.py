"""Prompts: what a model wants put before a question and before a passage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Names under which models keep them, in the order in which sentence-transformers looks; "document" may be there and empty, though.
_FOR_QUESTIONS = ("query",)
_FOR_PASSAGES = ("document", "passage", "corpus")


@dataclass(frozen=True)
class Prompts:
    question: str = ""
    passage: str = ""


# Models that need prompts and do not carry them: https://huggingface.co/intfloat/multilingual-e5-small (FAQ).
_KNOWN = (
    (re.compile(r"(^|/)(multilingual-)?e5-(small|base|large)(-v2)?$"), Prompts("query: ", "passage: ")),
)


def of(model: str, carried: Mapping[str, str], standing: str) -> Prompts:
    """The prompts that the model carries by name, else its ``standing`` one, else those known of its family."""
    own = Prompts(
        _first(carried, _FOR_QUESTIONS) or standing,
        _first(carried, _FOR_PASSAGES) or standing,
    )
    if own != Prompts():
        return own
    return known_of(model)


def known_of(model: str) -> Prompts:
    """Those of its family; none for most."""
    return next((known for name, known in _KNOWN if name.search(model.rstrip("/"))), Prompts())


def _first(carried: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((carried[name] for name in names if carried.get(name)), "")
