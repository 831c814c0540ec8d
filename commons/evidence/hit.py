"""A hit: a record with what a reader needs to trust and cite it, as a value and as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from commons.evidence.citation import citation
from commons.governance import licenses
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


def to_json(hit: Hit, revision: str) -> dict[str, Any]:
    """One hit as plain JSON values."""
    record = hit.record
    return {
        "id": record.id,
        "title": record.title,
        "text": record.text,
        "score": round(hit.score, 4),
        "cosine": round(hit.cosine, 4),
        "lang": record.lang,
        "topic": list(record.topic),
        "license": record.license,
        "license_url": licenses.url_of(record.license),
        "sources": [{k: v for k, v in asdict(source).items() if v is not None} for source in record.sources],
        "citation": hit.citation(),
        "contributor": {"key": record.contributor, "name": hit.contributor},
        "contribution": record.contribution,
        "collection": hit.collection,
        "pool": hit.pool,
        "revision": revision,
        "replaced_by": None if hit.state.is_live else hit.state.newest,
        "disputed_by": list(hit.state.disputed_by),
        "beside": hit.beside or None,
    }
