"""Search result blocks: an answer in the form in which Claude cites what it was given.

    blocks = search_result_blocks.of(answer.packet)          to put in the content of a message, or of a tool's result
    blocks[0]["source"]                                      permalink@revision, which citations repeat

https://docs.claude.com/en/docs/build-with-claude/search-results: a citation names the source, the title and which of the text blocks it is
from, with their words. So each block of text is one sentence, and the blocks of a record joined are its visible text to the letter, blanks
and line ends included: what is cited is found in the record word for word (``commons verify-citation``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from commons.evidence.packet import Packet, Result
from commons.records import sentences


def of(packet: Packet) -> list[dict[str, Any]]:
    """One block a result, in their order, all of them with citations; a text that the packet cut is as long as it is there."""
    revision = packet.commons.revision if packet.commons else ""
    return [_block(result, revision) for result in packet.results]


def _block(result: Result, revision: str) -> dict[str, Any]:
    return {
        "type": "search_result",
        "source": f"{result.url}@{revision}" if revision else result.url,
        "title": result.title,
        "content": [{"type": "text", "text": piece} for piece in _pieces(result.text)],
        "citations": {"enabled": True},
    }


def _pieces(text: str) -> list[str]:
    """Sentences, each with the blanks behind it; those before the first belong to it, because no block may be blank."""
    starts = [0, *(start for start, _ in sentences.spans(text)[1:]), len(text)]
    return [text[start:end] for start, end in pairwise(starts)]
