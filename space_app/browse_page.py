"""The browse page: all records, 25 at a time, with facets that count.

A plain page with plain links: every state has an address, works without scripts, and costs one look into the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from commons.evidence import filter_check
from commons.index.editions import Edition, Keeper
from commons.records.catalogue import Page
from space_app import addresses, rendering
from space_app.addresses import View
from space_app.plain_pages import page_response

PAGE_SIZE = 25
FACETS = (
    ("topic", "Topic"),
    ("collection", "Collection"),
    ("license", "Licence"),
    ("lang", "Language"),
    ("pool", "Pool"),
)
OPEN_VALUES = 8  # of a facet; the rest is folded


@dataclass(frozen=True)
class Choice:
    """One value of a facet, and where choosing it leads."""

    value: str
    count: int
    chosen: bool
    address: str


def show(keeper: Keeper, request: Request) -> Response:
    """The page at ``/browse?…``."""
    view = addresses.view_from(request.url.query)
    edition = keeper.edition
    view, page = _page(edition, view)
    body = rendering.render(
        "browse.html.j2",
        edition=edition,
        view=view,
        page=page,
        first=(view.page - 1) * PAGE_SIZE + 1,
        pages=_pages(page.total),
        facets=_facets(edition, view),
        open_values=OPEN_VALUES,
        strange=filter_check.unknown(edition.catalogue, edition.snapshot.policy, view.filters),
    )
    return page_response(body)


def _page(edition: Edition, view: View) -> tuple[View, Page]:
    """The page asked for, or the last one when there are fewer."""
    last = _pages(len(edition.catalogue))
    view = view.at(min(view.page, last))
    page = _look(edition, view)
    if page.total and not page.entries:
        view = view.at(_pages(page.total))
        page = _look(edition, view)
    return view, page


def _look(edition: Edition, view: View) -> Page:
    offset = (view.page - 1) * PAGE_SIZE
    return edition.catalogue.page(view.filters, contains=view.words, offset=offset, limit=PAGE_SIZE)


def _pages(total: int) -> int:
    return max(1, -(-total // PAGE_SIZE))


def _facets(edition: Edition, view: View) -> list[tuple[str, str, list[Choice]]]:
    counts = edition.catalogue.facets(view.filters, contains=view.words)
    facets = []
    for name, label in FACETS:
        chosen = getattr(view.filters, name)
        values = {**dict.fromkeys(chosen, 0), **counts[name]}
        choices = [
            Choice(value, count, value in chosen, view.toggled(name, value).address())
            for value, count in sorted(
                values.items(), key=lambda item: (item[0] not in chosen, -item[1], item[0])
            )
        ]
        facets.append((name, label, choices))
    return facets
