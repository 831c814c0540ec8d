"""What a commons holds, counted from its shards: the numbers that cards are generated from.

Counts are of live records; those that others replaced (``states``) are counted apart, because they are still to be credited.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pyarrow as pa

from commons.layout import Kind, ShardPath
from commons.records import states
from commons.records.schema import Source
from commons.records.states import RecordStates


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
    shards: set[str] = field(default_factory=set)  # files of records, by their paths
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

    @property
    def is_loadable(self) -> bool:
        """Whether there are files of records, be all in them replaced."""
        return bool(self.records or self.shards)

    def include(self, other: CollectionSummary) -> None:
        """Count what the other does."""
        for count in ("records", "links", "questions", "bytes"):
            setattr(self, count, getattr(self, count) + getattr(other, count))
        for counter in _COUNTERS:
            getattr(self, counter).update(getattr(other, counter))
        self.shards |= other.shards
        self.signers.update(other.signers)
        for source, url in other.source_urls.items():
            self.source_urls.setdefault(source, url)
        for key, use in other.source_uses.items():
            self.source_uses.setdefault(key, SourceUse()).include(use)


_COUNTERS = (
    *("pools", "licenses", "languages", "topics", "contributors", "contributions"),
    *("question_licenses", "sources"),
)


@dataclass
class Summary:
    """By collection: what is live with all links and questions, and what was replaced."""

    collections: dict[str, CollectionSummary] = field(default_factory=dict)
    replaced: dict[str, CollectionSummary] = field(default_factory=dict)

    def whole(self) -> Summary:
        """With what was replaced counted as if it were live."""
        if not self.replaced:
            return self
        together: dict[str, CollectionSummary] = {}
        for name, collection in (*self.collections.items(), *self.replaced.items()):
            together.setdefault(name, CollectionSummary(name)).include(collection)
        return Summary(together)

    @property
    def replaced_records(self) -> int:
        return sum(collection.records for collection in self.replaced.values())

    @property
    def is_apart(self) -> bool:
        """Whether any replaced record has been moved out of the data."""
        return any(collection.shards for collection in self.replaced.values())

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
    """Count ``tables``: shard -> (its table, its size in bytes). What is replaced follows from the links among them."""
    summary = Summary()
    known = states.in_tables(table for shard, (table, _) in tables.items() if shard.kind is Kind.LINK)
    for shard, (table, size) in sorted(tables.items(), key=lambda item: str(item[0])):
        add(summary, shard, table, size, known)
    return summary


def add(summary: Summary, shard: ShardPath, table: pa.Table, size: int, known: RecordStates) -> None:
    """Count one shard, or a part of it, more; to give what ``summarise`` gives, shards of records come in the order of their paths."""
    collection = summary.collections.setdefault(shard.collection, CollectionSummary(shard.collection))
    apart = summary.replaced.get(shard.collection, CollectionSummary(shard.collection))
    place = apart if shard.replaced else collection
    place.bytes += size
    match shard.kind:
        case Kind.RECORD:
            place.shards.add(str(shard))
            live, replaced = known.live_rows(table), known.replaced_rows(table)
            _count_records(collection, shard.pool, live)
            if live.num_rows < table.num_rows or shard.replaced:
                _count_records(apart, shard.pool, table.filter(replaced))
                summary.replaced[shard.collection] = apart
        case Kind.LINK:
            collection.links += table.num_rows
        case Kind.QUESTION:
            collection.questions += table.num_rows
            collection.question_licenses.update(_counts(table["license"]))


def _count_records(collection: CollectionSummary, pool: str, table: pa.Table) -> None:
    if not table.num_rows:
        return
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
