#!/usr/bin/env python
"""How well the gate's comparing checks find what they look for, and how fast they are.

DATA holds the data sets named in the tables as gzip JSON Lines, one folder each. Truth is asked of labelled sets and of natural repeats;
nothing is tuned here. Speed is a contribution of 5,000 records against a commons of 200,000 real ones with its index, the sandbox and the
embedding of the contribution included; the vectors of the commons are perturbed copies of the contribution's, because what they are does
not change how long they take to compare. Prints Markdown tables; our last figures are in repetition.md.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import meaning_truth
import numpy as np
import repetition_truth
from shared import command_line, commons_folder, tables
from shared.processes import peak_mb
from shared.timing import timed

from commons.embedding import embedder as embedders
from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.gate import child_process, snapshot_state
from commons.gate.comparison import compare
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.comparison.neighbourhood import Vectors
from commons.gate.offer import Offer
from commons.index import library as libraries
from commons.operations import build
from commons.records.schema import Record
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

COLLECTION = "known"
REAL_VECTORS = 500  # of the offered records; the commons' vectors are perturbed copies of these

Result = TypeVar("Result")


@dataclass(frozen=True)
class GateFolder:
    """Where the process of the gate finds the commons, the contribution and the model."""

    folder: Path

    @property
    def commons(self) -> Path:
        return self.folder / "commons"

    @property
    def offer(self) -> Path:
        return self.folder / "offer"

    @property
    def home(self) -> Path:
        return self.folder / "engines"


def show_truth(data: Path) -> None:
    with tempfile.TemporaryDirectory() as home:
        show_figures(data, loading.load(home=Path(home)))


def show_figures(data: Path, embedder: Embedder) -> None:
    sets = repetition_truth.knowledge(data)
    figures = chain(
        repetition_truth.contamination(data, sets),
        repetition_truth.repeats(data, sets),
        meaning_truth.opposites(data, sets, embedder),
        meaning_truth.rewordings_told(data, sets, embedder),
    )
    tables.show(("truth", "found", "of", "share", "asked for"), (figure.cells() for figure in figures))
    tables.show(
        (
            "JSTS, judged alike (0 to 5)",
            "pairs",
            "mean share of shingles",
            "called nearly the same",
            "called a rewording",
            "a contradiction candidate",
        ),
        meaning_truth.judged_pairs(data, embedder),
    )


def bench_speed(data: Path, commons_count: int, offered_count: int) -> None:
    """The commons is laid out here; the gate is a process of its own, so that its memory is its own."""
    sets = repetition_truth.knowledge(data).values()
    records = list({record.id: record for record in chain.from_iterable(sets)}.values())
    order = np.random.default_rng(1).permutation(len(records))
    sample = [records[place] for place in order[: commons_count + offered_count].tolist()]
    known, offered = sample[:-offered_count], sample[-offered_count:]
    print(f"{len(known):,} records in the commons, {len(offered):,} offered.\n")
    print("| step | wall s | processor s |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        folder = GateFolder(Path(name))
        commons_folder.write_commons(folder.commons, {COLLECTION: known})
        contribution = commons_folder.sealed("new", offered, commons_folder.NEWCOMER)
        commons_folder.write(folder.offer, contribution.files)
        embedder = step(
            "choosing and converting the model, once for a machine", lambda: loading.load(home=folder.home)
        )
        index(folder, PerturbingEmbedder(embedder, offered[:REAL_VECTORS]))
        subprocess.run([sys.executable, __file__, "-", "--gate", name], check=True)


class PerturbingEmbedder:
    """The embedder, but that passages get vectors near to those of a few real ones, which are had at once."""

    def __init__(self, embedder: Embedder, records: Sequence[Record]) -> None:
        self.identity, self.engine = embedder.identity, embedder.engine
        self.embed_questions = embedder.embed_questions
        self._real = embedder.embed([embedders.passage(record.title, record.text) for record in records])
        self._random = np.random.default_rng(2)

    def embed(self, texts: Sequence[str], **_: Any) -> Vectors:
        vectors = self._real[self._random.integers(0, len(self._real), len(texts))]
        vectors += self._random.normal(0, 0.03, vectors.shape).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def index(folder: GateFolder, embedder: Embedder) -> None:
    artifact = build.build(
        snapshots.of_folder(folder.commons), embedder, folder.folder / "work", folder.folder / "built"
    )
    for path, file in artifact.files.items():
        (folder.commons / path).parent.mkdir(parents=True, exist_ok=True)
        file.rename(folder.commons / path)


def gate(folder: GateFolder) -> None:
    """All that ``commons check`` does of a sealed contribution, step by step."""
    snapshot = snapshots.of_folder(folder.commons)
    files = {
        path.relative_to(folder.offer).as_posix(): path.read_bytes()
        for path in folder.offer.rglob("*.*")
        if path.is_file()
    }

    def meaning(_: Snapshot) -> Meaning:
        library = libraries.open_library(snapshot, loading.load(home=folder.home))
        return Meaning(library.index, library.embedder)

    state = step("what the commons holds, by its log", lambda: snapshot_state.of(snapshot))
    report = step(
        "the sandbox: every row by itself",
        lambda: child_process.examine(Offer.of(files), snapshot.policy_bytes, state),
    )
    assert report.offering.records, report.findings
    cache = folder.folder / "cache"
    step(
        "comparing words, nothing kept from before",
        lambda: compare.compare(report, snapshot, ComparisonResources(cache)),
    )
    step("comparing words", lambda: compare.compare(report, snapshot, ComparisonResources(cache)))
    words_mb = peak_mb()
    step(
        "comparing words and meaning; opening the index, loading the model, and embedding included",
        lambda: compare.compare(report, snapshot, ComparisonResources(cache, meaning)),
    )
    sandbox_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"\npeak memory of the gate {peak_mb():,.0f} MB, without meaning {words_mb:,.0f} MB; "
        f"of the sandbox {sandbox_mb:,.0f} MB"
    )


def step(what: str, work: Callable[[], Result]) -> Result:
    """A row of the table, which several functions and two processes write."""
    timing = timed(work)
    print(f"| {what} | {timing.wall_s:.1f} | {timing.cpu_s:.1f} |", flush=True)
    return timing.result


def main() -> None:
    parser = command_line.parser(
        __doc__,
        "repetition.py DATA --skip-speed",
        "repetition.py DATA --skip-truth --commons 20000 --offered 500",
    )
    parser.add_argument("--gate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--skip-truth", action="store_true", help="only the table of speed")
    parser.add_argument("--skip-speed", action="store_true", help="only the tables of truth")
    parser.add_argument("--commons", type=int, default=200_000, help="records (default: %(default)s)")
    parser.add_argument("--offered", type=int, default=5_000, help="records (default: %(default)s)")
    options = parser.parse_args()
    if options.gate:
        gate(GateFolder(options.gate))
        return
    print(tables.machine("numpy", "rensa", "pyarrow", "faiss-cpu", "openvino"))
    if not options.skip_truth:
        show_truth(options.data)
    if not options.skip_speed:
        bench_speed(options.data, options.commons, options.offered)


if __name__ == "__main__":
    main()
