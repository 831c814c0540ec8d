#!/usr/bin/env python
"""How fast the embedding engines are beside sentence-transformers' default on the same cores, and how near their vectors come to it.

DATA holds ``xquad`` and ``scifact`` (BEIR's files, gzipped JSON Lines and TSV). Prints Markdown tables; ours are in embedding.md.
Each engine is a process of its own and they take turns, so that whatever else the machine does, it does to all of them; ratios are
medians over rounds. ``--quality`` embeds both collections whole, with the engines named: minutes each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from shared import command_line, tables, tasks
from shared.processes import peak_mb
from shared.tasks import RetrievalTask
from shared.timing import in_turn, median_ratio, percentiles_ms, timed

from commons.embedding import embedder, loading
from commons.embedding import engines as registry
from commons.embedding.engines import machine, model_source
from commons.index import quality
from commons.index.quality import Quality

DEFAULT = "sentence-transformers"  # the library itself, as its README uses it
# Name of a task -> its name in the table, and nDCG@10 in the MTEB results repository, all-MiniLM-L6-v2 in float32.
PUBLISHED = {"scifact": ("SciFact train", 0.6602), "xquad_en": ("XQuAD en", 0.9436)}
QUESTIONS = 100  # for the time of one question, in each round
MAX_TOKENS = 256  # the model's greatest length

Embed = Callable[[Sequence[str]], Any]  # texts -> (n, d) float32, rows of length 1


# One engine, in a process of its own: a line of JSON in, a line of JSON out.


def serve(engine: str, home: Path) -> None:
    embed, embed_questions = functions_of(engine, home)
    embed_questions(["What is a question?"])
    _send(ready=True)
    for line in sys.stdin:
        order = json.loads(line)
        passages = timed(lambda: embed(order["passages"]))  # noqa: B023  (called at once)
        question_s = [
            timed(lambda q=question: embed_questions([q])).wall_s for question in order["questions"]
        ]
        np.save(order["into"], passages.result)
        _send(
            passages_s=passages.wall_s,
            passages_cpu_s=passages.cpu_s,
            question_s=question_s,
            peak_mb=peak_mb(),
        )


def functions_of(engine: str, home: Path) -> tuple[Embed, Embed]:
    """How an engine embeds passages, and questions."""
    if engine != DEFAULT:
        ours = loading.load(engine=engine, home=home)
        return ours.embed, ours.embed_questions
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_source.locate(embedder.DEFAULT_MODEL).folder), device="cpu")

    def encode(texts: Sequence[str]) -> Any:
        return model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)

    return encode, encode


def _send(**values: Any) -> None:
    print(json.dumps(values), flush=True)


@dataclass(frozen=True)
class EngineRound:
    passages_s: float
    passages_cpu_s: float
    question_s: list[float]
    peak_mb: float


@dataclass
class EngineProcess:
    engine: str
    home: Path
    vectors: Path  # of the passages, after a round
    process: subprocess.Popen[str] = field(init=False)
    cold_s: float = field(init=False)  # from the start of Python to the first vector

    def __post_init__(self) -> None:
        command = [sys.executable, __file__, "-", "--serve", self.engine, "--home", str(self.home)]
        started = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._receive()
        self.cold_s = time.perf_counter() - started

    def embed(self, passages: Sequence[str], questions: Sequence[str]) -> EngineRound:
        order = {"passages": passages, "questions": questions, "into": str(self.vectors)}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return EngineRound(**self._receive())

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait() == 0, f"{self.engine} ended with {self.process.returncode}"

    def _receive(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.engine} ended without an answer.")
        answer: dict[str, Any] = json.loads(line)
        return answer


# Speed


def bench_speed(engines: Sequence[str], task: RetrievalTask, count: int, rounds: int, home: Path) -> None:
    for engine in engines:  # conversion, and files into the page cache
        EngineProcess(engine, home, home / "vectors.npy").end()
    passages, questions = task.passages[:count], task.questions[:QUESTIONS]
    processes = {engine: EngineProcess(engine, home, home / f"{engine}.npy") for engine in engines}
    for process in processes.values():
        process.embed(passages[:32], questions[:5])
    by_engine = in_turn(
        {engine: lambda p=process: p.embed(passages, questions) for engine, process in processes.items()},
        rounds,
    )
    for process in processes.values():
        process.end()
    tokens = count_tokens(passages)
    print(f"{len(passages)} passages, {tokens:,} tokens; {rounds} rounds.\n")
    show_passages(processes, by_engine, tokens)
    show_questions(processes, by_engine)


def show_passages(
    processes: dict[str, EngineProcess], by_engine: dict[str, list[EngineRound]], tokens: int
) -> None:
    exact = np.load(processes[DEFAULT].vectors)
    default_s = [r.passages_s for r in by_engine[DEFAULT]]
    default_cpu_s = [r.passages_cpu_s for r in by_engine[DEFAULT]]
    rows = []
    for engine, process in processes.items():
        wall_s = [r.passages_s for r in by_engine[engine]]
        cpu_s = [r.passages_cpu_s for r in by_engine[engine]]
        cosines = np.einsum("ij,ij->i", np.load(process.vectors), exact)
        rows.append(
            (
                engine,
                f"{tokens / median(wall_s):,.0f}",
                f"{tokens / median(cpu_s):,.0f}",
                f"{median_ratio(default_cpu_s, cpu_s):.2f}",
                f"{median_ratio(default_s, wall_s):.2f}",
                f"{cosines.mean():.5f} / {np.quantile(cosines, 0.01):.4f} / {cosines.min():.4f}",
                f"{by_engine[engine][-1].peak_mb:.0f}",
            )
        )
    tables.show(
        (
            *("engine", "tok/s", "tok/s a CPU-second", "× default, CPU-s", "× default, wall"),
            *("cosine mean / p1 / min", "peak RSS MiB"),
        ),
        rows,
    )


def show_questions(processes: dict[str, EngineProcess], by_engine: dict[str, list[EngineRound]]) -> None:
    rows = []
    for engine, process in processes.items():
        median_ms, p99_ms = percentiles_ms([seconds for r in by_engine[engine] for seconds in r.question_s])
        rows.append((engine, f"{median_ms:.1f} / {p99_ms:.1f}", f"{process.cold_s:.2f}"))
    tables.show(("engine", "one question, warm: p50 / p99 ms", "cold process to first vector, s"), rows)


def count_tokens(texts: list[str]) -> int:
    from tokenizers import Tokenizer

    folder = model_source.locate(embedder.DEFAULT_MODEL).folder
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))


# Quality


def judge(engine: str, task: RetrievalTask, home: Path) -> Quality:
    embed, embed_questions = functions_of(engine, home)
    scores = embed_questions(task.questions) @ embed(task.passages).T
    best = np.argsort(-scores, axis=1, kind="stable")[:, : quality.CUTOFF]
    rankings = [[str(number) for number in row] for row in best]
    judgement = quality.measure(rankings, [set(map(str, answers)) for answers in task.answers])
    assert judgement
    return judgement


def bench_quality(engines: Sequence[str], collections: Sequence[RetrievalTask], home: Path) -> None:
    def row(task: RetrievalTask, engine: str) -> tuple[str, ...]:
        name, published = PUBLISHED[task.name]
        judgement = judge(engine, task, home)
        return (
            *(name, engine, f"{judgement.ndcg_at_10:.4f}", f"{published:.4f}"),
            *(f"{judgement.recall_at_10:.4f}", f"{judgement.mrr_at_10:.4f}"),
        )

    tables.show(
        ("collection", "engine", "nDCG@10", "published, fp32", "recall@10", "MRR@10"),
        (row(task, engine) for task in collections for engine in engines),
    )


def main() -> None:
    parser = command_line.parser(
        __doc__,
        "embedding.py DATA --passages 240 --rounds 3",
        "embedding.py DATA --rounds 0 --quality openvino-int8",
    )
    parser.add_argument("--passages", type=int, default=240, help="of XQuAD, which has 240 in English")
    parser.add_argument("--rounds", type=int, default=3, help="0 leaves the speed out.")
    parser.add_argument("--engines", nargs="*", help="[default: what this machine allows, and openvino-fp32]")
    parser.add_argument("--quality", nargs="*", default=[], metavar="ENGINE")
    parser.add_argument("--home", type=Path, help="Where converted models are kept.  [default: thrown away]")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.home)
        return
    print(tables.machine("torch", "sentence-transformers", "openvino", "nncf"))
    with tempfile.TemporaryDirectory() as scratch:
        home = options.home or Path(scratch)
        paragraphs = tasks.xquad(options.data, "en", titled=True)
        if options.rounds:
            here = registry.candidates(machine.this_machine(), machine.versions())
            others = (engine.name for engine in here if engine.name != "reference")
            engines = [DEFAULT, *(options.engines or others)]
            bench_speed(engines, paragraphs, options.passages, options.rounds, home)
        if options.quality:
            bench_quality(options.quality, [paragraphs, tasks.scifact(options.data)], home)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    main()
