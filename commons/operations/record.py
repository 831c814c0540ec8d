"""Record: what an id leads to, as evidence."""

from __future__ import annotations

from commons.errors import CommonsError, UsageError
from commons.evidence import reference as references
from commons.evidence.reference import Reference
from commons.records.catalogue import Catalogue
from commons.records.identity import ids_in
from commons.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, catalogue: Catalogue, pasted: str) -> Reference:
    """The record, link or contribution whose id, or whose page's address, was pasted, whatever its state; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: there is none (``record-missing``), or more than one is named (``usage``).
    """
    named = ids_in(pasted)
    if len(named) > 1:
        raise UsageError("That names several rows.", hint="One at a time: " + " or ".join(named))
    if not named:
        raise CommonsError(
            f"{pasted!r} is not the id of a record: it has kr1 and 52 letters and digits.",
            hint="commons search finds records.",
            code="record-missing",
        )
    reference = references.of(catalogue, named[0])
    if reference is None:
        raise CommonsError(
            f"{snapshot.name} has no {references.kind_of(named[0])} {named[0]}.",
            hint="It may have been corrected or withdrawn since; commons search finds records by their words.",
            code="record-missing",
        )
    return reference
