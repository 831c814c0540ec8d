"""The band of an answer: what an opened index, its first hits and their texts say of whether they answer.

    assessment = answer_bands.assess(index, question, ranked, text_of)
    assessment.band, assessment.confidence, assessment.calibrated_on

The signals and the model are those of ``evidence.answerability``, the coefficients the manifest's. An artifact that states none, because it
is older, is judged by the committed ones; ``calibrated_on`` is 0 then, as where the commons had too few questions of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from commons.evidence import answerability
from commons.evidence.answerability import HEAD, AnswerModel, Band, Traces
from commons.index import word_coverage
from commons.index.figures import AnswerBands
from commons.index.keyword_fields import Text
from commons.index.retrieval import Index, RankedRecord
from commons.index.word_coverage import CoverageWords


@dataclass(frozen=True)
class Assessment:
    """``confidence`` is the chance that a hit answers; ``calibrated_on`` how many questions of this commons taught it, 0 for none."""

    band: Band
    confidence: float
    calibrated_on: int

    @property
    def sentence(self) -> str:
        """What stands above the hits."""
        return answerability.SENTENCES[self.band]

    @property
    def caveat(self) -> str:
        """What to know of the band where it was not taught by this commons; nothing else."""
        return "" if self.calibrated_on else "This judgement is not calibrated on this commons."


def assess(
    index: Index, question: str, ranked: Sequence[RankedRecord], text_of: Callable[[RankedRecord], Text]
) -> Assessment:
    """``ranked`` are at least the first ``HEAD`` records for the question, where there are so many; a few of them are read."""
    head = ranked[:HEAD]
    texts = [text_of(head[number]) for number in to_read(head)]
    words = word_coverage.of(question, index.statistics(question), {text.lang for text in texts})
    if not head or not words.words:
        # Silent words alone can still be a title: "The Who".
        named = any(_is_title(question, text) for text in texts)
        return certain(index, Band.ANSWERS if named else Band.NOT_KNOWN)
    model = model_of(index.manifest.bands)
    seen = traces(words, head, texts)
    confidence = model.confidence(answerability.signals(seen))
    band = model.band(confidence)
    if band is Band.NOT_KNOWN and answerability.has_all_words(seen):
        # Whatever a model makes of a word that is misspelt, or of a language it does not read. The stated errors do not count on it.
        band = Band.RELATED
    return Assessment(band, confidence, calibration_of(index))


def certain(index: Index, band: Band) -> Assessment:
    """Of an answer that nothing had to be judged for: the records that were named, or none at all."""
    return Assessment(band, float(band is Band.ANSWERS), calibration_of(index))


def calibration_of(index: Index) -> int:
    """How many questions of the commons the bands were calibrated on."""
    return index.manifest.bands.calibrated_on if index.manifest.bands else 0


def model_of(stated: AnswerBands | None) -> AnswerModel:
    """The model a manifest states, the committed one where it states none."""
    if stated is None:
        return answerability.COMMITTED
    return AnswerModel(
        stated.intercept,
        tuple(stated.coefficients[name] for name in answerability.SIGNALS),
        stated.answers_from,
        stated.known_from,
    )


def to_read(head: Sequence[RankedRecord]) -> list[int]:
    """Which records of the head are read, by their place in it."""
    return answerability.to_read([record.keyword for record in head])


def traces(words: CoverageWords, head: Sequence[RankedRecord], texts: Sequence[Text]) -> Traces:
    """What the question left in the first hits; ``texts`` are those of ``to_read``."""
    return Traces(
        rarities=words.rarities,
        unknown=words.unknown,
        names=words.names,
        records=words.records,
        scores=np.array([record.score for record in head], np.float32),
        cosines=np.array([record.cosine for record in head], np.float32),
        keywords=np.array([record.keyword for record in head], np.float32),
        read=tuple(words.sentences(text) for text in texts),
    )


def _is_title(question: str, text: Text) -> bool:
    return bool(text.title) and question.strip().casefold() == str(text.title).strip().casefold()
