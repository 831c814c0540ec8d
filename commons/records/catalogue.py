"""The catalogue: all records and links of a snapshot, to browse, count and look up.

Shards are read once into Arrow tables; filters are masks over them, pages are slices. Nothing is copied into Python objects but the rows
that are shown. What others replaced (``states``) is in none of the pages and counts; who names its id gets it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from commons.errors import UsageError
from commons.layout import Kind, ShardPath
from commons.records import languages, row_index, shards, states
from commons.records.link_table import LinkTable
from commons.records.row_index import RowIndex
from commons.records.schema import SCHEMAS, Link, Record
from commons.records.states import RecordStates

FACETS = ("collection", "pool", "license", "lang", "topic")
HEADING_CHARACTERS = 80  # of the text of a record without a title


@dataclass(frozen=True)
class Filters:
    """What to keep; an empty tuple keeps everything. Values of one field are alternatives, fields add up.

    Raises:
        UsageError: ``since`` is later than ``until``.
    """

    collection: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    license: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    contributor: tuple[
        str, ...
    ] = ()  # key ids, and ids of contributions somebody else signed for their author
    since: date | None = None  # landed on that day or later
    until: date | None = None  # landed on that day or earlier

    def __post_init__(self) -> None:
        if self.since and self.until and self.since > self.until:
            raise UsageError(
                f"Nothing can have landed since {self.since} and until {self.until}.",
                hint="Exchange the two days, or leave one out.",
            )

    def __bool__(self) -> bool:
        return self != Filters()

    def with_facet(self, name: str, values: tuple[str, ...]) -> Filters:
        """The same filters with these values of one facet."""
        changed: dict[str, Any] = {name: values}
        return replace(self, **changed)


@dataclass(frozen=True)
class CatalogueEntry:
    """A record with what its address says."""

    record: Record
    collection: str
    pool: str


@dataclass(frozen=True)
class RecordHeading:
    """A record as a list names it: ``title`` is never empty, since a record without one shows how its text begins."""

    title: str
    lang: str
    license: str


@dataclass(frozen=True)
class Page:
    entries: tuple[CatalogueEntry, ...]
    total: int


def mask(table: pa.Table, filters: Filters) -> pa.Array:
    """A boolean for each row of a table that has the facet columns; a language is asked for in any spelling (``languages.includes``).

    Raises:
        UsageError: the table lacks what a filter asks for (``filter-unavailable``).
    """
    keep: Any = pa.repeat(True, table.num_rows)
    if filters.since or filters.until:
        keep = _landed_between(table, filters.since, filters.until)
    if filters.contributor:
        keep = pc.and_(keep, _by(table, filters.contributor))
    for name in FACETS:
        wanted = getattr(filters, name)
        if not wanted or name not in table.column_names:
            continue
        if name == "topic":
            passing = _lists_with(table["topic"], wanted)
        elif name == "lang":
            passing = _tags_like(table["lang"], wanted)
        else:
            passing = pc.is_in(table[name], value_set=pa.array(wanted, pa.string()))
        keep = pc.and_(keep, passing)
    return keep.combine_chunks() if isinstance(keep, pa.ChunkedArray) else keep


def _by(table: pa.Table, keys: tuple[str, ...]) -> Any:
    wanted = pa.array(keys, pa.string())
    columns = [table[name] for name in ("contributor", "contribution") if name in table.column_names]
    if not columns:
        raise _unavailable("who contributed records")
    masks = [pc.is_in(column, value_set=wanted) for column in columns]
    return masks[0] if len(masks) == 1 else pc.or_(*masks)


def _unavailable(what: str) -> UsageError:
    return UsageError(
        f"This index does not say {what}.",
        hint="Build it again: commons build --publish",
        code="filter-unavailable",
    )


def _landed_between(table: pa.Table, since: date | None, until: date | None) -> Any:
    """A record whose time of landing is not known passes no such filter."""
    if "landed" not in table.column_names:
        raise _unavailable("when records landed")
    days = pc.cast(table["landed"], pa.date32())
    first, last = since or date.min, until or date.max
    within = pc.and_(
        pc.greater_equal(days, pa.scalar(first, pa.date32())),
        pc.less_equal(days, pa.scalar(last, pa.date32())),
    )
    return pc.fill_null(within, False)


def _lists_with(column: pa.ChunkedArray, wanted: Iterable[str]) -> pa.Array:
    """Which lists hold one of the values: those over whose stretch the number of hits so far grows."""
    lists = column.combine_chunks()
    hit = pc.is_in(lists.flatten(), value_set=pa.array(list(wanted), pa.string()))
    so_far = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(pc.cast(hit, pa.int64()))])
    lengths = pc.cast(pc.fill_null(pc.list_value_length(lists), 0), pa.int64())
    ends = pc.cumulative_sum(lengths)
    return pc.greater(so_far.take(ends), so_far.take(pc.subtract(ends, lengths)))


def _tags_like(column: pa.ChunkedArray, wanted: Iterable[str]) -> Any:
    stored = [tag for tag in column.unique().to_pylist() if tag]
    passing = [tag for tag in stored if any(languages.includes(name, tag) for name in wanted)]
    return pc.is_in(column, value_set=pa.array(passing, pa.string()))


class Catalogue:
    """Records and links of the shards in ``folder``, in the order of their paths."""

    def __init__(
        self, folder: Path, record_shards: Iterable[ShardPath], link_shards: Iterable[ShardPath]
    ) -> None:
        self._folder = folder
        self._link_shards = list(link_shards)
        ordered = sorted(record_shards, key=lambda shard: shard.replaced)
        parts = [self._with_address(shard) for shard in ordered]
        self._rows_of_data = sum(
            part.num_rows for part, shard in zip(parts, ordered, strict=True) if not shard.replaced
        )
        empty = (
            SCHEMAS[Kind.RECORD]
            .append(pa.field("collection", pa.string()))
            .append(pa.field("pool", pa.string()))
        )
        self.table: pa.Table = pa.concat_tables(parts) if parts else empty.empty_table()

    def __len__(self) -> int:
        """How many live records there are."""
        return int(pc.sum(self._live).as_py() or 0)

    @cached_property
    def states(self) -> RecordStates:
        """The state of every record, by the links that are here."""
        return states.in_shards((self._folder / str(shard), str(shard)) for shard in self._link_shards)

    def page(
        self, filters: Filters = Filters(), *, contains: str = "", offset: int = 0, limit: int = 25
    ) -> Page:
        """Records that pass the filters and whose title or text contains the words, ``limit`` of them from ``offset``."""
        passing = self._passing_rows(filters, contains)
        rows = row_index.few_rows(self.table, passing.slice(offset, limit).to_pylist())
        return Page(tuple(self._entry(row) for row in rows.to_pylist()), len(passing))

    def facets(self, filters: Filters = Filters(), *, contains: str = "") -> dict[str, dict[str, int]]:
        """For each facet the values and how many records would remain, counted without the facet's own filter."""
        counts = {}
        for name in FACETS:
            others = filters.with_facet(name, ())
            column = self.table[name].take(self._passing_rows(others, contains))
            values = column.combine_chunks().flatten() if name == "topic" else column
            counter = Counter({e["values"]: e["counts"] for e in values.value_counts().to_pylist()})
            counts[name] = dict((languages.counted(counter) if name == "lang" else counter).most_common())
        return counts

    def get(self, record_id: str) -> CatalogueEntry | None:
        """The record with this id, whatever its state."""
        row = self._row_index.last_row(record_id)
        return None if row is None else self.at(row)

    def is_apart(self, record_id: str) -> bool:
        """Whether the record lies among those that a build has moved out of the data."""
        row = self._row_index.last_row(record_id)
        return row is not None and row >= self._rows_of_data

    def at(self, row: int) -> CatalogueEntry:
        return self._entry(self.table.slice(row, 1).to_pylist()[0])

    def passing(self, record_ids: Iterable[str], filters: Filters) -> set[str]:
        """Those of these ids that are here and pass the filters, whatever their state; days are not known here, nor asked about."""
        asked = ["id", *FACETS, "contributor", "contribution"]
        taken = self._rows_named(record_ids, asked)
        if not taken.num_rows:
            return set()
        return set(taken["id"].filter(mask(taken, replace(filters, since=None, until=None))).to_pylist())

    def links_of(self, record_id: str) -> tuple[list[Link], list[Link]]:
        """(links from the record, links to it)."""
        return self.links.of(record_id)

    def links_of_all(self, record_ids: Iterable[str]) -> dict[str, tuple[list[Link], list[Link]]]:
        """``links_of`` each of these records."""
        return self.links.of_all(record_ids)

    def link(self, link_id: str) -> Link | None:
        """The link with this id."""
        return self.links.get(link_id)

    def contributed(self, contribution: str) -> tuple[list[CatalogueEntry], list[Link]]:
        """The records and the links that came in a contribution."""
        records = self.table.filter(pc.equal(self.table["contribution"], contribution)).to_pylist()
        return [self._entry(row) for row in records], self.links.of_contribution(contribution)

    def titles(self, record_ids: Iterable[str]) -> dict[str, str]:
        """A title, or the first words of the text, for each id that is here."""
        return {name: heading.title for name, heading in self.headings(record_ids).items()}

    def headings(self, record_ids: Iterable[str]) -> dict[str, RecordHeading]:
        """What a list shows of each record that is here."""
        rows = self._rows_named(record_ids, ["id", "title", "text", "lang", "license"]).to_pylist()
        return {
            row["id"]: RecordHeading(
                row["title"] or row["text"][:HEADING_CHARACTERS], row["lang"], row["license"]
            )
            for row in rows
        }

    @cached_property
    def links(self) -> LinkTable:
        """All links of the snapshot."""
        schema = SCHEMAS[Kind.LINK]
        parts = [shards.read_table(self._folder / str(s), schema, name=str(s)) for s in self._link_shards]
        return LinkTable(pa.concat_tables(parts) if parts else schema.empty_table())

    @cached_property
    def _row_index(self) -> RowIndex:
        return RowIndex(self.table["id"])

    def _rows_named(self, record_ids: Iterable[str], columns: Sequence[str]) -> pa.Table:
        """Each record that is here once; of an id that stands in two rows the last."""
        rows = [self._row_index.last_row(name) for name in dict.fromkeys(record_ids)]
        return row_index.few_rows(self.table.select(columns), [row for row in rows if row is not None])

    def _with_address(self, shard: ShardPath) -> pa.Table:
        table = shards.read_table(self._folder / str(shard), SCHEMAS[Kind.RECORD], name=str(shard))
        rows = table.num_rows
        return table.append_column(
            "collection", pa.array([shard.collection] * rows, pa.string())
        ).append_column("pool", pa.array([shard.pool] * rows, pa.string()))

    @cached_property
    def _live(self) -> pa.ChunkedArray:
        """(n,) which rows others did not replace."""
        return pc.invert(self.states.replaced_rows(self.table))

    def _passing_rows(self, filters: Filters, contains: str) -> pa.Array:
        keep = pc.and_(mask(self.table, filters), self._live)
        for word in contains.split():
            in_text = pc.match_substring(self.table["text"], word, ignore_case=True)
            in_title = pc.fill_null(pc.match_substring(self.table["title"], word, ignore_case=True), False)
            keep = pc.and_(keep, pc.or_(in_text, in_title))
        if isinstance(keep, pa.ChunkedArray):
            keep = keep.combine_chunks()
        return pc.indices_nonzero(keep)

    def _entry(self, row: dict[str, Any]) -> CatalogueEntry:
        collection, pool = row.pop("collection"), row.pop("pool")
        return CatalogueEntry(Record.from_row(row), collection, pool)
