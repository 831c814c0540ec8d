"""Fusion: two lists of candidates, by meaning and by words, become one.

score = w x cosine + (1 - w) x (BM25 / the question's best BM25) + exact

``exact`` is the share of the question that is a rare name, code or number the record has as it is written (``exact_terms``); by meaning
alone (w = 1) it does not count. It gains on SciFact, whose claims are full of codes, and costs nothing on MedQuAD and XQuAD.
Every candidate of either list gets its true cosine, so a record found by its words is judged by its meaning as well. Reciprocal rank
fusion, which looks at ranks alone, loses on questions where one list is much the weaker (MedQuAD); this sum gains on all three of
SciFact, XQuAD and MedQuAD at the same weight (``scripts/bench/hybrid.md``). The weight is chosen on one half of the commons' own questions,
where there are enough, and reported on the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commons.arrays import Scores
from commons.index import quality

DEPTH = 100  # candidates of each list
DEFAULT_WEIGHT = 0.8
WEIGHTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
_ENOUGH_QUESTIONS = 50  # below this, chance would choose the weight


@dataclass(frozen=True)
class Candidates:
    """What both lists found for one question: ``ids``, (n,) ``cosines``, (n,) ``keywords``, shares of the question's best BM25, and (n,)
    ``exact``, shares of the question."""

    ids: tuple[str, ...]
    cosines: Scores
    keywords: Scores
    exact: Scores

    def ranked(self, weight: float, limit: int) -> list[tuple[float, int]]:
        """(score, number of the candidate), best first; equal scores in the order of ids, so that a ranking is always the same."""
        scores = blend(self.cosines, self.keywords, weight)
        if weight < 1:
            scores = scores + self.exact
        return sorted(
            zip(scores.tolist(), range(len(self.ids)), strict=True),
            key=lambda scored: (-scored[0], self.ids[scored[1]]),
        )[:limit]

    def ids_ranked(self, weight: float) -> list[str]:
        return [self.ids[number] for _, number in self.ranked(weight, quality.CUTOFF)]


def blend(cosines: Scores, keywords: Scores, weight: float) -> Scores:
    mixed: Scores = weight * cosines + (1 - weight) * keywords
    return mixed


@dataclass(frozen=True)
class JudgedQuestion:
    """A question with what was found for it and what answers it."""

    candidates: Candidates
    relevant: frozenset[str]


def tune(questions: Mapping[str, Sequence[JudgedQuestion]]) -> tuple[float, int]:
    """(dense weight, number of questions it was chosen on), from the tuning halves of each collection of questions.

    The best mean over collections wins among weights at which no collection does worse than by meaning alone.
    """
    counted = {name: judged for name, judged in questions.items() if judged}
    total = tuning_questions(sum(map(len, counted.values())))
    if not total:
        return DEFAULT_WEIGHT, 0
    gained = {weight: [_mean(judged, weight) for judged in counted.values()] for weight in WEIGHTS}
    alone = gained[1.0]
    harmless = [
        weight for weight in WEIGHTS if all(a >= b for a, b in zip(gained[weight], alone, strict=True))
    ]
    return max(harmless, key=lambda weight: (sum(gained[weight]), weight)), total


def tuning_questions(count: int) -> int:
    """On how many of ``count`` questions the weight is chosen: all of them, or none where they are too few."""
    return count if count >= _ENOUGH_QUESTIONS else 0


def gain(questions: Mapping[str, Sequence[JudgedQuestion]], weight: float) -> float:
    """Mean nDCG@10 over the collections of questions at this weight."""
    return sum(_mean(judged, weight) for judged in questions.values()) / len(questions)


def _mean(questions: Sequence[JudgedQuestion], weight: float) -> float:
    return sum(
        quality.ndcg(question.candidates.ids_ranked(weight), question.relevant) for question in questions
    ) / len(questions)
