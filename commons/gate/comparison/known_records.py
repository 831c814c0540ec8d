"""What the commons holds, as far as offered records are compared with it: texts, sketches, and counts by topic, language and origin.

The shards of a snapshot are read once into Arrow tables; single records become Python values only when they are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from commons.gate import offered
from commons.gate.comparison import sketches
from commons.gate.comparison.sketches import Sketches
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.schema import SCHEMAS, Record, Source
from commons.snapshots.snapshot import Snapshot

_COLUMNS = ("id", "title", "text", "lang", "topic", "sources", "contributor")


@dataclass(frozen=True)
class KnownRecords:
    """All records of the commons in the order of their shards; a position counts through all of them."""

    tables: tuple[shards.Table, ...]
    sketches: Sketches

    def __len__(self) -> int:
        return len(self.sketches)

    def record(self, position: int) -> Record:
        """The record at a position, without what comparing never asks for."""
        number = bisect_right(self._starts, position) - 1
        table, place = self.tables[number], position - self._starts[number]
        row = {name: table[name][place].as_py() for name in ("id", "title", "text", "lang")}
        return Record(**row, topic=(), license="", sources=())

    @cached_property
    def _starts(self) -> list[int]:
        """The position of each table's first record."""
        return [0, *accumulate(table.num_rows for table in self.tables)][:-1]

    @cached_property
    def position_of(self) -> dict[str, int]:
        """Id -> position."""
        names = [name for table in self.tables for name in table["id"].to_pylist()]
        return {name: position for position, name in enumerate(names)}

    @cached_property
    def languages(self) -> Counter[str]:
        return Counter(lang for table in self.tables for lang in table["lang"].to_pylist())

    @cached_property
    def topics(self) -> Counter[str]:
        return Counter(t for table in self.tables for topics in table["topic"].to_pylist() for t in topics)

    def shares(self, topic: str) -> dict[str, Counter[str]]:
        """How many records of a topic each contributor and each source has."""
        return {
            name: Counter({who: n for (t, who), n in found.items() if t == topic})
            for name, found in self._shares.items()
        }

    @cached_property
    def _shares(self) -> dict[str, Counter[tuple[str, str]]]:
        contributors: Counter[tuple[str, str]] = Counter()
        sources: Counter[tuple[str, str]] = Counter()
        for table in self.tables:
            columns = (table[name].to_pylist() for name in ("topic", "contributor", "sources"))
            for topics, contributor, origins in zip(*columns, strict=True):
                source = offered.label(Source(title=o["title"], url=o["url"]) for o in origins)
                for topic in topics:
                    contributors[topic, contributor] += 1
                    sources[topic, source] += 1
        return {"contributor": contributors, "source": sources}


def read(snapshot: Snapshot, memory: Path, *, progress: Progress = silent) -> KnownRecords:
    """The holdings of a snapshot that has its data; sketches are kept in ``memory``."""
    found = snapshot.shards(Kind.RECORD)
    tables, parts = [], []
    for done, shard in enumerate(found):
        progress("Reading the commons", done, len(found))
        table = shards.read_table(
            snapshot.path(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=_COLUMNS
        )
        tables.append(table)
        parts.append(sketches.of_shard(table, shard.digest, memory))
    progress("Reading the commons", len(found), len(found))
    return KnownRecords(tuple(tables), Sketches.joined(parts))
