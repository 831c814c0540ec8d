"""Real texts for the benchmarks, as records: passages with questions that they answer, and many short records.

    passages(folder, 2400)      paragraphs of MedQuAD (at most 130 words), SciFact and XQuAD, and questions with their answers
    short_records(folder, n)    word senses, trivia, facts of countries, statements

The folder holds one folder a source: ``medquad/qa.jsonl.gz``, ``scifact/corpus.jsonl.gz``, ``xquad/passages.jsonl.gz`` and so on, in the
form in which these data sets are published, as gzip JSON Lines. What is said twice is taken once.
"""

from __future__ import annotations

import gzip
import json
import random
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from commons.records import identity
from commons.records.schema import MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS, Record, Source

PASSAGE_WORDS = 130
QUESTIONS_OF_EACH = 100


@dataclass(frozen=True)
class Asked:
    """A question, and the records that answer it."""

    question: str
    answers: frozenset[str]


@dataclass(frozen=True)
class Passages:
    records: list[Record]
    questions: list[Asked]


def passages(folder: Path, count: int) -> Passages:
    """``count`` passages drawn from all, and of the questions that these answer at most ``QUESTIONS_OF_EACH`` source."""
    rng = random.Random(1)  # noqa: S311  (a sample, not a secret)
    made: dict[str, Record] = {}
    answers: dict[str, dict[str, set[str]]] = {}  # source -> question -> ids
    for question, record in _answered(folder):
        made.setdefault(record.id, record)
        if question:
            answers.setdefault(str(record.sources[0].title), {}).setdefault(question, set()).add(record.id)
    if count > len(made):
        raise SystemExit(f"There are {len(made):,} passages in {folder}, not {count:,}.")
    records = rng.sample(list(made.values()), count)
    there = {record.id for record in records}
    asked: list[Asked] = []
    for questions in answers.values():
        here = [Asked(one, frozenset(ids & there)) for one, ids in sorted(questions.items()) if ids & there]
        asked += rng.sample(here, min(QUESTIONS_OF_EACH, len(here)))
    return Passages(records, asked)


def _answered(folder: Path) -> Iterator[tuple[str, Record]]:
    """(question or nothing, passage), a passage once for each of its questions."""
    for row in _rows(folder / "medquad" / "qa.jsonl.gz"):
        words = row["answer"].split()
        for start in range(0, len(words), PASSAGE_WORDS):
            text = " ".join(words[start : start + PASSAGE_WORDS])
            yield row["question"], _record("medquad", text, url=row["url"], topic="medicine")
    claims = {row["_id"]: row["text"] for row in _rows(folder / "scifact" / "queries_train.jsonl.gz")}
    yield from _judged(
        _rows(folder / "scifact" / "corpus.jsonl.gz"),
        claims,
        folder / "scifact" / "qrels_train.tsv",
        "scifact",
    )
    asked = {
        row["_id"]: row["text"]
        for row in _rows(folder / "xquad" / "questions.jsonl.gz")
        if row["lang"] == "en"
    }
    english = (row for row in _rows(folder / "xquad" / "passages.jsonl.gz") if row["lang"] == "en")
    yield from _judged(english, asked, folder / "xquad" / "qrels.tsv", "xquad")


def _judged(
    rows: Iterable[dict[str, Any]], questions: dict[str, str], judgements: Path, collection: str
) -> Iterator[tuple[str, Record]]:
    """Passages with the questions a table of judgements (question, passage, score) gives them."""
    asked: dict[str, list[str]] = {}
    for line in judgements.read_text("utf-8").splitlines()[1:]:
        question, passage, score = line.split("\t")
        if question in questions and int(score) > 0:
            asked.setdefault(passage, []).append(questions[question])
    for row in rows:
        text = f"{row['title']}\n{row['text']}" if collection == "scifact" else row["text"]
        if len(text.encode()) > MAX_TEXT_BYTES:
            continue  # a few abstracts are longer than a record may be
        record = _record(collection, text)
        for question in asked.get(row["_id"], [""]):
            yield question, record


def short_records(folder: Path, count: int) -> dict[str, list[Record]]:
    """collection -> records, ``count`` in all, in the order in which the sources stand below."""
    found: dict[str, list[Record]] = {}
    seen: set[str] = set()
    for collection, record in _short(folder):
        if len(seen) == count:
            break
        if record.id not in seen:
            seen.add(record.id)
            found.setdefault(collection, []).append(record)
    if len(seen) < count:
        raise SystemExit(f"There are {len(seen):,} short records in {folder}, not {count:,}.")
    return found


def _short(folder: Path) -> Iterator[tuple[str, Record]]:
    for row in _rows(folder / "oewn" / "synsets.jsonl.gz"):
        examples = [one if isinstance(one, str) else one["text"] for one in row.get("example", [])]
        text = "; ".join([*row["definition"], *examples])
        yield "oewn", _record("oewn", text, title=", ".join(row["members"]), topic="language")
    for row in _rows(folder / "opentriviaqa" / "trivia.jsonl.gz"):
        text = f"{row['question']} {row['answer']}"
        yield "trivia", _record("trivia", text, spdx="CC-BY-SA-4.0", topic="encyclopaedia")
    for row in _rows(folder / "factbook" / "fields.jsonl.gz"):
        text = " ".join(row["text"].split()[:PASSAGE_WORDS])
        title = f"{row['country']}: {row['field']}"
        yield "factbook", _record("factbook", text, title=title, spdx="CC0-1.0", topic="geography")
    for part in ("train", "dev"):
        for row in _rows(folder / "creak" / f"{part}.jsonl.gz"):
            yield "creak", _record("creak", row["sentence"], spdx="MIT", topic="commonsense")
    for row in _rows(folder / "e-care" / "train_explanations.jsonl.gz"):
        yield "e-care", _record("e-care", row["conceptual_explanation"], spdx="MIT", topic="commonsense")


def _record(
    collection: str,
    text: str,
    *,
    title: str | None = None,
    url: str | None = None,
    spdx: str = "CC-BY-4.0",
    topic: str = "science",
) -> Record:
    made = Record(
        id="",
        title=unicodedata.normalize("NFC", title)[:MAX_TITLE_CHARACTERS] if title else None,
        text=unicodedata.normalize("NFC", text),
        lang="en",
        topic=(topic,),
        license=spdx,
        sources=(Source(title=collection, url=url),),
    )
    return replace(made, id=identity.record_id(made.core()))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
