"""States of records: live, replaced or disputed. They follow from the landed links alone, and every reader asks here.

    known = states.of(links)                     or states.in_shards(…)
    known.replaced                               ids of all that others replaced
    known.newest("kr1…")                         where a chain of corrections ends; the id itself where it is live
    known.state("kr1…").replaced_by              what replaced it, by whom

Rules:
1. ``A dcterms:replaces B`` makes B replaced, whoever signed it: a reviewed contribution brought it. B leads to A, A to what replaces A, and
   the end, which nothing replaces, is the newest. So at most one record of a chain is live.
2. Where corrections branch, which the gate refuses, the end of the least id is the newest; the record is replaced all the same.
3. A circle has no end, so it says nothing: what leads to no end stays live. The gate refuses circles; no reader hangs on one.
4. What an address outside is said to be replaced by is not ours to say.
5. ``A cito:disputes B`` leaves both live; each is disputed by the other, as long as both are.
6. Only links count, not whether their ends are here: a newest that is withdrawn one day leaves its predecessors replaced, while a link
   that is withdrawn is not among those handed in, and so brings the old record back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from commons.layout import Kind
from commons.records import identity, shards
from commons.records.schema import SCHEMAS, Link

REPLACES = "dcterms:replaces"
DISPUTES = "cito:disputes"
TELLING = (REPLACES, DISPUTES)


@dataclass(frozen=True)
class RecordState:
    """``replaced_by``: the links whose subjects replaced it, none where it is live; ``newest``: where they lead, else its own id.

    ``replaces`` are the records that it replaced itself; ``disputed_by`` the live records that dispute it or that it disputes.
    """

    newest: str
    replaced_by: tuple[Link, ...] = ()
    replaces: tuple[Link, ...] = ()
    disputed_by: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        return not self.replaced_by


@dataclass(frozen=True)
class RecordStates:
    """What the links that say something of states come to; see ``of``."""

    links: tuple[Link, ...] = ()
    _newest: Mapping[str, str] = field(default_factory=dict)  # of what is replaced

    @property
    def replaced(self) -> frozenset[str]:
        """The ids of all records that others replaced."""
        return frozenset(self._newest)

    def is_replaced(self, record_id: str) -> bool:
        return record_id in self._newest

    def replaced_rows(self, table: pa.Table) -> pa.ChunkedArray:
        """(n,) which rows of a table with record ids were replaced."""
        return pc.is_in(table["id"], value_set=pa.array(list(self._newest), pa.string()))

    def live_rows(self, table: pa.Table) -> pa.Table:
        """The rows of a table with record ids that nothing replaced."""
        return table.filter(pc.invert(self.replaced_rows(table))) if self._newest else table

    def newest(self, record_id: str) -> str:
        """Where the corrections of a record end; its own id where it is live."""
        return self._newest.get(record_id, record_id)

    def newest_of(self, record_ids: Iterable[str]) -> set[str]:
        """Each record by its newest."""
        return {self.newest(name) for name in record_ids}

    def with_corrections(self, corrections: Iterable[tuple[str, str]]) -> RecordStates:
        """As it would be with these (new, old) landed too."""
        return of([*self.links, *(Link(new, REPLACES, old, "") for new, old in corrections)])

    def state(self, record_id: str) -> RecordState:
        """The one word on a record, whether or not it is here."""
        live = not self.is_replaced(record_id)
        about = self._links_of.get(record_id, ())
        corrections = [link for link in about if link.predicate == REPLACES]
        return RecordState(
            newest=self.newest(record_id),
            replaced_by=() if live else tuple(link for link in corrections if link.object == record_id),
            replaces=tuple(
                link for link in corrections if link.subject == record_id and self.is_replaced(link.object)
            ),
            disputed_by=self.disputed_by(record_id) if live else (),
        )

    def disputed_by(self, record_id: str) -> tuple[str, ...]:
        """The live records at the other end of a dispute, each once."""
        ends = (
            link.object if link.subject == record_id else link.subject
            for link in self._links_of.get(record_id, ())
            if link.predicate == DISPUTES
        )
        others = {end for end in ends if identity.is_record_id(end) and not self.is_replaced(end)}
        return tuple(sorted(others - {record_id}))

    def predecessors(self, record_id: str) -> tuple[str, ...]:
        """All that a live record took the place of, over every step."""
        return tuple(self._predecessors.get(record_id, ()))

    @cached_property
    def _predecessors(self) -> dict[str, list[str]]:
        by_newest: dict[str, list[str]] = defaultdict(list)
        for old, newest in sorted(self._newest.items()):
            by_newest[newest].append(old)
        return by_newest

    @cached_property
    def _links_of(self) -> dict[str, list[Link]]:
        """Record -> its links of states, from and to it."""
        by_end: dict[str, list[Link]] = defaultdict(list)
        for link in self.links:
            for end in dict.fromkeys((link.subject, link.object)):
                by_end[end].append(link)
        return by_end


def of(links: Iterable[Link]) -> RecordStates:
    """The states that these links make; those of other predicates say nothing of it."""
    telling = [link for link in links if link.predicate in TELLING]
    ordered = sorted(telling, key=lambda link: (link.subject, link.object, link.predicate, link.contribution))
    corrections = [(link.subject, link.object) for link in ordered if link.predicate == REPLACES]
    return RecordStates(tuple(ordered), _ends(corrections))


def in_shards(shards_of_links: Iterable[tuple[Path, str]]) -> RecordStates:
    """``of`` the links in these shards: (where it lies, what errors call it)."""
    return in_tables(shards.read_table(path, SCHEMAS[Kind.LINK], name=name) for path, name in shards_of_links)


def in_tables(tables_of_links: Iterable[pa.Table]) -> RecordStates:
    """``of`` the links in these tables."""
    telling: list[Link] = []
    for table in tables_of_links:
        rows = table.filter(pc.is_in(table["predicate"], value_set=pa.array(TELLING)))
        telling += [Link(**row) for row in rows.to_pylist()]
    return of(telling)


def _ends(corrections: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Old record -> its newest; each is looked at once, however corrections branch."""
    newest: dict[str, str] = {}
    pairs = [(new, old) for new, old in corrections if identity.is_record_id(old)]
    olds_of: dict[str, list[str]] = defaultdict(list)
    for new, old in pairs:
        olds_of[new].append(old)
    for end in sorted({new for new, _ in pairs} - {old for _, old in pairs}):
        waiting = [end]
        while waiting:
            for old in olds_of.get(waiting.pop(), ()):
                if old not in newest:
                    newest[old] = end
                    waiting.append(old)
    return newest
