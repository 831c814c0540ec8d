"""Link targets: what people call the other end of a link, and the record or address that it means.

    targets.add(place, "DOID:4", "disease", "doid", record_id)            every row of the inputs, also those that stay out
    targets.resolve(source, "DOID:4", "doid")                             a record id, an address, or why not

In this order: another row's local id, in the same file before the others; a record id; an http(s) address; the exact title of a record, of
the collection that is named (``countries/Bolivia``), of the link's own collection, then anywhere. What could mean several things means
nothing, and is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Set
from dataclasses import dataclass, field

from commons.gate.findings import Finding, RowPlace, excerpt
from commons.intake.name_index import NameIndex
from commons.records.identity import is_record_id

_MARK_OF_ADDRESS = "://"
LookUp = Callable[[Set[str]], NameIndex]


@dataclass(frozen=True)
class _Bearer:
    """A row that bears a name: the record it is, or the row that was refused."""

    record_id: str
    place: RowPlace


@dataclass
class LinkTargets:
    """The names that rows of the inputs bear, and those that the commons knows."""

    look_up: LookUp | None = None
    _in_file: dict[tuple[Hashable, str], set[_Bearer]] = field(default_factory=lambda: defaultdict(set))
    _anywhere: dict[str, set[_Bearer]] = field(default_factory=lambda: defaultdict(set))
    _titles: NameIndex = field(default_factory=NameIndex)
    _known: NameIndex | None = None

    def add(
        self, file: Hashable, place: RowPlace, local_id: str, title: str, collection: str, record_id: str
    ) -> None:
        """A row of ``file``; ``record_id`` is empty for one that was refused."""
        if local_id:
            bearer = _Bearer(record_id, place)
            self._in_file[file, local_id].add(bearer)
            self._anywhere[local_id].add(bearer)
        if title and record_id:
            self._titles.add_title(title, collection, record_id)

    def prepare(self, names: Iterable[tuple[Hashable, str]]) -> None:
        """Look the names up in the commons that nothing here explains, all at once, for that takes reading its data."""
        unknown = {name for file, name in names if not self._is_explained(file, name)}
        titles = unknown | {title for name in unknown if (title := name.partition("/")[2])}
        if titles and self.look_up:
            self._known = self.look_up(titles)

    def resolve(self, file: Hashable, name: str, collection: str) -> str | Finding:
        """The record id or address that ``name`` means in a row of ``file``; or what is wrong with it."""
        bearers = self._in_file.get((file, name)) or self._anywhere.get(name) or set()
        ids = {bearer.record_id for bearer in bearers}
        if len(ids) > 1:
            return Finding("link-ambiguous", f"several rows bear the id {excerpt(name)}")
        if ids == {""}:
            place = next(iter(bearers)).place
            return Finding("link-to-refused", f"row {place.row} of {place.file}, which it names, was refused")
        if ids:
            return ids.pop()
        if (
            is_record_id(name) or _MARK_OF_ADDRESS in name
        ):  # whether it is a good one, the check of the link says
            return name
        return self._titled(name, collection)

    def _is_explained(self, file: Hashable, name: str) -> bool:
        return (
            (file, name) in self._in_file
            or name in self._anywhere
            or is_record_id(name)
            or _MARK_OF_ADDRESS in name
        )

    def _titled(self, name: str, collection: str) -> str | Finding:
        named, _, title = name.partition("/")
        for index in (self._titles, self._known):
            if index is None:
                continue
            bearers = index.titled(name, collection)
            if title and not bearers:
                bearers = index.titled(title, named, elsewhere=False)
            if len(bearers) > 1:
                return Finding("link-ambiguous", f"several records are called {excerpt(name)}")
            if bearers:
                return next(iter(bearers))
        return Finding("link-dangling", f"no row, record or address is called {excerpt(name)}")
