"""Addresses: what the query string of a page says, and the query string that says it.

/?q=What+causes+glaucoma&license=CC0-1.0&k=5            a search
/browse?topic=medicine&topic=history&words=war&page=2   a page of records
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from commons.errors import UsageError
from commons.governance import licenses
from commons.operations import search
from commons.records.catalogue import FACETS, Filters
from space_app import links

MAX_VALUES = 40  # of one facet in one address
MAX_WORDS_CHARACTERS = 200
MAX_WORDS = 12  # each is one pass over every text
_MAX_FIELDS = 200


@dataclass(frozen=True)
class Ask:
    """A search as its address says it."""

    question: str = ""
    filters: Filters = field(default_factory=Filters)
    count: int = search.DEFAULT_HITS

    def address(self) -> str:
        count = [("k", str(self.count))] if self.count != search.DEFAULT_HITS else []
        return _address("/", [("q", self.question), *_pairs(self.filters), *count])


@dataclass(frozen=True)
class View:
    """A page of the catalogue as its address says it; pages count from 1."""

    filters: Filters = field(default_factory=Filters)
    words: str = ""
    page: int = 1

    def address(self) -> str:
        words = [("words", self.words)] if self.words else []
        page = [("page", str(self.page))] if self.page > 1 else []
        return _address("/browse", [*_pairs(self.filters), *words, *page])

    def pairs(self) -> list[tuple[str, str]]:
        """The filters, as a form keeps them."""
        return _pairs(self.filters)

    def toggled(self, facet: str, value: str) -> View:
        """The first page of the view with one filter value more, or less."""
        before = getattr(self.filters, facet)
        after = tuple(v for v in before if v != value) if value in before else (*before, value)
        return replace(self, filters=self.filters.with_facet(facet, after), page=1)

    def at(self, page: int) -> View:
        return replace(self, page=page)

    def without_words(self) -> View:
        return replace(self, words="", page=1)


def ask_from(query: str) -> Ask:
    """The search in a query string.

    Raises:
        UsageError: a licence no commons takes, a number that is none, too many values.
    """
    values = _parsed(query)
    count = values.get("k", [str(search.DEFAULT_HITS)])[0]
    if not count.isascii() or not count.isdigit() or len(count) > 3:
        raise UsageError(f"k must be a number between 1 and {search.MAX_HITS}.")
    return Ask(values.get("q", [""])[0], _filters(values), int(count))


def view_from(query: str) -> View:
    """The page of the catalogue in a query string; a page number that makes no sense is the first page.

    Raises:
        UsageError: a licence no commons takes, too many words or values.
    """
    values = _parsed(query)
    words = " ".join(values.get("words", [""])[0].split())
    if len(words) > MAX_WORDS_CHARACTERS or words.count(" ") >= MAX_WORDS:
        raise UsageError(
            "That is too much to look for at once.",
            hint=f"At most {MAX_WORDS} words and {MAX_WORDS_CHARACTERS} characters; a whole question goes into Search.",
        )
    page = values.get("page", ["1"])[0]
    return View(
        _filters(values),
        words,
        max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def filters_of(**values: Any) -> Filters:
    """Filters from what a form holds: None or a list for each facet."""
    return _filters({name: list(value or ()) for name, value in values.items()})


def _filters(values: Mapping[str, list[str]]) -> Filters:
    chosen: dict[str, Any] = {name: tuple(dict.fromkeys(values[name])) for name in FACETS if values.get(name)}
    if any(len(value) > MAX_VALUES for value in chosen.values()):
        raise UsageError(f"At most {MAX_VALUES} values of one filter.")
    if "license" in chosen:
        chosen["license"] = tuple(_license(written) for written in chosen["license"])
    return Filters(**chosen)


def _license(written: str) -> str:
    resolved = licenses.resolve(written)
    if resolved.license is None:
        raise UsageError(f"No record can be under this licence: {resolved.reason}.")
    return resolved.license.spdx


def _pairs(filters: Filters) -> list[tuple[str, str]]:
    return [(name, value) for name in FACETS for value in getattr(filters, name)]


def _parsed(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query.removeprefix("?"), max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise UsageError("The address holds too many fields.") from error


def _address(path: str, pairs: list[tuple[str, str]]) -> str:
    # A lone surrogate has no UTF-8 form; it can come in through JSON.
    query = urlencode(pairs, errors="replace")
    return links.to(f"{path}?{query}" if query else path)
