"""Asking the questions of a commons as they are, with their records left out, and with all that is near to these left out as well.

    askings.examples_of(index, folder, askings.of(index, asked, unanswerable))      an example for each, with its signals

A question with an answer is asked three times: as it is; without the records that answer it, so that it has no answer here; and without
the nearest of the others as well, so that nothing here is about it. What the commons itself says that it should not know is asked once. A
search is the one readers make, of an index some of whose records no search gives.

A made question can have an answer all the same, in a record that nobody named. In a commons where many records say the same, errors look
larger than they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from commons.evidence import answerability
from commons.evidence.answerability import HEAD
from commons.evidence.logistic import Numbers
from commons.index import answer_bands, quality, word_coverage
from commons.index.build.asked_questions import AskedQuestion
from commons.index.keyword_fields import Text
from commons.index.retrieval import Index, RankedRecord
from commons.layout import Kind
from commons.records import shards
from commons.records.schema import SCHEMAS

NEAR = 20  # how many of the nearest are left out beside those that answer
Place = tuple[str, int]  # path of a shard, row


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


def of(
    index: Index, asked: Sequence[AskedQuestion], unanswerable: Sequence[AskedQuestion]
) -> Iterator[Asking]:
    """Every question with an answer three times, every other one once."""
    places = _places_of(index, {name for question in asked for name in question.question.relevant})
    for question in asked:
        yield Asking(ExampleKind.ANSWERABLE, question, head_for(index, question))
        relevant = question.question.relevant
        here = [places[name] for name in relevant if name in places]
        ranked = _ranked(index.without(relevant), question, NEAR + HEAD)
        yield Asking(ExampleKind.LEFT_OUT, question, ranked[:HEAD], here)
        near = [*relevant, *(record.id for record in ranked[:NEAR])]
        far = head_for(index.without(near), question)
        if len(far) == HEAD:  # else nearly nothing is left of the commons
            yield Asking(ExampleKind.FAR, question, far, here)
    for question in unanswerable:
        yield Asking(ExampleKind.STATED, question, head_for(index, question))


def examples_of(index: Index, folder: Path, asked: Iterable[Asking]) -> list[Example]:
    """The examples these askings give, each text read once."""
    once = list(asked)
    texts = _read(folder, {place for asking in once for place in asking.places})
    return [example for asking in once if (example := _example(index, asking, texts))]


def head_for(index: Index, question: AskedQuestion) -> list[RankedRecord]:
    return _ranked(index, question, HEAD)


def _ranked(index: Index, question: AskedQuestion, count: int) -> list[RankedRecord]:
    return index.search(question.vector, count, question=question.question.question)


def _places_of(index: Index, ids: set[str]) -> dict[str, Place]:
    """Where the records of these ids lie, of those that are in the index."""
    return {
        row["id"]: (index.manifest.data[row["shard"]].path, row["row"])
        for pool in index.pools
        for row in pool.rows_at(pool.numbers_of(ids))
    }


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
    question = asking.question.question.question
    words = word_coverage.of(question, index.statistics(question), {text.lang for text in read})
    if not asking.head or not words.words:
        return None
    words = word_coverage.without(words, [texts[place] for place in asking.left_out])
    signals = answerability.signals(answer_bands.traces(words, asking.head, read))
    return Example(asking.kind, quality.held_out(asking.question.id), signals)
