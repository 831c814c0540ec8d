"""The retriever for LlamaIndex, with the real package where it is installed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from support.embedder import TinyEmbedder

import commons
from commons.errors import UsageError
from commons.frameworks import asking

pytest.importorskip(
    "llama_index.core", reason="llama-index-core is not in the lock: scripts/test_frameworks brings it"
)

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import MetadataMode

from commons.frameworks.llama_index import CommonsNodeRetriever

GOLDEN = Path(__file__).parents[1] / "golden" / "format-3"
QUESTION, UNKNOWN = "When does water boil?", "Who won the World Cup of 1998?"


@pytest.fixture(scope="module")
def library() -> commons.Reader:
    return commons.open(GOLDEN, using=TinyEmbedder())


def test_a_record_is_a_node_with_what_it_takes_to_cite_it(library: commons.Reader) -> None:
    retriever = CommonsNodeRetriever(library, k=3)
    assert isinstance(retriever, BaseRetriever)
    nodes = retriever.retrieve(QUESTION)
    assert len(nodes) == 3
    first, result = nodes[0], library.search(QUESTION, k=3).results[0]
    assert (first.node.node_id, first.node.text, first.score) == (result.id, result.text, result.score)
    assert tuple(first.node.metadata) == asking.METADATA
    assert first.node.metadata["attribution"] == result.attribution
    assert first.node.metadata["answerable"] is True


def test_little_is_embedded_and_a_model_is_shown_what_it_cites_by(library: commons.Reader) -> None:
    node = CommonsNodeRetriever(library, k=1).retrieve(QUESTION)[0].node
    embedded, shown = node.get_content(MetadataMode.EMBED), node.get_content(MetadataMode.LLM)
    assert embedded == f"title: Water\n\n{node.text}"
    assert {line.split(":")[0] for line in shown.split("\n\n")[0].splitlines()} == set(asking.FOR_PROMPTS)
    assert "sha256:" not in shown


def test_asyncio_is_given_the_same(library: commons.Reader) -> None:
    retriever = CommonsNodeRetriever(library, filters={"lang": "en"})
    assert asyncio.run(retriever.aretrieve(QUESTION)) == retriever.retrieve(QUESTION)


def test_a_question_that_nothing_answers_says_so_or_has_no_nodes(library: commons.Reader) -> None:
    assert {each.node.metadata["answerable"] for each in CommonsNodeRetriever(library).retrieve(UNKNOWN)} == {
        False
    }
    strict = CommonsNodeRetriever(library, only_answers=True)
    assert strict.retrieve(UNKNOWN) == []
    assert asyncio.run(strict.aretrieve(UNKNOWN)) == []
    assert strict.retrieve(QUESTION)


def test_what_makes_no_sense_is_refused(library: commons.Reader) -> None:
    with pytest.raises(UsageError, match='did you mean "lang"'):
        CommonsNodeRetriever(library, filters={"lnag": "en"}).retrieve(QUESTION)
