"""Calibrating the bands of answers on a commons' own questions, and measuring what they are worth.

    examples = answerability_calibration.gather(index, folder, asked, unanswerable)
    bands = answerability_calibration.calibrate(examples)
    again = answerability_calibration.errors_of(model, examples)

A question with an answer is asked three times: as it is; with the records that answer it left out of the scan, so that it has no answer
here; and with the records nearest to it left out as well, so that nothing here is about it. So no labels are needed but those that say
which records answer. The questions of which the commons itself says that it should not know are asked once. Coefficients are fitted on the half
of the questions that weights are tuned on, held by a ridge to the committed ones, which know of questions that are about nothing here at
all; the errors are those on the other half.

A made question can have an answer all the same, in a record that nobody named. In a commons of many records that say the same, the errors
look larger than they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons.arrays import Mask
from commons.evidence import answerability, logistic
from commons.evidence.answerability import ANSWERS_FROM, HEAD, AnswerModel, Band
from commons.evidence.logistic import Numbers
from commons.index import answer_bands, quality, question_words
from commons.index.build.measurement import AskedQuestion
from commons.index.keyword_fields import Text
from commons.index.manifest import AnswerBands, BandErrors
from commons.index.retrieval import Index, Pool, RankedRecord
from commons.layout import Kind
from commons.records import shards
from commons.records.catalogue import Filters
from commons.records.schema import SCHEMAS

ENOUGH_QUESTIONS = 50  # on either half; below this, chance would choose
MOST_QUESTIONS = 600  # of all; each is asked three times
NEAR = 20  # how many of the nearest are left out beside those that answer
STRENGTH = 30.0  # of the ridge: examples that it takes to move a coefficient half of the way
FALSE_NOT_KNOWN = (
    0.05  # the share of answerable questions that may be called not known, on those it is tuned on
)
DIGITS = 4


_T = TypeVar("_T")


class ExampleKind(StrEnum):
    ANSWERABLE = "answerable"
    LEFT_OUT = "left out"  # what answers it
    FAR = "far"  # and what is near to that
    STATED = "stated"  # by the commons, as what it should not know


@dataclass(frozen=True)
class Example:
    """One asking of a question: of which kind, on which half, and its signals, (d,)."""

    kind: ExampleKind
    held_out: bool
    signals: Numbers


def gather(
    index: Index, folder: Path, asked: Sequence[AskedQuestion], unanswerable: Sequence[AskedQuestion]
) -> list[Example]:
    """What each asking of each question leaves in the first hits; the data that ``index`` is of lies in ``folder``.

    Few questions give none, because nothing is calibrated on them.
    """
    if not tuning_questions([question.id for question in asked]):
        return []
    return examples_of(index, folder, askings(index, _spread(asked), _spread(unanswerable)))


def tuning_questions(ids: Sequence[str]) -> int:
    """On how many of the answerable questions of these ids the bands are calibrated: none, where either half has too few."""
    held_out = [quality.held_out(name) for name in ids]
    if min(sum(held_out), len(ids) - sum(held_out)) < ENOUGH_QUESTIONS:
        return 0
    return sum(not reported for reported in _spread(held_out))


def examples_of(index: Index, folder: Path, asked: Iterable[Asking]) -> list[Example]:
    """The examples these askings give, each text read once."""
    once = list(asked)
    texts = _read(folder, {place for asking in once for place in asking.places})
    return [example for asking in once if (example := _example(index, asking, texts))]


def calibrate(examples: Sequence[Example], calibrated_on: int, unanswerable_sha256: str = "") -> AnswerBands:
    """Bands fitted on the tuning half, with their errors on the other; the committed ones where there are no examples.

    ``calibrated_on`` is how many answerable questions the examples of the tuning half are of.
    """
    tuning = [example for example in examples if not example.held_out]
    model = _fitted(tuning) if tuning else answerability.COMMITTED
    return AnswerBands(
        calibrated_on=calibrated_on if tuning else 0,
        intercept=model.intercept,
        coefficients=dict(zip(answerability.SIGNALS, model.coefficients, strict=True)),
        answers_from=model.answers_from,
        known_from=model.known_from,
        unanswerable_sha256=unanswerable_sha256,
        errors=errors_of(model, examples) if tuning else None,
    )


def errors_of(model: AnswerModel, examples: Sequence[Example]) -> BandErrors:
    """What the model makes of the held-out examples, to four digits."""
    bands: dict[ExampleKind, list[Band]] = {kind: [] for kind in ExampleKind}
    for example in examples:
        if example.held_out:
            bands[example.kind].append(model.band(model.confidence(example.signals)))
    answerable, far = bands[ExampleKind.ANSWERABLE], bands[ExampleKind.FAR]
    unanswerable = bands[ExampleKind.LEFT_OUT] + bands[ExampleKind.STATED]
    return BandErrors(
        answerable=len(answerable),
        answers=_share(answerable, Band.ANSWERS),
        false_not_known=_share(answerable, Band.NOT_KNOWN),
        unanswerable=len(unanswerable),
        false_answers=_share(unanswerable, Band.ANSWERS),
        far=len(far),
        far_false_answers=_share(far, Band.ANSWERS),
        far_not_known=_share(far, Band.NOT_KNOWN),
    )


def fit(examples: Sequence[Example], towards: Numbers, strength: float) -> AnswerModel:
    """Answerable examples weigh as much as the others together, and of these each kind as much as the next."""
    kinds = np.array([example.kind for example in examples])
    signals = np.stack([example.signals for example in examples])
    answerable = kinds == ExampleKind.ANSWERABLE
    weights = np.where(answerable, 1.0, 0.0)
    others = [
        kinds == kind
        for kind in (*ExampleKind,)
        if kind is not ExampleKind.ANSWERABLE and (kinds == kind).any()
    ]
    for members in others:
        weights[members] = answerable.sum() / members.sum() / len(others)
    coefficients = logistic.fit(
        signals, answerable.astype(np.float64), weights, towards=towards, strength=strength
    ).round(DIGITS)
    chances = logistic.probabilities(signals[answerable], coefficients)
    known_from = min(ANSWERS_FROM, float(np.quantile(chances, FALSE_NOT_KNOWN)))
    intercept, *others_of = coefficients.tolist()
    return AnswerModel(intercept, tuple(others_of), ANSWERS_FROM, round(known_from, DIGITS))


def _fitted(tuning: Sequence[Example]) -> AnswerModel:
    return fit(tuning, answerability.COMMITTED.numbers, STRENGTH)


def _share(bands: Sequence[Band], wanted: Band) -> float:
    return round(bands.count(wanted) / len(bands), DIGITS) if bands else 0.0


def _spread(asked: Sequence[_T]) -> Sequence[_T]:
    return asked[:: max(1, math.ceil(len(asked) / MOST_QUESTIONS))]


# Asking


Place = tuple[str, int]  # path of a shard, row


@dataclass(frozen=True)
class Asking:
    """One question, asked once: the head of its ranking, and where what was left out lies that the words' statistics knew."""

    kind: ExampleKind
    question: AskedQuestion
    head: Sequence[RankedRecord]
    left_out: Sequence[Place] = ()

    @property
    def read(self) -> list[Place]:
        return [_place(self.head[number]) for number in answer_bands.to_read(self.head)]

    @property
    def places(self) -> list[Place]:
        return [*self.read, *self.left_out]


