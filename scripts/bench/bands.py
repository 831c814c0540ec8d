#!/usr/bin/env python
"""What the bands of answers are worth: how often an answer is called one, with its record there, with it left out, and off the topic.

DATA holds medquad, scifact, xquad and tatoeba as gzip JSON Lines. Each data set is a commons of its own, XQuAD one for each language with
every second article, built and searched as ours are. Texts are embedded once with the default model and kept in the cache as .npy, which
hybrid.py reads too. Prints Markdown, or with --fit the coefficients that are committed; our last figures are in bands.md.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from shared import command_line, commons_folder, tables, tasks, texts
from shared.remembering_embedder import RememberingEmbedder
from shared.tasks import RetrievalTask
from shared.vector_cache import VectorCache

from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.evidence import answerability
from commons.evidence.answerability import AnswerModel, Band
from commons.index import library as libraries
from commons.index.build import answerability_calibration as calibration
from commons.index.build import askings
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.askings import Example, ExampleKind
from commons.index.library import Library
from commons.operations import build
from commons.records.schema import MAX_TEXT_BYTES, Question, Record, Source
from commons.snapshots import snapshot as snapshots

QUESTIONS = 300  # of each commons, and of each source that is off its topic
LANGUAGES = {"en": "", "de": "deu", "es": "spa", "hi": "hin", "ar": "ara", "ru": "rus", "zh": "cmn"}
PRIOR_STRENGTH = 5.0


# The commons


@dataclass(frozen=True)
class AskedText:
    text: str
    vector: Any
    answers: frozenset[int] = frozenset()  # numbers of passages


@dataclass(frozen=True)
class BenchCommons:
    """A commons of the passages of one data set, its questions, and by source those that are about nothing in it."""

    name: str
    lang: str
    passages: Sequence[str]
    vectors: Any
    questions: Sequence[AskedText]
    off_topic: Mapping[str, Sequence[AskedText]]

    @property
    def source(self) -> str:
        """The data set; the same paragraphs in another language are the same."""
        return self.name.partition("_")[0]


def all_commons(folder: Path, cache: VectorCache) -> Iterator[BenchCommons]:
    everyday = {lang: _everyday_questions(folder, cache, lang) for lang in LANGUAGES}
    halves = {lang: _halves(folder, cache, lang) for lang in LANGUAGES}
    scifact, medquad = (_whole(task, cache) for task in (tasks.scifact(folder), tasks.medquad(folder)))
    english = halves["en"][1]
    for each in (scifact, medquad):
        yield _with_off_topic(each, {"xquad": english.questions, "tatoeba": everyday["en"]})
    for lang, (first, second) in halves.items():
        off = {"other articles": second.questions, "tatoeba": everyday[lang]}
        others = {"scifact": scifact.questions, "medquad": medquad.questions} if lang == "en" else {}
        yield _with_off_topic(first, {**off, **others})


def _whole(task: RetrievalTask, cache: VectorCache) -> BenchCommons:
    vectors, asked = cache.passages(task), cache.questions(task)
    return _commons(task, task.name, range(len(task.passages)), range(len(task.questions)), vectors, asked)


def _halves(folder: Path, cache: VectorCache, lang: str) -> tuple[BenchCommons, BenchCommons]:
    """The passages of every second article, and those of the others."""
    task = tasks.xquad(folder, lang)
    rows = (row for row in texts.rows(folder / "xquad" / "passages.jsonl.gz") if row["lang"] == lang)
    articles = [int(row["passage"].partition("-")[0].removeprefix("xq")) for row in rows]
    vectors, asked = cache.passages(task), cache.questions(task)
    first, second = (
        _commons(
            task,
            f"xquad_{lang}",
            [number for number, article in enumerate(articles) if article % 2 == half],
            [
                n
                for n, answers in enumerate(task.answers)
                if {articles[answer] % 2 for answer in answers} == {half}
            ],
            vectors,
            asked,
        )
        for half in (0, 1)
    )
    return first, second


def _commons(
    task: RetrievalTask,
    name: str,
    passages: Sequence[int],
    questions: Sequence[int],
    vectors: Any,
    asked: Any,
) -> BenchCommons:
    place = {number: new for new, number in enumerate(passages)}
    kept = [
        AskedText(task.questions[n], asked[n], frozenset(place[answer] for answer in task.answers[n]))
        for n in _spread(questions)
    ]
    return BenchCommons(
        name, task.lang, [task.passages[number] for number in passages], vectors[list(passages)], kept, {}
    )


def _with_off_topic(made: BenchCommons, off: Mapping[str, Sequence[AskedText]]) -> BenchCommons:
    unanswered = {
        name: [replace(question, answers=frozenset()) for question in asked] for name, asked in off.items()
    }
    return replace(made, off_topic=unanswered)


def _everyday_questions(folder: Path, cache: VectorCache, lang: str) -> list[AskedText]:
    """Sentences of Tatoeba that ask something."""
    code = LANGUAGES[lang]
    rows = list(texts.rows(folder / "tatoeba" / "pairs.jsonl.gz"))
    asked = sorted(
        {
            row["text"]
            for row in rows
            if row["lang"] == code and row["text"].strip().endswith(("?", "؟", "？"))
        }
        if code
        else {row["en"] for row in rows if row["lang"] in ("deu", "spa") and row["en"].endswith("?")}
    )
    vectors = cache.texts(f"tatoeba_{lang}_asking", asked, questions=True)
    return [AskedText(asked[n], vectors[n]) for n in _spread(range(len(asked)))]


def _spread(numbers: Sequence[int]) -> Sequence[int]:
    return numbers[:: max(1, len(numbers) // QUESTIONS)][:QUESTIONS]


# What they answer


@dataclass(frozen=True)
class Measured:
    """A commons and the examples its questions gave, those off its topic by their source."""

    commons: BenchCommons
    examples: list[Example]
    off_topic: dict[str, list[Example]]

    @cached_property
    def everything(self) -> list[Example]:
        """What the committed coefficients are fitted on: all that is known, off topic in place of far."""
        near = [example for example in self.examples if example.kind is not ExampleKind.FAR]
        return near + [example for examples in self.off_topic.values() for example in examples]


def measure(commons: BenchCommons, model: Embedder) -> Measured:
    with tempfile.TemporaryDirectory() as name:
        library, ids = _opened(Path(name), commons, model)
        index, folder = library.index, library.snapshot.folder
        asked = [_asked(question, commons.lang, ids) for question in commons.questions]
        examples = askings.examples_of(index, folder, askings.of(index, asked, ()))
        off = {
            source: askings.examples_of(
                index,
                folder,
                askings.of(index, (), [_asked(q, commons.lang, ids) for q in questions]),
            )
            for source, questions in commons.off_topic.items()
        }
        return Measured(commons, examples, off)


def _opened(place: Path, commons: BenchCommons, model: Embedder) -> tuple[Library, list[str]]:
    """The commons built and opened, and the id of each passage."""
    records = [_record(commons, text) for text in commons.passages]
    known = {record.text: vector for record, vector in zip(records, commons.vectors, strict=True)}
    embedder = RememberingEmbedder(model, known, {})
    folder = place / "commons"
    commons_folder.write_commons(folder, {commons.source: list({each.id: each for each in records}.values())})
    built = build.build(snapshots.of_folder(folder), embedder, place / "work", place / "built")
    for path, file in built.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / path)
    library = libraries.open_library(snapshots.of_folder(folder), embedder)
    return library, [record.id for record in records]


def _record(commons: BenchCommons, text: str) -> Record:
    cut = text.encode()[:MAX_TEXT_BYTES].decode(
        "utf-8", "ignore"
    )  # a few abstracts are longer than a record may be
    return texts.with_id(
        Record(
            id="", title=None, text=cut, lang=commons.lang, topic=("science",), license="CC0-1.0",
            sources=(Source(title=commons.name),),
        )
    )  # fmt: skip


def _asked(question: AskedText, lang: str, ids: Sequence[str]) -> AskedQuestion:
    relevant = tuple(sorted({ids[answer] for answer in question.answers}))
    return AskedQuestion(
        question.text, "bench", Question(question.text, lang, relevant, "CC0-1.0"), question.vector
    )


# What that is worth


def model_without(measured: Sequence[Measured], source: str) -> AnswerModel:
    """Coefficients from every other data set, none of their own commons; ``source`` may be of none."""
    examples = [each.everything for each in measured if each.commons.source != source]
    return calibration.fit(_weighed_alike(examples), np.zeros(1 + len(answerability.SIGNALS)), PRIOR_STRENGTH)


def _weighed_alike(examples: Sequence[Sequence[Example]]) -> list[Example]:
    return [example for each in examples for example in each]


def calibrated(each: Measured, prior: AnswerModel) -> AnswerModel:
    """As a build calibrates, on the tuning half of its own questions, held to coefficients that never saw this data set."""
    tuning = [example for example in each.examples if not example.held_out]
    return calibration.fit(tuning, prior.numbers, calibration.STRENGTH)


def rows_of(each: Measured, model: AnswerModel) -> Iterator[tuple[str, ...]]:
    held_out = [example for example in each.examples if example.held_out]
    by_kind = {kind: [x for x in held_out if x.kind is kind] for kind in ExampleKind}
    answerable = _bands(by_kind[ExampleKind.ANSWERABLE], model)
    yield each.commons.name, "answered here", *_shares(answerable), ""
    others: dict[str, Sequence[Example]] = {
        "record left out": by_kind[ExampleKind.LEFT_OUT],
        **each.off_topic,
    }
    for name, examples in others.items():
        bands = _bands(examples, model)
        right = (_share(answerable, Band.ANSWERS) + 1 - _share(bands, Band.ANSWERS)) / 2
        yield each.commons.name, name, *_shares(bands), f"{right:.3f}"


def _bands(examples: Iterable[Example], model: AnswerModel) -> list[Band]:
    return [model.band(model.confidence(example.signals)) for example in examples]


def _shares(bands: Sequence[Band]) -> tuple[str, str, str]:
    return str(len(bands)), f"{_share(bands, Band.ANSWERS):.3f}", f"{_share(bands, Band.NOT_KNOWN):.3f}"


def _share(bands: Sequence[Band], wanted: Band) -> float:
    return bands.count(wanted) / max(1, len(bands))


# The coefficients to commit


def refitted(measured: Sequence[Measured]) -> Iterator[str]:
    """The lines of ``SIGNALS`` and ``COMMITTED``, over all that was measured."""
    examples = _weighed_alike([each.everything for each in measured])
    centres, scales = np.array(list(answerability.SIGNALS.values())).T
    raw = np.stack([example.signals for example in examples]) * scales + centres
    means, deviations = raw.mean(axis=0).round(4), raw.std(axis=0).round(4)
    again = [
        Example(example.kind, example.held_out, (values - means) / deviations)
        for example, values in zip(examples, raw, strict=True)
    ]
    model = calibration.fit(again, np.zeros(1 + len(means)), PRIOR_STRENGTH)
    for name, mean, deviation in zip(answerability.SIGNALS, means, deviations, strict=True):
        yield f'"{name}": ({mean:g}, {deviation:g}),'
    yield f"COMMITTED = {model}"


def main() -> None:
    parser = command_line.parser(__doc__, "bands.py DATA", "bands.py DATA --fit")
    parser.add_argument("--cache", type=Path, default=Path("build/bench_vectors"))
    parser.add_argument("--engine", default="reference", choices=loading.ENGINE_NAMES)
    parser.add_argument("--fit", action="store_true", help="print the coefficients that are committed")
    options = parser.parse_args()
    model = loading.load(engine=options.engine, home=options.cache)
    cache = VectorCache(options.cache, options.engine)
    measured = [measure(each, model) for each in all_commons(options.data, cache)]
    if options.fit:
        print("\n".join(refitted(measured)))
        return
    heads = ("commons", "questions", "number", 'called "answers"', 'called "not known"', "balanced accuracy")
    priors = {each.commons.source: model_without(measured, each.commons.source) for each in measured}
    print(tables.machine("tantivy", "faiss-cpu", "numpy"))
    print("## By coefficients of other data sets alone\n")
    tables.show(heads, (row for each in measured for row in rows_of(each, priors[each.commons.source])))
    print("## Calibrated on half of its own questions, as a build does\n")
    tables.show(
        heads,
        (row for each in measured for row in rows_of(each, calibrated(each, priors[each.commons.source]))),
    )


if __name__ == "__main__":
    main()
