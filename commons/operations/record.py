"""Record: what an id leads to, as evidence."""

from __future__ import annotations

from commons.evidence import reference as references
from commons.evidence.reference import Reference
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot


def find(snapshot: Snapshot, catalogue: Catalogue, pasted: str) -> Reference:
    """The record, link or contribution whose id, or whose page's address, was pasted, whatever its state; ``catalogue`` is the snapshot's.

    Raises:
        CommonsError: there is none (``record-missing``), or more than one is named (``usage``).
    """
    return references.pasted(catalogue, pasted, snapshot.public_name)
