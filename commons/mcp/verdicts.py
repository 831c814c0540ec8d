"""Verdicts on citations, shortened for a conversation: a quotation that has little to do with its record differs from it in every word.

verdicts.shortened(verdict.to_json()).words
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commons.mcp.outputs import CheckedCitation

_MAX_DIFFERENCES = 8
_MAX_PASSAGE_CHARACTERS = 600
_MAX_LISTED = 10


def shortened(verdict: Mapping[str, Any]) -> CheckedCitation:
    """With the first differences and how many there are, and the passage as far as it may be long."""
    comparisons = {
        name: _comparison(verdict[name]) for name in ("quotation", "in_newest") if verdict.get(name)
    }
    record = {**verdict["record"], "disputed_by": verdict["record"].get("disputed_by", ())[:_MAX_LISTED]}
    return CheckedCitation.model_validate({**verdict, **comparisons, "record": record})


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
