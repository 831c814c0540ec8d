"""Relations: the links of a record in words, as they read from its side.

    relations.of(catalogue, people, "kr1…")       every link from it and to it, each as a Relation
    relation.words, relation.title                "narrower", "Angle-closure glaucoma"

``A skos:narrower B`` reads "narrower: B" on the page of A, and "broader: A" on the page of B: the words say what the other end is to the
record that is looked at. One table has them all; in its order lists of relations stand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from commons.governance import people as people_files
from commons.governance.people import Person
from commons.records.catalogue import Catalogue, RecordHeading
from commons.records.identity import is_record_id, link_id
from commons.records.predicates import PREDICATES
from commons.records.schema import Link
from commons.records.states import REPLACES


class Direction(StrEnum):
    """Of a link, as seen from a record."""

    FROM = "from"
    TO = "to"


class EndState(StrEnum):
    """What became of the record at the other end; an address outside has no state of ours."""

    LIVE = "live"
    REPLACED = "replaced"
    MISSING = "missing"
    OUTSIDE = "outside"


# Predicate -> (what its object is to its subject, what its subject is to its object). Symmetric ones read the same from both ends.
WORDS: dict[str, tuple[str, str]] = {
    "skos:broader": ("broader", "narrower"),
    "skos:narrower": ("narrower", "broader"),
    "skos:related": ("related", "related"),
    "skos:exactMatch": ("the same as", "the same as"),
    "dcterms:isPartOf": ("part of", "has part"),
    "dcterms:replaces": ("replaces", "replaced by"),
    "cito:supports": ("supports", "supported by"),
    "cito:disputes": ("disputes", "disputed by"),
    "commons:causes": ("causes", "caused by"),
    "commons:translationOf": ("translated from", "translation"),
    "schema:about": ("about", "subject of"),
}
_ORDER = {predicate: place for place, predicate in enumerate(PREDICATES)}


@dataclass(frozen=True)
class Relation:
    """A link as seen from one of its ends, with what a reader wants to know of the other."""

    link: Link
    direction: Direction
    title: str  # of the other end: of the record, else its id or address
    lang: str  # of the other end; empty where that is not here
    contributor: str  # who brought the link: a name to show
    state: EndState
    # The record in the place of the other end; the other end itself unless it was replaced, or the link says just that.
    newest: str

    @property
    def words(self) -> str:
        """What the other end is to the record."""
        return words(self.link.predicate, self.direction)

    @property
    def predicate(self) -> str:
        return self.link.predicate

    @property
    def license(self) -> str:
        """Of the link."""
        return self.link.license

    @property
    def other(self) -> str:
        """The id or the address of the other end."""
        return other_end(self.link, self.direction)

    @property
    def id(self) -> str:
        """Of the record at the other end; empty where that is an address outside."""
        return "" if self.state is EndState.OUTSIDE else self.other

    @property
    def iri(self) -> str:
        """Of the other end, where that is outside."""
        return self.other if self.state is EndState.OUTSIDE else ""

    @property
    def is_superseded(self) -> bool:
        """Whether another record is to be read in the place of the other end."""
        return self.newest != self.other

    @cached_property
    def link_id(self) -> str:
        return link_id(self.link.core())


def once(around: Iterable[Relation]) -> list[Relation]:
    """Without those that say again what another says: two records that are linked from both sides are neighbours once."""
    first: dict[tuple[str, str], Relation] = {}
    for relation in around:
        first.setdefault((relation.words, relation.other), relation)
    return list(first.values())


def words(predicate: str, direction: Direction) -> str:
    """What the other end is to the record; of a predicate that is none of ours, its own name."""
    forth, back = WORDS.get(predicate, (predicate, predicate))
    return forth if direction is Direction.FROM else back


def place(predicate: str) -> int:
    """Where a predicate stands in lists."""
    return _ORDER.get(predicate, len(_ORDER))


def other_end(link: Link, direction: Direction) -> str:
    return link.object if direction is Direction.FROM else link.subject


def of(catalogue: Catalogue, people: Mapping[str, Person], record_id: str) -> list[Relation]:
    """All relations of a record, whatever its state: by predicate, those from it first, then by title; ``people`` are the snapshot's."""
    outgoing, incoming = catalogue.links_of(record_id)
    return read(catalogue, people, outgoing, incoming)


def read(
    catalogue: Catalogue, people: Mapping[str, Person], outgoing: Iterable[Link], incoming: Iterable[Link]
) -> list[Relation]:
    """Links from a record and to it as relations, in their order."""
    seen = [(link, Direction.FROM) for link in outgoing] + [(link, Direction.TO) for link in incoming]
    headings = catalogue.headings(other_end(link, direction) for link, direction in seen)
    relations = [_relation(catalogue, people, headings, link, direction) for link, direction in seen]
    return sorted(relations, key=_by_predicate)


def _by_predicate(relation: Relation) -> tuple[int, str, str, str]:
    return place(relation.predicate), relation.direction.value, relation.title, relation.other


def _relation(
    catalogue: Catalogue,
    people: Mapping[str, Person],
    headings: Mapping[str, RecordHeading],
    link: Link,
    direction: Direction,
) -> Relation:
    other = other_end(link, direction)
    heading = headings.get(other)
    return Relation(
        link,
        direction,
        heading.title if heading else other,
        heading.lang if heading else "",
        people_files.credited(people, link.contributor, link.contribution),
        _state(catalogue, other, heading),
        other if link.predicate == REPLACES else catalogue.states.newest(other),
    )


def _state(catalogue: Catalogue, other: str, heading: RecordHeading | None) -> EndState:
    if catalogue.states.is_replaced(other):
        return EndState.REPLACED
    if heading:
        return EndState.LIVE
    return EndState.MISSING if is_record_id(other) else EndState.OUTSIDE
