"""Calibrating the bands of answers on a commons' own questions, and measuring what they are worth.

    examples = answerability_calibration.gather(index, folder, asked, unanswerable)
    bands = answerability_calibration.calibrate(examples, calibrated_on)
    again = answerability_calibration.errors_of(model, examples)

No labels are needed but those that say which records answer a question (``askings``). Coefficients are fitted on the half of the questions
that weights are tuned on, held by a ridge to the committed ones, which know of questions that are about nothing here at all; the errors
are those on the other half.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from commons.evidence import answerability, logistic
from commons.evidence.answerability import ANSWERS_FROM, AnswerModel, Band
from commons.evidence.logistic import Numbers
from commons.index import quality
from commons.index.build import askings
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.askings import Example, ExampleKind
from commons.index.figures import AnswerBands, BandErrors
from commons.index.retrieval import Index

ENOUGH_OF_EACH_HALF = 50  # questions; below this, chance would choose
MOST_QUESTIONS = 600  # of all; each is asked three times
STRENGTH = 30.0  # of the ridge, see ``logistic.fit``
FALSE_NOT_KNOWN = (
    0.05  # the share of answerable questions that may be called not known, of those it is tuned on
)
DIGITS = 4


_T = TypeVar("_T")


def gather(
    index: Index, folder: Path, asked: Sequence[AskedQuestion], unanswerable: Sequence[AskedQuestion]
) -> list[Example]:
    """What each asking of each question leaves in the first hits; the data that ``index`` is of lies in ``folder``.

    Few questions give none, because nothing is calibrated on them.
    """
    if not tuning_questions([question.id for question in asked]):
        return []
    return askings.examples_of(index, folder, askings.of(index, _spread(asked), _spread(unanswerable)))


def tuning_questions(ids: Sequence[str]) -> int:
    """On how many of the answerable questions of these ids the bands are calibrated: none, where either half has too few."""
    return sum(not reported for reported in _halves(ids))


def held_out_questions(ids: Sequence[str]) -> int:
    """On how many of them the errors are measured."""
    return sum(_halves(ids))


def _halves(ids: Sequence[str]) -> Sequence[bool]:
    """Of each question that is asked, whether it is held out; of none, where either half has too few."""
    held_out = [quality.held_out(name) for name in ids]
    enough = min(sum(held_out), len(ids) - sum(held_out)) >= ENOUGH_OF_EACH_HALF
    return _spread(held_out) if enough else []


def calibrate(examples: Sequence[Example], calibrated_on: int, unanswerable_sha256: str = "") -> AnswerBands:
    """Bands fitted on the tuning half, with their errors on the other; the committed ones where either half lacks a kind of examples.

    ``calibrated_on`` is how many answerable questions the examples of the tuning half are of.
    """
    tuning = [example for example in examples if not example.held_out]
    tells = _has_both_kinds(tuning) and _has_both_kinds([example for example in examples if example.held_out])
    model = _fitted(tuning) if tells else answerability.COMMITTED
    return AnswerBands(
        calibrated_on=calibrated_on if tells else 0,
        intercept=model.intercept,
        coefficients=dict(zip(answerability.SIGNALS, model.coefficients, strict=True)),
        answers_from=model.answers_from,
        known_from=model.known_from,
        unanswerable_sha256=unanswerable_sha256,
        errors=errors_of(model, examples) if tells else None,
    )


def _has_both_kinds(examples: Sequence[Example]) -> bool:
    """Whether something here is answerable and something is not: in a commons of one record, for one, nothing is left to ask."""
    kinds = {example.kind for example in examples}
    return ExampleKind.ANSWERABLE in kinds and bool(kinds & {ExampleKind.LEFT_OUT, ExampleKind.STATED})


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
