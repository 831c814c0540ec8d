"""The figures of a manifest, measured again: recall and the effort it takes, the weights of meaning, quality and bands of answers.

    audit = figure_audit.measure_again(published, asked, embedder)
    audit.measured, audit.problems, audit.unchecked

The questions are embedded here, perhaps by another engine than the builder's, so that a figure may differ a little and an even choice may
fall otherwise: a figure holds within ``tolerance``, and a choice that is no worse than that is named and not called wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from commons.arrays import Vectors
from commons.embedding.embedder import Embedder
from commons.index import answer_bands, dense, fusion, retrieval, vectors
from commons.index.build import (
    answerability_calibration,
    judging,
    language_weights,
    measurement,
    missing_vectors,
    probe,
)
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.askings import Example
from commons.index.build.assembly import Materials
from commons.index.build.judging import JudgedHalves
from commons.index.build.manifest_audit import Asked
from commons.index.build.measurement import ENOUGH_RECALL, Queries
from commons.index.build.probe import Sample
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.figures import AnswerBands, Fusion, LanguageFusion, Probe
from commons.index.fusion import JudgedQuestion
from commons.index.manifest import BY_LANGUAGE, Manifest, PoolIndex, Recall
from commons.index.quality import Quality
from commons.index.retrieval import Index, Pool
from commons.progress import Progress, silent

TOLERANCE = 0.01
# Of a fit to signals that differ in the third digit, because another engine embedded the questions; they have deviation 1.
_FARTHEST_COEFFICIENT, _FARTHEST_CHANCE = 0.1, 0.05
_LABEL = "Measuring again"
_FIGURES = ("ndcg_at_10", "recall_at_10", "mrr_at_10")


@dataclass
class FigureAudit:
    """What was ``measured`` again, what differs by more than the tolerance, and what came out otherwise but no worse: all in sentences."""

    measured: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def tolerance(questions: int) -> float:
    """How far a mean over so many questions may differ: a hundredth, and what one of them can move."""
    return TOLERANCE + 1 / max(1, questions)


def measure_again(
    published: PublishedArtifact, asked: Asked, embedder: Embedder, progress: Progress = silent
) -> FigureAudit:
    """Every figure of the artifact that a model can measure; ``asked`` are the questions it was measured on, unanswerable ones with them.

    Raises:
        IndexArtifactError, SchemaError: files that cannot be read, or a leg that finds nothing (``leg-dead``).
    """
    audit, made = FigureAudit(), published.manifest
    progress(_LABEL, 0, len(made.pools) + 1)
    embedded = _embedded(asked, embedder, progress)
    questions = [question for question in embedded if question.question.relevant]
    unanswerable = [question for question in embedded if not question.question.relevant]
    queries = measurement.queries_of(questions, lambda: _titles(published, embedder, progress))
    pools = []
    for done, (name, pool) in enumerate(made.pools.items(), start=1):
        opened = retrieval.open_pool(published.folder, made, name)
        pools.append(opened)
        _recall(name, pool, opened, published.materials[name], queries, audit)
        progress(_LABEL, done, len(made.pools) + 1)
    if made.fusion:
        halves = judging.ask_all(pools, questions)
        _weights(published, pools, halves, embedder, audit)
        _qualities(made, halves, made.fusion, audit)
    if made.bands:
        index = Index(made, "", 0, tuple(pools))
        examples = answerability_calibration.gather(index, published.folder, questions, unanswerable)
        tuning = answerability_calibration.tuning_questions([question.id for question in questions])
        _bands(made.bands, examples, tuning, audit)
    progress(_LABEL, len(made.pools) + 1, len(made.pools) + 1)
    return audit


def _recall(
    name: str, pool: PoolIndex, opened: Pool, materials: Materials, queries: Queries, audit: FigureAudit
) -> None:
    if not pool.recall or pool.effort not in dense.efforts(pool.factory):
        return  # which ``manifest_audit`` says
    exact = measurement.compare_exactly(materials, queries)
    measurement.refuse_dead_legs(opened, materials, exact)
    tries = [recall for _, recall in measurement.recalls(opened, exact, pool.factory, queries)]
    number = dense.efforts(pool.factory).index(pool.effort)
    least = next((n for n, recall in enumerate(tries) if recall.at_10 >= ENOUGH_RECALL), len(tries) - 1)
    allowed = tolerance(pool.recall.queries)
    if number != least:
        _other_effort(name, tries, number, allowed, audit)
    audit.measured.append(f"pools.{name}.recall")
    _compare(f"pools.{name}.recall.at_10", pool.recall.at_10, tries[number].at_10, allowed, audit)


def _other_effort(
    name: str, tries: Sequence[Recall], number: int, allowed: float, audit: FigureAudit
) -> None:
    """The manifest names another effort than the least that was found to be enough."""
    enough = tries[number].at_10 >= ENOUGH_RECALL - allowed or number == len(tries) - 1
    less_is_enough = any(recall.at_10 >= ENOUGH_RECALL + allowed for recall in tries[:number])
    sentence = f"pools.{name}.k_factor, nprobe: the effort is not the least that finds {ENOUGH_RECALL:.0%}"
    if enough and not less_is_enough:
        audit.unchecked.append(f"{sentence}, by less than {allowed:.3f}")
    else:
        audit.problems.append(sentence)


def _weights(
    published: PublishedArtifact,
    pools: Sequence[Pool],
    halves: JudgedHalves,
    embedder: Embedder,
    audit: FigureAudit,
) -> None:
    """What chose the weight of each language, once more; a manifest of before version 3 is held to its figures alone."""
    stated, counts = published.manifest.fusion, judging.languages_of(pools)
    if not stated or published.manifest.version < BY_LANGUAGE:
        return
    as_then = [name for name, of in stated.languages.items() if of.probe.records == counts[name]]
    samples = probe.samples(list(published.materials.values()), as_then)
    for name, language in stated.languages.items():
        place = f"fusion.languages.{name}"
        if name in samples:
            _probe(place, language.probe, counts[name], _judged_by_probe(samples[name], embedder), audit)
        else:
            audit.unchecked.append(
                f"{place}.probe: it was made of {language.probe.records:,} records, and there are {counts[name]:,} now"
            )
        _tuning(place, language, halves.tuning.get(name, []), audit)


def _judged_by_probe(sample: Sample, embedder: Embedder) -> list[JudgedQuestion]:
    asked = probe.questions(sample)
    if not asked:
        return []
    questions = _rounded(embedder.embed_questions([each.question for each in asked]), len(asked), embedder)
    rests = _rounded(embedder.embed([each.passage for each in asked]), len(asked), embedder)
    return probe.judge(sample, asked, questions, rests)


def _probe(
    place: str, stated: Probe, records: int, judged: Sequence[JudgedQuestion], audit: FigureAudit
) -> None:
    now = language_weights.outcome(records, judged)
    if stated.asked != now.asked:
        audit.problems.append(f"{place}.probe.asked: {stated.asked:,}, and again {now.asked:,}")
        return
    if not now.asked:
        return  # it has no figures, to which ``stated_figures_audit`` holds it
    audit.measured.append(f"{place}.probe")
    for leg in ("dense", "keywords", "hybrid"):
        allowed = tolerance(now.asked)
        if leg != "hybrid" or stated.weight == now.weight:
            _compare(f"{place}.probe.{leg}", getattr(stated, leg), getattr(now, leg), allowed, audit)
    _other_weight(f"{place}.probe.weight", stated.weight, now.weight, judged, audit)


def _tuning(place: str, stated: LanguageFusion, judged: Sequence[JudgedQuestion], audit: FigureAudit) -> None:
    expected = len(judged) if language_weights.tells(len(judged)) else 0
    if stated.tuned_on != expected:
        audit.problems.append(
            f"{place}.tuned_on: {stated.tuned_on:,}, where a build tunes on {expected:,} questions"
        )
    if not expected:
        return  # it is the probe's
    audit.measured.append(f"{place}.dense_weight")
    weight = fusion.choose(fusion.gains(judged), stated.probe.weight)
    _other_weight(f"{place}.dense_weight", stated.dense_weight, weight, judged, audit)


def _other_weight(
    place: str, stated: float, now: float, judged: Sequence[JudgedQuestion], audit: FigureAudit
) -> None:
    """Whether another weight than the one that comes out now is worth as much."""
    if stated == now or stated not in fusion.WEIGHTS:  # which ``stated_figures_audit`` says
        return
    means = fusion.gains(judged).mean(axis=0)
    loss = float(means[fusion.WEIGHTS.index(now)] - means[fusion.WEIGHTS.index(stated)])
    sentence = f"{place}: {stated}, where choosing again gives {now}"
    if loss > tolerance(len(judged)):
        audit.problems.append(sentence)
    else:
        audit.unchecked.append(f"{sentence}; it is worth {loss:.4f}")


def _qualities(made: Manifest, halves: JudgedHalves, stated: Fusion, audit: FigureAudit) -> None:
    by_language = judging.with_quality(stated, halves.held_out).languages
    again = {
        **{
            f"quality.{name}": now for name, now in judging.qualities(halves.held_out, stated.weights).items()
        },
        **{f"fusion.languages.{name}.quality": now.quality for name, now in by_language.items()},
    }
    published = {
        **{f"quality.{name}": figures for name, figures in made.quality.items()},
        **{
            f"fusion.languages.{name}.quality": language.quality
            for name, language in stated.languages.items()
        },
    }
    for place, figures in published.items():
        now = again.get(place)
        if figures is None and now is None:
            continue
        if figures is None or now is None:
            if place.startswith("fusion"):  # of the others ``stated_figures_audit`` says it
                audit.problems.append(
                    f"{place}: questions are held out for it, or are not, and it says otherwise"
                )
            continue
        audit.measured.append(place)
        for leg, before, after in (
            ("dense", figures.dense, now.dense),
            ("keywords", figures.keywords, now.keywords),
            ("hybrid", figures.hybrid, now.hybrid),
        ):
            if (before.questions, before.unanswerable) != (after.questions, after.unanswerable):
                audit.problems.append(
                    f"{place}.{leg}: over {before.questions:,} questions, where {after.questions:,} are held out"
                )
            for name, was, is_now in _pairs(f"{place}.{leg}", before, after):
                _compare(name, was, is_now, tolerance(after.questions), audit)


def _bands(stated: AnswerBands, examples: Sequence[Example], tuning: int, audit: FigureAudit) -> None:
    """The coefficients are fitted again; the errors are those of the stated ones."""
    again = answerability_calibration.calibrate(examples, tuning, stated.unanswerable_sha256)
    if stated.calibrated_on != again.calibrated_on:
        audit.problems.append(
            f"bands.calibrated_on: {stated.calibrated_on:,}, where calibrating again takes {again.calibrated_on:,} questions"
        )
        return
    if not again.calibrated_on:
        return  # they are the committed ones, to which ``stated_figures_audit`` holds them
    audit.measured.append("bands")
    for place, was, now in (
        ("intercept", stated.intercept, again.intercept),
        *(
            (f"coefficients.{name}", was, again.coefficients[name])
            for name, was in stated.coefficients.items()
        ),
    ):
        _compare(f"bands.{place}", was, now, _FARTHEST_COEFFICIENT, audit)
    _compare("bands.known_from", stated.known_from, again.known_from, _FARTHEST_CHANCE, audit)
    if stated.errors:
        errors = answerability_calibration.errors_of(answer_bands.model_of(stated), examples)
        for name, now in errors.model_dump().items():
            of = errors.answerable if name in ("answers", "false_not_known") else errors.unanswerable
            _compare(f"bands.errors.{name}", getattr(stated.errors, name), now, tolerance(of), audit)


def _pairs(place: str, published: Quality, now: Quality) -> Iterator[tuple[str, float, float]]:
    for figure in _FIGURES:
        yield f"{place}.{figure}", getattr(published, figure), getattr(now, figure)


def _compare(place: str, published: float, now: float, allowed: float, audit: FigureAudit) -> None:
    if abs(published - now) > allowed:
        audit.problems.append(
            f"{place}: {published:.4f}, and measured again {now:.4f}; they may differ by {allowed:.3f}"
        )


def _embedded(asked: Asked, embedder: Embedder, progress: Progress) -> list[AskedQuestion]:
    if not asked:
        return []
    again = _question_vectors([question.question for _, _, question in asked], embedder, progress)
    return [AskedQuestion(*chosen, vector) for chosen, vector in zip(asked, again, strict=True)]


def _titles(published: PublishedArtifact, embedder: Embedder, progress: Progress) -> Vectors:
    return _question_vectors(measurement.titles(list(published.materials.values())), embedder, progress)


def _question_vectors(texts: Sequence[str], embedder: Embedder, progress: Progress) -> Vectors:
    """(n, d) of at least one text, rounded as a build rounds those it measures with."""
    made = embedder.embed_questions(texts, progress=progress, label="Asking questions")
    return _rounded(made, len(texts), embedder)


def _rounded(made: Vectors, count: int, embedder: Embedder) -> Vectors:
    whole = missing_vectors.refuse_other_shape(made, count, embedder)
    numbers = [str(number) for number in range(len(whole))]
    return vectors.read(
        vectors.write(numbers, whole), dimension=whole.shape[1], ids=numbers, name="questions"
    )
