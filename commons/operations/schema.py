"""Schema: the JSON Schemas of what travels to programs, by name.

    schema.of("packet")["properties"]["results"]
    schema.NAMES                                      packet, context

The files ``commons/evidence/packet.schema.json`` and ``commons/evidence/context.schema.json`` are what this gives, for whoever reads the
repository; a test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commons import near_misses
from commons.errors import UsageError
from commons.evidence.context_packet import ContextPacket
from commons.evidence.packet import Packet

_SCHEMAS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "packet": Packet.json_schema,
    "context": ContextPacket.json_schema,
}
NAMES = tuple(_SCHEMAS)


def of(name: str) -> dict[str, Any]:
    """The schema of this name, draft 2020-12.

    Raises:
        UsageError: there is none (``schema-unknown``).
    """
    if name not in _SCHEMAS:
        meant = near_misses.question(name, NAMES)
        raise UsageError(
            f"There is no schema {name!r}{f'; {meant}' if meant else '.'}",
            hint=f"Schemas: {', '.join(NAMES)}.",
            code="schema-unknown",
        )
    return _SCHEMAS[name]()
