"""Real texts for the benches, as rows, as titles with texts, and as records.

    rows(folder / "medquad" / "qa.jsonl.gz")    the rows of a file as they were published
    titled_texts(folder, "factbook")            a title, or none, and a text of each row
    passages(folder, 2400)                      paragraphs of MedQuAD (at most 130 words), SciFact and XQuAD, with questions they answer
    short_records(folder, 200_000)              word senses, trivia, facts of countries, statements

The folder holds one folder a data set: ``medquad/qa.jsonl.gz``, ``scifact/corpus.jsonl.gz``, ``xquad/passages.jsonl.gz`` and so on, in the
form in which these are published, as gzip JSON Lines. ``tasks.py`` has those that ask questions of them.
"""

from __future__ import annotations

import csv
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


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def judgements(path: Path) -> dict[str, set[str]]:
    """Question -> the passages that a table of judgements (BEIR's TSV of query-id, corpus-id, score) calls relevant to it."""
    relevant: dict[str, set[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                relevant.setdefault(row["query-id"], set()).add(row["corpus-id"])
    return relevant


def with_id(record: Record) -> Record:
    return replace(record, id=identity.record_id(record.core()))


# Titles and texts, uncut

_FILES = {
    "medquad": "qa",
    "opentriviaqa": "trivia",
    "factbook": "fields",
    "oewn": "synsets",
    "creak": "train",
}


def titled_texts(folder: Path, name: str) -> Iterator[tuple[str | None, str]]:
    for row in rows(folder / name / f"{_FILES[name]}.jsonl.gz"):
        match name:
            case "medquad" | "opentriviaqa":
                yield row["question"], row["answer"]
            case "factbook":
                yield f"{row['country']}: {row['field']}", row["text"]
            case "oewn":
                yield ", ".join(row["members"]), "; ".join(row["definition"])
            case _:
                yield None, row["sentence"]


def glosses(folder: Path) -> Iterator[tuple[str, str]]:
    """Word senses: the words that share one, and its definition with its examples."""
    for row in rows(folder / "oewn" / "synsets.jsonl.gz"):
        examples = [
            example if isinstance(example, str) else example["text"] for example in row.get("example", [])
        ]
        yield ", ".join(row["members"]), "; ".join([*row["definition"], *examples])


# Passages with questions


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question, and the ids of the records that answer it."""

    text: str
    answers: frozenset[str]


@dataclass(frozen=True)
class PassageSample:
    records: list[Record]
    questions: list[AnsweredQuestion]


def passages(folder: Path, count: int) -> PassageSample:
    """``count`` passages drawn from all, and of the questions that these answer at most ``QUESTIONS_OF_EACH`` data set."""
    rng = random.Random(1)  # noqa: S311  (a sample, not a secret)
    records: dict[str, Record] = {}
    answers: dict[str, dict[str, set[str]]] = {}  # data set -> question -> ids
    for question, record in _passages_by_question(folder):
        records.setdefault(record.id, record)
        if question:
            answers.setdefault(str(record.sources[0].title), {}).setdefault(question, set()).add(record.id)
    if count > len(records):
        raise SystemExit(f"There are {len(records):,} passages in {folder}, not {count:,}.")
    sample = rng.sample(list(records.values()), count)
    ids = {record.id for record in sample}
    questions: list[AnsweredQuestion] = []
    for by_question in answers.values():
        candidates = [
            AnsweredQuestion(text, frozenset(relevant & ids))
            for text, relevant in sorted(by_question.items())
            if relevant & ids
        ]
        questions += rng.sample(candidates, min(QUESTIONS_OF_EACH, len(candidates)))
    return PassageSample(sample, questions)


def _passages_by_question(folder: Path) -> Iterator[tuple[str, Record]]:
    """(question or nothing, passage), a passage once for each of its questions."""
    for row in rows(folder / "medquad" / "qa.jsonl.gz"):
        words = row["answer"].split()
        for start in range(0, len(words), PASSAGE_WORDS):
            text = " ".join(words[start : start + PASSAGE_WORDS])
            yield row["question"], _record("medquad", text, url=row["url"], topic="medicine")
    scifact, xquad = folder / "scifact", folder / "xquad"
    yield from _judged_passages(
        "scifact",
        ((row["_id"], f"{row['title']}\n{row['text']}") for row in rows(scifact / "corpus.jsonl.gz")),
        {row["_id"]: row["text"] for row in rows(scifact / "queries_train.jsonl.gz")},
        scifact / "qrels_train.tsv",
    )
    yield from _judged_passages(
        "xquad",
        ((row["_id"], row["text"]) for row in rows(xquad / "passages.jsonl.gz") if row["lang"] == "en"),
        {row["_id"]: row["text"] for row in rows(xquad / "questions.jsonl.gz") if row["lang"] == "en"},
        xquad / "qrels.tsv",
    )


def _judged_passages(
    collection: str, texts: Iterable[tuple[str, str]], questions: dict[str, str], table: Path
) -> Iterator[tuple[str, Record]]:
    by_passage: dict[str, list[str]] = {}
    for question, relevant in judgements(table).items():
        for passage in relevant:
            if question in questions:
                by_passage.setdefault(passage, []).append(questions[question])
    for passage, text in texts:
        if len(text.encode()) > MAX_TEXT_BYTES:
            continue  # a few abstracts are longer than a record may be
        record = _record(collection, text)
        for question in by_passage.get(passage, [""]):
            yield question, record


# Short records


def short_records(folder: Path, count: int) -> dict[str, list[Record]]:
    """Collection -> records, ``count`` in all, in the order in which the data sets stand below; what is said twice is taken once."""
    collections: dict[str, list[Record]] = {}
    ids: set[str] = set()
    for collection, record in _short_records(folder):
        if len(ids) == count:
            break
        if record.id not in ids:
            ids.add(record.id)
            collections.setdefault(collection, []).append(record)
    if len(ids) < count:
        raise SystemExit(f"There are {len(ids):,} short records in {folder}, not {count:,}.")
    return collections


def _short_records(folder: Path) -> Iterator[tuple[str, Record]]:
    for title, text in glosses(folder):
        yield "oewn", _record("oewn", text, title=title, topic="language")
    for question, answer in titled_texts(folder, "opentriviaqa"):
        yield (
            "trivia",
            _record("trivia", f"{question} {answer}", spdx="CC-BY-SA-4.0", topic="encyclopaedia"),
        )
    for title, text in titled_texts(folder, "factbook"):
        shortened = " ".join(text.split()[:PASSAGE_WORDS])
        yield "factbook", _record("factbook", shortened, title=title, spdx="CC0-1.0", topic="geography")
    for part in ("train", "dev"):
        for row in rows(folder / "creak" / f"{part}.jsonl.gz"):
            yield "creak", _record("creak", row["sentence"], spdx="MIT", topic="commonsense")
    for row in rows(folder / "e-care" / "train_explanations.jsonl.gz"):
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
    return with_id(
        Record(
            id="",
            title=unicodedata.normalize("NFC", title)[:MAX_TITLE_CHARACTERS] if title else None,
            text=unicodedata.normalize("NFC", text),
            lang="en",
            topic=(topic,),
            license=spdx,
            sources=(Source(title=collection, url=url),),
        )
    )
