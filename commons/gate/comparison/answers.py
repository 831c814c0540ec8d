"""What a contribution does to the answers of the commons: the questions of its ``questions`` config are asked before and after.

The contribution is tried as if it had landed: its vectors stand beside what the index finds. The same look tells which offered records come
too near to too much: one among the first answers to many questions (``query-stuffing``), or the neighbour of many records (``hub``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from commons.embedding.embedder import Embedder, passage
from commons.gate.comparison import neighbourhood
from commons.gate.comparison.known_records import KnownRecords
from commons.gate.comparison.neighbourhood import DEPTH, Neighbour, RecordIndex
from commons.gate.findings import Finding
from commons.gate.impact import Answers, Turn
from commons.gate.offered_records import OfferedRecords
from commons.index import quality
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.schema import Question
from commons.records.states import RecordStates
from commons.snapshots.snapshot import Snapshot

# Of each record that are asked whether they contradict it; measured on CREAK, more finds no more.
NEIGHBOURS = 3
LEAST_COSINE = 0.6
# In SciFact, XQuAD and MedQuAD no record is among the first ten of more than 9.4 times as many texts as the average one.
_TOO_OFTEN = 12
_FEWEST_QUESTIONS = 10
# Where many subjects share an index, a good record answers many questions of its own.
_SHARE_OF_QUESTIONS = 0.05
_TURNS = 6
_SHOWN_TITLES = 3
_TITLE_CHARACTERS = 80


@dataclass(frozen=True)
class Meaning:
    """An index of the commons and the embedder it was made with."""

    index: RecordIndex
    embedder: Embedder
    missing_records: int = 0  # of the commons, that the index does not know yet


@dataclass(frozen=True)
class AnswerComparison:
    """The nearest of each offered record, what happens to the questions (None when there are none), and findings."""

    near: list[list[Neighbour]]
    answers: Answers | None
    findings: list[Finding]


def compare(
    offering: OfferedRecords,
    snapshot: Snapshot,
    known: KnownRecords,
    meaning: Meaning,
    *,
    progress: Progress = silent,
) -> AnswerComparison:
    """Embed what is offered and the questions, and ask."""
    records = [entry.record for entry in offering.records]
    ids = [record.id for record in records]
    texts = [passage(record.title, record.text) for record in records]
    vectors = meaning.embedder.embed(texts, progress=progress, label="Embedding the offer")
    progress("Comparing by meaning", 0, 2)
    _, near = neighbourhood.nearest(vectors, meaning.index, ids, vectors, DEPTH, itself=True)
    progress("Comparing by meaning", 1, 2)
    findings = list(_hubs(offering, near))
    asked = [
        row
        for shard in snapshot.shards(Kind.QUESTION)
        for row in shards.read(Kind.QUESTION, snapshot.path(shard), name=str(shard))
        if isinstance(row, Question)
    ]
    changes = None
    if asked:
        put = meaning.embedder.embed_questions([question.question for question in asked])
        now, then = snapshot.states, snapshot.states.with_corrections(offering.replaces)
        before, after = neighbourhood.nearest(
            put, meaning.index, ids, vectors, DEPTH, gone=then.replaced - now.replaced
        )
        changes = _answers(asked, before, after, offering, known, now, then)
        findings += _stuffing(offering, after, len(known))
    progress("Comparing by meaning", 2, 2)
    close = [
        [neighbour for neighbour in neighbours if neighbour.cosine >= LEAST_COSINE][:NEIGHBOURS]
        for neighbours in near
    ]
    return AnswerComparison(close, changes, findings)


def _answers(
    asked: Sequence[Question],
    before: list[list[Neighbour]],
    after: list[list[Neighbour]],
    offering: OfferedRecords,
    known: KnownRecords,
    now: RecordStates,
    then: RecordStates,
) -> Answers:
    """``now`` and ``then``: the states without and with the contribution; a question is answered by the newest of its records."""
    recalls, turns = [], []
    for question, old, new in zip(asked, before, after, strict=True):
        was, will = [hit.id for hit in old], [hit.id for hit in new]
        wanted, due = now.newest_of(question.relevant), then.newest_of(question.relevant)
        recall = (quality.recall(was, wanted), quality.recall(will, due)) if wanted else (0.0, 0.0)
        if wanted:
            recalls.append(recall)
        if was != will:
            enters = [_title(hit, offering, known) for hit in new if hit.id not in was]
            leaves = [_title(hit, offering, known) for hit in old if hit.id not in will]
            turns.append(
                Turn(question.question, tuple(enters[:_SHOWN_TITLES]), tuple(leaves[:_SHOWN_TITLES]), *recall)
            )
    means = np.mean(recalls, axis=0) if recalls else (0.0, 0.0)
    # Those whose recall falls first, then those that rises: what a maintainer would want to know.
    turns.sort(key=lambda turn: (turn.recall_after - turn.recall_before, -len(turn.enters), turn.question))
    return Answers(len(asked), len(turns), float(means[0]), float(means[1]), tuple(turns[:_TURNS]))


def _title(hit: Neighbour, offering: OfferedRecords, known: KnownRecords) -> str:
    position = known.position_of.get(hit.id)
    if hit.offered is not None:
        record = offering.records[hit.offered].record
    elif position is not None:
        record = known.record(position)
    else:
        return hit.id
    return (record.title or record.text)[:_TITLE_CHARACTERS]


def _hubs(offering: OfferedRecords, near: list[list[Neighbour]]) -> Iterator[Finding]:
    counts = neighbourhood.appearances(near, len(offering.records))
    for entry, count in zip(offering.records, counts.tolist(), strict=True):
        if count > _TOO_OFTEN * DEPTH:
            yield entry.finding("hub", f"among the ten nearest of {count:,} offered records")


def _stuffing(offering: OfferedRecords, after: list[list[Neighbour]], known: int) -> Iterator[Finding]:
    counts = neighbourhood.appearances(after, len(offering.records))
    expected = len(after) * DEPTH / (known + len(offering.records))
    for entry, count in zip(offering.records, counts.tolist(), strict=True):
        if count >= max(_FEWEST_QUESTIONS, _SHARE_OF_QUESTIONS * len(after), _TOO_OFTEN * expected):
            message = f"among the first ten answers to {count:,} of {len(after):,} questions"
            yield entry.finding("query-stuffing", message)
