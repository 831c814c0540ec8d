"""Passages for a prompt, as a tool gives them: the text and where each passage is from, together no longer than was asked for.

prompts.packed(library, ContextArguments(question="What causes glaucoma?"), filters).text
"""

from __future__ import annotations

from commons.errors import UsageError
from commons.evidence.harmless_text import json_text
from commons.evidence.tokens import utf8_thirds
from commons.index.library import Library
from commons.mcp.arguments import ContextArguments
from commons.mcp.outputs import ContextText, PassagePlace
from commons.operations import context
from commons.operations.context import Context
from commons.records.catalogue import Filters

_TRIES = 6
_STEP = 0.8  # of the room that the text was given


def packed(library: Library, arguments: ContextArguments, filters: Filters) -> ContextText:
    """The context whose JSON fits; what stands around the text takes a share that is only known afterwards.

    Raises:
        UsageError: too little for a passage (``budget-too-small``), or what the operation refuses.
    """
    room = arguments.max_tokens
    for _ in range(_TRIES):
        try:
            made = _of(context.assemble(library, arguments.question, tokens=room, filters=filters))
        except UsageError as error:
            if error.code != "budget-too-small":
                raise
            break  # it speaks of the text alone
        used = utf8_thirds(json_text(made.to_json()))
        if used <= arguments.max_tokens:
            return made
        room = max(1, int(min(room * _STEP, room - (used - arguments.max_tokens) / 2)))
    raise UsageError(
        f"{arguments.max_tokens} tokens are too few for a passage with its attribution.",
        hint=f"Ask with max_tokens={2 * arguments.max_tokens} or more.",
        code="budget-too-small",
    )


def _of(made: Context) -> ContextText:
    packet = made.packet
    return ContextText(
        answerable=packet.answerable,
        band=packet.band.value,
        reason=packet.reason,
        text=made.text,
        passages=tuple(
            PassagePlace(
                number=each.number,
                id=each.id,
                title=each.title,
                url=each.url,
                license=each.license,
                start=each.start,
                end=each.end,
            )
            for each in packet.passages
        ),
        truncated=packet.truncated,
        rest=packet.rest,
        hash=packet.hash,
    )
