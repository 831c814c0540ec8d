"""A commons as a retriever of LlamaIndex; the extra ``llama-index`` brings that.

    retriever = CommonsNodeRetriever(commons.open("our-org/commons"), k=5, filters={"lang": "en"})
    retriever.retrieve("What causes glaucoma?")[0].node.metadata["attribution"]

A node is a record: its text, and ``asking.METADATA``, of which few are embedded or shown to a model. Those that nothing answers come with
``answerable`` False; with ``only_answers`` they do not come.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commons.errors import DISTRIBUTION
from commons.evidence.packet import Result
from commons.frameworks import asking
from commons.frameworks.asking import RetrieverQuestion
from commons.reader.reader import Reader

try:
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
except ImportError as error:  # an import that fails raises what Python's do, so that programs can go without
    raise ImportError(f"{error}; pip install '{DISTRIBUTION}[llama-index]'", name=error.name) from error

_NOT_EMBEDDED = [name for name in asking.METADATA if name not in asking.FOR_EMBEDDING]
_NOT_SHOWN = [name for name in asking.METADATA if name not in asking.FOR_PROMPTS]


class CommonsNodeRetriever(BaseRetriever):
    """Asks a commons; it can be called from many threads and by asyncio."""

    def __init__(
        self,
        library: Reader,
        *,
        k: int = 5,
        filters: Mapping[str, Any] | None = None,
        only_answers: bool = False,
        **options: Any,
    ) -> None:
        """``k``, how many records, and ``filters`` as ``Reader.search`` takes them; ``options`` are those of ``BaseRetriever``.

        ``retrieve`` and ``aretrieve`` raise what ``Reader.search`` raises.
        """
        super().__init__(**options)
        self._question = RetrieverQuestion(library, k, dict(filters or {}), only_answers)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(*each) for each in self._question.ask(query_bundle.query_str)]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [_node(*each) for each in await self._question.aask(query_bundle.query_str)]


def _node(result: Result, metadata: dict[str, Any]) -> NodeWithScore:
    node = TextNode(
        id_=result.id,
        text=result.text,
        metadata=metadata,
        excluded_embed_metadata_keys=list(_NOT_EMBEDDED),
        excluded_llm_metadata_keys=list(_NOT_SHOWN),
    )
    return NodeWithScore(node=node, score=result.score)
