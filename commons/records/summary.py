"""What a commons holds, counted from its shards: the numbers that cards are generated from."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa

from commons.layout import Kind, ShardPath
from commons.records.schema import Source


@dataclass
class SourceUse:
    """How many records come from a source, and what their addresses there begin with (all of it, where there is one address)."""

    records: int = 0
    address: str = ""
    addresses: Literal["none", "one", "several"] = "none"

    def include(self, other: SourceUse) -> None:
        self.records += other.records
        if other.addresses == "none":
            return
        if self.addresses == "none":
            self.address, self.addresses = other.address, other.addresses
        elif (other.address, other.addresses) != (self.address, self.addresses):
            # Letter by letter; who shows it cuts it at a slash.
            common = os.path.commonprefix([self.address, other.address])  # noqa: RUF071  addresses are no paths
            self.address, self.addresses = common, "several"


@dataclass
class CollectionSummary:
    """One collection; ``sources`` counts records by distinct source, without what differs from record to record."""

    name: str
    records: int = 0
    links: int = 0
    questions: int = 0
    bytes: int = 0
    pools: Counter[str] = field(default_factory=Counter)
    licenses: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    contributors: Counter[str] = field(default_factory=Counter)
    contributions: Counter[str] = field(default_factory=Counter)
    question_licenses: Counter[str] = field(default_factory=Counter)
    signers: dict[str, str] = field(default_factory=dict)  # contribution -> who signed it
    # (title and author, no url) and the record's licence
    sources: Counter[tuple[Source, str]] = field(default_factory=Counter)
    source_urls: dict[Source, str] = field(default_factory=dict)  # the first address of each source
    # (title, author and licence as the source says them; for one without title and author its site) and the record's licence
    source_uses: dict[tuple[Source, str], SourceUse] = field(default_factory=dict)


@dataclass
class Summary:
    collections: dict[str, CollectionSummary] = field(default_factory=dict)

    @property
    def records(self) -> int:
        return sum(collection.records for collection in self.collections.values())

    @property
    def links(self) -> int:
        return sum(collection.links for collection in self.collections.values())

    @property
    def questions(self) -> int:
        return sum(collection.questions for collection in self.collections.values())

    def total(self, name: str) -> Counter[str]:
        """A counter (``licenses``, say) added up over all collections."""
        result: Counter[str] = Counter()
        for collection in self.collections.values():
            result.update(getattr(collection, name))
        return result


def in_words(*, records: int = 0, links: int = 0, questions: int = 0) -> str:
    """The counts as in "1,439 records and 2,196 links"; what there is none of is left out."""
    counts = (("record", records), ("link", links), ("question", questions))
    named = [f"{count:,} {name}{'s' * (count != 1)}" for name, count in counts if count]
    return " and ".join(part for part in (", ".join(named[:-1]), *named[-1:]) if part) or "no rows"


def summarise(tables: Mapping[ShardPath, tuple[pa.Table, int]]) -> Summary:
    """Count ``tables``: shard -> (its table, its size in bytes)."""
    summary = Summary()
    for shard, (table, size) in sorted(tables.items(), key=lambda item: str(item[0])):
        add(summary, shard, table, size)
    return summary


def add(summary: Summary, shard: ShardPath, table: pa.Table, size: int) -> None:
    """Count one shard more; to give what ``summarise`` gives, shards come in the order of their paths."""
    collection = summary.collections.setdefault(shard.collection, CollectionSummary(shard.collection))
    collection.bytes += size
    match shard.kind:
        case Kind.RECORD:
            _count_records(collection, shard.pool, table)
        case Kind.LINK:
            collection.links += table.num_rows
        case Kind.QUESTION:
            collection.questions += table.num_rows
            collection.question_licenses.update(_counts(table["license"]))


def _count_records(collection: CollectionSummary, pool: str, table: pa.Table) -> None:
    collection.records += table.num_rows
    collection.pools[pool] += table.num_rows
    for column, counter in (
        ("license", collection.licenses),
        ("lang", collection.languages),
        ("contributor", collection.contributors),
        ("contribution", collection.contributions),
    ):
        counter.update(_counts(table[column]))
    signed = (
        table.select(["contribution", "contributor"]).group_by(["contribution", "contributor"]).aggregate([])
    )
    collection.signers.update({row["contribution"]: row["contributor"] for row in signed.to_pylist()})
    collection.topics.update(_counts(table["topic"].combine_chunks().flatten()))
    for sources, spdx in zip(table["sources"].to_pylist(), table["license"].to_pylist(), strict=True):
        for source in sources:
            named = Source(title=source["title"], author=source["author"])
            collection.sources[named, spdx] += 1
            if source["url"]:
                collection.source_urls.setdefault(named, source["url"])
            stated = Source(title=source["title"], author=source["author"], license=source["license"])
            if not (stated.title or stated.author):
                stated = replace(stated, url=_site(source["url"] or ""))
            collection.source_uses.setdefault((stated, spdx), SourceUse()).include(_use(source["url"]))


def _use(url: str | None) -> SourceUse:
    return SourceUse(1, url, "one") if url else SourceUse(1)


def _site(url: str) -> str:
    """Scheme and host of an address."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{re.split('[/?#]', rest)[0].lower()}"


def _counts(column: pa.ChunkedArray | pa.Array) -> dict[str, int]:
    return {entry["values"]: entry["counts"] for entry in column.value_counts().to_pylist()}
