"""The live records of the commons, as far as offered ones are compared with them: texts, sketches, counts by topic, language and origin.

The shards of a snapshot are read once into Arrow tables; single records become Python values only when they are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from commons.gate import offered_records
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.likeness import sketches
from commons.records.likeness.sketches import Sketches
from commons.records.schema import SCHEMAS, Record, Source
from commons.snapshots.snapshot import Snapshot

_COLUMNS = ("id", "title", "text", "lang", "topic", "sources", "contributor")


class Origin(StrEnum):
    """Whose share of a topic is counted; the values are the words of a finding."""

    CONTRIBUTOR = "contributor"
    SOURCE = "source"


@dataclass(frozen=True)
class KnownRecords:
    """All live records of the commons in the order of their shards; a position counts through all of them."""

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

    def shares(self, topic: str) -> dict[Origin, Counter[str]]:
        """How many records of a topic each contributor and each source has."""
        return {
            origin: Counter({name: n for (t, name), n in counts.items() if t == topic})
            for origin, counts in self._shares.items()
        }

    @cached_property
    def _shares(self) -> dict[Origin, Counter[tuple[str, str]]]:
        contributors: Counter[tuple[str, str]] = Counter()
        sources: Counter[tuple[str, str]] = Counter()
        for table in self.tables:
            columns = (table[name].to_pylist() for name in ("topic", "contributor", "sources"))
            for topics, contributor, origins in zip(*columns, strict=True):
                source = offered_records.label(Source(title=o["title"], url=o["url"]) for o in origins)
                for topic in topics:
                    contributors[topic, contributor] += 1
                    sources[topic, source] += 1
        return {Origin.CONTRIBUTOR: contributors, Origin.SOURCE: sources}


def read(snapshot: Snapshot, memory: Path, *, progress: Progress = silent) -> KnownRecords:
    """The live records of a snapshot that has its data and links; sketches are kept in ``memory``."""
    paths = snapshot.shards(Kind.RECORD)
    tables, parts = [], []
    for done, shard in enumerate(paths):
        progress("Reading the commons", done, len(paths))
        table = shards.read_table(
            snapshot.path(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=_COLUMNS
        )
        of_all = sketches.of_shard(table, shard.digest, memory)
        parts.append(of_all.of_rows(~snapshot.states.replaced_rows(table).to_numpy()))
        tables.append(snapshot.states.live_rows(table))
    progress("Reading the commons", len(paths), len(paths))
    return KnownRecords(tuple(tables), Sketches.concatenate(parts))
