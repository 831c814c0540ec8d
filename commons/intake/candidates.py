"""Candidates: mapped fields of a foreign row, shaped as a record or question and repaired where repair loses nothing.

Repairs happen before anything is signed and are reported (see ``repairs``); optional fields that say that there is no value are left out
(see ``missing_values``). Nothing after this point changes a text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from commons.intake import missing_values, repairs
from commons.intake.mapping import SOURCE_TARGETS
from commons.intake.repairs import Repairs
from commons.records.identity import is_record_id


@dataclass(frozen=True)
class Candidate:
    """The fields of a record to be, its links, and how others in the file may name it."""

    values: dict[str, Any]
    links: tuple[tuple[str, str], ...] = ()  # (predicate, object), the object a local id, record id or IRI
    local_id: str = ""
    repairs: Repairs = field(default_factory=Repairs)
    problems: tuple[str, ...] = field(default=())  # shapes that could not be understood, in words


@dataclass(frozen=True)
class QuestionCandidate:
    """The fields of a question to be, and what names the records that answer it; None where the row does not say."""

    values: dict[str, Any]
    relevant: tuple[str, ...] | None = None  # record ids, texts or titles
    repairs: Repairs = field(default_factory=Repairs)
    problems: tuple[str, ...] = field(default=())


def shape(mapped: dict[str, Any]) -> Candidate:
    """The candidate in a row's mapped fields (see ``mapping``)."""
    problems: list[str] = []
    raw = {
        "title": mapped.get("title"),
        "text": mapped.get("text"),
        "lang": mapped.get("lang"),
        "topic": _as_list(mapped.get("topic"), "topic", problems),
        "license": mapped.get("license"),
        "sources": _sources(mapped, problems),
    }
    links = _links(mapped.get("links"), problems)
    values, made = _repaired(raw)
    made |= missing_values.leave_out(values)
    return Candidate(values, links, str(mapped.get("id", "")), made, tuple(problems))


def _repaired(raw: dict[str, Any]) -> tuple[dict[str, Any], Repairs]:
    values = {name: repairs.repair(value) for name, value in raw.items()}
    return values, repairs.made(raw) if values != raw else Repairs()


def shape_question(mapped: dict[str, Any]) -> QuestionCandidate:
    """The question in a row's mapped fields. What names records is repaired as their own texts were."""
    problems: list[str] = []
    raw = {name: mapped.get(name, "") for name in ("question", "lang", "license")}
    values, made = _repaired(raw)
    relevant = repairs.repair(_names(mapped.get("relevant"), problems))
    return QuestionCandidate(values, None if relevant is None else tuple(relevant), made, tuple(problems))


def _names(value: Any, problems: list[str]) -> list[str] | None:
    """A list of names as it is or as JSON; any other text is one name, but for record ids in a row."""
    if isinstance(value, str):
        value = _names_in(value)
    if value is None or (isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)):
        return None if value is None else list(value)
    problems.append("relevant must name records by id, text or title")
    return None


def _names_in(text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return [text]  # a text may begin with a bracket
    parts = text.replace(",", " ").split()
    return parts if all(is_record_id(part) for part in parts) else [text]


def _sources(mapped: dict[str, Any], problems: list[str]) -> Any:
    given = _as_list(mapped.get("sources"), "sources", problems)
    own = {target.removeprefix("source."): mapped[target] for target in SOURCE_TARGETS if target in mapped}
    if not given:
        return [own] if own else []
    return given


def _links(value: Any, problems: list[str]) -> tuple[tuple[str, str], ...]:
    links = []
    listed = _as_list(value, "links", problems)
    if not isinstance(listed, list | tuple | None):
        problems.append("links must be a list")
        listed = None
    for link in listed or ():
        if isinstance(link, dict) and isinstance(link.get("predicate"), str) and link.get("object"):
            links.append((link["predicate"], str(link["object"])))
        else:
            problems.append("a link needs a predicate and an object")
    return tuple(links)


def _as_list(value: Any, name: str, problems: list[str]) -> Any:
    """Lists as they are; text as JSON when it looks like it, else split at commas (topics only)."""
    if value is None or not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            problems.append(f"{name} is not a JSON list")
            return []
    if name != "topic":
        problems.append(f"{name} must be a list")
        return []
    return [part.strip() for part in value.split(",") if part.strip()]
