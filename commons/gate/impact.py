"""The impact of a contribution: what it adds, what it repeats, and what it changes for those who ask.

Everything here is bounded and plain, so that a report stays a page however large or hostile the contribution: what is shown are examples,
what is counted is whole. The gate fills in what the rows say by themselves, ``comparison`` what only the whole commons can tell.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Excerpt:
    """The beginning of a record."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class Pair:
    """An offered record beside the one it resembles, for a finding of this ``code``.

    ``alike`` is the share of words (shingles) or the cosine, from 0 to 1; ``differs`` says in words what tells them apart.
    """

    code: str
    row: int
    new: Excerpt
    other: Excerpt
    alike: float
    differs: str = ""


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
    samples: tuple[dict[str, str], ...] = ()  # a few records, or questions where there are none
    replaced: int = 0  # records of the commons that an offered one dcterms:replaces
    held: dict[str, int] | None = (
        None  # of its topics and languages, how many records there are before; None: not compared
    )
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
                "samples": tuple(data["samples"]),
                "pairs": tuple(_pair(pair) for pair in data["pairs"]),
                "answers": answers and _answers(answers),
            }
        )


def _pair(data: dict[str, Any]) -> Pair:
    return Pair(**{**data, "new": Excerpt(**data["new"]), "other": Excerpt(**data["other"])})


def _answers(data: dict[str, Any]) -> Answers:
    return Answers(**{**data, "turns": tuple(_turn(turn) for turn in data["turns"])})


def _turn(data: dict[str, Any]) -> Turn:
    return Turn(**{**data, "enters": tuple(data["enters"]), "leaves": tuple(data["leaves"])})
