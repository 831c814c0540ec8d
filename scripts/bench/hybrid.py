#!/usr/bin/env python
"""How well meaning and words find together what answers a question, beside each alone and beside reciprocal ranks.

DATA holds medquad, scifact and xquad as gzip JSON Lines. Texts are embedded once with the default model and kept in the cache as .npy,
which index.py reads too; with the reference engine that takes an hour on two cores. Prints Markdown; our last figures are in hybrid.md.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from shared import command_line, tables, tasks
from shared.tasks import RetrievalTask
from shared.vector_cache import VectorCache

from commons.embedding import loading
from commons.index import fusion, keywords, quality, retrieval
from commons.index.build import keyword_segments
from commons.index.build.keyword_segments import Run
from commons.index.fusion import Candidates, JudgedQuestion, Weights
from commons.index.keyword_fields import Text

RRF_CONSTANT = 60  # Cormack et al., SIGIR 2009


def fusion_row(task: RetrievalTask, cache: VectorCache) -> tuple[str, ...]:
    judged = list(judge(task, cache.passages(task), cache.questions(task)))
    tuning_half, other_half = judged[0::2], judged[1::2]
    weight = fusion.choose(fusion.gains(tuning_half), fusion.DEFAULT_WEIGHT)
    meaning, words, both = (ndcg(judged, w) for w in (1.0, 0.0, fusion.DEFAULT_WEIGHT))
    return (
        f"{task.name}, {len(task.questions):,} questions",
        f"{meaning:.4f}",
        f"{words:.4f}",
        f"{reciprocal_ranks_ndcg(judged):.4f}",
        f"**{both:.4f}** ({100 * (both - meaning):+.1f})",
        f"{weight:.2f}: {ndcg(other_half, weight):.4f} against {ndcg(other_half, 1.0):.4f}",
    )


def judge(task: RetrievalTask, passages: Any, questions: Any) -> Iterator[JudgedQuestion]:
    """Each question with the candidates of both legs, as the index gives them."""
    with tempfile.TemporaryDirectory() as name:
        texts = [Text(None, text, task.lang) for text in task.passages]
        run = Run(task.lang, task.name, lambda: enumerate(texts))
        files = keyword_segments.build(Path(name) / "words", [run])
        words = keywords.open_index(Path(name), [f"words/{file}" for file in files], size=len(task.passages))
        cosines, rows = retrieval.nearest(iter([passages]), questions, min(fusion.DEPTH, len(passages)))
        for number, question in enumerate(task.questions):
            by_meaning = {
                int(row): float(cosine) for cosine, row in zip(cosines[number], rows[number], strict=True)
            }
            among = keywords.statistics([words], question)
            by_words = {row: score for score, row in words.search(question, fusion.DEPTH, None, among)}
            exact = words.exact(None, among)
            for row in (*by_words, *exact):
                by_meaning.setdefault(row, float(passages[row] @ questions[number]))
            best = max(by_words.values(), default=1.0)
            shares = np.array([by_words.get(row, 0.0) / best for row in by_meaning], np.float32)
            candidates = Candidates(
                tuple(map(str, by_meaning)),
                np.array(list(by_meaning.values()), np.float32),
                shares,
                np.array([exact.get(row, 0.0) for row in by_meaning], np.float32),
                (task.lang,) * len(by_meaning),
            )
            yield JudgedQuestion(candidates, frozenset(map(str, task.answers[number])), task.lang)


def ndcg(judged: Sequence[JudgedQuestion], weight: float) -> float:
    return statistics.fmean(
        quality.ndcg(question.candidates.ids_ranked(Weights(weight)), question.relevant)
        for question in judged
    )


def reciprocal_ranks_ndcg(judged: Sequence[JudgedQuestion]) -> float:
    return statistics.fmean(
        quality.ndcg(by_reciprocal_ranks(question.candidates), question.relevant) for question in judged
    )


def by_reciprocal_ranks(candidates: Candidates) -> list[str]:
    scores: dict[str, float] = defaultdict(float)
    for leg in (candidates.cosines, np.where(candidates.keywords > 0, candidates.keywords, -1)):
        for rank, place in enumerate(np.argsort(-leg, kind="stable")[: fusion.DEPTH].tolist()):
            if leg[place] > -1:
                scores[candidates.ids[place]] += 1 / (RRF_CONSTANT + rank + 1)
    return sorted(scores, key=lambda name: (-scores[name], name))[: quality.CUTOFF]


def main() -> None:
    parser = command_line.parser(__doc__, "hybrid.py DATA --only xquad_en,xquad_de")
    parser.add_argument("--cache", type=Path, default=Path("build/bench_vectors"))
    parser.add_argument(
        "--only", help="names of tasks, of scifact, xquad_en, xquad_de and medquad (default: all)"
    )
    parser.add_argument("--engine", default="reference", choices=loading.ENGINE_NAMES)
    options = parser.parse_args()
    data = options.data
    collections = [tasks.scifact(data), tasks.xquad(data, "en"), tasks.xquad(data, "de"), tasks.medquad(data)]
    names = options.only.split(",") if options.only else [task.name for task in collections]
    cache = VectorCache(options.cache, options.engine)
    print(tables.machine("tantivy", "numpy"))
    print("## Meaning and words: nDCG@10\n")
    tables.show(
        (
            *("questions", "meaning", "words", f"reciprocal ranks, k {RRF_CONSTANT}"),
            f"both, {fusion.DEFAULT_WEIGHT} meaning (points)",
            "tuned on one half: the other half, against meaning alone",
        ),
        (fusion_row(task, cache) for task in collections if task.name in names),
    )


if __name__ == "__main__":
    main()
