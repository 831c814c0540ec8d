"""Link table: all links of a snapshot, by the records at their ends.

    table.of("kr1…")                                            (links from the record, links to it)
    table.of_all(["kr1…", "kr1…"])                              the same of several
    table.some_of("kr1…", ("skos:broader",), most=100)          the first, and how many there are

Ends are found by a ``RowIndex`` each, made at the first question; links become objects when they are handed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from commons.arrays import Positions
from commons.records import identity, row_index
from commons.records.predicates import PREDICATES
from commons.records.row_index import RowIndex
from commons.records.schema import Link

Ends = tuple[list[Link], list[Link]]  # links from a record, links to it


@dataclass(frozen=True)
class SomeLinks:
    """Links from and to a record, and how many it has of the predicates that were asked for; one with itself counts at both ends."""

    outgoing: tuple[Link, ...]
    incoming: tuple[Link, ...]
    total: int


class LinkTable:
    """Of the rows of ``schema.SCHEMAS[Kind.LINK]``, in their order."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def of(self, record_id: str) -> Ends:
        """(links from the record, links to it)."""
        return (
            self._links(self._by_subject.rows(record_id)),
            self._links(self._by_object.rows(record_id)),
        )

    def of_all(self, record_ids: Iterable[str]) -> dict[str, Ends]:
        """``of`` each of these ids."""
        return {name: self.of(name) for name in dict.fromkeys(record_ids)}

    def some_of(self, record_id: str, predicates: Sequence[str], *, most: int) -> SomeLinks:
        """The first ``most`` links of these predicates, in the order of these, those from the record first, then as they lie."""
        rows_from = self._by_subject.rows(record_id)
        rows_to = self._by_object.rows(record_id)
        rows = np.concatenate([rows_from, rows_to])
        is_to = np.repeat([False, True], [len(rows_from), len(rows_to)])
        places = self._places(predicates)[self._predicate_codes[rows]]
        wanted = places < len(predicates)
        rows, is_to, places = rows[wanted], is_to[wanted], places[wanted]
        first = np.lexsort((rows, is_to, places))[:most]
        rows, is_to = rows[first], is_to[first]
        return SomeLinks(
            tuple(self._links(rows[~is_to])), tuple(self._links(rows[is_to])), int(np.count_nonzero(wanted))
        )

    def get(self, link_id: str) -> Link | None:
        """The link with this id."""
        row = self._row_of.get(link_id)
        return None if row is None else self._links(np.array([row]))[0]

    def of_contribution(self, contribution: str) -> list[Link]:
        """The links that came in a contribution."""
        rows = self.table.filter(pc.equal(self.table["contribution"], contribution))
        return [Link(**row) for row in rows.to_pylist()]

    def _links(self, rows: Positions) -> list[Link]:
        return [Link(**row) for row in row_index.few_rows(self.table, rows).to_pylist()]

    @cached_property
    def _by_subject(self) -> RowIndex:
        return RowIndex(self.table["subject"])

    @cached_property
    def _by_object(self) -> RowIndex:
        return RowIndex(self.table["object"])

    @cached_property
    def _predicate_codes(self) -> npt.NDArray[np.int8]:
        """(n,) the place of each row's predicate in PREDICATES, and behind the last for any other."""
        codes = pc.fill_null(
            pc.index_in(self.table["predicate"], value_set=pa.array(PREDICATES)), len(PREDICATES)
        )
        return np.asarray(codes).astype(np.int8)

    @staticmethod
    def _places(predicates: Sequence[str]) -> Positions:
        """Place in PREDICATES -> place among these; what is not among them comes after."""
        return np.array(
            [
                predicates.index(name) if name in predicates else len(predicates)
                for name in (*PREDICATES, None)
            ]
        )

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Shards of links hold no ids, so these are computed, for whoever asks for one."""
        return {identity.link_id(Link(**row).core()): n for n, row in enumerate(self.table.to_pylist())}
