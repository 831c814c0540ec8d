"""The questions of a commons that its index is measured on: those that have an answer, and those of which it says that it should not know.

chosen = asked_questions.on_newest(asked_questions.questions_in(folder, paths), states)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from commons import digests
from commons.arrays import Vectors
from commons.layout import Kind, ShardPath
from commons.records import identity, shards
from commons.records.schema import Question
from commons.records.states import RecordStates

# Standard error of a mean over this many questions is about a point; more would make every build pay for digits nobody reads.
MAX_QUESTIONS = 500  # of each collection


@dataclass(frozen=True)
class AskedQuestion:
    """A question of the commons, its vector, and the collection of questions it belongs to."""

    id: str
    collection: str
    question: Question
    vector: Vectors  # (d,)


def choose_questions(rows: Mapping[str, Sequence[Question]]) -> list[tuple[str, str, Question]]:
    """(id, collection, question) of those to be asked: those that have an answer; of very many a lasting choice."""
    chosen = []
    for collection, questions in sorted(rows.items()):
        named = sorted(
            {identity.row_id(question): question for question in questions if question.relevant}.items()
        )
        chosen += [(name, collection, question) for name, question in named[:MAX_QUESTIONS]]
    return chosen


def questions_in(folder: Path, paths: Iterable[ShardPath]) -> list[tuple[str, str, Question]]:
    """``choose_questions`` among those of these shards, which lie in ``folder``."""
    rows: dict[str, list[Question]] = {}
    for path in paths:
        questions = shards.read(Kind.QUESTION, folder / str(path), name=str(path))
        rows.setdefault(path.collection, []).extend(row for row in questions if isinstance(row, Question))
    return choose_questions(rows)


def on_newest(
    chosen: Sequence[tuple[str, str, Question]], states: RecordStates
) -> list[tuple[str, str, Question]]:
    """The same questions, answered by the newest versions of their records."""
    return [
        (name, collection, replace(question, relevant=tuple(sorted(states.newest_of(question.relevant)))))
        for name, collection, question in chosen
    ]


def unanswerable_in(folder: Path, paths: Iterable[ShardPath]) -> list[tuple[str, str, Question]]:
    """(id, collection, question) of those of which the commons says that it should not know: nothing is relevant to them."""
    rows = [
        (identity.row_id(question), path.collection, question)
        for path in paths
        for question in shards.read(Kind.QUESTION, folder / str(path), name=str(path))
        if isinstance(question, Question) and not question.relevant
    ]
    return sorted(
        {name: (name, collection, question) for name, collection, question in rows}.values(),
        key=itemgetter(0),
    )


def digest_of(chosen: Sequence[tuple[str, str, Question]]) -> str:
    """SHA-256 in hex of what is asked; empty when nothing is."""
    lines = "\n".join(f"{collection} {name}" for name, collection, _ in chosen)
    return digests.sha256_hex(lines.encode()) if chosen else ""
