"""The figures a manifest states, as far as counting the questions tells: what was measured on how many, and which weights and bands can be.

    problems = list(stated_figures_audit.problems(manifest, asked))

The figures themselves are measured again by ``figure_audit``, which needs the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from commons.evidence.answerability import ANSWERS_FROM
from commons.index import fusion, quality
from commons.index.build import answerability_calibration, judging, language_weights, measurement, probe
from commons.index.build.manifest_audit import Asked
from commons.index.figures import ENOUGH_QUESTIONS, BandErrors, Fusion, LanguageFusion
from commons.index.manifest import BY_LANGUAGE, Manifest

_FIRST_VERSION = 1  # knew no questions and no measuring
_SECOND_VERSION = 2  # knew one weight for all languages, and chose it among these
_EARLIER_WEIGHTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def problems(made: Manifest, asked: Asked) -> Iterator[str]:
    """Counts that do not follow from the questions that were ``asked``; the figures themselves are for ``figure_audit``."""
    if made.version == _FIRST_VERSION or not made.pools:
        yield from _unmeasured_problems(made)
        return
    yield from _fusion_problems(made, asked)
    yield from _quality_problems(made, asked)
    yield from _band_problems(made, asked)
    with_questions = measurement.asks_questions(len(asked))
    titles = sum(measurement.title_count(pool.positions.rows) for pool in made.pools.values())
    expected = (len(asked), "questions") if with_questions else (titles, "titles")
    for name, pool in made.pools.items():
        if not pool.recall:
            yield f"pools.{name}.recall: it is not stated, and every build measures it"
        elif (pool.recall.queries, pool.recall.asked) != expected:
            yield (
                f"pools.{name}.recall: measured with {pool.recall.queries:,} {pool.recall.asked}, "
                f"where a build takes {expected[0]:,} {expected[1]}"
            )


def _unmeasured_problems(made: Manifest) -> Iterator[str]:
    recalls = any(pool.recall for pool in made.pools.values())
    if made.fusion or made.quality or made.bands or recalls:
        yield "figures are stated where nothing is measured"


def _fusion_problems(made: Manifest, asked: Asked) -> Iterator[str]:
    if not made.fusion:
        yield "fusion: it is not stated, and every build chooses it"
        return
    tuning = sum(not quality.held_out(name) for name, _, _ in asked)
    if made.version == _SECOND_VERSION:
        yield from _earlier_fusion_problems(made.fusion, tuning)
        return
    languages = made.fusion.languages
    if made.fusion.dense_weight != fusion.DEFAULT_WEIGHT:
        yield f"fusion.dense_weight: {made.fusion.dense_weight} is not the default"
    total = sum(language.tuned_on for language in languages.values())
    if made.fusion.tuned_on != total or total > tuning:
        yield f"fusion.tuned_on: {made.fusion.tuned_on:,}, where there are {tuning:,} questions and the languages have {total:,}"
    for name, language in languages.items():
        for problem in _language_problems(language):
            yield f"fusion.languages.{name}.{problem}"


def _language_problems(language: LanguageFusion) -> Iterator[str]:
    """What does not hang together in what is said of one language; figures are for ``figure_audit``."""
    tells = language_weights.tells(language.tuned_on)
    chosen_by = "questions" if tells else "probe" if language.probe.asked else "default"
    if language.chosen_by != chosen_by or (language.tuned_on and not tells):
        yield f"chosen_by: {language.chosen_by}, where {language.tuned_on:,} questions and {language.probe.asked:,} of the probe had a say"
    if not {language.dense_weight, language.probe.weight} <= set(fusion.WEIGHTS):
        yield f"dense_weight: {language.dense_weight} or {language.probe.weight} is none that a build chooses"
    if not language.tuned_on and language.dense_weight != language.probe.weight:
        yield f"dense_weight: {language.dense_weight}, where the probe says {language.probe.weight}"
    if not language.probe.asked and language.probe != language_weights.outcome(language.probe.records, []):
        yield "probe: it has figures, where nothing was asked"
    if not 0 <= language.probe.asked <= min(probe.MAX_QUESTIONS, language.probe.records):
        yield f"probe.asked: {language.probe.asked:,} of {language.probe.records:,} records"


def _earlier_fusion_problems(stated: Fusion, tuning: int) -> Iterator[str]:
    tuned_on = tuning if tuning >= ENOUGH_QUESTIONS else 0
    if stated.tuned_on != tuned_on:
        yield f"fusion.tuned_on: {stated.tuned_on:,}, where a build tunes on {tuned_on:,} questions"
    weights = _EARLIER_WEIGHTS if tuned_on else (fusion.DEFAULT_WEIGHT,)
    if stated.dense_weight not in weights or stated.languages:
        yield f"fusion.dense_weight: {stated.dense_weight} is none that a build chooses"


def _quality_problems(made: Manifest, asked: Asked) -> Iterator[str]:
    expected = Counter(collection for name, collection, _ in asked if quality.held_out(name))
    if len(expected) > 1:
        expected[judging.ALL] = expected.total()
    if list(made.quality) != _reported(expected):
        yield f"quality: of {', '.join(made.quality) or 'nothing'}, where questions are held out for {', '.join(expected) or 'nothing'}"
    for name, measured in made.quality.items():
        for leg, figures in (
            ("dense", measured.dense),
            ("keywords", measured.keywords),
            ("hybrid", measured.hybrid),
        ):
            if (figures.questions, figures.unanswerable) != (expected[name], 0):
                yield f"quality.{name}.{leg}: over {figures.questions:,} questions, where {expected[name]:,} are held out"


def _band_problems(made: Manifest, asked: Asked) -> Iterator[str]:
    bands = made.bands
    if not bands:
        if made.version >= BY_LANGUAGE:  # of those before readers take the committed ones
            yield "bands: they are not stated, and every build states them"
        return
    tuning = answerability_calibration.tuning_questions([name for name, _, _ in asked])
    # A build may have had enough questions and nothing unanswerable to set beside them, which only asking shows.
    if bands.calibrated_on not in (0, tuning):
        yield f"bands.calibrated_on: {bands.calibrated_on:,}, where a build calibrates on {tuning:,} questions"
    committed = answerability_calibration.calibrate([], 0, bands.unanswerable_sha256)
    if not bands.calibrated_on and bands != committed:
        yield "bands: they are calibrated on nothing, and they are not the ones of this version"
    if bands.calibrated_on and not bands.errors:
        yield "bands.errors: they are not stated, and every build that calibrates measures them"
    if bands.errors:
        yield from _band_error_problems(bands.errors, [name for name, _, _ in asked])
    if bands.answers_from != ANSWERS_FROM:
        yield f"bands.answers_from: {bands.answers_from}, where a build takes {ANSWERS_FROM}"


def _band_error_problems(errors: BandErrors, ids: Sequence[str]) -> Iterator[str]:
    """A question without words gives no example, so there may be fewer than questions; those that are stated come beside the made ones."""
    most = answerability_calibration.held_out_questions(ids)
    for name, count in (("answerable", errors.answerable), ("far", errors.far)):
        if count > most:
            yield f"bands.errors.{name}: {count:,}, where {most:,} questions are held out"
    if errors.unanswerable < errors.answerable:
        yield "bands.errors.unanswerable: each answerable question is asked again with its records left out"
    for first, second in (("answers", "false_not_known"), ("far_false_answers", "far_not_known")):
        if getattr(errors, first) + getattr(errors, second) > 1:
            yield f"bands.errors.{first}, bands.errors.{second}: together they are more than all"


def _reported(expected: Counter[str]) -> list[str]:
    """The names under which quality is reported, in order."""
    names = sorted(set(expected) - {judging.ALL})
    return names + [judging.ALL] * (len(names) > 1)
