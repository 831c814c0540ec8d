"""Record: one record by its id, as evidence."""

from __future__ import annotations

from commons.errors import CommonsError
from commons.evidence import hit as hits
from commons.evidence.hit import Hit
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, catalogue: Catalogue, record_id: str) -> Hit:
    """The record with this id; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: there is none (``record-missing``).
    """
    entry = catalogue.get(record_id)
    if entry is None:
        raise CommonsError(
            f"{snapshot.name} has no record {record_id}.",
            hint="commons search finds records.",
            code="record-missing",
        )
    return hits.of(entry, snapshot.people)
