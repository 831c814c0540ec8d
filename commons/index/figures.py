"""What a manifest states of what was measured: weights and quality by language, and the bands of answers with their errors.

They are plain numbers, which ``verify --measure`` measures again; how they come about is for ``index.build``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from commons.closed_model import ClosedModel
from commons.evidence import answerability
from commons.index import fusion
from commons.index.quality import Quality, Share

ENOUGH_QUESTIONS = 50  # below this a mean says little of a leg
_READ_SHARE = 0.4


class SearchQuality(ClosedModel):
    """Quality on the held-out half of the commons' questions, by each leg alone and by both."""

    dense: Quality
    keywords: Quality
    hybrid: Quality


class Probe(ClosedModel):
    """nDCG@10 of each leg, and of both with the ``weight`` that it chose, on questions made of the records themselves.

    ``records`` is how many of the language there were then; ``asked`` how many such questions could be made, 0 where no weight could be
    chosen.
    """

    records: int
    asked: int
    weight: Share
    dense: Share
    keywords: Share
    hybrid: Share


class LanguageFusion(ClosedModel):
    """The weight of meaning for the records of one language, what chose it, and what each leg is worth there.

    ``tuned_on`` counts the questions of the commons that had a say; ``quality`` is on the others, None where there are none.
    """

    dense_weight: Share
    chosen_by: Literal["questions", "probe", "default"]
    tuned_on: int
    probe: Probe
    quality: SearchQuality | None = None

    @property
    def legs(self) -> tuple[float, float]:
        """nDCG@10 by meaning alone and by words alone: on the questions of the commons where they tell, else on the probe's."""
        if self.quality and self.quality.hybrid.questions >= ENOUGH_QUESTIONS:
            return self.quality.dense.ndcg_at_10, self.quality.keywords.ndcg_at_10
        return self.probe.dense, self.probe.keywords

    @property
    def is_read(self) -> bool:
        """Whether the model reads the language: not where meaning finds less than two fifths of what words do.

        Between the languages all-MiniLM-L6-v2 was trained on and those it was not there is a gap: 0.66 and more of XQuAD's German and
        Spanish, 0.26 and less of its Russian, Chinese, Hindi and Arabic (``scripts/bench/languages.md``).
        """
        dense, keywords = self.legs
        return dense >= _READ_SHARE * keywords


class Fusion(ClosedModel):
    """How the two lists become one: w x cosine + (1 - w) x BM25 as a share of the question's best.

    ``dense_weight`` is w for a language that is not listed; manifests before version 3 list none. ``tuned_on`` counts the questions that
    chose weights; 0 where none did.
    """

    dense_weight: Share
    tuned_on: int
    languages: dict[str, LanguageFusion] = Field(default_factory=dict)  # by primary subtag

    @property
    def weights(self) -> fusion.Weights:
        return fusion.Weights(
            self.dense_weight, {name: of.dense_weight for name, of in self.languages.items()}
        )

    @property
    def unread(self) -> list[str]:
        """The languages that the model does not read."""
        return [name for name, language in self.languages.items() if not language.is_read]


def unread_sentence(languages: Sequence[str]) -> str:
    """What whoever asks in languages that a model does not read should know; empty where there are none."""
    if not languages:
        return ""
    these = "this language" if len(languages) == 1 else "these languages"
    return f"The model hardly reads {', '.join(languages)}: records in {these} are found by their words."


class BandErrors(ClosedModel):
    """What the bands are worth on held-out questions.

    ``answerable`` counts questions that have an answer, of which ``answers`` are called so and ``false_not_known`` are called not known.
    ``unanswerable`` counts the same questions with their records left out, and those that the commons says it should not know; of these
    ``false_answers`` are called answered. ``far`` counts the same questions with all that is near to them left out.
    """

    answerable: Annotated[int, Field(ge=1)]
    answers: Share
    false_not_known: Share
    unanswerable: Annotated[int, Field(ge=1)]
    false_answers: Share
    far: Annotated[int, Field(ge=0)]
    far_false_answers: Share
    far_not_known: Share

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the shares of answerable and of unanswerable questions that are told right; 0.5 is chance."""
        return (self.answers + 1 - self.false_answers) / 2


class AnswerBands(ClosedModel):
    """How sure an answer is, and from where on it is called answered, or known at all (``evidence.answerability``).

    ``coefficients`` by signal. ``calibrated_on`` counts the answerable questions they were fitted on; 0: they are the committed ones.
    ``unanswerable_sha256`` is of the ids of the questions of which the commons says it should not know.
    """

    calibrated_on: Annotated[int, Field(ge=0)]
    intercept: float
    coefficients: dict[str, float]
    answers_from: Share
    known_from: Share
    unanswerable_sha256: str = ""
    errors: BandErrors | None = None

    @model_validator(mode="after")
    def _is_of_our_signals(self) -> Self:
        if list(self.coefficients) != list(answerability.SIGNALS):
            raise ValueError("the coefficients are of other signals than ours")
        if self.known_from > self.answers_from:
            raise ValueError("an answer would be answered and not known at once")
        return self
