"""Measuring: what an index finds of what it should, before anybody relies on it.

* Recall: how many of the ten nearest vectors the index finds of those an exact comparison finds. The least effort that reaches
  ``ENOUGH_RECALL`` is what the manifest tells readers to use.
* Quality: nDCG@10, recall@10 and MRR@10 on the questions of the commons, by meaning alone, by words alone, and by both. The proportion of
  the two is chosen for each language on one half of the questions (``language_weights``); what is reported comes from the other.
* A leg that is dead, because a model, a tokenizer or a file is not what it seems, would go unnoticed as long as the other one answers. So
  each is asked for records by their own words first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons import digests
from commons.arrays import Mask, Vectors
from commons.errors import IndexArtifactError
from commons.index import dense, fusion, keyword_fields, quality, retrieval
from commons.index.build import language_weights
from commons.index.build.assembly import Materials
from commons.index.dense import Dense
from commons.index.fusion import JudgedQuestion, Weights
from commons.index.manifest import Fusion, Probe, Recall, SearchQuality
from commons.index.quality import Quality
from commons.index.retrieval import Pool
from commons.layout import Kind, ShardPath
from commons.records import identity, shards
from commons.records.catalogue import Filters
from commons.records.schema import Question
from commons.records.states import RecordStates

ENOUGH_RECALL = 0.97
# Standard error of a mean over this many questions is about a point; more would make every build pay for digits nobody reads.
ALL = "all"  # the collections of questions together; no collection may bear the name
MAX_QUESTIONS = 500  # of each collection
_ENOUGH_QUERIES = 30
_TITLES = 100
_TITLE_CHARACTERS = 100
_SELF_TESTS = 20
_OWN_CHARACTERS = 400
_ALIVE_SHARE = 0.5
_AS_GOOD = 0.9


@dataclass(frozen=True)
class AskedQuestion:
    """A question of the commons, its vector, and the collection of questions it belongs to."""

    id: str
    collection: str
    question: Question
    vector: Vectors  # (d,)


def choose_questions(rows: Mapping[str, Sequence[Question]]) -> list[tuple[str, str, Question]]:
    """(id, collection, question) of those to be asked: those that have an answer; of very many a lasting choice."""
    chosen = []
    for collection, questions in sorted(rows.items()):
        named = sorted(
            {identity.row_id(question): question for question in questions if question.relevant}.items()
        )
        chosen += [(name, collection, question) for name, question in named[:MAX_QUESTIONS]]
    return chosen


def questions_in(folder: Path, paths: Iterable[ShardPath]) -> list[tuple[str, str, Question]]:
    """``choose_questions`` among those of these shards, which lie in ``folder``."""
    rows: dict[str, list[Question]] = {}
    for path in paths:
        questions = shards.read(Kind.QUESTION, folder / str(path), name=str(path))
        rows.setdefault(path.collection, []).extend(row for row in questions if isinstance(row, Question))
    return choose_questions(rows)


def on_newest(
    chosen: Sequence[tuple[str, str, Question]], states: RecordStates
) -> list[tuple[str, str, Question]]:
    """The same questions, answered by the newest versions of their records."""
    return [
        (name, collection, replace(question, relevant=tuple(sorted(states.newest_of(question.relevant)))))
        for name, collection, question in chosen
    ]


def unanswerable_in(folder: Path, paths: Iterable[ShardPath]) -> list[tuple[str, str, Question]]:
    """(id, collection, question) of those of which the commons says that it should not know: nothing is relevant to them."""
    rows = [
        (identity.row_id(question), path.collection, question)
        for path in paths
        for question in shards.read(Kind.QUESTION, folder / str(path), name=str(path))
        if isinstance(question, Question) and not question.relevant
    ]
    return sorted(
        {name: (name, collection, question) for name, collection, question in rows}.values(),
        key=itemgetter(0),
    )


def digest_of(chosen: Sequence[tuple[str, str, Question]]) -> str:
    """SHA-256 in hex of what is asked; empty when nothing is."""
    lines = "\n".join(f"{collection} {name}" for name, collection, _ in chosen)
    return digests.sha256_hex(lines.encode()) if chosen else ""


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


@dataclass(frozen=True)
class JudgedHalves:
    """The questions with what was found for them: those to tune on, by language, and those that are held out, by collection."""

    tuning: dict[str, list[JudgedQuestion]]
    held_out: dict[str, list[JudgedQuestion]]


@dataclass(frozen=True)
class Judgement:
    """How the lists are fused, and how good each and both are on the held-out questions, by collection and in all."""

    fusion: Fusion
    quality: dict[str, SearchQuality]


def judge(pools: Sequence[Pool], asked: Sequence[AskedQuestion], probes: Mapping[str, Probe]) -> Judgement:
    """Tune on one half of the questions and measure on the other; ``probes`` has every language of the pools."""
    halves = ask_all(pools, asked)
    fused = language_weights.decide(languages_of(pools), probes, halves.tuning)
    return Judgement(with_quality(fused, halves.held_out), qualities(halves.held_out, fused.weights))


def languages_of(pools: Iterable[Pool]) -> Counter[str]:
    """How many records there are in each language."""
    return sum((pool.languages for pool in pools), Counter())


def ask_all(pools: Sequence[Pool], asked: Sequence[AskedQuestion]) -> JudgedHalves:
    """Every question is asked once, over all pools."""
    halves = JudgedHalves({}, {})
    languages = _languages_by_id(pools, {name for question in asked for name in question.question.relevant})
    for question in asked:
        candidates, _ = retrieval.candidates(
            pools, question.vector, Filters(), question.question.question, depth=fusion.DEPTH
        )
        relevant = frozenset(question.question.relevant)
        language = _most_common(languages[name] for name in question.question.relevant if name in languages)
        judged = JudgedQuestion(candidates, relevant, language)
        if quality.held_out(question.id):
            halves.held_out.setdefault(question.collection, []).append(judged)
        else:
            halves.tuning.setdefault(language, []).append(judged)
    return halves


def _languages_by_id(pools: Iterable[Pool], ids: Collection[str]) -> dict[str, str]:
    wanted = pa.array(sorted(ids), pa.string())
    languages: dict[str, str] = {}
    for pool in pools:
        rows = pc.indices_nonzero(pc.is_in(pool.positions["id"], value_set=wanted)).to_pylist()
        languages.update(zip(pool.ids_at(rows), pool.languages_at(rows), strict=True))
    return languages


def _most_common(languages: Iterable[str]) -> str:
    """The first of the alphabet where several are; empty where nothing that answers is in the index."""
    counts = Counter(languages)
    return min(counts, key=lambda name: (-counts[name], name), default="")


def with_quality(fused: Fusion, held_out: Mapping[str, Sequence[JudgedQuestion]]) -> Fusion:
    """The same weights, each language with how good both legs are on the held-out questions that its records answer."""
    by_language: dict[str, list[JudgedQuestion]] = {}
    for judged in held_out.values():
        for question in judged:
            by_language.setdefault(question.language, []).append(question)
    languages = {
        name: language.model_copy(update={"quality": _measured(by_language[name], fused.weights)})
        if name in by_language
        else language
        for name, language in fused.languages.items()
    }
    return fused.model_copy(update={"languages": languages})


def qualities(held_out: Mapping[str, Sequence[JudgedQuestion]], weights: Weights) -> dict[str, SearchQuality]:
    """By collection of questions, and over all of them under ``ALL`` where there are several."""
    measured = {name: _measured(judged, weights) for name, judged in sorted(held_out.items())}
    if len(held_out) > 1:
        everything = [question for questions in held_out.values() for question in questions]
        measured[ALL] = _measured(everything, weights)
    return measured


def _measured(questions: Sequence[JudgedQuestion], weights: Weights) -> SearchQuality:
    return SearchQuality(
        dense=_quality(questions, fusion.MEANING),
        keywords=_quality(questions, fusion.WORDS),
        hybrid=_quality(questions, weights),
    )


def _quality(questions: Sequence[JudgedQuestion], weights: Weights) -> Quality:
    rankings = [question.candidates.ids_ranked(weights) for question in questions]
    means = quality.measure(rankings, [question.relevant for question in questions])
    assert means is not None, "only questions that have an answer are asked"  # noqa: S101
    return means
