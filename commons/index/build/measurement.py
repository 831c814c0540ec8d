"""Measuring: what an index finds of what it should, before anybody relies on it.

* Recall: how many of the ten nearest vectors the index finds of those an exact comparison finds. The least effort that reaches
  ``ENOUGH_RECALL`` is what the manifest tells readers to use.
* A leg that is dead, because a model, a tokenizer or a file is not what it seems, would go unnoticed as long as the other one answers. So
  each is asked for records by their own words first.

What the legs are worth on questions: ``judging``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from commons.arrays import Mask, Vectors
from commons.errors import IndexArtifactError
from commons.index import dense, fusion, keyword_fields, quality, retrieval
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.assembly import Materials
from commons.index.dense import Dense
from commons.index.manifest import Recall
from commons.index.retrieval import Pool

ENOUGH_RECALL = 0.97
_ENOUGH_QUERIES = 30
_TITLES = 100
_TITLE_CHARACTERS = 100
_SELF_TESTS = 20
_OWN_CHARACTERS = 400
_ALIVE_SHARE = 0.5
_AS_GOOD = 0.9


def titles(materials: Sequence[Materials]) -> list[str]:
    """What stands for questions where there are none: titles, or first words, of some records of every pool."""
    texts = [text for pool in materials for text in pool.lasting_choice(_TITLES)]
    return [(text.title or text.text)[:_TITLE_CHARACTERS] for text in texts]


@dataclass(frozen=True)
class Queries:
    """(n, d) vectors to measure recall with, and what they are of."""

    vectors: Vectors
    asked: Literal["questions", "titles"]


def title_count(rows: int) -> int:
    """How many titles of a pool of so many records stand for questions."""
    return min(rows, _TITLES)


def asks_questions(count: int) -> bool:
    """Whether recall is measured with so many questions of the commons; titles stand for them otherwise."""
    return count >= _ENOUGH_QUERIES


def queries_of(asked: Sequence[AskedQuestion], embed_titles: Callable[[], Vectors]) -> Queries:
    if asks_questions(len(asked)):
        return Queries(np.stack([question.vector for question in asked]), "questions")
    return Queries(embed_titles(), "titles")


@dataclass(frozen=True)
class ExactNeighbours:
    """What exact comparison finds: the best ten positions for each query, and some of the vectors with the positions they stand at."""

    nearest: list[set[int]]
    spread: list[tuple[int, Vectors]]  # each (d,)


def compare_exactly(materials: Materials, queries: Queries) -> ExactNeighbours:
    """Every vector of the pool is read once."""
    from threadpoolctl import threadpool_limits

    spread: list[tuple[int, Vectors]] = []
    blocks = _noting(materials.blocks(), _self_test_step(materials), spread)
    # A shard's product is over in milliseconds, and the threads of the BLAS would wait for the next one busily, while it is being read.
    with threadpool_limits(1, user_api="blas"):
        _, rows = retrieval.nearest(blocks, queries.vectors, min(quality.CUTOFF, materials.rows))
    return ExactNeighbours([set(row) for row in rows.tolist()], spread)


def _noting(blocks: Iterable[Vectors], step: int, noted: list[tuple[int, Vectors]]) -> Iterator[Vectors]:
    start = 0
    for block in blocks:
        noted += [(start + row, block[row].copy()) for row in range(-start % step, len(block), step)]
        start += len(block)
        yield block


def least_effort(pool: Pool, exact: ExactNeighbours, factory: str, queries: Queries) -> tuple[Pool, Recall]:
    """The pool with the least effort that finds enough, and what it finds; the greatest when none does."""
    return list(_until_enough(recalls(pool, exact, factory, queries)))[-1]


def _until_enough(tries: Iterable[tuple[Pool, Recall]]) -> Iterator[tuple[Pool, Recall]]:
    for pool, recall in tries:
        yield pool, recall
        if recall.at_10 >= ENOUGH_RECALL:
            return


def recalls(
    pool: Pool, exact: ExactNeighbours, factory: str, queries: Queries
) -> Iterator[tuple[Pool, Recall]]:
    """The pool with each effort, the least first, and what it finds then."""
    for effort in dense.efforts(factory):
        tried = replace(pool, dense=Dense(pool.dense.index, effort))
        share = _recall(tried.dense, queries.vectors, exact.nearest)
        yield tried, Recall(at_10=round(share, 4), queries=len(queries.vectors), asked=queries.asked)


def _recall(index: Dense, vectors: Vectors, truth: Sequence[set[int]]) -> float:
    hits = 0
    for vector, wanted in zip(vectors, truth, strict=True):
        hits += len(wanted & {row for _, row in index.search(vector, quality.CUTOFF)})
    return hits / max(1, sum(map(len, truth)))


def _self_test_step(materials: Materials) -> int:
    return max(1, materials.rows // _SELF_TESTS)


def refuse_dead_legs(pool: Pool, materials: Materials, exact: ExactNeighbours) -> None:
    """Ask each leg for records by their own words and vectors.

    Raises:
        IndexArtifactError: ``leg-dead``.
    """
    answers: dict[str, list[bool]] = {"keyword": [], "FAISS": []}
    for number, text in materials.spread_texts(_self_test_step(materials)):
        if pool.words and keyword_fields.has_words(text):
            words = text.words[:_OWN_CHARACTERS]
            answers["keyword"].append(
                _finds_itself(partial(pool.words.search, words), number, materials.rows)
            )
    for number, vector in exact.spread:
        answers["FAISS"].append(_finds_itself(partial(pool.dense.search, vector), number, materials.rows))
    for leg, successes in answers.items():
        if sum(successes) < _ALIVE_SHARE * len(successes):
            raise IndexArtifactError(
                f"The {leg} index of the pool {pool.name} does not find its own records: {sum(successes)} of {len(successes)}.",
                hint="Nothing was published. Check the languages of the records and the model, then build again.",
                code="leg-dead",
            )


def _finds_itself(
    search: Callable[[int, Mask | None], list[tuple[float, int]]], number: int, size: int
) -> bool:
    """Whether a record is among what is found by itself; where very many are alike, it need only be as good as all of those."""
    hits = search(fusion.DEPTH, None)
    if number in (row for _, row in hits):
        return True
    own = search(1, np.arange(size) == number)
    if not own or len(hits) < fusion.DEPTH:
        return False
    best, last, its = hits[0][0], hits[-1][0], own[0][0]
    return its >= _AS_GOOD * best and last >= _AS_GOOD * its
