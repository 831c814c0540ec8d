"""What a program gets for a question: typed results, what they are worth, and the forms in which it may want them.

answer = library.search("What causes glaucoma?")
answer.answerable, answer.reason, answer.results[0].text
answer.to_pandas(), answer.to_json()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from commons.evidence import search_result_blocks, terms
from commons.evidence.answerability import Band
from commons.evidence.packet import Packet, Result
from commons.evidence.terms import Terms
from commons.operations.cite import Citations
from commons.operations.context import DEFAULT_TOKENS, Context
from commons.reader import result_table


@dataclass(frozen=True, repr=False)
class SearchAnswer:
    """``packet`` is the whole evidence packet, as every door hands it out; what is here beside it reads from that."""

    packet: Packet
    _assemble: Callable[..., Context] = field(compare=False)
    _cite: Callable[..., Citations] = field(compare=False)

    def __repr__(self) -> str:
        count = len(self.results)
        return (
            f"<SearchAnswer to {self.question!r}: {self.band.value}, {count} result{'s' * (count != 1)}, "
            f"revision {self.revision[:12]}>"
        )

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def question(self) -> str:
        return self.packet.question

    @property
    def results(self) -> tuple[Result, ...]:
        """Best first; a record that disputes another stands right after it, and so may one that it replaced (``beside``)."""
        return self.packet.results

    @property
    def answerable(self) -> bool:
        """Whether a result answers the question, as far as can be judged: ``reason`` says why."""
        return self.packet.answerable

    @property
    def band(self) -> Band:
        """``answers``, ``related`` (about the question, but may not answer it) or ``not_known`` (nothing here answers it)."""
        return self.packet.band

    @property
    def confidence(self) -> float:
        """The chance that a result answers, from 0 to 1."""
        return self.packet.confidence

    @property
    def reason(self) -> str:
        """Why it is answerable or not, a sentence or two."""
        return self.packet.reason

    @property
    def terms(self) -> Terms:
        """What whoever passes the results on has to keep to; ``terms.statement`` says it in words."""
        return self.packet.terms or terms.of(())

    @property
    def revision(self) -> str:
        """The commit that was searched; "folder" for a plain copy."""
        return self.packet.commons.revision if self.packet.commons else ""

    @property
    def root(self) -> str | None:
        """SHA-256 (hex) of the log's first entry, by which a reader pins the commons; None where its log does not hold."""
        return self.packet.commons.root if self.packet.commons else None

    @property
    def index(self) -> str:
        """SHA-256 (hex) of the manifest of the index that was asked."""
        return (self.packet.commons.index if self.packet.commons else None) or ""

    @property
    def stale(self) -> bool:
        """Whether the index lacks records of the revision; ``missing_records`` says how many."""
        return self.missing_records > 0

    @property
    def missing_records(self) -> int:
        return self.packet.commons.missing_records if self.packet.commons else 0

    def context(
        self, tokens: int = DEFAULT_TOKENS, *, count_tokens: Callable[[str], int] | None = None
    ) -> Context:
        """What the same question gives as passages for a prompt, at the revision that was searched; see ``Reader.context``.

        Raises:
            UsageError: ``budget-too-small``, which says the least.
        """
        return self._assemble(tokens=tokens, count_tokens=count_tokens)

    async def acontext(
        self, tokens: int = DEFAULT_TOKENS, *, count_tokens: Callable[[str], int] | None = None
    ) -> Context:
        """``context`` for asyncio."""
        return await asyncio.to_thread(self.context, tokens, count_tokens=count_tokens)

    def cite(self, style: str = "text") -> Citations:
        """References to the results, in their order; ``text`` is the list.

        Raises:
            UsageError: no such style (``style-unknown``), or there are no results.
        """
        return self._cite([result.id for result in self.results], style=style)

    def to_search_results(self) -> list[dict[str, Any]]:
        """A ``search_result`` block a result for the Messages API of Anthropic, whose models cite from them; to be sent as they are."""
        return search_result_blocks.of(self.packet)

    def to_json(self) -> dict[str, Any]:
        """The packet as plain JSON values, by the schema ``Packet.json_schema()``; fields that say nothing are left out."""
        return self.packet.to_json()

    def to_arrow(self) -> pa.Table:
        """A row a result: the columns of ``result_table.SCHEMA``, also where there is no result."""
        return result_table.of(self.packet)

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame`` with a row a result and the columns of ``to_arrow``.

        Raises:
            MissingExtraError: pandas is not installed; the extra ``datasets`` brings it.
        """
        return result_table.to_pandas(self.to_arrow())

    def to_dataset(self) -> Any:
        """A ``datasets.Dataset`` with a row a result and the columns of ``to_arrow``; its info names licences and where they come from.

        Raises:
            MissingExtraError: the extra ``datasets`` is not installed.
        """
        return result_table.to_dataset(self.packet)
