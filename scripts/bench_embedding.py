#!/usr/bin/env python
"""How fast the embedding engines are beside sentence-transformers' default on the same cores, and how near their vectors come to it.

    python scripts/bench_embedding.py DATA [--passages 240] [--rounds 3] [--quality ENGINE …]

DATA holds ``xquad`` and ``scifact`` (BEIR's files, gzipped JSON Lines and TSV). Prints Markdown tables; ours are in bench_embedding.md.
Each engine is a process of its own and they take turns, so that whatever else the machine does, it does to all of them; ratios are
medians over rounds. ``--quality`` embeds both collections whole, with the engines named: minutes each.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from commons.embedding import embedder, loading
from commons.embedding import engines as registry
from commons.embedding.engines import machine, model_source
from commons.index import quality
from commons.index.quality import Quality

DEFAULT = "sentence-transformers"  # the library itself, as its README uses it
PUBLISHED = {"SciFact train": 0.6602, "XQuAD en": 0.9436}  # MTEB results repository, all-MiniLM-L6-v2, fp32
QUESTIONS = 100  # for the time of one question, in each round


@dataclass
class Collection:
    """Texts, questions, and which texts answer which question."""

    name: str
    ids: list[str]
    passages: list[str]
    questions: list[str]
    relevant: list[set[str]]


def read_collection(name: str, corpus: Path, queries: Path, qrels: Path, lang: str = "") -> Collection:
    """Equal questions are one question with the answers of all, as MTEB counts them."""
    texts = [row for row in _rows(corpus) if not lang or row["lang"] == lang]
    with qrels.open() as file:
        judged: dict[str, set[str]] = {}
        for row in csv.DictReader(file, delimiter="\t"):
            if int(row["score"]) > 0:
                judged.setdefault(row["query-id"], set()).add(row["corpus-id"])
    merged: dict[str, set[str]] = {}
    for row in _rows(queries):
        if row["_id"] in judged and (not lang or row["lang"] == lang):
            merged.setdefault(row["text"], set()).update(judged[row["_id"]])
    return Collection(
        name,
        [row["_id"] for row in texts],
        [embedder.passage(row.get("title"), row["text"]) for row in texts],
        list(merged),
        list(merged.values()),
    )


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


# ---------------------------------------------------------------------------------------------------------------------------------
# One engine, in a process of its own: a line of JSON in, a line of JSON out.


def work(engine: str, home: Path) -> None:
    started = time.perf_counter()
    embed, embed_questions = _functions(engine, home)
    embed_questions(["What is a question?"])
    _say(cold=time.perf_counter() - started)
    for line in sys.stdin:
        order = json.loads(line)
        made, seconds, cpu = _timed(embed, order["passages"])
        each = [_timed(embed_questions, [question])[1] for question in order["questions"]]
        np.save(order["into"], made)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        _say(seconds=seconds, cpu=cpu, each=each, peak=peak)


def _functions(engine: str, home: Path) -> tuple[Any, Any]:
    if engine != DEFAULT:
        made = loading.load(engine=engine, home=home)
        return made.embed, made.embed_questions
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_source.locate(embedder.DEFAULT_MODEL).folder), device="cpu")

    def encode(texts: list[str]) -> Any:
        return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    return encode, encode


def _timed(function: Any, texts: list[str]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    made = function(texts)
    return made, time.perf_counter() - wall, time.process_time() - cpu


def _say(**values: Any) -> None:
    print(json.dumps(values), flush=True)


# ---------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Worker:
    engine: str
    home: Path
    into: Path
    process: subprocess.Popen[str] = field(init=False)
    cold: float = field(init=False)  # seconds from the start of Python to the first vector
    rounds: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        command = [sys.executable, __file__, "-", "--work", self.engine, "--home", str(self.home)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._hear()
        self.cold = time.perf_counter() - started

    def run(self, passages: list[str], questions: list[str]) -> None:
        order = {"passages": passages, "questions": questions, "into": str(self.into)}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        self.rounds.append(self._hear())

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait() == 0, f"{self.engine} ended with {self.process.returncode}"

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.engine} ended without an answer.")
        heard: dict[str, Any] = json.loads(line)
        return heard


def measure_speed(
    engines: list[str], collection: Collection, count: int, rounds: int, home: Path
) -> list[Worker]:
    for engine in engines:  # conversion, and files into the page cache
        Worker(engine, home, home / "vectors.npy").end()
    passages, questions = collection.passages[:count], collection.questions[:QUESTIONS]
    workers = [Worker(engine, home, home / f"{engine}.npy") for engine in engines]
    for worker in workers:
        worker.run(passages[:32], questions[:5])
        worker.rounds.clear()
    for _ in range(rounds):
        for worker in workers:
            worker.run(passages, questions)
    for worker in workers:
        worker.end()
    return workers


def print_speed(workers: list[Worker], count: int, tokens: int) -> None:
    default = next(worker for worker in workers if worker.engine == DEFAULT)
    exact = np.load(default.into)
    print(
        f"{count} passages, {tokens:,} tokens; {len(default.rounds)} rounds.\n\n"
        "| engine | tok/s | tok/s a CPU-second | × default, CPU-s | × default, wall | cosine mean / p1 / min | peak RSS MiB |\n"
        "| --- | ---: | ---: | ---: | ---: | --- | ---: |"
    )
    for worker in workers:
        wall = [round_["seconds"] for round_ in worker.rounds]
        cpu = [round_["cpu"] for round_ in worker.rounds]
        cosines = np.einsum("ij,ij->i", np.load(worker.into), exact)
        less_cpu = _median([d["cpu"] / c for d, c in zip(default.rounds, cpu, strict=True)])
        less_wall = _median([d["seconds"] / w for d, w in zip(default.rounds, wall, strict=True)])
        print(
            f"| {worker.engine} | {tokens / _median(wall):,.0f} | {tokens / _median(cpu):,.0f} | {less_cpu:.2f} | {less_wall:.2f} "
            f"| {cosines.mean():.5f} / {np.quantile(cosines, 0.01):.4f} / {cosines.min():.4f} | {worker.rounds[-1]['peak']:.0f} |"
        )
    print(
        "\n| engine | one question, warm: p50 / p99 ms | cold process to first vector, s |\n| --- | ---: | ---: |"
    )
    for worker in workers:
        each = np.array([seconds for round_ in worker.rounds for seconds in round_["each"]]) * 1000
        print(
            f"| {worker.engine} | {np.quantile(each, 0.5):.1f} / {np.quantile(each, 0.99):.1f} | {worker.cold:.2f} |"
        )


def _median(values: list[float]) -> float:
    return statistics.median(values)


def judge(engine: str, collection: Collection, home: Path) -> Quality:
    embed, embed_questions = _functions(engine, home)
    passages = embed(collection.passages)
    scores = embed_questions(collection.questions) @ passages.T
    best = np.argsort(-scores, axis=1, kind="stable")[:, : quality.CUTOFF]
    found = quality.measure([[collection.ids[i] for i in row] for row in best], collection.relevant)
    assert found
    return found


def print_quality(engines: list[str], collections: list[Collection], home: Path) -> None:
    print(
        "\n| collection | engine | nDCG@10 | published, fp32 | recall@10 | MRR@10 |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    for collection in collections:
        for engine in engines:
            found = judge(engine, collection, home)
            print(
                f"| {collection.name} | {engine} | {found.ndcg_at_10:.4f} | {PUBLISHED[collection.name]:.4f} "
                f"| {found.recall_at_10:.4f} | {found.mrr_at_10:.4f} |",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=240, help="of XQuAD, which has 240 in English")
    parser.add_argument("--rounds", type=int, default=3, help="0 leaves the speed out.")
    parser.add_argument("--engines", nargs="*", help="[default: what this machine allows, and openvino-fp32]")
    parser.add_argument("--quality", nargs="*", default=[], metavar="ENGINE")
    parser.add_argument("--home", type=Path, help="Where converted models are kept.  [default: thrown away]")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        work(chosen.work, chosen.home)
        return
    with tempfile.TemporaryDirectory() as scratch:
        home = chosen.home or Path(scratch)
        xquad, scifact = chosen.data / "xquad", chosen.data / "scifact"
        paragraphs = read_collection(
            "XQuAD en", xquad / "passages.jsonl.gz", xquad / "questions.jsonl.gz", xquad / "qrels.tsv", "en"
        )
        if chosen.rounds:
            here = registry.candidates(machine.this_machine(), machine.versions())
            others = (engine.name for engine in here if engine.name != "reference")
            engines = [DEFAULT, *(chosen.engines or others)]
            workers = measure_speed(engines, paragraphs, chosen.passages, chosen.rounds, home)
            texts = paragraphs.passages[: chosen.passages]
            print_speed(workers, len(texts), count_tokens(texts))
        if chosen.quality:
            abstracts = read_collection(
                "SciFact train",
                scifact / "corpus.jsonl.gz",
                scifact / "queries_train.jsonl.gz",
                scifact / "qrels_train.tsv",
            )
            print_quality(chosen.quality, [paragraphs, abstracts], home)


def count_tokens(texts: list[str]) -> int:
    from tokenizers import Tokenizer

    folder = model_source.locate(embedder.DEFAULT_MODEL).folder
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)  # the model's greatest length
    return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
