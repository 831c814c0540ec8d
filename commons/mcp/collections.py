"""Collections: what a commons holds, counted once for each revision.

collections.of(edition).collections[0].records
collections.summary(edition, "medquad")
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from commons import layout
from commons.errors import CommonsError
from commons.evidence.harmless_text import visible
from commons.index.editions import Edition
from commons.mcp.outputs import CollectionContents, CollectionList
from commons.records.catalogue import Catalogue, Filters

MAX_LISTED = 50
_MAX_VALUES = 12  # of the languages and topics of one collection


def of(edition: Edition) -> CollectionList:
    """The collections, the largest first, as far as a list may be long."""
    names = names_of(edition)
    left_out = len(names) - MAX_LISTED
    return CollectionList(
        commons=edition.origin.revision(),
        records=len(edition.catalogue),
        searchable=edition.library is not None,
        collections=tuple(summary(edition, name) for name in names[:MAX_LISTED]),
        topics={slug: visible(covers) for slug, covers in edition.snapshot.policy.topics.items()},
        truncated=left_out > 0,
        rest=f"{left_out} smaller collections are left out; search finds their records."
        if left_out > 0
        else None,
    )


def names_of(edition: Edition) -> list[str]:
    """The names, the largest collection first."""
    return list(_sizes(edition.catalogue))


def summary(edition: Edition, name: str) -> CollectionContents:
    """Raises CommonsError (``collection-missing``)."""
    sizes = _sizes(edition.catalogue)
    if name not in sizes:
        raise CommonsError(
            f"There is no collection {name!r} here.",
            hint="list_collections shows those there are.",
            code="collection-missing",
        )
    facets = _facets(edition.catalogue, name)
    repository = edition.snapshot.repository
    card = layout.collection_card_path(name)
    return CollectionContents(
        name=name,
        records=sizes[name],
        licenses=facets["license"],
        languages=_most_frequent(facets["lang"]),
        topics=_most_frequent(facets["topic"]),
        pools=tuple(sorted(facets["pool"])),
        card=repository.file_url(card, edition.snapshot.revision) if repository else None,
    )


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    """Tags and slugs are words of the policy or of BCP 47, and made visible all the same."""
    return {visible(name): count for name, count in islice(counts.items(), _MAX_VALUES)}


@lru_cache(maxsize=2)
def _sizes(catalogue: Catalogue) -> dict[str, int]:
    counts = catalogue.facets()["collection"]
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


@lru_cache(maxsize=MAX_LISTED * 4)
def _facets(catalogue: Catalogue, name: str) -> dict[str, dict[str, int]]:
    return catalogue.facets(Filters(collection=(name,)))
