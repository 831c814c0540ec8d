"""Filters as a program writes them: words, lists of words, days; and what they mean in a commons.

    filter_words.filters_of({"allow": "cc0-1.0", "lang": ["en", "de"], "since": "2026-01-01"}, snapshot.people)

A name that is no filter, and a value of the wrong kind, are refused in words: what comes from a language model or a form is not typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypedDict

from commons import near_misses
from commons.errors import UsageError
from commons.evidence import written_filters
from commons.governance.people import Person
from commons.records.catalogue import Filters

Words = str | Iterable[str] | None


class FilterWords(TypedDict, total=False):
    """What to search in; several values of one filter are alternatives, several filters add up. None and nothing keep everything.

    A string is one value, or several between commas (but for ``contributor``, whose names may hold some).
    """

    allow: Words  # licences: SPDX ids or names, as "cc0-1.0"
    lang: Words  # BCP 47 tags in any spelling; "pt" includes "pt-BR"
    topic: Words  # slugs
    pool: Words  # of licences that may stand together: "open", "by-sa", "odbl"
    collection: Words
    contributor: Words  # key ids, Hub users, or names as results show them
    since: date | str | None  # landed on that day or later; a string is YYYY-MM-DD
    until: date | str | None  # landed on that day or earlier


_NAMES = tuple(FilterWords.__annotations__)


def filters_of(words: FilterWords, people: Mapping[str, Person]) -> Filters:
    """The filters that the words mean; ``people`` are those of the snapshot.

    Raises:
        UsageError: no such filter, a value that is none, a licence that no commons takes, or somebody who has not contributed.
    """
    written: dict[str, Any] = dict(words)
    _refuse_strangers(written)
    return Filters(
        license=written_filters.allowed_licenses(values("allow", written.get("allow"))),
        lang=values("lang", written.get("lang")),
        topic=values("topic", written.get("topic")),
        pool=values("pool", written.get("pool")),
        collection=values("collection", written.get("collection")),
        contributor=written_filters.contributor_keys(
            values("contributor", written.get("contributor")), people
        ),
        since=_day("since", written.get("since")),
        until=_day("until", written.get("until")),
    )


def values(name: str, given: object) -> tuple[str, ...]:
    """The strings that were given for ``name``: one, several between commas, or a list of them.

    Raises:
        UsageError: it is anything else.
    """
    if isinstance(given, str):
        parts = [given] if name == "contributor" else given.split(",")
        return tuple(part.strip() for part in parts if part.strip())
    if given is None:
        return ()
    listed = tuple(given) if isinstance(given, Iterable) and not isinstance(given, bytes | Mapping) else None
    if listed is None or not all(isinstance(value, str) for value in listed):
        raise UsageError(f"{name} is a string or a list of strings, not {given!r}.")
    return listed


def _refuse_strangers(written: Iterable[str]) -> None:
    for name in written:
        if name not in _NAMES:
            meant = near_misses.question(name, _NAMES)
            raise UsageError(
                f"There is no filter {name!r}{f'; {meant}' if meant else '.'}",
                hint=f"Filters: {', '.join(_NAMES)}",
            )


def _day(name: str, given: date | str | None) -> date | None:
    match given:
        case datetime():
            return given.date()
        case date():
            return given
        case None | "":
            return None
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise UsageError(f"{name} is a day as 2026-01-31, not {given!r}.") from None
