"""Record: one record by its id, as evidence."""

from __future__ import annotations

from commons.errors import CommonsError, UsageError
from commons.evidence import hit as hits
from commons.evidence.hit import Hit
from commons.records.catalogue import Catalogue
from commons.records.identity import record_ids_in
from commons.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, catalogue: Catalogue, record_id: str) -> Hit:
    """The record with this id, also in upper case or in the address of its page, whatever its state; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: there is none (``record-missing``), or more than one is named (``usage``).
    """
    named = record_ids_in(record_id)
    if len(named) > 1:
        raise UsageError("That names several records.", hint="One at a time: " + " or ".join(named))
    entry = catalogue.get(named[0]) if named else None
    if entry is None:
        raise CommonsError(
            f"{snapshot.name} has no record {named[0]}."
            if named
            else f"{record_id!r} is not the id of a record: it has kr1 and 52 letters and digits.",
            hint="commons search finds records.",
            code="record-missing",
        )
    return hits.of(entry, snapshot.people, catalogue.states.state(entry.record.id))
