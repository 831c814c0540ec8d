"""Record: what an id leads to, as evidence."""

from __future__ import annotations

from commons.errors import CommonsError
from commons.evidence import reference as references
from commons.evidence.reference import Reference
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, catalogue: Catalogue, pasted: str) -> Reference:
    """The record, link or contribution whose id, or whose page's address, was pasted, whatever its state; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: there is none (``record-missing``), or more than one is named (``usage``).
    """
    named = references.id_in(pasted)
    reference = references.of(catalogue, named)
    if reference is None:
        raise CommonsError(
            f"{snapshot.name} has no {references.kind_of(named)} {named}.",
            hint="It may have been corrected or withdrawn since; commons search finds records by their words.",
            code="record-missing",
        )
    return reference
