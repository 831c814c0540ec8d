"""Judging: what both legs are worth on the commons' own questions, by meaning alone, by words alone, and by both.

    halves = judging.ask_all(pools, asked)
    judgement = judging.judge(pools, asked, probes)            weights by language, and nDCG@10, recall@10 and MRR@10

The proportion of the two legs is chosen for each language on one half of the questions (``language_weights``); what is reported comes from
the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from commons.index import fusion, quality, retrieval
from commons.index.build import language_weights
from commons.index.build.asked_questions import AskedQuestion
from commons.index.figures import Fusion, Probe, SearchQuality
from commons.index.fusion import JudgedQuestion, Weights
from commons.index.quality import Quality
from commons.index.retrieval import Pool
from commons.records.catalogue import Filters

ALL = "all"  # the collections of questions together; no collection may bear the name


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
    languages: dict[str, str] = {}
    for pool in pools:
        rows = pool.numbers_of(ids)
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
