"""A commons as a retriever of LangChain; the extra ``langchain`` brings that.

    retriever = CommonsRetriever(library=commons.open("our-org/commons"), k=5, filters={"allow": ["cc0-1.0"]})
    retriever.invoke("What causes glaucoma?")[0].metadata["attribution"]

A document is a record: its text, and ``asking.METADATA``. Those that nothing answers come with ``answerable`` False; with
``only_answers`` they do not come.
"""

from __future__ import annotations

from typing import Any

from commons.errors import DISTRIBUTION
from commons.frameworks.asking import RetrieverQuestion
from commons.reader.reader import Reader

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from pydantic import Field
except ImportError as error:  # an import that fails raises what Python's do, so that programs can go without
    raise ImportError(f"{error}; pip install '{DISTRIBUTION}[langchain]'", name=error.name) from error


class CommonsRetriever(BaseRetriever):
    """Asks a commons; it can be called from many threads and by asyncio.

    Raises:
        CommonsError: on ``invoke`` and ``ainvoke``, what ``Reader.search`` raises.
    """

    library: Reader = Field(description="an opened commons: commons.open(…)")
    k: int = Field(default=5, ge=1, le=50, description="how many records")
    filters: dict[str, Any] = Field(
        default_factory=dict, description="as Reader.search takes them: allow, lang, topic, …"
    )
    only_answers: bool = Field(
        default=False, description="no documents for a question that nothing here answers"
    )

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        return [_document(*each) for each in self._question().ask(query)]

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        return [_document(*each) for each in await self._question().aask(query)]

    def _question(self) -> RetrieverQuestion:
        return RetrieverQuestion(self.library, self.k, self.filters, self.only_answers)


def _document(result: Any, metadata: dict[str, Any]) -> Document:
    return Document(id=result.id, page_content=result.text, metadata=metadata)
