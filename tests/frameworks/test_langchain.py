"""The retriever for LangChain, with the real package where it is installed."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.embedder import TinyEmbedder

import commons
from commons.errors import UsageError
from commons.frameworks import asking

pytest.importorskip(
    "langchain_core", reason="langchain-core is not in the lock: scripts/test_frameworks brings it"
)

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from pydantic import ValidationError

from commons.frameworks.langchain import CommonsRetriever

GOLDEN = Path(__file__).parents[1] / "golden" / "format-3"
QUESTION, UNKNOWN = "When does water boil?", "Who won the World Cup of 1998?"


@pytest.fixture(scope="module")
def library() -> commons.Reader:
    return commons.open(GOLDEN, using=TinyEmbedder())


def test_a_record_is_a_document_with_what_it_takes_to_cite_it(library: commons.Reader) -> None:
    retriever = CommonsRetriever(library=library, k=3)
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke(QUESTION)
    assert len(documents) == 3
    first, result = documents[0], library.search(QUESTION, k=3).results[0]
    assert (first.id, first.page_content) == (result.id, result.text)
    assert tuple(first.metadata) == asking.METADATA
    assert first.metadata["license"] == "CC0-1.0"
    assert first.metadata["attribution"] == result.attribution
    assert first.metadata["url"] == result.url
    assert first.metadata["content_hash"].startswith("sha256:")
    assert (first.metadata["revision"], first.metadata["state"]) == ("folder", "live")
    assert first.metadata["answerable"] is True
    assert json.loads(json.dumps(first.metadata)) == first.metadata


def test_asyncio_and_many_threads_are_given_the_same(library: commons.Reader) -> None:
    retriever = CommonsRetriever(library=library, filters={"lang": "en"})
    expected = retriever.invoke(QUESTION)

    async def program() -> list[list[Document]]:
        return await asyncio.gather(*(retriever.ainvoke(QUESTION) for _ in range(4)))

    assert asyncio.run(program()) == [expected] * 4
    assert asyncio.run(retriever.abatch([QUESTION])) == [expected]
    assert retriever.batch([QUESTION] * 4) == [expected] * 4
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(retriever.invoke, [QUESTION] * 4)) == [expected] * 4


def test_a_question_that_nothing_answers_says_so_or_has_no_documents(library: commons.Reader) -> None:
    assert {
        document.metadata["answerable"] for document in CommonsRetriever(library=library).invoke(UNKNOWN)
    } == {False}
    strict = CommonsRetriever(library=library, only_answers=True)
    assert strict.invoke(UNKNOWN) == []
    assert asyncio.run(strict.ainvoke(UNKNOWN)) == []
    assert strict.invoke(QUESTION)


def test_it_stands_in_a_chain(library: commons.Reader) -> None:
    chain = CommonsRetriever(library=library, k=1) | RunnableLambda(
        lambda documents: documents[0].page_content
    )
    assert chain.invoke(QUESTION) == "Water boils at 100 °C at sea level."


def test_what_makes_no_sense_is_refused(library: commons.Reader) -> None:
    with pytest.raises(UsageError, match='did you mean "lang"'):
        CommonsRetriever(library=library, filters={"lnag": "en"}).invoke(QUESTION)
    with pytest.raises(ValidationError):
        CommonsRetriever(library=library, k=0)
    with pytest.raises(ValidationError):
        CommonsRetriever(library="org/name")
