"""Resources: records and collections by address, for clients that let a person or a model attach them.

commons://record/kr1…          its evidence packet; kl1… and kc1… lead to records too
commons://collection/medquad   what is in it
commons://about                what this commons is, with all its collections
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import mcp_types as types

from commons.errors import CommonsError

if TYPE_CHECKING:
    from commons.index.editions import Edition

ABOUT = "commons://about"
MAX_LISTED = 100
_COLLECTION = "commons://collection/"
_RECORD = "commons://record/"
_JSON = "application/json"

TEMPLATES = (
    types.ResourceTemplate(
        name="record",
        title="A record",
        uri_template=_RECORD + "{id}",
        description="One record by its id, as an evidence packet.",
        mime_type=_JSON,
    ),
    types.ResourceTemplate(
        name="collection",
        title="A collection",
        uri_template=_COLLECTION + "{name}",
        description="What is in one collection: numbers of records by licence, language and topic.",
        mime_type=_JSON,
    ),
)


def listed(edition: Edition | None) -> list[types.Resource]:
    """The resources that have names; collections as soon as the commons is open."""
    about = types.Resource(
        name="about",
        title="About this commons",
        uri=ABOUT,
        description="What it holds, by collection, licence, language and topic.",
        mime_type=_JSON,
    )
    return [about, *map(_of_collection, _names(edition) if edition else ())]


def _names(edition: Edition) -> list[str]:
    from commons.mcp import collections  # Arrow, which a list of tools need not wait for

    return collections.names_of(edition)[:MAX_LISTED]


def _of_collection(name: str) -> types.Resource:
    return types.Resource(
        name=name,
        title=f"Collection {name}",
        uri=_COLLECTION + name,
        description="Its numbers.",
        mime_type=_JSON,
    )


def read(edition: Edition, uri: str) -> dict[str, Any]:
    """What the address names, as plain JSON.

    Raises:
        CommonsError: it names nothing that is here.
    """
    from commons.evidence import budget, results
    from commons.mcp import collections
    from commons.operations import record as operation

    if uri == ABOUT:
        return collections.of(edition).to_json()
    if uri.startswith(_COLLECTION):
        return collections.summary(edition, unquote(uri.removeprefix(_COLLECTION))).model_dump(
            mode="json", exclude_none=True
        )
    if uri.startswith(_RECORD):
        reference = operation.find(edition.snapshot, edition.catalogue, unquote(uri.removeprefix(_RECORD)))
        packet = results.packet_of_rows([reference], edition.origin)
        return budget.fit(packet, budget.MAX_TOKENS).to_json()
    raise CommonsError(
        f"There is no resource {uri!r}.",
        hint=f"{_RECORD}ID, {_COLLECTION}NAME or {ABOUT}.",
        code="resource-missing",
    )
