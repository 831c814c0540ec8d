"""The impact of a contribution: what it adds, what it repeats, and what it changes for those who ask.

Everything here is bounded and plain, so that a report stays a page however large or hostile the contribution: what is shown are examples,
what is counted is whole. The gate fills in what the rows say by themselves, ``comparison`` what only the whole commons can tell.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a record."""

    id: str
    title: str
    text: str


class Resemblance(StrEnum):
    """How two records resemble each other: the codes of those findings that show a pair."""

    SAME_WORDS = "same-words"
    SAME_TEXT = "same-text"
    NEAR_DUPLICATE = "near-duplicate"
    SAME_FORM = "same-form"
    CONTRADICTION = "contradiction-candidate"


@dataclass(frozen=True)
class Pair:
    """An offered record beside the one it resembles, for the finding with this ``code``.

    ``alike`` is the share of words (shingles) or the cosine, from 0 to 1; ``differs`` says in words what tells them apart.
    """

    code: Resemblance
    row: int
    new: Excerpt
    other: Excerpt
    alike: float
    differs: str = ""


@dataclass(frozen=True)
class Correction:
    """An offered record beside the one that it replaces, each whole; ``key`` and ``contribution`` are those of the old one."""

    new: Excerpt
    old: Excerpt
    key: str
    contribution: str


@dataclass(frozen=True)
class Turn:
    """A retrieval question whose first answers change: titles that come in and go out, and recall before and after."""

    question: str
    enters: tuple[str, ...]
    leaves: tuple[str, ...]
    recall_before: float
    recall_after: float


@dataclass(frozen=True)
class Answers:
    """What the contribution does to the retrieval questions of the commons; means over ``questions``."""

    questions: int
    changed: int  # questions with another record among the first ten
    recall_before: float
    recall_after: float
    turns: tuple[Turn, ...] = ()  # the questions that change most


@dataclass(frozen=True)
class Impact:
    """What a contribution would add, counted, and what it would meet."""

    records: int = 0
    links: int = 0
    questions: int = 0
    pools: dict[str, int] = field(default_factory=dict)
    licenses: dict[str, int] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)
    collections: dict[str, int] = field(default_factory=dict)
    samples: tuple[Excerpt, ...] = ()  # a few records, or questions where there are none
    replaced: int = 0  # records of the commons that an offered one dcterms:replaces
    corrections: tuple[Correction, ...] = ()  # the first of these
    # "topic science", "language en": how many records the commons holds without it; None: not compared
    records_before: dict[str, int] | None = None
    pairs: tuple[Pair, ...] = ()
    answers: Answers | None = None  # None: not compared by meaning

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        answers = data["answers"]
        return cls(
            **{
                **data,
                "samples": tuple(Excerpt(**sample) for sample in data["samples"]),
                "corrections": tuple(_correction(correction) for correction in data["corrections"]),
                "pairs": tuple(_pair(pair) for pair in data["pairs"]),
                "answers": answers and _answers(answers),
            }
        )


def _pair(data: dict[str, Any]) -> Pair:
    excerpts = {name: Excerpt(**data[name]) for name in ("new", "other")}
    return Pair(**{**data, **excerpts, "code": Resemblance(data["code"])})


def _correction(data: dict[str, Any]) -> Correction:
    return Correction(**{**data, **{name: Excerpt(**data[name]) for name in ("new", "old")}})


def _answers(data: dict[str, Any]) -> Answers:
    return Answers(**{**data, "turns": tuple(_turn(turn) for turn in data["turns"])})


def _turn(data: dict[str, Any]) -> Turn:
    return Turn(**{**data, "enters": tuple(data["enters"]), "leaves": tuple(data["leaves"])})
