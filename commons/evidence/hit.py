"""A hit: a record with what a reader needs to trust and cite it; ``results`` makes of it what travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commons.evidence.citation import citation
from commons.governance import people as people_files
from commons.governance.people import Person
from commons.records.catalogue import CatalogueEntry
from commons.records.schema import Record
from commons.records.states import RecordState


@dataclass(frozen=True)
class Hit:
    """A record found; ``score`` is what hits are ordered by, ``cosine`` the likeness in meaning with the question.

    ``beside``: the id of the hit after which it stands though nobody asked for it, because it disputes that or was replaced by it; then
    its score and cosine are 0.
    """

    record: Record
    collection: str
    pool: str
    score: float
    cosine: float
    contributor: str  # a name to show; the key id is in the record
    state: RecordState
    beside: str = ""

    def citation(self) -> str:
        return citation(self.record)


def of(
    entry: CatalogueEntry,
    people: Mapping[str, Person],
    state: RecordState,
    *,
    score: float = 1.0,
    cosine: float = 1.0,
) -> Hit:
    """The hit of a catalogue entry; where nobody asked a question, score and cosine say nothing."""
    name = people_files.credited(people, entry.record.contributor, entry.record.contribution)
    return Hit(entry.record, entry.collection, entry.pool, score, cosine, name, state)
