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

import pyarrow as pa

from commons.index import dense, manifest
from commons.index.build import (
    asked_questions,
    cluster_assembly,
    grouping,
    language_weights,
)
from commons.index.build.log_order import LandedShard
from commons.index.manifest import BY_LANGUAGE, Manifest, PoolIndex
from commons.index.vectors import Encoding
from commons.layout import Kind
from commons.records import shards, states
from commons.records.languages import primary_subtag
from commons.records.schema import SCHEMAS, Question
from commons.records.states import RecordStates

Asked = Sequence[tuple[str, str, Question]]  # (id, collection, question), as ``measurement`` chooses them

_FIRST_VERSION = 1  # knew no keywords, no questions and no measuring


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


def links_of(
    made: Manifest, folder: Path, data: Sequence[LandedShard], links: Sequence[LandedShard]
) -> pa.Table | None:
    """The links that its clusters follow from; None when at no moment at which it can have been built these were the links."""
    first, end = _moments(made, data)
    turns = {shard.turn for shard in links if first < shard.turn < end}
    for turn in sorted(turns | {first}, reverse=True):
        chosen = cluster_assembly.links_in(folder, [shard.path for shard in links if shard.turn <= turn])
        if grouping.digest_of(chosen) == made.links_sha256:
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


def _is_canonical(made: Manifest, raw: bytes) -> bool:
    """The bytes themselves, so that no two manifests say the same; of earlier versions, which we cannot write, their form."""
    if made.version < BY_LANGUAGE:
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
