#!/usr/bin/env python
"""What the vector index costs and what it finds, beside the peers one would otherwise take, in the same run.

DATA holds real data sets as gzip JSON Lines (oewn, medquad, scifact, xquad). Texts are embedded once with the default model and kept in
the cache as .npy; with the reference engine that takes an hour on two cores. Beyond the real passages, vectors are made of them:
unit(e_i + 0.6 (e_j - e_k)) with e_k one of the nearest of e_j, so recall there is indicative. Questions are real, never perturbed
passages. Searches run on one thread. Prints Markdown; our last figures are in index.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from shared import command_line, tables, tasks, texts
from shared.timing import percentiles_ms, timed
from shared.vector_cache import VectorCache

from commons import digests
from commons.embedding import loading
from commons.index import dense, quality, retrieval, vectors
from commons.index.dense import Dense

K = quality.CUTOFF
DIMENSION = 384
KINDS = ("exact", "rabitq", "ivf")
SHARES = (0.01, 0.1, 0.5)
BUILD_THREADS, SEARCH_THREADS = 2, 1
RECALL = 0.97  # the least effort that reaches it is shown
QUESTIONS = 1000
FEW_QUESTIONS = 200  # beyond LARGE vectors
LARGE = 200_000
FILTER_QUESTIONS = 300
HNSW = "HNSW32,SQ8"
HNSW_CONSTRUCTION = 128  # with FAISS's default of 40 no search effort finds 97 % of these
HNSW_EFFORTS = (64, 96, 128, 192, 256)

Search = Callable[[Any], list[tuple[float, int]]]  # vector of a question -> (score, row), best first
Truth = Sequence[set[int]]  # rows that exact search finds for each question


# Vectors


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
    blocks = [real]
    for start in range(len(real), count, 100_000):
        rows = min(100_000, count - start)
        pick = random.integers(len(anchors), size=rows)
        other = near[pick, random.integers(1, 6, size=rows)]
        block = real[random.integers(len(real), size=rows)] + 0.6 * (real[anchors[pick]] - real[other])
        blocks.append((block / np.linalg.norm(block, axis=1, keepdims=True)).astype(np.float32))
    return np.concatenate(blocks)


def quantised(block: Any) -> Any:
    """What is left of (n, d) after a vector file."""
    parts = []
    for start in range(0, len(block), 50_000):
        part = block[start : start + 50_000]
        ids = [str(row) for row in range(len(part))]
        parts.append(vectors.read_all(vectors.write(ids, part), dimension=DIMENSION, name="bench")[1])
    return np.concatenate(parts)


# What is measured


def truth_of(block: Any, queries: Any, allowed: Any = None) -> Truth:
    """What exact search finds over (n, d) ``block``, or over its ``allowed`` rows."""
    if allowed is not None:
        rows = allowed.nonzero()[0]
        _, nearest = retrieval.nearest(iter([block[rows]]), queries, min(K, len(rows)))
        return [set(rows[places].tolist()) for places in nearest]
    blocks = (block[start : start + 32_768] for start in range(0, len(block), 32_768))
    return [set(rows.tolist()) for rows in retrieval.nearest(blocks, queries, K)[1]]


@dataclass(frozen=True)
class SearchFigures:
    recall: float
    median_ms: float
    p99_ms: float

    @property
    def times(self) -> str:
        return f"{self.median_ms:.2f} / {self.p99_ms:.2f}"


def measure_search(search: Search, queries: Any, truth: Truth) -> SearchFigures:
    faiss.omp_set_num_threads(SEARCH_THREADS)
    hit_count, times_s = 0, []
    for query, relevant in zip(queries, truth, strict=True):
        timing = timed(partial(search, query))
        times_s.append(timing.wall_s)
        hit_count += len(relevant & {row for _, row in timing.result})
    return SearchFigures(hit_count / sum(map(len, truth)), *percentiles_ms(times_s))


@dataclass(frozen=True)
class DenseBuild:
    """One of our kinds, built and opened."""

    factory: str
    build_s: float
    build_cpu_s: float
    bytes: int
    open_ms: float
    digest_ms: float
    index: Dense

    def with_effort(self, effort: dense.Effort) -> Dense:
        return Dense(self.index.index, effort)


def build_ours(folder: Path, kind: str, block: Any) -> DenseBuild:
    factory = dense.choose(len(block), kind).factory
    path = folder / f"{kind}.faiss"

    def build() -> None:
        sample = block[
            np.linspace(0, len(block) - 1, dense.training_rows(factory, len(block))).astype(np.int64)
        ]
        template = dense.train(factory, sample) if dense.is_trained(factory) else None
        blocks = (block[start : start + 5000] for start in range(0, len(block), 5000))
        dense.build(path, factory, DIMENSION, blocks, template)

    faiss.omp_set_num_threads(BUILD_THREADS)
    construction = timed(build)
    digest = timed(lambda: digests.sha256_of(path))
    openings = [
        timed(
            lambda: dense.open_index(
                path, sha256=digest.result, factory=factory, dimension=DIMENSION, size=len(block)
            )
        )
        for _ in range(5)
    ]
    open_ms = max(0.0, min(opening.wall_s for opening in openings) - digest.wall_s) * 1000
    return DenseBuild(
        factory,
        construction.wall_s,
        construction.cpu_s,
        path.stat().st_size,
        open_ms,
        digest.wall_s * 1000,
        openings[-1].result,
    )


def build_hnsw(block: Any) -> tuple[Any, float, float]:
    """(FAISS's index, wall seconds, processor seconds)."""
    index = faiss.index_factory(DIMENSION, HNSW, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = HNSW_CONSTRUCTION
    faiss.omp_set_num_threads(BUILD_THREADS)
    construction = timed(lambda: (index.train(block), index.add(block)))
    return index, construction.wall_s, construction.cpu_s


def faiss_search(index: Any, parameters: Any = None) -> Search:
    def search(query: Any) -> list[tuple[float, int]]:
        scores, rows = index.search(query[None], K, params=parameters)
        return list(zip(scores[0].tolist(), rows[0].tolist(), strict=True))

    return search


# Kinds of index


def bench_kinds(size: int, real: Any, queries: Any) -> None:
    block = synthetic(real, size)
    subset = queries if size <= LARGE else queries[:FEW_QUESTIONS]
    faiss.omp_set_num_threads(BUILD_THREADS)
    truth = truth_of(block, subset)
    print(f"### {size:,} vectors, {len(subset):,} questions\n")
    tables.show(
        (
            *("index", "effort", "build s (CPU s)", "HNSW's CPU s", "bytes / fp32", "open ms (+ digest)"),
            *("recall@10", "p50 / p99 ms"),
        ),
        kind_rows(block, subset, truth),
    )


def kind_rows(block: Any, queries: Any, truth: Truth) -> Iterator[tuple[str, ...]]:
    hnsw_cpu_s = 0.0
    if len(block) <= LARGE:
        row, hnsw_cpu_s = _hnsw(block, queries, truth)
        yield row
        yield _flat(block, queries, truth)
    published = quantised(block)
    with tempfile.TemporaryDirectory() as name:
        for kind in KINDS:
            build = build_ours(Path(name), kind, published)
            for effort in dense.efforts(build.factory):
                index = build.with_effort(effort)
                figures = measure_search(lambda q, i=index: i.search(q, K), queries, truth)
                if figures.recall >= RECALL:
                    break
            yield (
                f"**{build.factory}**",
                f"k_factor {effort.k_factor}, nprobe {effort.nprobe}",
                f"{build.build_s:.1f} ({build.build_cpu_s:.1f})",
                f"{hnsw_cpu_s / build.build_cpu_s:.0f} x" if hnsw_cpu_s else "",
                f"{build.bytes / block.nbytes:.3f}",
                f"{build.open_ms:.1f} (+ {build.digest_ms:.0f})",
                f"{figures.recall:.3f}",
                figures.times,
            )


def _hnsw(block: Any, queries: Any, truth: Truth) -> tuple[tuple[str, ...], float]:
    index, build_s, cpu_s = build_hnsw(block)
    for ef in HNSW_EFFORTS:
        index.hnsw.efSearch = ef
        figures = measure_search(faiss_search(index), queries, truth)
        if figures.recall >= RECALL:
            break
    size = len(faiss.serialize_index(index)) / block.nbytes
    return (
        *(f"FAISS {HNSW}", f"ef {ef}", f"{build_s:.1f} ({cpu_s:.1f})", "1 x", f"{size:.3f}", ""),
        *(f"{figures.recall:.3f}", figures.times),
    ), cpu_s


def _flat(block: Any, queries: Any, truth: Truth) -> tuple[str, ...]:
    index = faiss.IndexFlatIP(DIMENSION)
    construction = timed(lambda: index.add(block))
    figures = measure_search(faiss_search(index), queries, truth)
    return (
        *(
            "FAISS Flat, float32",
            "",
            f"{construction.wall_s:.1f} ({construction.cpu_s:.1f})",
            "",
            "1.000",
            "",
        ),
        *(f"{figures.recall:.3f}", figures.times),
    )


# Filters


def bench_filters(size: int, real: Any, queries: Any) -> None:
    print(f"### Filters, {size:,} vectors: recall@10 and p50 where 1, 10 and 50 % of the records pass\n")
    rows = filter_rows(synthetic(real, size), queries[:FILTER_QUESTIONS])
    tables.show(("index", *(f"{share:.0%}" for share in SHARES)), rows)


def filter_rows(block: Any, queries: Any) -> Iterator[tuple[str, ...]]:
    random = np.random.default_rng(2)

    def cells(search_among: Callable[[Any], Search]) -> Iterator[str]:
        for share in SHARES:
            allowed = random.random(len(block)) < share
            truth = truth_of(block, queries, allowed)
            figures = measure_search(search_among(allowed), queries, truth)
            yield f"{figures.recall:.3f}, {figures.median_ms:.2f} ms"

    published = quantised(block)
    with tempfile.TemporaryDirectory() as name:
        for kind in KINDS:
            build = build_ours(Path(name), kind, published)
            index = build.with_effort(dense.efforts(build.factory)[-1 if kind == "ivf" else 0])
            yield (
                f"**{build.factory}**",
                *cells(lambda allowed, i=index: lambda query: i.search(query, K, allowed)),
            )
    hnsw, _, _ = build_hnsw(block)

    def hnsw_among(allowed: Any) -> Search:
        selector = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        return faiss_search(hnsw, faiss.SearchParametersHNSW(efSearch=HNSW_EFFORTS[0], sel=selector))

    yield f"FAISS {HNSW}, ef {HNSW_EFFORTS[0]}, selector inside", *cells(hnsw_among)


# What is published of a vector


def bench_forms(size: int, real: Any, queries: Any) -> None:
    print(f"### What is published of a vector, {size:,} vectors\n")
    tables.show(
        ("form", "bytes a vector", "cosine to float32, mean / least", "recall@10, exact search"),
        form_rows(synthetic(real, size), queries),
    )


def form_rows(block: Any, queries: Any) -> Iterator[tuple[str, ...]]:
    truth = truth_of(block, queries)
    for name, form, bytes_each in (
        ("float32", block, 4 * DIMENSION),
        ("float16", block.astype(np.float16).astype(np.float32), 2 * DIMENSION),
        ("**int8 and a scale**", quantised(block), DIMENSION + 4),
    ):
        cosines = (block * form).sum(axis=1) / np.linalg.norm(form, axis=1)
        nearest = truth_of(form, queries)
        share = sum(len(a & b) for a, b in zip(truth, nearest, strict=True)) / (K * len(truth))
        yield name, f"{bytes_each:,}", f"{cosines.mean():.6f} / {cosines.min():.6f}", f"{share:.4f}"


SECTIONS = {"kinds": bench_kinds, "filters": bench_filters, "forms": bench_forms}


def main() -> None:
    parser = command_line.parser(__doc__, "index.py DATA --sizes 100000 --only kinds,filters")
    parser.add_argument("--cache", type=Path, default=Path("build/bench_vectors"))
    parser.add_argument("--sizes", default="100000,1000000", help="the kinds at each, the rest at the least")
    parser.add_argument("--only", default=",".join(SECTIONS), help="(default: %(default)s)")
    parser.add_argument("--engine", default="reference", choices=loading.ENGINE_NAMES)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    print(tables.machine("faiss-cpu", "numpy"))
    cache = VectorCache(options.cache, options.engine)
    data = options.data
    collections = (tasks.scifact(data), tasks.xquad(data, "en"), tasks.xquad(data, "de"), tasks.medquad(data))
    glosses = [f"{title}\n{text}" for title, text in texts.glosses(data)]
    real = np.concatenate([*map(cache.passages, collections), cache.texts("oewn", glosses)])
    questions = np.concatenate([cache.questions(task) for task in collections])
    queries = questions[np.random.default_rng(3).permutation(len(questions))[:QUESTIONS]]
    for name in options.only.split(","):
        for size in sizes if name == "kinds" else [min(sizes)]:
            SECTIONS[name](size, real, queries)


if __name__ == "__main__":
    main()
