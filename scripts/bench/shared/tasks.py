"""Retrieval tasks of published data sets: passages, questions, and which passages answer which question.

    task = tasks.xquad(folder, "de")
    task.passages[n] for n in task.answers[0]      what answers task.questions[0]

Questions of equal words are one question with the answers of all, as MTEB has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .texts import judgements, rows


@dataclass(frozen=True)
class RetrievalTask:
    name: str
    lang: str
    passages: list[str]
    questions: list[str]
    answers: list[set[int]]  # numbers of passages


def scifact(folder: Path) -> RetrievalTask:
    corpus = list(rows(folder / "scifact" / "corpus.jsonl.gz"))
    number = {row["_id"]: place for place, row in enumerate(corpus)}
    relevant = judgements(folder / "scifact" / "qrels_train.tsv")
    questions = rows(folder / "scifact" / "queries_train.jsonl.gz")
    return _task(
        "scifact",
        "en",
        [f"{row['title']}\n{row['text']}".strip() for row in corpus],
        ((row["text"], {number[passage] for passage in relevant[row["_id"]]}) for row in questions),
    )


def xquad(folder: Path, lang: str, *, titled: bool = False) -> RetrievalTask:
    """``titled``: with the article's title in the first line, as the commons embeds a record; MTEB has the paragraphs alone."""
    corpus = [row for row in rows(folder / "xquad" / "passages.jsonl.gz") if row["lang"] == lang]
    number = {row["passage"]: place for place, row in enumerate(corpus)}
    questions = (row for row in rows(folder / "xquad" / "questions.jsonl.gz") if row["lang"] == lang)
    return _task(
        f"xquad_{lang}",
        lang,
        [f"{row['title']}\n{row['text']}" if titled else row["text"] for row in corpus],
        ((row["text"], {number[row["passage"]]}) for row in questions),
    )


def medquad(folder: Path) -> RetrievalTask:
    """An answer that is given to several questions answers each of them in every copy."""
    corpus = list(rows(folder / "medquad" / "qa.jsonl.gz"))
    copies: dict[str, set[int]] = {}
    for place, row in enumerate(corpus):
        copies.setdefault(row["answer"], set()).add(place)
    return _task(
        "medquad",
        "en",
        [row["answer"] for row in corpus],
        ((row["question"], copies[row["answer"]]) for row in corpus),
    )


def _task(
    name: str, lang: str, passages: list[str], questions: Iterable[tuple[str, set[int]]]
) -> RetrievalTask:
    answers: dict[str, set[int]] = {}
    for question, relevant in questions:
        answers.setdefault(question, set()).update(relevant)
    return RetrievalTask(name, lang, passages, list(answers), list(answers.values()))
