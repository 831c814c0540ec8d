"""Batches: rows that are more than one contribution may hold, parted into several that can be offered one after another.

    for batch in batches.parted(prepared.groups, policy.limits, known_ids): batch.groups

Rows that links hold together stay together while there is room, else they are parted in their order; the same rows part in the same way
every time. A link between two batches, of which neither has landed, cannot be offered yet: it waits, and comes along when the same file
is offered again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from commons.governance.policy import Limits
from commons.layout import Kind
from commons.ledger.contributions import Group
from commons.records import identity
from commons.records.schema import Link, Record, Row


@dataclass
class Batch:
    """Rows of one contribution, by group. ``waiting`` counts links that lead to another batch."""

    groups: dict[Group, list[Row]] = field(default_factory=lambda: defaultdict(list))
    waiting: int = 0

    @property
    def rows(self) -> int:
        """Links are parts of rows and not counted."""
        return sum(len(rows) for (kind, _, _), rows in self.groups.items() if kind is not Kind.LINK)


def count(rows: int, limits: Limits) -> int:
    """How many batches so many rows come to at least."""
    return -(-rows // limits.max_records)


def parted(groups: Mapping[Group, Sequence[Row]], limits: Limits, known_ids: Set[str]) -> list[Batch]:
    """All rows of ``groups``, in batches within the limits. ``known_ids`` are records that the commons holds already."""
    rows = [(group, row) for group, each in groups.items() if group[0] is not Kind.LINK for row in each]
    links = [(group, row) for group, each in groups.items() for row in each if isinstance(row, Link)]
    places = _assigned(rows, [link for _, link in links], limits)
    batches = [Batch() for _ in range(max(places.values(), default=0) + 1)]
    for group, row in rows:
        batches[places[identity.row_id(row)]].groups[group].append(row)
    load = Counter[int]()
    for group, link in links:
        ends = {places[end] for end in (link.subject, link.object) if end in places and end not in known_ids}
        place = min(ends, default=0)
        if len(ends) > 1:
            batches[place].waiting += 1
            continue
        while (
            load[place] >= limits.max_links and not ends
        ):  # between records that have landed, it may go anywhere
            place += 1
            if place == len(batches):
                batches.append(Batch())
        if load[place] >= limits.max_links:
            batches[place].waiting += 1
            continue
        load[place] += 1
        batches[place].groups[group].append(link)
    return [batch for batch in batches if any(batch.groups.values())]


def _assigned(rows: Sequence[tuple[Group, Row]], links: Iterable[Link], limits: Limits) -> dict[str, int]:
    """Row id -> the number of its batch."""
    places: dict[str, int] = {}
    number = filled = 0
    for family in _families([identity.row_id(row) for _, row in rows if isinstance(row, Record)], links):
        if filled and filled + len(family) > limits.max_records:
            number, filled = number + 1, 0
        for name in family:
            if filled == limits.max_records:
                number, filled = number + 1, 0
            places[name] = number
            filled += 1
    for name in (identity.row_id(row) for _, row in rows if not isinstance(row, Record)):
        if filled == limits.max_records:
            number, filled = number + 1, 0
        places[name] = number
        filled += 1
    return places


def _families(names: Sequence[str], links: Iterable[Link]) -> Iterator[list[str]]:
    """The names that links hold together, each family in the order of ``names``, the one with the first name first."""
    parent = {name: name for name in names}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for link in links:
        if link.subject in parent and link.object in parent:
            parent[root(link.object)] = root(link.subject)
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(root(name), []).append(name)
    yield from families.values()
