"""Verdicts on citations, shortened for a conversation: a quotation that has little to do with its record differs from it in every word.

verdicts.shortened(verdict.to_json()).words
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commons.mcp.outputs import CheckedCitation

_MAX_DIFFERENCES = 8
_MAX_PASSAGE_CHARACTERS = 600
_MAX_CHARACTERS = 200  # of any other text
_MAX_LISTED = 10


def shortened(verdict: Mapping[str, Any]) -> CheckedCitation:
    """With the first differences and how many there are, and the passage as far as it may be long."""
    comparisons = {
        name: _comparison(verdict[name]) for name in ("quotation", "in_newest") if verdict.get(name)
    }
    record = {**verdict["record"], "disputed_by": verdict["record"].get("disputed_by", ())[:_MAX_LISTED]}
    return CheckedCitation.model_validate(_short({**verdict, **comparisons, "record": record}))


def _short(value: Any) -> Any:
    """With no text longer than is read in a conversation: a word of a quotation may have thousands of characters."""
    match value:
        case str():
            return value if len(value) <= _MAX_CHARACTERS else value[:_MAX_CHARACTERS] + "…"
        case Mapping():
            return {name: part if name == "passage" else _short(part) for name, part in value.items()}
        case list() | tuple():
            return [_short(part) for part in value]
        case _:
            return value


def _comparison(match: Mapping[str, Any]) -> dict[str, Any]:
    passage, differences = match.get("passage"), match["differences"]
    if passage and len(passage) > _MAX_PASSAGE_CHARACTERS:
        passage = passage[:_MAX_PASSAGE_CHARACTERS] + "…"
    return {
        **match,
        "passage": passage,
        "differences": differences[:_MAX_DIFFERENCES],
        "differences_total": len(differences),
        "omissions": match["omissions"][:_MAX_DIFFERENCES],
    }
