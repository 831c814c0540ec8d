"""Candidates: mapped fields of a foreign row, shaped as a record or question and repaired where repair loses nothing.

What is written in a field of text becomes text: a number, a date, a name. What is no text, a list of several or an object, is a problem and
never guessed at. Repairs happen before anything is signed and are reported (see ``repairs``); optional fields that say that there is no
value are left out (see ``missing_values``). Nothing after this point changes a text.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from commons.intake import missing_values, repairs
from commons.intake.column_names import SOURCE_TARGETS
from commons.intake.raw_rows import ForeignValue
from commons.intake.repairs import Repairs
from commons.records.identity import is_record_id
from commons.records.predicates import PREDICATES

_FIELDS_OF_TEXT = ("title", "text", "lang", "license")
_SEPARATORS = re.compile(r"[|;\n]")  # what people part the names in one cell with
_BETWEEN_ADDRESSES = re.compile(r"\s*[|;,\s]\s*(?=[A-Za-z][\w+.-]*://)")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]\d\d:\d\d.*")
_TRUE = ("true", "1", "yes")
_MOST_NAMED = 5


@dataclass(frozen=True)
class LinkCandidate:
    """A link to what somebody calls ``object``; where one cell may name several, ``parts`` are what it comes to then."""

    predicate: str
    object: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """The fields of a record to be, its links, and how others in the file may name it."""

    values: dict[str, Any]
    links: tuple[LinkCandidate, ...] = ()
    local_id: str = ""
    deprecated: bool = False  # as its own source says
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
        **{name: _text(mapped.get(name), name, problems) for name in _FIELDS_OF_TEXT},
        "topic": _as_list(mapped.get("topic"), "topic", problems),
        "sources": _sources(mapped, problems),
    }
    links = _links(mapped, problems)
    values, made = _repaired(raw)
    made |= missing_values.leave_out(values)
    return Candidate(
        values,
        links,
        _text(mapped.get("id"), "id", problems) or "",
        str(mapped.get("deprecated", "")).strip().lower() in _TRUE,
        made,
        tuple(problems),
    )


def _repaired(raw: dict[str, Any]) -> tuple[dict[str, Any], Repairs]:
    values = {name: repairs.repair(value) for name, value in raw.items()}
    return values, repairs.made(raw) if values != raw else Repairs()


def shape_question(mapped: dict[str, Any]) -> QuestionCandidate:
    """The question in a row's mapped fields. What names records is repaired as their own texts were."""
    problems: list[str] = []
    raw = {name: _text(mapped.get(name, ""), name, problems) for name in ("question", "lang", "license")}
    values, made = _repaired(raw)
    relevant = repairs.repair(_names(mapped.get("relevant"), problems))
    return QuestionCandidate(values, None if relevant is None else tuple(relevant), made, tuple(problems))


def _text(value: Any, name: str, problems: list[str]) -> Any:
    """The text that a value of whatever type says; the value itself, beside a problem, when it says none."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case ForeignValue(kind="bytes"):
            problems.append(f"{name} holds bytes, not text")
        case ForeignValue():
            return value.text
        case [only]:
            return _text(only, name, problems)
        case list() | tuple():
            problems.append(
                f"{name} is a list of {len(value):,}; --explode with its column makes a row of each"
                if value
                else f"{name} is an empty list"
            )
        case dict():
            parts = ", ".join([str(part) for part in value][:_MOST_NAMED])
            problems.append(f"{name} is an object with {parts}; name one of them: --map {name}=COLUMN.PART")
        case _:
            problems.append(f"{name} is no text")
    return None


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
    if given:
        if not isinstance(given, list | tuple):
            return given
        return [_source(source, problems) if isinstance(source, dict) else source for source in given]
    own = {target.removeprefix("source."): mapped[target] for target in SOURCE_TARGETS if target in mapped}
    return [_source(own, problems)] if own else []


def _source(source: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    """A source without the parts that say nothing; when it was read is a day, whatever hour stands beside it."""
    parts = {name: _text(value, f"source.{name}", problems) for name, value in source.items()}
    if instant := _INSTANT.fullmatch(parts.get("retrieved") or ""):
        parts["retrieved"] = instant[1]
    return {name: text for name, text in parts.items() if text is not None and text.strip()}


def _links(mapped: dict[str, Any], problems: list[str]) -> tuple[LinkCandidate, ...]:
    links = []
    listed = _as_list(mapped.get("links"), "links", problems)
    if not isinstance(listed, list | tuple | None):
        problems.append("links must be a list")
        listed = None
    for link in listed or ():
        if isinstance(link, dict) and isinstance(link.get("predicate"), str) and link.get("object"):
            links.append(LinkCandidate(link["predicate"], repairs.repair(str(link["object"]))))
        else:
            problems.append("a link needs a predicate and an object")
    for predicate in PREDICATES:
        links += _links_in(predicate, mapped.get(predicate), problems)
    return tuple(links)


def _links_in(predicate: str, value: Any, problems: list[str]) -> list[LinkCandidate]:
    """The links in a column of a predicate: a name, several in one cell, or a list of them."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):  # a name may begin with a bracket
            value = json.loads(value)
    links = []
    for item in value if isinstance(value, list | tuple) else [value]:
        named = item.get("id", item.get("object")) if isinstance(item, dict) else item
        if name := repairs.repair(_text(named, predicate, problems) or ""):
            links += _links_to(predicate, name)
    return links


def _links_to(predicate: str, name: str) -> list[LinkCandidate]:
    """A link to what a cell names; to each of several addresses, for none has a blank, nor another one behind a comma, within."""
    addresses = _BETWEEN_ADDRESSES.split(name)
    if len(addresses) > 1 and all("://" in address for address in addresses):
        return [LinkCandidate(predicate, address) for address in addresses]
    parts = tuple(part.strip() for part in _SEPARATORS.split(name) if part.strip())
    return [LinkCandidate(predicate, name, parts if len(parts) > 1 else ())]


def _as_list(value: Any, name: str, problems: list[str]) -> Any:
    """Lists as they are; text as JSON when it looks like it, else split at commas and semicolons (topics only)."""
    if value is None or not isinstance(value, str):
        return value
    if not value.strip():
        return []
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            problems.append(f"{name} is not a JSON list")
            return []
    if name != "topic":
        problems.append(f"{name} must be a list")
        return []
    return [part.strip() for part in re.split("[,;]", value) if part.strip()]
