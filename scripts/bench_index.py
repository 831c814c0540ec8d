#!/usr/bin/env python
"""What the index costs and what it finds, beside the peers one would otherwise take, in the same run.

    python scripts/bench_index.py DATA [--cache FOLDER] [--sizes 100000,1000000] [--only dense,filters,vectors,hybrid]

DATA holds real sources as gzip JSON Lines (oewn, medquad, scifact, xquad: passages, questions and what answers them). Texts are embedded
once with the default model and kept in the cache as .npy; with the reference engine that takes an hour on two cores. Beyond the real
passages, vectors are made of them: unit(e_i + 0.6 (e_j - e_k)) with e_k one of the nearest of e_j, so recall there is indicative.
Questions are real, never perturbed passages. Searches run on one thread. Prints Markdown; our last figures are in bench_index.md.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import resource
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from commons import digests
from commons.embedding import loading
from commons.index import dense, fusion, keywords, quality, retrieval, vectors
from commons.index.build import keyword_segments
from commons.index.build.keyword_segments import Run
from commons.index.dense import Dense
from commons.index.fusion import Candidates, JudgedQuestion
from commons.index.keyword_fields import Text

K = quality.CUTOFF
DIMENSION = 384
SHARES = (0.01, 0.1, 0.5)
HNSW_CONSTRUCTION = 128  # with FAISS's default of 40 no search effort finds 97 % of these
RRF_CONSTANT = 60  # Cormack et al., SIGIR 2009


# What is read


@dataclass(frozen=True)
class Task:
    """Passages, questions, and the passages that answer each question, by number."""

    name: str
    lang: str
    passages: list[str]
    questions: list[str]
    answers: list[set[int]]


def lines(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def scifact(data: Path) -> Task:
    corpus, asked = lines(data, "scifact/corpus.jsonl.gz"), lines(data, "scifact/queries_train.jsonl.gz")
    number = {row["_id"]: place for place, row in enumerate(corpus)}
    answers = defaultdict(set)
    with (data / "scifact/qrels_train.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            answers[row["query-id"]].add(number[row["corpus-id"]])
    texts = [f"{row['title']}\n{row['text']}".strip() for row in corpus]
    return Task(
        "scifact", "en", texts, [row["text"] for row in asked], [answers[row["_id"]] for row in asked]
    )


def xquad(data: Path, lang: str) -> Task:
    corpus = [row for row in lines(data, "xquad/passages.jsonl.gz") if row["lang"] == lang]
    number = {row["passage"]: place for place, row in enumerate(corpus)}
    asked = [row for row in lines(data, "xquad/questions.jsonl.gz") if row["lang"] == lang]
    pairs = [(row["text"], {number[row["passage"]]}) for row in asked]
    return _merged(f"xquad_{lang}", lang, [row["text"] for row in corpus], pairs)


def medquad(data: Path) -> Task:
    rows = lines(data, "medquad/qa.jsonl.gz")
    same = defaultdict(set)
    for place, row in enumerate(rows):
        same[row["answer"]].add(place)
    return _merged(
        "medquad",
        "en",
        [row["answer"] for row in rows],
        [(row["question"], same[row["answer"]]) for row in rows],
    )


def _merged(name: str, lang: str, passages: list[str], pairs: list[tuple[str, set[int]]]) -> Task:
    """Questions of equal words are one question with all the answers, as MTEB has it."""
    answers: dict[str, set[int]] = defaultdict(set)
    for question, found in pairs:
        answers[question] |= found
    return Task(name, lang, passages, list(answers), list(answers.values()))


def glosses(data: Path) -> list[str]:
    def examples(row: dict[str, Any]) -> list[str]:
        return [one if isinstance(one, str) else str(one.get("text", "")) for one in row.get("example") or ()]

    return [
        ", ".join(row["members"]) + "\n" + "; ".join([*row["definition"], *examples(row)])
        for row in lines(data, "oewn/synsets.jsonl.gz")
    ]


class Embedded:
    """Vectors by name, from the cache or made now."""

    def __init__(self, cache: Path, engine: str) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self._cache, self._engine, self._model = cache, engine, None

    def __call__(self, name: str, texts: Sequence[str], *, questions: bool = False) -> Any:
        path = self._cache / f"{name}.npy"
        if not path.exists():
            self._model = self._model or loading.load(engine=self._engine, home=self._cache)
            made = self._model.embed_questions(texts) if questions else self._model.embed(texts)
            np.save(path, made)
        found = np.load(path)
        assert len(found) == len(texts), f"{path} was made of other texts"
        return found


def synthetic(real: Any, count: int) -> Any:
    """(count, d): the real vectors first, then made ones."""
    if count <= len(real):
        return real[np.random.default_rng(0).permutation(len(real))[:count]]
    random = np.random.default_rng(1)
    anchors = random.choice(len(real), 20_000, replace=False)
    index = faiss.index_factory(DIMENSION, dense.RABITQ, faiss.METRIC_INNER_PRODUCT)
    index.train(real[:65536])
    index.add(real)
    near = index.search(real[anchors], 6)[1]
    made = [real]
    for start in range(len(real), count, 100_000):
        rows = min(100_000, count - start)
        pick = random.integers(len(anchors), size=rows)
        other = near[pick, random.integers(1, 6, size=rows)]
        block = real[random.integers(len(real), size=rows)] + 0.6 * (real[anchors[pick]] - real[other])
        made.append((block / np.linalg.norm(block, axis=1, keepdims=True)).astype(np.float32))
    return np.concatenate(made)


# What is measured


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """(wall seconds, processor seconds, result)."""
    cpu, start = _cpu_s(), time.perf_counter()
    result = work()
    return time.perf_counter() - start, _cpu_s() - cpu, result


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def quantised(block: Any) -> Any:
    """What is left of (n, d) after a vector file."""
    parts = []
    for start in range(0, len(block), 50_000):
        part = block[start : start + 50_000]
        ids = [str(row) for row in range(len(part))]
        parts.append(vectors.read_all(vectors.write(ids, part), dimension=DIMENSION, name="bench")[1])
    return np.concatenate(parts)


def truth_of(block: Any, queries: Any, allowed: Any = None) -> list[set[int]]:
    if allowed is not None:
        rows = allowed.nonzero()[0]
        _, found = retrieval.nearest(iter([block[rows]]), queries, min(K, len(rows)))
        return [set(rows[one].tolist()) for one in found]
    blocks = (block[start : start + 32_768] for start in range(0, len(block), 32_768))
    return [set(one.tolist()) for one in retrieval.nearest(blocks, queries, K)[1]]


def searched(
    search: Callable[[Any], list[tuple[float, int]]], queries: Any, truth: Sequence[set[int]]
) -> tuple[float, float, float]:
    """(recall@10, p50 ms, p99 ms)."""
    found, took = 0, []
    for query, wanted in zip(queries, truth, strict=True):
        start = time.perf_counter()
        hits = search(query)
        took.append((time.perf_counter() - start) * 1000)
        found += len(wanted & {row for _, row in hits})
    cuts = statistics.quantiles(took, n=100)
    return found / sum(map(len, truth)), cuts[49], cuts[98]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("| --- " + "| ---: " * (len(head) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


@dataclass(frozen=True)
class Ours:
    """One of our kinds, built and opened."""

    factory: str
    build_s: float
    build_cpu_s: float
    bytes: int
    open_ms: float
    digest_ms: float
    index: Dense


def build_ours(folder: Path, kind: str, block: Any) -> Ours:
    factory = dense.choose(len(block), kind).factory
    path = folder / f"{kind}.faiss"

    def build() -> None:
        sample = block[
            np.linspace(0, len(block) - 1, dense.training_rows(factory, len(block))).astype(np.int64)
        ]
        template = dense.train(factory, sample) if dense.is_trained(factory) else None
        blocks = (block[start : start + 5000] for start in range(0, len(block), 5000))
        dense.build(path, factory, DIMENSION, blocks, template)

    build_s, cpu_s, _ = timed(build)
    digest_s, _, sha256 = timed(lambda: digests.sha256_of(path))
    opened = []
    for _ in range(5):
        whole_s, _, index = timed(
            lambda: dense.open_index(
                path, sha256=sha256, factory=factory, dimension=DIMENSION, size=len(block)
            )
        )
        opened.append(whole_s)
    open_ms = max(0.0, min(opened) - digest_s) * 1000
    return Ours(factory, build_s, cpu_s, path.stat().st_size, open_ms, digest_s * 1000, index)


def bench_dense(sizes: Sequence[int], real: Any, queries: Any) -> None:
    for size in sizes:
        block = synthetic(real, size)
        asked = queries if size <= 200_000 else queries[:200]
        kept = quantised(block)
        fp32 = block.nbytes
        faiss.omp_set_num_threads(2)
        truth = truth_of(block, asked)
        rows, hnsw_cpu = [], 0.0
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if size <= 200_000:
                row, hnsw_cpu = _hnsw(block, asked, truth, fp32)
                rows.append(row)
                rows.append(_flat(block, asked, truth))
            for kind in ("exact", "rabitq", "ivf"):
                faiss.omp_set_num_threads(2)
                ours = build_ours(folder, kind, kept)
                faiss.omp_set_num_threads(1)
                for effort in dense.efforts(ours.factory):
                    recall, p50, p99 = searched(
                        lambda q, o=ours, e=effort: Dense(o.index.index, e).search(q, K), asked, truth
                    )
                    if recall >= 0.97:
                        break
                faster = f"{hnsw_cpu / ours.build_cpu_s:.0f} x" if hnsw_cpu else ""
                rows.append(
                    (
                        f"**{ours.factory}**", f"k_factor {effort.k_factor}, nprobe {effort.nprobe}",
                        f"{ours.build_s:.1f} ({ours.build_cpu_s:.1f})", faster, f"{ours.bytes / fp32:.3f}",
                        f"{ours.open_ms:.1f} (+ {ours.digest_ms:.0f})", f"{recall:.3f}", f"{p50:.2f} / {p99:.2f}",
                    )
                )  # fmt: skip
        print(f"### {size:,} vectors, {len(asked):,} questions\n")
        table(
            (
                "index",
                "effort",
                "build s (CPU s)",
                "HNSW's CPU s",
                "bytes / fp32",
                "open ms (+ digest)",
                "recall@10",
                "p50 / p99 ms",
            ),
            rows,
        )


def _hnsw(block: Any, asked: Any, truth: Sequence[set[int]], fp32: int) -> tuple[tuple[str, ...], float]:
    index = faiss.index_factory(DIMENSION, "HNSW32,SQ8", faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = HNSW_CONSTRUCTION
    faiss.omp_set_num_threads(2)
    build_s, cpu_s, _ = timed(lambda: (index.train(block), index.add(block)))
    faiss.omp_set_num_threads(1)
    for ef in (64, 96, 128, 192, 256):
        index.hnsw.efSearch = ef
        recall, p50, p99 = searched(lambda q: _pairs(index.search(q[None], K)), asked, truth)
        if recall >= 0.97:
            break
    size = len(faiss.serialize_index(index)) / fp32
    return (
        "FAISS HNSW32,SQ8", f"ef {ef}", f"{build_s:.1f} ({cpu_s:.1f})", "1 x", f"{size:.3f}", "", f"{recall:.3f}", f"{p50:.2f} / {p99:.2f}",
    ), cpu_s  # fmt: skip


def _flat(block: Any, asked: Any, truth: Sequence[set[int]]) -> tuple[str, ...]:
    index = faiss.IndexFlatIP(DIMENSION)
    build_s, cpu_s, _ = timed(lambda: index.add(block))
    faiss.omp_set_num_threads(1)
    recall, p50, p99 = searched(lambda q: _pairs(index.search(q[None], K)), asked, truth)
    return (
        "FAISS Flat, float32",
        "",
        f"{build_s:.1f} ({cpu_s:.1f})",
        "",
        "1.000",
        "",
        f"{recall:.3f}",
        f"{p50:.2f} / {p99:.2f}",
    )


def _pairs(found: Any) -> list[tuple[float, int]]:
    return list(zip(found[0][0].tolist(), found[1][0].tolist(), strict=True))


def bench_filters(size: int, real: Any, queries: Any) -> None:
    block = synthetic(real, size)
    kept = quantised(block)
    random = np.random.default_rng(2)
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for kind in ("exact", "rabitq", "ivf"):
            ours = build_ours(Path(name), kind, kept)
            cells = [f"**{ours.factory}**"]
            for share in SHARES:
                allowed = random.random(size) < share
                truth = truth_of(block, queries[:300], allowed)
                faiss.omp_set_num_threads(1)
                index = Dense(ours.index.index, dense.efforts(ours.factory)[-1 if kind == "ivf" else 0])
                recall, p50, _ = searched(
                    lambda q, i=index, a=allowed: i.search(q, K, a), queries[:300], truth
                )
                cells.append(f"{recall:.3f}, {p50:.2f} ms")
                faiss.omp_set_num_threads(2)
            rows.append(cells)
    hnsw = faiss.index_factory(DIMENSION, "HNSW32,SQ8", faiss.METRIC_INNER_PRODUCT)
    hnsw.train(block)
    hnsw.add(block)
    faiss.omp_set_num_threads(1)
    cells = ["FAISS HNSW32,SQ8, ef 64, selector inside"]
    for share in SHARES:
        allowed = random.random(size) < share
        truth = truth_of(block, queries[:300], allowed)
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        parameters = faiss.SearchParametersHNSW(efSearch=64, sel=selector)
        recall, p50, _ = searched(
            lambda q, p=parameters: _pairs(hnsw.search(q[None], K, params=p)), queries[:300], truth
        )
        cells.append(f"{recall:.3f}, {p50:.2f} ms")
    rows.append(cells)
    print(f"### Filters, {size:,} vectors: recall@10 and p50 where 1, 10 and 50 % of the records pass\n")
    table(("index", *(f"{share:.0%}" for share in SHARES)), rows)


def bench_vectors(size: int, real: Any, queries: Any) -> None:
    block = synthetic(real, size)
    truth = truth_of(block, queries)
    rows = []
    for name, kept, each in (
        ("float32", block, 4 * DIMENSION),
        ("float16", block.astype(np.float16).astype(np.float32), 2 * DIMENSION),
        ("**int8 and a scale**", quantised(block), DIMENSION + 4),
    ):
        cosines = (block * kept).sum(axis=1) / np.linalg.norm(kept, axis=1)
        exact = truth_of(kept, queries)
        share = sum(len(a & b) for a, b in zip(truth, exact, strict=True)) / (K * len(truth))
        rows.append((name, f"{each:,}", f"{cosines.mean():.6f} / {cosines.min():.6f}", f"{share:.4f}"))
    print(f"### What is published of a vector, {size:,} vectors\n")
    table(("form", "bytes a vector", "cosine to float32, mean / least", "recall@10, exact search"), rows)


def bench_hybrid(tasks: Sequence[Task], embedded: Embedded) -> None:
    rows = []
    for task in tasks:
        passages, asked = embedded(f"{task.name}_corpus", task.passages), _questions(embedded, task)
        judged = list(_judged(task, passages, asked))
        halves = [judged[0::2], judged[1::2]]
        weight, _ = fusion.tune({task.name: halves[0]})
        scores = {w: _ndcg(judged, w) for w in (1.0, 0.0, fusion.DEFAULT_WEIGHT)}
        rows.append(
            (
                f"{task.name}, {len(task.questions):,} questions", f"{scores[1.0]:.4f}", f"{scores[0.0]:.4f}", f"{_rrf(judged):.4f}",
                f"**{scores[fusion.DEFAULT_WEIGHT]:.4f}** ({100 * (scores[fusion.DEFAULT_WEIGHT] - scores[1.0]):+.1f})",
                f"{weight:.2f}: {_ndcg(halves[1], weight):.4f} against {_ndcg(halves[1], 1.0):.4f}",
            )
        )  # fmt: skip
    print("### Meaning and words: nDCG@10\n")
    table(
        ("questions", "meaning", "words", f"reciprocal ranks, k {RRF_CONSTANT}", f"both, {fusion.DEFAULT_WEIGHT} meaning (points)",
         "tuned on one half: the other half, against meaning alone"),
        rows,
    )  # fmt: skip


def _questions(embedded: Embedded, task: Task) -> Any:
    return embedded(f"{task.name}_questions", task.questions, questions=True)


def _judged(task: Task, passages: Any, asked: Any) -> Iterator[JudgedQuestion]:
    with tempfile.TemporaryDirectory() as name:
        run = Run(0, task.name, lambda: (Text(None, text, task.lang) for text in task.passages))
        names = keyword_segments.build(Path(name) / "words", [run], [task.lang])
        words = keywords.open_index(Path(name), [f"words/{one}" for one in names], size=len(task.passages))
        cosines, rows = retrieval.nearest(iter([passages]), asked, min(fusion.DEPTH, len(passages)))
        for number, question in enumerate(task.questions):
            found = {
                int(row): float(cosine) for cosine, row in zip(cosines[number], rows[number], strict=True)
            }
            by_words = {row: score for score, row in words.search(question, fusion.DEPTH)}
            for row in by_words:
                found.setdefault(row, float(passages[row] @ asked[number]))
            best = max(by_words.values(), default=1.0)
            shares = np.array([by_words.get(row, 0.0) / best for row in found], np.float32)
            ids = tuple(str(row) for row in found)
            relevant = frozenset(str(row) for row in task.answers[number])
            yield JudgedQuestion(
                Candidates(ids, np.array(list(found.values()), np.float32), shares), relevant
            )


def _ndcg(judged: Sequence[JudgedQuestion], weight: float) -> float:
    return statistics.fmean(quality.ndcg(one.candidates.ids_ranked(weight), one.relevant) for one in judged)


def _rrf(judged: Sequence[JudgedQuestion]) -> float:
    total = 0.0
    for one in judged:
        ranks: dict[str, float] = defaultdict(float)
        for leg in (
            one.candidates.cosines,
            np.where(one.candidates.keywords > 0, one.candidates.keywords, -1),
        ):
            for rank, place in enumerate(np.argsort(-leg, kind="stable")[: fusion.DEPTH].tolist()):
                if leg[place] > -1:
                    ranks[one.candidates.ids[place]] += 1 / (RRF_CONSTANT + rank + 1)
        total += quality.ndcg(sorted(ranks, key=lambda name: (-ranks[name], name))[:K], one.relevant)
    return total / len(judged)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/bench_index"))
    parser.add_argument("--sizes", default="100000,1000000")
    parser.add_argument("--only", default="dense,filters,vectors,hybrid")
    parser.add_argument("--engine", default="reference", choices=loading.ENGINE_NAMES)
    arguments = parser.parse_args()
    only, sizes = arguments.only.split(","), [int(size) for size in arguments.sizes.split(",")]
    embedded = Embedded(arguments.cache, arguments.engine)
    tasks = [
        scifact(arguments.data),
        xquad(arguments.data, "en"),
        xquad(arguments.data, "de"),
        medquad(arguments.data),
    ]
    if {"dense", "filters", "vectors"} & set(only):
        texts = glosses(arguments.data)
        real = np.concatenate(
            [*(embedded(f"{t.name}_corpus", t.passages) for t in tasks), embedded("oewn", texts)]
        )
        asked = np.concatenate([_questions(embedded, task) for task in tasks])
        queries = asked[np.random.default_rng(3).permutation(len(asked))[:1000]]
        if "dense" in only:
            bench_dense(sizes, real, queries)
        if "filters" in only:
            bench_filters(min(sizes), real, queries)
        if "vectors" in only:
            bench_vectors(min(sizes), real, queries)
    if "hybrid" in only:
        bench_hybrid(tasks, embedded)


if __name__ == "__main__":
    main()
