"""What a retriever of whichever framework asks, and what it says of each result.

    question = RetrieverQuestion(library, k=5, filters={"lang": "en"}, only_answers=True)
    for result, metadata in question.ask("What causes glaucoma?"): ...

Metadata are flat values that any store and any prompt can hold. The text of a record is the document; its title, its attribution line and
its licence stand beside it, so that they can be shown, and need not be embedded again with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commons.evidence.packet import Packet, Result
from commons.reader.reader import Reader

# In the order in which a prompt may show them.
METADATA = (
    *("title", "url", "license", "attribution", "id", "lang", "collection", "contributor", "state"),
    *("revision", "content_hash", "score", "answerable", "band"),
)
FOR_EMBEDDING = ("title",)  # the others say nothing of what a record is about
FOR_PROMPTS = ("title", "url", "license", "answerable")  # what a model needs to cite


@dataclass(frozen=True)
class RetrieverQuestion:
    """``filters`` as ``Reader.search`` takes them; with ``only_answers`` a question that nothing here answers has no result."""

    library: Reader
    k: int
    filters: Mapping[str, Any]
    only_answers: bool = False

    def ask(self, question: str) -> list[tuple[Result, dict[str, Any]]]:
        """Raises what ``Reader.search`` raises."""
        return self._documents(self.library.search(question, k=self.k, **self.filters).packet)

    async def aask(self, question: str) -> list[tuple[Result, dict[str, Any]]]:
        """``ask`` for asyncio."""
        return self._documents((await self.library.asearch(question, k=self.k, **self.filters)).packet)

    def _documents(self, packet: Packet) -> list[tuple[Result, dict[str, Any]]]:
        if self.only_answers and not packet.answerable:
            return []
        return [(result, metadata_of(result, packet)) for result in packet.results]


def metadata_of(result: Result, packet: Packet) -> dict[str, Any]:
    """The values of ``METADATA``; ``answerable`` and ``band`` are of the whole answer, ``state`` is live, disputed or replaced."""
    values = {
        "title": result.title,
        "url": result.url,
        "license": result.license,
        "attribution": result.attribution,
        "id": result.id,
        "lang": result.lang,
        "collection": result.collection,
        "contributor": result.contributor.name if result.contributor else "",
        "state": result.state.status.value,
        "revision": packet.commons.revision if packet.commons else "",
        "content_hash": result.content_hash,
        "score": result.score,
        "answerable": packet.answerable,
        "band": packet.band.value,
    }
    return {name: values[name] for name in METADATA}
