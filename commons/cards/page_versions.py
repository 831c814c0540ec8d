"""Versions of the pages: what their lists and tables hold, as each release has written them.

A page is verified by making it again, so what an earlier release wrote has to be made as it made it: a commons on which nothing has landed
since keeps its pages. ``FIRST`` named of each source the first address, and languages as they were written; ``SECOND`` groups sources by
what they say of themselves, and languages by their canonical tags; ``THIRD`` counts live records only, where the others counted all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from commons.governance import licenses
from commons.records import languages
from commons.records.schema import Source
from commons.records.summary import CollectionSummary, SourceUse, Summary


class PageVersion(IntEnum):
    FIRST = 1
    SECOND = 2
    THIRD = 3


CURRENT = PageVersion.THIRD


@dataclass(frozen=True)
class SourceEntry:
    """One line of a list of sources; ``place`` is Markdown."""

    title: str
    author: str
    place: str
    spdx: str
    records: int
    license: str = ""  # what the source says of itself, where that is not the record's licence


def counted(summary: Summary, version: PageVersion) -> Summary:
    """What the pages count."""
    return summary if version >= PageVersion.THIRD else summary.whole()


def sources(collection: CollectionSummary, version: PageVersion) -> list[SourceEntry]:
    """The sources of a collection, those of most records first."""
    if version is PageVersion.FIRST:
        return [_by_first_address(collection, *key, count) for key, count in collection.sources.most_common()]
    together: dict[tuple[Source, str], SourceUse] = {}
    for (source, spdx), use in collection.source_uses.items():
        together.setdefault((_without_own(source, spdx), spdx), SourceUse()).include(use)
    uses = sorted(together.items(), key=lambda item: -item[1].records)
    return [_by_statement(*key, use) for key, use in uses]


def languages_of(by_spelling: Mapping[str, int], version: PageVersion) -> Counter[str]:
    return Counter(by_spelling) if version is PageVersion.FIRST else languages.counted(by_spelling)


def hub_languages(by_spelling: Mapping[str, int], version: PageVersion) -> list[str]:
    """The languages themselves, for the Hub's list; what names none (``und``) is left out of it."""
    tags = languages_of(by_spelling, version)
    if version is not PageVersion.FIRST:
        tags = Counter({tag: count for tag, count in tags.items() if languages.read(tag).tag})
    return sorted({languages.primary_subtag(tag) for tag in tags})


def _by_first_address(collection: CollectionSummary, source: Source, spdx: str, records: int) -> SourceEntry:
    url = collection.source_urls.get(source)
    return SourceEntry(
        source.title or "Untitled", source.author or "", f"<{url}>" if url else "", spdx, records
    )


def _without_own(source: Source, spdx: str) -> Source:
    """Without its licence where that is the record's, in whatever spelling."""
    own = licenses.resolve(source.license).license if source.license else None
    return replace(source, license=None) if own and own.spdx == spdx else source


def _by_statement(source: Source, spdx: str, use: SourceUse) -> SourceEntry:
    title = source.title or ("Untitled" if source.author or not source.url else source.url)
    return SourceEntry(title, source.author or "", _place(use), spdx, use.records, source.license or "")


def _place(use: SourceUse) -> str:
    match use.addresses:
        case "none":
            return ""
        case "one":
            return f"<{use.address}>"
    # A common beginning may end inside a name, or inside the host's.
    folder = re.match(r"https?://[^/]+/(?:.*/)?", use.address)
    return f"several addresses under <{folder[0]}>" if folder else "several addresses"
