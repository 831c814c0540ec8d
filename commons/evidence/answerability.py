"""Whether what a search gives answers the question: signals, the chance they speak of, and the three bands an answer comes in.

    values = answerability.signals(traces)        (d,) what the first hits say, in the order of ``SIGNALS``
    model.band(model.confidence(values))          answers, related or not_known

A search always gives what is nearest, whether or not it is near. One number cannot tell: the cosine of the best hit is often as high where
the record that answers is missing as where it is there, and in a language the model does not read it says nothing. So the words of the
question decide with it: which of them stand together in one sentence of a hit, weighted by how rare they are, which of them are names, and
how far the first hit is from the next. A logistic regression makes one chance of all. Its coefficients are plain numbers, which a build
fits to the commons' own questions (``index.build.answerability_calibration``); those here stand for them where these are too few.

What it cannot see: a record with all the words of the question that says something else, or the contrary. Questions that are made to look
answerable (as those of SQuAD 2) were not measured, and little is to be expected there. ``scripts/bench/bands.md`` has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from commons.arrays import Mask, Scores
from commons.evidence import logistic
from commons.evidence.logistic import Numbers

HEAD = 20  # hits of a ranking that are looked at
READ_HITS = 2  # of these are read, and the best by words with them
ANSWERS_FROM = 0.5  # the examples of both kinds weigh the same, so this is where either is as likely
_NEXT = slice(2, 10)  # of the head, best by words first: what the best stands out from
_AGREEING = 5


class Band(StrEnum):
    """What an answer is worth: it answers, it is about the same things, or nothing here answers."""

    ANSWERS = "answers"
    RELATED = "related"
    NOT_KNOWN = "not_known"


SENTENCES: Mapping[Band, str] = MappingProxyType(
    {
        Band.ANSWERS: "This answers the question.",
        Band.RELATED: "This is about the question, but may not answer it.",
        Band.NOT_KNOWN: "Nothing here answers this. The closest records:",
    }
)


@dataclass(frozen=True)
class Traces:
    """What a question left in the first hits: n words of the question, m hits, best first.

    ``read``: of each hit that was read, which words stand in each of its sentences.
    """

    rarities: Scores  # (n,) inverse document frequencies
    unknown: Mask  # (n,) in no record
    names: Mask  # (n,) numbers, and what is written as a name
    records: int  # of the commons
    scores: Scores  # (m,)
    cosines: Scores  # (m,)
    keywords: Scores  # (m,) shares of the best BM25
    read: tuple[Mask, ...]  # each (s, n)


# Signal -> (mean, standard deviation) over the questions the committed coefficients were fitted on; a signal is what remains after these.
SIGNALS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "sentence_coverage": (0.3659, 0.2699),
        "record_coverage": (0.4124, 0.286),
        "weight_in_sentence": (1.9737, 0.7109),
        "weight_missing": (3.2134, 3.1373),
        "unknown": (0.3436, 0.3069),
        "cosine": (0.492, 0.1909),
        "lead": (0.1077, 0.1243),
        "keyword_lead": (0.4626, 0.2293),
        "agreement": (0.2479, 0.2323),
        "names_coverage": (0.4326, 0.373),
    }
)


def to_read(keywords: Sequence[float]) -> list[int]:
    """Which of the hits of a head to read: the first, and the best by words."""
    if not len(keywords):
        return []
    return list(dict.fromkeys([*range(min(READ_HITS, len(keywords))), int(np.argmax(keywords))]))


def signals(traces: Traces) -> Numbers:
    """(d,) in the order of ``SIGNALS``, each of mean 0 and deviation 1 over the questions that the committed coefficients are from."""
    centres, scales = np.array(list(SIGNALS.values()), np.float64).T
    values: Numbers = (raw_signals(traces) - centres) / scales
    return values


def raw_signals(traces: Traces) -> Numbers:
    """(d,) as they are measured, of traces with at least one word and one hit that was read."""
    rarities = traces.rarities.astype(np.float64)
    whole = max(float(rarities.sum()), 1e-9)
    scale = math.log1p(traces.records)  # the rarest word a commons of this size can have
    by_sentence = max(float((sentences @ rarities).max()) for sentences in traces.read)
    by_record = [float(sentences.any(axis=0) @ rarities) for sentences in traces.read]
    best = traces.read[int(np.argmax(by_record))].any(axis=0)
    names = rarities * traces.names
    shares = np.sort(traces.keywords)[::-1] / max(float(traces.keywords.max()), 1e-9)
    # Scores hold shares of the best BM25, and somebody is always the best, be it by a word that says nothing.
    covered = max(by_record) > 0 and traces.keywords.any()
    following = shares[_NEXT] if len(shares) > _NEXT.start else np.zeros(1)
    values = {
        "sentence_coverage": by_sentence / whole,
        "record_coverage": max(by_record) / whole,
        "weight_in_sentence": math.log1p(by_sentence),
        "weight_missing": (whole - max(by_record)) / scale,
        "unknown": float(rarities @ traces.unknown) / whole,
        "cosine": float(traces.cosines.max()),
        "lead": float(traces.scores[0] - traces.scores[1]) if covered and len(traces.scores) > 1 else 0.0,
        "keyword_lead": 1 - float(following.mean()) if covered else 0.0,
        "agreement": _agreement(traces),
        "names_coverage": float(names @ best / names.sum()) if names.any() else max(by_record) / whole,
    }
    return np.array([values[name] for name in SIGNALS], np.float64)


def has_all_words(traces: Traces) -> bool:
    """Whether a hit that was read has every word of the question, so that it is about the same things at least."""
    return any(bool(sentences.any(axis=0).all()) for sentences in traces.read)


def _agreement(traces: Traces) -> float:
    """The share of the first hits by meaning that are among the first by words."""
    by_meaning, by_words = (
        set(np.argsort(-leg, kind="stable")[:_AGREEING].tolist()) for leg in (traces.cosines, traces.keywords)
    )
    return len(by_meaning & by_words) / _AGREEING


@dataclass(frozen=True)
class AnswerModel:
    """``intercept`` and coefficients in the order of ``SIGNALS``; the chances from which on an answer is of a band."""

    intercept: float
    coefficients: tuple[float, ...]
    answers_from: float
    known_from: float

    def confidence(self, values: Numbers) -> float:
        """The chance that a hit answers, were half of all questions answered here."""
        return float(logistic.probabilities(values[None, :], self.numbers)[0])

    def band(self, confidence: float) -> Band:
        if confidence >= self.answers_from:
            return Band.ANSWERS
        return Band.RELATED if confidence >= self.known_from else Band.NOT_KNOWN

    @property
    def numbers(self) -> Numbers:
        """(1 + d,) as ``logistic`` takes them."""
        return np.array([self.intercept, *self.coefficients], np.float64)


# Fitted by ``scripts/bench/bands.py --fit`` on SciFact, MedQuAD and XQuAD in seven languages: each question as it is, with its record left
# out, and asked of a commons about other things; vectors of all-MiniLM-L6-v2.
COMMITTED = AnswerModel(
    intercept=-1.2138,
    coefficients=(-0.273, 0.3337, 0.8259, -0.3431, -0.4413, 0.5626, 0.5524, 0.6815, 0.0469, 0.3675),
    answers_from=ANSWERS_FROM,
    known_from=0.2166,
)
