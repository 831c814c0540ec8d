"""Name index: how people say which record they mean when they do not know its id: by its exact text or its exact title.

    index = name_index.look_up({"Bolivia", "Water boils at 100 °C."}, [("countries", table), …])
    index.resolve("Bolivia", "countries")         {"kr1…"}

A text names every record that says exactly this, for what answers a question answers it wherever it stands. A title names a record only
when no other bears it: first within the collection that is spoken of, then within the commons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("id", "title", "text")  # what a table must have to be looked through


@dataclass
class NameIndex:
    """Which records bear which name."""

    _by_text: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _by_title: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))

    def add_text(self, text: str, record_id: str) -> None:
        self._by_text[text].add(record_id)

    def add_title(self, title: str, collection: str, record_id: str) -> None:
        self._by_title[title].setdefault(collection, set()).add(record_id)

    def resolve(self, name: str, collection: str) -> set[str] | None:
        """The ids of the records that ``name`` means; none when nothing bears it, None when it could mean several things."""
        texts = self._by_text.get(name, set())
        titled = self.titled(name, collection)
        if texts and titled <= texts:
            return texts
        return titled if not texts and len(titled) <= 1 else None

    def titled(self, title: str, collection: str, *, elsewhere: bool = True) -> set[str]:
        """The ids of the records of ``collection`` that bear the title; where none does, and ``elsewhere`` may be, of all others."""
        titles = self._by_title.get(title, {})
        return titles.get(collection) or (set().union(*titles.values()) if elsewhere else set())


def look_up(names: Set[str], tables: Iterable[tuple[str, pa.Table]]) -> NameIndex:
    """Look for ``names`` in tables of records, each with its collection."""
    index = NameIndex()
    wanted = pa.array(sorted(name for name in names if _is_text(name)), pa.string())
    for collection, table in tables:
        for text, record_id in _bearers(table, "text", wanted):
            index.add_text(text, record_id)
        for title, record_id in _bearers(table, "title", wanted):
            index.add_title(title, collection, record_id)
    return index


def _bearers(table: pa.Table, column: str, wanted: pa.Array) -> Iterable[tuple[str, str]]:
    rows = table.filter(pc.is_in(table[column], value_set=wanted))
    return zip(rows[column].to_pylist(), rows["id"].to_pylist(), strict=True)


def _is_text(name: str) -> bool:
    """Half of a surrogate pair has no UTF-8 form, so no record can bear it."""
    return not any("\ud800" <= character <= "\udfff" for character in name)
