"""Records by id, as the tools and the resources give them.

records.packet_of(edition, "kr1…")
"""

from __future__ import annotations

from dataclasses import replace

from commons.evidence import results
from commons.evidence.packet import Packet
from commons.index.editions import Edition
from commons.operations import record as operation

MAX_RECORDS = 50  # a contribution may have thousands


def packet_of(edition: Edition, pasted: str) -> Packet:
    """What an id leads to; of a contribution its first records.

    Raises:
        CommonsError: it leads to nothing here (``record-missing``).
    """
    reference = operation.find(edition.snapshot, edition.catalogue, pasted)
    left_out = len(reference.entries) - MAX_RECORDS
    shown = replace(reference, entries=reference.entries[:MAX_RECORDS])
    packet = results.packet_of_rows([shown], edition.origin)
    if left_out <= 0:
        return packet
    rest = f"{left_out:,} more records belong to it; search finds them by their words."
    return packet.model_copy(update={"truncated": True, "rest": rest})
