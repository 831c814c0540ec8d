"""Surroundings: what the links of a record lead to, over one step or several, nearest first.

    around = surroundings.of(catalogue, people, "kr1…", hops=2)
    around.ends[0].title, around.ends[0].path_words          "Angle-closure glaucoma", "narrower → causes"

Rules:
1. Each end comes once, on the shortest way, so circles end. Of ways of one length the first counts: of the nearer record that stands first
   here, then by predicate, direction and title.
2. Ends stand by hop, then by the predicate of the last step, then by title and id; the same revision gives the same list.
3. Where a link names a record that was replaced, the newest stands in its place, with ``linked_as`` for the id in the link, and the way
   goes on from there, over its links and those of all it took the place of, so that a way can be gone in both directions. Corrections
   (``dcterms:replaces``) are followed only where they are asked for; then the ends are what was replaced.
4. An address outside is an end and leads no further, like a record that is not here any more.
5. Of a record with very many links the first are followed, and ``cuts`` says of how many; so it is with very many ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commons.evidence import permalink, relations
from commons.evidence.harmless_text import visible, visible_line
from commons.evidence.relations import EndState, Relation
from commons.governance.people import Person
from commons.records.catalogue import Catalogue, RecordHeading
from commons.records.link_table import SomeLinks
from commons.records.predicates import PREDICATES
from commons.records.states import REPLACES
from commons.snapshots.snapshot import Snapshot

MAX_HOPS = 3
MAX_LINKS_OF_RECORD = 2_000
MAX_LINKS = 10_000  # in all; about a second (scripts/bench/links.md)
FOLLOWED = tuple(predicate for predicate in PREDICATES if predicate != REPLACES)


@dataclass(frozen=True)
class RelatedEnd:
    """A record or an address that links lead to; of an address, and of what is not here, language and licence are empty."""

    end: str  # an id or an address
    title: str
    lang: str
    license: str
    state: EndState
    path: tuple[Relation, ...]  # from the record that was asked about

    @property
    def hop(self) -> int:
        return len(self.path)

    @property
    def path_words(self) -> str:
        return " → ".join(relation.words for relation in self.path)

    @property
    def linked_as(self) -> str:
        """The id that the link names, where this one took its place; else empty."""
        return self.path[-1].other if self.path[-1].is_superseded else ""

    @property
    def is_outside(self) -> bool:
        return self.state is EndState.OUTSIDE

    @property
    def leads_on(self) -> bool:
        return self.state in (EndState.LIVE, EndState.REPLACED)

    def to_json(self, snapshot: Snapshot) -> dict[str, Any]:
        """As plain JSON values, its words visible, without fields that say nothing."""
        fields = {
            "hop": self.hop,
            "relation": visible(self.path_words),
            "id": None if self.is_outside else self.end,
            "url": visible(self.end) if self.is_outside else permalink.of(snapshot, self.end),
            "title": visible_line(self.title) or self.end,
            "lang": visible(self.lang) or None,
            "license": visible(self.license) or None,
            "state": self.state.value,
            "linked_as": self.linked_as or None,
            "path": [_step_to_json(step) for step in self.path],
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class LinkCut:
    """A record of whose links only some were followed."""

    id: str
    title: str
    links: int
    followed: int

    def to_json(self) -> dict[str, Any]:
        title = visible_line(self.title) or self.id
        return {"id": self.id, "title": title, "links": self.links, "followed": self.followed}


@dataclass(frozen=True)
class RelatedEnds:
    ends: tuple[RelatedEnd, ...]
    cuts: tuple[LinkCut, ...]

    @property
    def complete(self) -> bool:
        return not self.cuts


def of(
    catalogue: Catalogue,
    people: Mapping[str, Person],
    record_id: str,
    *,
    hops: int,
    predicates: Sequence[str] = FOLLOWED,
) -> RelatedEnds:
    """All ends within ``hops`` steps over links of these predicates; ``people`` are the snapshot's."""
    walk = _Walk(catalogue, people, sorted(predicates, key=relations.place), {record_id})
    ends: list[RelatedEnd] = []
    frontier: list[tuple[str, tuple[Relation, ...]]] = [(record_id, ())]
    for _ in range(hops):
        reached = walk.step(frontier)
        ends += reached
        frontier = [(end.end, end.path) for end in reached if end.leads_on]
    return RelatedEnds(tuple(ends), tuple(walk.cuts))


@dataclass
class _Walk:
    catalogue: Catalogue
    people: Mapping[str, Person]
    predicates: Sequence[str]
    visited: set[str]
    cuts: list[LinkCut] = field(default_factory=list)
    links_left: int = field(default_factory=lambda: MAX_LINKS)

    def step(self, frontier: Iterable[tuple[str, tuple[Relation, ...]]]) -> list[RelatedEnd]:
        """The ends one step beyond these records, in their order."""
        paths: dict[str, tuple[Relation, ...]] = {}
        for record_id, path in frontier:
            for relation in self._relations(record_id):
                if relation.newest not in self.visited:
                    self.visited.add(relation.newest)
                    paths[relation.newest] = (*path, relation)
        headings = self.catalogue.headings(paths)
        return sorted(_ends(headings, paths), key=_by_predicate)

    def _relations(self, record_id: str) -> list[Relation]:
        """Of a live record also those of all that it took the place of."""
        others = [predicate for predicate in self.predicates if predicate != REPLACES]
        links = [self._links(record_id, self.predicates)]
        links += [self._links(old, others) for old in self.catalogue.states.predecessors(record_id)]
        outgoing = [link for some in links for link in some.outgoing]
        incoming = [link for some in links for link in some.incoming]
        return relations.read(self.catalogue, self.people, outgoing, incoming)

    def _links(self, record_id: str, predicates: Sequence[str]) -> SomeLinks:
        most = min(MAX_LINKS_OF_RECORD, self.links_left)
        links = self.catalogue.links.some_of(record_id, predicates, most=most)
        followed = min(links.total, most)
        self.links_left -= followed
        if followed < links.total:
            title = self.catalogue.titles([record_id]).get(record_id, record_id)
            self.cuts.append(LinkCut(record_id, title, links.total, followed))
        return links


def _step_to_json(step: Relation) -> dict[str, Any]:
    return {
        "relation": visible(step.words),
        "predicate": visible(step.predicate),
        "direction": step.direction.value,
        "to": visible(step.newest),
        "title": visible_line(step.title) or visible(step.other),
        "link": step.link_id,
        "license": visible(step.license),
        "contributor": visible(step.contributor),
    }


def _ends(
    headings: Mapping[str, RecordHeading], paths: Mapping[str, tuple[Relation, ...]]
) -> Iterator[RelatedEnd]:
    for end, path in paths.items():
        heading, last = headings.get(end), path[-1]
        if heading:
            state = EndState.LIVE if last.is_superseded else last.state
            yield RelatedEnd(end, heading.title, heading.lang, heading.license, state, path)
        else:
            state = EndState.OUTSIDE if last.state is EndState.OUTSIDE else EndState.MISSING
            yield RelatedEnd(end, end, "", "", state, path)


def _by_predicate(end: RelatedEnd) -> tuple[int, str, str]:
    return relations.place(end.path[-1].predicate), end.title, end.end
