"""What a manifest says against what follows from the data and the log: everything in it that needs neither model nor index library.

    data, questions = …sorted_by_landing(…)
    problems = list(manifest_audit.problems(manifest, raw, folder, data))
    asked = manifest_audit.questions_of(manifest, folder, data, questions)        None where no build saw such questions

A build takes everything that had landed. So the data it lists is where the log began, without a gap and in its order, and the questions are
those that were there then; what landed later makes an index stale, and is no fault of it.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from commons.evidence.answerability import ANSWERS_FROM
from commons.index import dense, fusion, manifest, quality
from commons.index.build import (
    answerability_calibration,
    asked_questions,
    judging,
    language_weights,
    measurement,
    probe,
)
from commons.index.build.log_order import LandedShard
from commons.index.manifest import (
    BY_LANGUAGE,
    ENOUGH_QUESTIONS,
    BandErrors,
    Fusion,
    LanguageFusion,
    Manifest,
    PoolIndex,
)
from commons.index.vectors import Encoding
from commons.layout import Kind
from commons.records import shards, states
from commons.records.languages import primary_subtag
from commons.records.schema import SCHEMAS, Question
from commons.records.states import RecordStates

Asked = Sequence[tuple[str, str, Question]]  # (id, collection, question), as ``measurement`` chooses them

_FIRST_VERSION = 1  # knew no keywords, no questions and no measuring
_SECOND_VERSION = 2  # knew one weight for all languages, and chose it among these
_EARLIER_WEIGHTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)


def problems(made: Manifest, raw: bytes, folder: Path, data: Sequence[LandedShard]) -> Iterator[str]:
    """What is wrong with the manifest whose bytes are ``raw``; ``data`` are all data shards, which lie in ``folder``, in landing order."""
    if not _is_canonical(made, raw):
        yield "the manifest is not written as a build writes it"
    yield from _data_problems(made, folder, data)
    yield from _engine_problems(made)
    yield from _languages_problems(made, folder)
    if list(made.pools) != sorted(made.pools):
        yield "pools: they are not in order"
    for name, pool in made.pools.items():
        for problem in _pool_problems(made, pool):
            yield f"pools.{name}: {problem}"
    if made.cost and not _is_possible_cost(made):
        yield "cost: no build takes that"


def odd_reasons(made: Manifest) -> Iterator[str]:
    """Fields whose words are not those of this version: of another one, or of nobody."""
    if made.version == _FIRST_VERSION:
        return
    for name, pool in made.pools.items():
        if pool.why not in {choice.why for choice in _choices(pool) if choice.factory == pool.factory}:
            yield f"pools.{name}.why"


def newer_records(made: Manifest, folder: Path, data: Sequence[LandedShard]) -> int:
    """How many records landed after the build: the index is stale by so many."""
    listed = {file.path for file in made.data}
    missing = [shard.path for shard in data if str(shard.path) not in listed]
    return sum(shards.row_count(folder / str(path)) for path in missing)


def questions_of(
    made: Manifest, folder: Path, data: Sequence[LandedShard], questions: Sequence[LandedShard]
) -> Asked | None:
    """What the index was measured on; None when at no moment at which it can have been built these were the questions."""
    if made.version == _FIRST_VERSION:
        return []
    first, end = _moments(made, data)
    turns = {shard.turn for shard in questions if first < shard.turn < end}
    for turn in sorted(turns | {first}, reverse=True):
        chosen = asked_questions.questions_in(
            folder, [shard.path for shard in questions if shard.turn <= turn]
        )
        if asked_questions.digest_of(chosen) == made.questions_sha256:
            return chosen
    return None


def states_of(
    made: Manifest, folder: Path, data: Sequence[LandedShard], links: Sequence[LandedShard]
) -> RecordStates:
    """The states of records when it can have been built last: what is corrected later changes no figure of it."""
    _, end = _moments(made, data)
    return states.in_shards((folder / str(link.path), str(link.path)) for link in links if link.turn < end)


def unanswerable_of(
    made: Manifest, folder: Path, data: Sequence[LandedShard], questions: Sequence[LandedShard]
) -> Asked | None:
    """The questions without an answer that the bands were calibrated on; None when these cannot have been all there were."""
    stated = made.bands.unanswerable_sha256 if made.bands else ""
    if not made.bands:
        return []
    first, end = _moments(made, data)
    turns = {shard.turn for shard in questions if first < shard.turn < end}
    for turn in sorted(turns | {first}, reverse=True):
        paths = [shard.path for shard in questions if shard.turn <= turn]
        chosen = asked_questions.unanswerable_in(folder, paths)
        if asked_questions.digest_of(chosen) == stated:
            return chosen
    return None


def count_problems(made: Manifest, asked: Asked) -> Iterator[str]:
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


def _is_canonical(made: Manifest, raw: bytes) -> bool:
    """The bytes themselves, so that no two manifests say the same; of earlier versions, which we cannot write, their form."""
    if made.version in (_FIRST_VERSION, _SECOND_VERSION):
        return manifest.to_json(json.loads(raw)) == raw
    return made.to_bytes() == raw


def _data_problems(made: Manifest, folder: Path, data: Sequence[LandedShard]) -> Iterator[str]:
    listed = {file.path for file in made.data}
    if len(listed) != len(made.data):
        yield "data: a shard is listed twice"
    if [file.path for file in made.data] != [str(shard.path) for shard in data if str(shard.path) in listed]:
        yield "data: the shards are not in the order in which they landed"
    first, _ = _moments(made, data)
    for shard in data:
        if shard.turn <= first and str(shard.path) not in listed:
            yield f"data: {shard.path} is left out, and what landed after it is not"
    for number, file in enumerate(made.data):
        count = shards.row_count(folder / file.path)
        if file.rows != count:
            yield f"data.{number}.rows: {file.path} has {count:,} records, not {file.rows:,}"


def _languages_problems(made: Manifest, folder: Path) -> Iterator[str]:
    """The languages whose weights are stated are those of the records, and were probed when there were about as many."""
    if made.version < BY_LANGUAGE or not made.fusion:
        return
    counts: Counter[str] = Counter()
    for file in made.data:
        table = shards.read_table(folder / file.path, SCHEMAS[Kind.RECORD], name=file.path, columns=["lang"])
        for each in table["lang"].value_counts().to_pylist():
            counts[primary_subtag(each["values"])] += each["counts"]
    stated = made.fusion.languages
    if list(stated) != sorted(counts):
        yield f"fusion.languages: {', '.join(stated)}, where the records are in {', '.join(sorted(counts))}"
        return
    for name, count in counts.items():
        probed = stated[name].probe.records
        if not language_weights.lasts(stated[name].probe, count):
            yield f"fusion.languages.{name}.probe.records: {probed:,}, of {count:,} now"


def _moments(made: Manifest, data: Sequence[LandedShard]) -> tuple[int, float]:
    """(turn of the last shard that is listed, turn of the first later one that is not): the build was made between these."""
    listed = {file.path for file in made.data}
    last = max((shard.turn for shard in data if str(shard.path) in listed), default=-1)
    later = (shard.turn for shard in data if shard.turn > last and str(shard.path) not in listed)
    return last, min(later, default=math.inf)


def _engine_problems(made: Manifest) -> Iterator[str]:
    if list(dict.fromkeys(file.engine for file in made.vectors)) != list(range(len(made.engines))):
        yield "engines: they are not listed once each, in the order in which the vectors name them"
    if len(set(made.engines)) != len(made.engines):
        yield "engines: one is listed twice"
    expected = Encoding.FLOAT16 if made.version == _FIRST_VERSION else Encoding.INT8
    if made.encoding is not expected:
        yield f"encoding: {made.encoding} is not that of version {made.version}"


def _pool_problems(made: Manifest, pool: PoolIndex) -> Iterator[str]:
    rows = pool.positions.rows
    if pool.index.rows != rows:
        yield f"index.rows: {pool.index.rows:,}, where the pool has {rows:,} records"
    if pool.factory not in {choice.factory for choice in _choices(pool)}:
        yield f"factory: {pool.factory!r} is none that a build chooses for {rows:,} records"
    if pool.effort not in dense.efforts(pool.factory):
        yield f"k_factor, nprobe: {pool.k_factor}, {pool.nprobe} is no effort that a build chooses"
    if pool.template and not 0 < pool.template.rows <= rows:
        yield f"template.rows: {pool.template.rows:,}, where the pool has {rows:,} records"
    elif pool.template and not dense.may_reuse(pool.template.rows, rows):
        yield f"template.rows: one learnt from {pool.template.rows:,} records is not used for {rows:,}"
    if any(file.rows for file in pool.keywords):
        yield "keywords: rows are counted where they mean nothing"
    if [file.path for file in pool.keywords] != sorted({file.path for file in pool.keywords}):
        yield "keywords: the files are not in order"
    if made.version != _FIRST_VERSION and not pool.keywords:
        yield "keywords: there is no keyword index, and every build makes one"


def _choices(pool: PoolIndex) -> list[dense.IndexChoice]:
    return [dense.choose(pool.positions.rows, kind) for kind in dense.KINDS]


def _is_possible_cost(made: Manifest) -> bool:
    cost = made.cost
    if cost is None:
        return True
    amounts = (cost.seconds, cost.cpu_seconds, cost.energy_kwh or 0.0)
    return all(math.isfinite(amount) and amount >= 0 for amount in amounts) and (
        0 <= cost.embedded <= made.records
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