@dataclass(frozen=True)
class PoolWithout(Pool):
    """A pool some of whose positions no search gives."""

    left_out: frozenset[int] = frozenset()

    def allowed(self, filters: Filters) -> Mask | None:
        passing = super().allowed(filters)
        mask = np.ones(len(self.dense), np.bool_) if passing is None else passing.copy()
        mask[list(self.left_out)] = False
        return mask


def without(index: Index, ids: Sequence[str]) -> Index:
    """The same index, which gives none of these records."""
    return replace(index, pools=tuple(_pool_without(pool, ids) for pool in index.pools))


def _pool_without(pool: Pool, ids: Sequence[str]) -> Pool:
    rows = pc.index_in(pa.array(ids, pa.string()), pool.positions["id"].combine_chunks())
    left_out = frozenset(row for row in rows.to_pylist() if row is not None)
    return PoolWithout(pool.name, pool.dense, pool.words, pool.positions, left_out) if left_out else pool


def askings(
    index: Index, asked: Sequence[AskedQuestion], unanswerable: Sequence[AskedQuestion]
) -> Iterator[Asking]:
    """Every question with an answer three times, every other one once."""
    places = _places_of(index, {name for question in asked for name in question.question.relevant})
    for question in asked:
        yield Asking(ExampleKind.ANSWERABLE, question, head_for(index, question))
        relevant = question.question.relevant
        here = [places[name] for name in relevant if name in places]
        ranked = _ranked(without(index, relevant), question, NEAR + HEAD)
        yield Asking(ExampleKind.LEFT_OUT, question, ranked[:HEAD], here)
        near = [*relevant, *(record.id for record in ranked[:NEAR])]
        far = head_for(without(index, near), question)
        if len(far) == HEAD:  # else nearly nothing is left of the commons
            yield Asking(ExampleKind.FAR, question, far, here)
    for question in unanswerable:
        yield Asking(ExampleKind.STATED, question, head_for(index, question))


def head_for(index: Index, question: AskedQuestion) -> list[RankedRecord]:
    return _ranked(index, question, HEAD)


def _ranked(index: Index, question: AskedQuestion, count: int) -> list[RankedRecord]:
    return index.search(question.vector, count, question=question.question.question)


def _places_of(index: Index, ids: set[str]) -> dict[str, Place]:
    """Where the records of these ids lie, of those that are in the index."""
    wanted, places = pa.array(sorted(ids), pa.string()), {}
    for pool in index.pools:
        table = pool.positions.select(["id", "shard", "row"])
        for row in table.filter(pc.is_in(table["id"], value_set=wanted)).to_pylist():
            places[row["id"]] = (index.manifest.data[row["shard"]].path, row["row"])
    return places


def _place(record: RankedRecord) -> Place:
    return record.shard, record.row


def _read(folder: Path, places: set[Place]) -> dict[Place, Text]:
    """The texts at these places, each shard read once."""
    by_shard: dict[str, list[int]] = {}
    for path, row in sorted(places):
        by_shard.setdefault(path, []).append(row)
    texts: dict[Place, Text] = {}
    for path, rows in by_shard.items():
        columns = ("title", "text", "lang")
        table = shards.read_table(folder / path, SCHEMAS[Kind.RECORD], name=path, columns=columns).take(rows)
        read = map(Text, *(table.column(name).to_pylist() for name in columns))
        texts.update(zip(((path, row) for row in rows), read, strict=True))
    return texts


def _example(index: Index, asking: Asking, texts: Mapping[Place, Text]) -> Example | None:
    """None of a question that has no words, which no signal can judge."""
    read = [texts[place] for place in asking.read]
    words = question_words.of(
        asking.question.question.question,
        answer_bands.keyword_indexes(index.pools),
        {text.lang for text in read},
    )
    if not asking.head or not words.words:
        return None
    words = question_words.without(words, [texts[place] for place in asking.left_out])
    signals = answerability.signals(answer_bands.traces(words, asking.head, read))
    return Example(asking.kind, quality.held_out(asking.question.id), signals)
