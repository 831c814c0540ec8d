"""Fusion: two lists of candidates, by meaning and by words, become one.

score = w x cosine + (1 - w) x (BM25 / the question's best BM25) + exact

``w`` is the weight of meaning for the language of the record (``Weights``), because a model may read one language well and another not at
all. ``exact`` is the share of the question that is a rare name, code or number the record has as it is written (``exact_terms``); by
meaning alone (w = 1) it does not count. It gains on SciFact, whose claims are full of codes, and costs nothing on MedQuAD and XQuAD.
Every candidate of either list gets its true cosine, so a record found by its words is judged by its meaning as well. Reciprocal rank
fusion, which looks at ranks alone, loses on questions where one list is much the weaker (MedQuAD); this sum gains on all three of
SciFact, XQuAD and MedQuAD at the same weight (``scripts/bench/hybrid.md``). How a language's weight is chosen: ``choose``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from commons.arrays import Scores
from commons.index import quality

DEPTH = 100  # candidates of each list
DEFAULT_WEIGHT = 0.8
WEIGHTS = tuple(round(step / 20, 2) for step in range(21))
AS_GOOD_WITHIN = (
    0.005  # nDCG@10 that what is chosen may be worse than the better leg, on the questions it is chosen on
)
_ROUNDING = 1e-9  # what adding floats in another order may differ by

Gains = npt.NDArray[np.float64]  # (questions, len(WEIGHTS)): nDCG@10 of each question at each weight


@dataclass(frozen=True)
class Weights:
    """The weight of meaning for a record, by the primary subtag of its language; ``default`` for a language that is not listed."""

    default: float = DEFAULT_WEIGHT
    by_language: Mapping[str, float] = field(default_factory=dict)

    def of(self, languages: Sequence[str]) -> Scores:
        """(n,) float32, for candidates in these languages."""
        return np.array([self.by_language.get(name, self.default) for name in languages], np.float32)


MEANING, WORDS = Weights(1.0), Weights(0.0)


@dataclass(frozen=True)
class Candidates:
    """What both lists found for one question, n records.

    ``ids``; (n,) ``cosines``; (n,) ``keywords``, shares of the question's best BM25; (n,) ``exact``, shares of the question;
    ``languages``, the primary subtag of each.
    """

    ids: tuple[str, ...]
    cosines: Scores
    keywords: Scores
    exact: Scores
    languages: tuple[str, ...]

    def ranked(self, weights: Weights, limit: int) -> list[tuple[float, int]]:
        """(score, number of the candidate), best first; equal scores in the order of ids, so that a ranking is always the same."""
        scores = blend(self.cosines, self.keywords, self.exact, weights.of(self.languages))
        return sorted(
            zip(scores.tolist(), range(len(self.ids)), strict=True),
            key=lambda scored: (-scored[0], self.ids[scored[1]]),
        )[:limit]

    def ids_ranked(self, weights: Weights) -> list[str]:
        return [self.ids[number] for _, number in self.ranked(weights, quality.CUTOFF)]

    def within(self, language: str) -> Candidates:
        """Those in this language, in the order of their ids."""
        here = [number for number, name in enumerate(self.languages) if name == language]
        here.sort(key=lambda number: self.ids[number])
        return Candidates(
            tuple(self.ids[number] for number in here),
            self.cosines[here],
            self.keywords[here],
            self.exact[here],
            (language,) * len(here),
        )


def blend(cosines: Scores, keywords: Scores, exact: Scores, weights: Scores) -> Scores:
    """The scores, of the shape that the arguments have together."""
    mixed: Scores = weights * cosines + (1 - weights) * keywords + np.where(weights < 1, exact, 0)
    return mixed


@dataclass(frozen=True)
class JudgedQuestion:
    """A question with what was found for it and what answers it; ``language`` is that of the records which do."""

    candidates: Candidates
    relevant: frozenset[str]
    language: str


def gains(questions: Sequence[JudgedQuestion]) -> Gains:
    """What each weight would gain on each question, among the records in the language of those that answer it.

    Why only among these: a language's weight then depends on nothing but its own records and questions, and no order in which languages
    are tuned could matter.
    """
    return np.array([_gains_of(question) for question in questions]).reshape(len(questions), len(WEIGHTS))


def _gains_of(question: JudgedQuestion) -> Gains:
    candidates = question.candidates.within(question.language)
    weights = np.array(WEIGHTS, np.float32)[:, None]
    # (weights, candidates), in the order of ids
    scores = blend(candidates.cosines, candidates.keywords, candidates.exact, weights)
    gained = np.zeros(len(WEIGHTS))
    for number, name in enumerate(candidates.ids):
        if name in question.relevant:
            its = scores[:, number : number + 1]
            ranks = 1 + (scores > its).sum(axis=1) + (scores[:, :number] == its).sum(axis=1)
            gained += np.where(ranks <= quality.CUTOFF, 1 / np.log2(ranks + 1), 0)
    return gained / quality.best_gain(len(question.relevant))


def choose(gained: Gains, start: float) -> float:
    """The weight to take when each of n questions would gain what a row says: (n, len(WEIGHTS)).

    Of the weights that cannot be told from the best, and are as good as either leg alone, the one nearest to ``start``. A weight cannot be
    told from the best where their means differ by no more than the standard error of that difference, question by question: so a few
    questions move the weight only where they say so clearly, and many may move it by little.
    """
    means = gained.mean(axis=0)
    best = int(means.argmax())
    differences = gained[:, best : best + 1] - gained
    errors = (
        differences.std(axis=0, ddof=1) / np.sqrt(len(gained)) if len(gained) > 1 else np.zeros(len(WEIGHTS))
    )
    alike = differences.mean(axis=0) <= errors + _ROUNDING
    good = alike & (means >= max(means[0], means[-1]) - AS_GOOD_WITHIN)
    return min(
        (weight for weight, is_good in zip(WEIGHTS, good, strict=True) if is_good),
        key=lambda weight: (abs(weight - start), weight),
    )
