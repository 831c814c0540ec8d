#!/usr/bin/env python
"""What the weights by language are worth: XQuAD in seven languages, SciFact and MedQuAD, each a commons of its own and all in one.

DATA holds medquad, scifact and xquad as gzip JSON Lines. Every commons is built twice by ``commons build``'s own code, once without
questions, so that the probe chooses, and once with a half of them. Texts are embedded once with the default model and kept in the cache.
Prints Markdown; our last figures are in languages.md.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import command_line, commons_folder, tables, tasks
from shared.remembering_embedder import RememberingEmbedder
from shared.tasks import RetrievalTask
from shared.texts import with_id
from shared.vector_cache import VectorCache

from commons import digests
from commons.embedding import loading
from commons.index import fusion, quality, retrieval
from commons.index.fusion import JudgedQuestion, Weights
from commons.index.manifest import Manifest
from commons.index.retrieval import Pool
from commons.layout import Kind, ShardPath
from commons.operations import build
from commons.records import identity, shards
from commons.records.catalogue import Filters
from commons.records.schema import MAX_TEXT_BYTES, Question, Record, Source
from commons.snapshots import snapshot as snapshots

ASKED = 600  # questions of each source
EARLIER_WEIGHTS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
LANGUAGES = ("ar", "de", "en", "es", "hi", "ru", "zh")


@dataclass(frozen=True)
class Collection:
    """A source as records and questions of a commons."""

    name: str
    records: list[Record]
    questions: list[Question]


def collection(task: RetrievalTask) -> Collection:
    """What is too long for a record is left out, with the questions that only it answers."""
    by_number = {
        number: _record(text, task.lang)
        for number, text in enumerate(task.passages)
        if len(text.encode()) <= MAX_TEXT_BYTES
    }
    questions = []
    for text, answers in zip(task.questions, task.answers, strict=True):
        if relevant := tuple(sorted({by_number[n].id for n in answers if n in by_number})):
            questions.append(Question(text, task.lang, relevant, "CC0-1.0"))
    named = sorted(questions, key=identity.row_id)[:ASKED]
    unique = {record.id: record for record in by_number.values()}
    return Collection(task.name.replace("_", "-"), list(unique.values()), named)


def _record(text: str, lang: str) -> Record:
    source = (Source(title="As published"),)
    empty = Record("", None, text, lang, ("reference",), "CC0-1.0", source, "", "")
    return with_id(empty)


def built(
    collections: Sequence[Collection], embedder: RememberingEmbedder, work: Path, *, asked: bool
) -> tuple[Manifest, list[Pool], tempfile.TemporaryDirectory[str]]:
    """The index of a commons of these collections, opened; with questions in it where they are ``asked``."""
    place = tempfile.TemporaryDirectory()
    folder, files = Path(place.name) / "commons", Path(place.name) / "files"
    commons_folder.write_commons(folder, {each.name: each.records for each in collections})
    for each in collections if asked else ():
        data = shards.write(Kind.QUESTION, each.questions)
        path = ShardPath(Kind.QUESTION, "", each.name, digests.sha256_hex(data))
        commons_folder.write(folder, {str(path): data})
    files.mkdir()
    made = build.build(snapshots.of_folder(folder), embedder, work, files)
    commons_folder.write(folder, made.files)
    pools = [retrieval.open_pool(folder, made.manifest, name) for name in sorted(made.manifest.pools)]
    return made.manifest, pools, place


def judge(each: Collection, pools: Sequence[Pool], embedder: RememberingEmbedder) -> Iterator[JudgedQuestion]:
    """The questions that no build tunes on, with what both legs find in the whole commons."""
    asked = [question for question in each.questions if quality.held_out(identity.row_id(question))]
    vectors = embedder.embed_questions([question.question for question in asked])
    for question, vector in zip(asked, vectors, strict=True):
        candidates, _ = retrieval.candidates(pools, vector, Filters(), question.question, depth=fusion.DEPTH)
        yield JudgedQuestion(candidates, frozenset(question.relevant), question.lang)


def ndcg(judged: Sequence[JudgedQuestion], weights: Weights) -> float:
    return statistics.fmean(
        quality.ndcg(question.candidates.ids_ranked(weights), question.relevant) for question in judged
    )


def earlier_weight(tuning: Mapping[str, Sequence[JudgedQuestion]]) -> float:
    """The rule of manifests of version 2: one weight, the best at which no collection does worse than by meaning alone."""
    gained = {w: [ndcg(judged, Weights(w)) for judged in tuning.values()] for w in EARLIER_WEIGHTS}
    harmless = [
        w for w in EARLIER_WEIGHTS if all(a >= b for a, b in zip(gained[w], gained[1.0], strict=True))
    ]
    return max(harmless, key=lambda w: (sum(gained[w]), w))


def commons_rows(
    collections: Sequence[Collection], embedder: RememberingEmbedder, work: Path
) -> Iterator[tuple[str, ...]]:
    """A row a collection, and one of their mean where there are several."""
    bare, pools, place = built(collections, embedder, work, asked=False)
    with_questions, _, other = built(collections, embedder, work, asked=True)
    judged = {each.name: list(judge(each, pools, embedder)) for each in collections}
    assert bare.fusion and with_questions.fusion
    before = earlier_weight(judged)
    ways: list[Callable[[Sequence[JudgedQuestion]], float]] = [
        lambda questions, weights=weights: ndcg(questions, weights)  # type: ignore[misc]
        for weights in (
            fusion.MEANING, fusion.WORDS, Weights(0.8), Weights(before), bare.fusion.weights, with_questions.fusion.weights,
        )
    ]  # fmt: skip
    figures = {name: [way(questions) for way in ways] for name, questions in judged.items()}
    for each in collections:
        language = each.records[0].lang
        weights = [
            made.fusion.languages[language].dense_weight for made in (bare, with_questions) if made.fusion
        ]
        yield _row(f"{each.name}, {len(each.records):,} records", figures[each.name], weights)
    if len(collections) > 1:
        means = [statistics.fmean(column) for column in zip(*figures.values(), strict=True)]
        yield _row(f"mean of {len(collections)}", means, [])
    place.cleanup()
    other.cleanup()


def _row(name: str, figures: Sequence[float], weights: Sequence[float]) -> tuple[str, ...]:
    meaning, words, default, earlier, probe, tuned = figures
    chosen = [f" at {weight:.2f}" for weight in weights] or ["", ""]
    worst = min(probe, tuned) - max(meaning, words)
    return (
        name,
        *(f"{figure:.3f}" for figure in (meaning, words, default, earlier)),
        f"**{probe:.3f}**{chosen[0]}",
        f"**{tuned:.3f}**{chosen[1]}",
        f"{worst:+.3f}",
    )


HEADS = (
    "nDCG@10",
    "meaning",
    "words",
    "0.8 for all",
    "one weight, tuned",
    "without questions",
    "with questions",
    "against the better leg",
)


def main() -> None:
    parser = command_line.parser(
        __doc__, "languages.py DATA --only xquad-hi,scifact", "languages.py DATA --mixed"
    )
    parser.add_argument("--cache", type=Path, default=Path("build/bench_vectors"))
    parser.add_argument("--only", help="names of collections (default: all)")
    parser.add_argument("--mixed", action="store_true", help="only the commons of all collections")
    parser.add_argument("--engine", default="auto", choices=loading.ENGINE_NAMES)
    options = parser.parse_args()
    data, cache = options.data, VectorCache(options.cache, options.engine)
    all_tasks = [*(tasks.xquad(data, lang) for lang in LANGUAGES), tasks.scifact(data), tasks.medquad(data)]
    embedder = RememberingEmbedder.of(
        loading.load(engine=options.engine, home=options.cache), cache, all_tasks
    )
    collections = [collection(task) for task in all_tasks]
    if options.only:
        collections = [each for each in collections if each.name in options.only.split(",")]
    print(tables.machine("tantivy", "faiss-cpu", "numpy"))
    with tempfile.TemporaryDirectory() as work:
        if not options.mixed:
            print("## Each a commons of its own\n")
            tables.show(
                HEADS, (row for each in collections for row in commons_rows([each], embedder, Path(work)))
            )
        print("## All in one commons\n")
        tables.show(HEADS, commons_rows(collections, embedder, Path(work)))


if __name__ == "__main__":
    main()
