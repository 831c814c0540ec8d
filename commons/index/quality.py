"""Quality: how well rankings answer the questions of a commons.

    judged = quality.measure([["kr1a…", "kr1b…"], …], [{"kr1b…"}, …])
    judged.ndcg_at_10, judged.recall_at_10, judged.mrr_at_10

Relevance is binary and a question may have several relevant records. Each measure is the mean over questions, as its source defines it:

* nDCG@10: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (ACM TOIS 20(4), 2002), in the form of
  ``ndcg_cut_10`` of trec_eval, which MTEB and BEIR report: the gain of a relevant record at rank r is 1 / log2(r + 1), divided by what
  the best possible ranking would gain;
* recall@10: ``recall_10`` of trec_eval, the share of a question's relevant records among the first ten;
* MRR@10: the measure of MS MARCO passage ranking, one over the rank of the first relevant record, 0 when it is not among the first ten.

A question without relevant records says that the commons should not know the answer. No ranking can be right about that, so it is
counted but takes no part in the means.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence, Set
from typing import Annotated

from pydantic import Field

from commons.closed_model import ClosedModel

CUTOFF = 10

Share = Annotated[float, Field(ge=0, le=1)]


class Quality(ClosedModel):
    """The means over ``questions``; ``unanswerable`` counts the questions left out because nothing answers them."""

    questions: Annotated[int, Field(ge=1)]
    ndcg_at_10: Share
    recall_at_10: Share
    mrr_at_10: Share
    unanswerable: Annotated[int, Field(ge=0)] = 0


def measure(rankings: Sequence[Sequence[str]], relevant: Sequence[Set[str]]) -> Quality | None:
    """Judge one ranking of record ids, best first, for each question; None when no question has an answer to be found."""
    pairs = [(ranked, wanted) for ranked, wanted in zip(rankings, relevant, strict=True) if wanted]
    if not pairs:
        return None
    return Quality(
        questions=len(pairs),
        ndcg_at_10=_mean([ndcg(ranked, wanted) for ranked, wanted in pairs]),
        recall_at_10=_mean([recall(ranked, wanted) for ranked, wanted in pairs]),
        mrr_at_10=_mean([reciprocal_rank(ranked, wanted) for ranked, wanted in pairs]),
        unanswerable=len(relevant) - len(pairs),
    )


def ndcg(ranked: Sequence[str], relevant: Set[str]) -> float:
    """nDCG@10 of one ranking."""
    return math.fsum(_discount(rank) for rank in _hits(ranked, relevant)) / best_gain(len(relevant))


def best_gain(relevant: int) -> float:
    """What the best ranking gains for a question with so many relevant records, before nDCG@10 divides by it."""
    return math.fsum(_discount(rank) for rank in range(1, min(relevant, CUTOFF) + 1))


def recall(ranked: Sequence[str], relevant: Set[str]) -> float:
    """recall@10 of one ranking."""
    return len(_hits(ranked, relevant)) / len(relevant)


def reciprocal_rank(ranked: Sequence[str], relevant: Set[str]) -> float:
    """The part of one ranking in MRR@10."""
    hits = _hits(ranked, relevant)
    return 1 / hits[0] if hits else 0.0


def held_out(question_id: str) -> bool:
    """Whether the question is kept for reporting; what is tuned may look at the others only.

    Half of all questions are, by a hash of the id, so that the halves stay as they are when questions are added, and nobody chooses.
    """
    return hashlib.sha256(b"knowledge-held-out/v1\n" + question_id.encode()).digest()[0] % 2 == 1


def _hits(ranked: Sequence[str], relevant: Set[str]) -> list[int]:
    """The ranks, from 1, of relevant records among the first ten; a record named again is not another record."""
    first = list(dict.fromkeys(ranked))[:CUTOFF]
    return [rank for rank, name in enumerate(first, start=1) if name in relevant]


def _discount(rank: int) -> float:
    return 1 / math.log2(rank + 1)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)  # fsum: the same in whatever order the questions come
