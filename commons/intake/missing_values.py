"""Optional fields that say that there is no value (blank, ``NULL``, ``N/A``) are absent: a title, and the fields of a source.

What must be there is left as it is, and the gate refuses it. A word that entries are called by (``null``, ``none``) stays as a title: only
its author knows whether it is meant, and the gate warns of it.
"""

from __future__ import annotations

from typing import Any

from commons.intake.repairs import RepairKind, Repairs
from commons.records import placeholders

_SAID_OF_SOURCES = ("unknown", "untitled")  # of an author, of a work


def leave_out(values: dict[str, Any]) -> Repairs:
    """Take such fields out of a candidate's values, which are repaired already; what was written in them is told."""
    kinds = set()
    if _is_no_title(values["title"], values["text"]):
        kinds |= {RepairKind.TITLE} if values["title"] else set()
        values["title"] = None
    if isinstance(values["sources"], list):
        remaining = [_without_missing(source) for source in values["sources"]]
        kinds |= {RepairKind.SOURCE} if _written(remaining) != _written(values["sources"]) else set()
        values["sources"] = remaining
    return Repairs(frozenset(kinds))


def _is_no_title(title: Any, text: Any) -> bool:
    if not isinstance(title, str) or placeholders.may_be_headword(title):
        return False
    return placeholders.is_placeholder_title(title, text if isinstance(text, str) else "")


def _without_missing(source: Any) -> Any:
    if not isinstance(source, dict):
        return source
    return {name: value for name, value in source.items() if not _is_missing(value)}


def _is_missing(value: Any) -> bool:
    if not isinstance(value, str) or value.strip().lower() in _SAID_OF_SOURCES:
        return False
    return placeholders.is_placeholder(value)


def _written(sources: list[Any]) -> int:
    """How many fields hold anything."""
    return sum(sum(1 for value in source.values() if value) for source in sources if isinstance(source, dict))
