"""How well the gate's comparing checks find what they look for, and how fast they are.

    python scripts/bench_repetition.py DATA_FOLDER              both tables
    python scripts/bench_repetition.py DATA_FOLDER --skip-speed

DATA_FOLDER holds the sources named in the tables as gzip JSON Lines, one folder each. Truth is asked of labelled sets and of natural
repeats; nothing is tuned here. Speed is a contribution of 5,000 records against a commons of 200,000 real ones with its index, the sandbox
and the embedding of the contribution included; the vectors of the commons are perturbed copies of the contribution's, because what they are
does not change how long they take to compare.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import bench_ledger
import bench_pipeline
import numpy as np

from commons.embedding import embedder as embedders
from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.gate import confined, snapshot_state
from commons.gate.comparison import (
    compare,
    contradictions,
    neighbourhood,
    protected_sets,
    repetitions,
    sketches,
)
from commons.gate.comparison.answers import LEAST_COSINE, NEIGHBOURS, Meaning
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.comparison.contamination import Protected
from commons.gate.comparison.neighbourhood import Vectors
from commons.gate.comparison.repetitions import RepetitionKind as Repeats
from commons.gate.comparison.sketches import Sketches
from commons.gate.offer import Offer
from commons.index import library as libraries
from commons.ledger import contributions
from commons.operations import build
from commons.records import identity
from commons.records.schema import Record, RepetitionKind, Source
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

COMMONS, OFFERED = 200_000, 5_000


@dataclass(frozen=True)
class Row:
    what: str
    found: int
    of: int
    wanted: str


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA_FOLDER")
    parser.add_argument("--gate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--skip-truth", action="store_true", help="only the table of speed")
    parser.add_argument("--skip-speed", action="store_true", help="only the table of truth")
    arguments = parser.parse_args()
    if arguments.gate:
        gate(Place(arguments.gate))
        return
    if not arguments.data:
        parser.error("DATA_FOLDER is missing")
    if not arguments.skip_truth:
        truth(arguments.data)
    if not arguments.skip_speed:
        speed(arguments.data)


def truth(data: Path) -> None:
    print("| truth | found | of | share | asked for |\n| --- | ---: | ---: | ---: | --- |")
    for row in chain(contamination(data), repeats(data), opposites(data)):
        print(
            f"| {row.what} | {row.found:,} | {row.of:,} | {row.found / max(row.of, 1):.2%} | {row.wanted} |",
            flush=True,
        )
    print()
    similarity(data)
    print()


# Truth


def contamination(data: Path) -> Iterator[Row]:
    protected = Protected(protected_sets.read(protected_sets.described()))

    def flagged(what: str, records: Sequence[Record], wanted: str) -> Row:
        return Row(what, sum(1 for _ in protected.find(records)), len(records), wanted)

    pairs = lines(data / "contamination-rephrased" / "gsm8k_pairs.jsonl.gz")
    yield flagged("reworded GSM8K test problems", [record(None, r["rephrased"]) for r in pairs], ">= 80 %")
    right = [
        r["id"] == next(iter(protected.find([record(None, r["rephrased"])])), _Nothing).item for r in pairs
    ]
    yield Row("… with the right problem named", sum(right), len(pairs), "")
    test = lines(data / "gsm8k" / "test.jsonl.gz")
    yield flagged(
        "GSM8K test, problem and solution in one text",
        [record(None, f"{r['question']}\n{r['answer']}") for r in test],
        "all",
    )
    truthful = lines(data / "truthfulqa" / "truthfulqa.jsonl.gz")
    yield flagged(
        "TruthfulQA, question as title", [record(r["Question"], r["Best Answer"]) for r in truthful], "all"
    )
    copa = lines(data / "xcopa" / "xcopa.jsonl.gz")
    yield flagged(
        "XCOPA test, premise with its right choice, 11 languages",
        [
            record(None, f"{r['premise']} {r['choice2' if r['label'] else 'choice1']}", r["lang"])
            for r in copa
            if r["split"] == "test"
        ],
        "",
    )
    yield flagged(
        "good: XCOPA validation",
        [record(None, f"{r['premise']} {r['choice1']}", r["lang"]) for r in copa if r["split"] != "test"],
        "few",
    )
    train = lines(data / "gsm8k" / "train.jsonl.gz")
    yield flagged(
        "good: GSM8K train, the nearest there is", [record(r["question"], r["answer"]) for r in train], "few"
    )
    for name, records in knowledge(data).items():
        yield flagged(f"good: {name}", records, "< 1 %" if name == "medquad" else "few")


class _Nothing:
    item = ""


def repeats(data: Path) -> Iterator[Row]:
    everything = knowledge(data)
    for name, key in (("medquad", lambda r: r.text), ("opentriviaqa", lambda r: (r.title, r.text))):
        records = everything[name]
        again = set(repeated(records, key))
        found = {one.new for one in within(records)}
        yield Row(
            f"{name}: records that repeat an earlier one word for word", len(again & found), len(again), "all"
        )
    pairs = lines(data / "tatoeba" / "pairs.jsonl.gz")
    both = [one for r in pairs for one in (record(None, r["text"], r["lang"]), record(None, r["en"], "en"))]
    found = [one for one in within(both) if both[one.new].lang != both[one.other].lang]
    yield Row("tatoeba: translations called repetitions", len(found), len(pairs), "none")


def opposites(data: Path) -> Iterator[Row]:
    """CREAK's minimal pairs: never refused, and listed as candidates, by words alone and with the default model."""
    rows = lines(data / "creak" / "contrast_pairs.jsonl.gz")
    records = [record(None, r["sentence"]) for r in rows]
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row["pair_id"]].append(number)
    opposite = {
        (one, other)
        for members in groups.values()
        for one in members
        for other in members
        if one < other and rows[one]["label"] != rows[other]["label"]
    }
    listed = {
        (one.other, one.new)
        for one in within(records)
        if one.kind is Repeats.NEAR and contradictions.difference(records[one.new], records[one.other])
    }
    yield Row(
        "CREAK opposites listed as candidates, by words alone", len(opposite & listed), len(opposite), ""
    )
    vectors = loading.load(engine="reference").embed([r.text for r in records])
    _, near = neighbourhood.nearest(
        vectors, Nothing(), [str(n) for n in range(len(records))], vectors, 10, itself=True
    )
    for number, found in enumerate(near):
        close = [one for one in found if one.cosine >= LEAST_COSINE][:NEIGHBOURS]
        for one in close:
            assert one.offered is not None
            if contradictions.difference(records[number], records[one.offered]):
                listed.add((min(number, one.offered), max(number, one.offered)))
    yield Row(
        "CREAK opposites listed as candidates, with the default model",
        len(opposite & listed),
        len(opposite),
        "most",
    )
    yield Row("… of all pairs that are listed", len(opposite & listed), len(listed), "")


def similarity(data: Path) -> None:
    """For orientation: how alike by words are pairs that people judged, in a language without spaces."""
    rows = lines(data / "jsts" / "valid.jsonl.gz")
    print(
        "| JSTS, judged alike (0 to 5) | pairs | mean share of shingles | called nearly the same |\n| --- | ---: | ---: | ---: |"
    )
    for low in range(6):
        pairs = [r for r in rows if round(r["label"]) == low]
        alike = [
            repetitions.alike(record(None, r["sentence1"], "ja"), record(None, r["sentence2"], "ja"))
            for r in pairs
        ]
        print(
            f"| about {low} | {len(pairs):,} | {np.mean(alike):.2f} | {np.mean(np.array(alike) >= repetitions.NEAR):.1%} |"
        )


class Nothing:
    """An index of an empty commons."""

    def neighbours(self, vectors: Vectors, k: int) -> list[list[Any]]:  # noqa: ARG002  the form of every index
        return [[] for _ in vectors]


def within(records: Sequence[Record]) -> list[repetitions.Repetition]:
    made = sketches.make([r.lang for r in records], [r.title for r in records], [r.text for r in records])
    return list(repetitions.find(records, made, Sketches.joined([]), lambda _: records[0]))


def repeated(records: Sequence[Record], key: Callable[[Record], Any]) -> Iterator[int]:
    seen = set()
    for number, one in enumerate(records):
        if key(one) in seen:
            yield number
        seen.add(key(one))


# Speed


def speed(data: Path) -> None:
    """The commons is laid out here; the gate is a process of its own, so that its memory is its own."""
    records = [one for found in knowledge(data).values() for one in found]
    distinct = list({one.id: one for one in records}.values())
    order = np.random.default_rng(1).permutation(len(distinct))
    chosen = [distinct[i] for i in order[: COMMONS + OFFERED].tolist()]
    held, offered = chosen[:-OFFERED], chosen[-OFFERED:]
    print(f"{len(held):,} records in the commons, {len(offered):,} offered, {os.cpu_count()} processors\n")
    print("| step | wall s | processor s |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        bench_pipeline.write_commons(place.commons, {"old": held})
        sealed = contributions.seal(
            {(RepetitionKind.RECORD, "open", "new"): offered},
            bench_ledger.key(3),
            commons=bench_ledger.ORIGIN,
        )
        bench_ledger.write(place.offer, sealed.files)
        embedder = timed(
            "choosing and converting the model, once for a machine", lambda: loading.load(home=place.home)
        )
        index(place, Dealt(embedder, [embedders.passage(one.title, one.text) for one in offered[:500]]))
        subprocess.run([sys.executable, __file__, "--gate", folder], check=True)


@dataclass(frozen=True)
class Place:
    """What the process of the gate finds."""

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


class Dealt:
    """The embedder, but that records are dealt vectors near to a few real ones, which are had at once."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self.identity, self.engine = embedder.identity, embedder.engine
        self.embed_questions = embedder.embed_questions
        self._real = embedder.embed(texts)
        self._chance = np.random.default_rng(2)

    def embed(self, texts: Sequence[str], **_: Any) -> Vectors:
        out = self._real[self._chance.integers(0, len(self._real), len(texts))]
        out += self._chance.normal(0, 0.03, out.shape).astype(np.float32)
        return out / np.linalg.norm(out, axis=1, keepdims=True)


def index(place: Place, embedder: Embedder) -> None:
    made = build.build(
        snapshots.of_folder(place.commons), embedder, place.folder / "work", place.folder / "built"
    )
    for path, file in made.files.items():
        (place.commons / path).parent.mkdir(parents=True, exist_ok=True)
        file.rename(place.commons / path)


def gate(place: Place) -> None:
    """All that ``commons check`` does of a sealed contribution, step by step."""
    snapshot = snapshots.of_folder(place.commons)
    files = {
        path.relative_to(place.offer).as_posix(): path.read_bytes()
        for path in place.offer.rglob("*.*")
        if path.is_file()
    }

    def meaning(_: Snapshot) -> Meaning:
        library = libraries.open_library(snapshot, loading.load(home=place.home))
        return Meaning(library.index, library.embedder)

    held = timed("what the commons holds, by its log", lambda: snapshot_state.of(snapshot))
    report = timed(
        "the sandbox: every row by itself",
        lambda: confined.examine(Offer.of(files), snapshot.policy_bytes, held),
    )
    assert len(report.offering.records) == OFFERED, report.findings
    memory = place.folder / "memory"
    timed(
        "comparing words, nothing kept from before",
        lambda: compare.compare(report, snapshot, ComparisonResources(memory)),
    )
    timed("comparing words", lambda: compare.compare(report, snapshot, ComparisonResources(memory)))
    words_mb = peak_mb(resource.RUSAGE_SELF)
    timed(
        "comparing words and meaning; opening the index, loading the model, and embedding included",
        lambda: compare.compare(report, snapshot, ComparisonResources(memory, meaning)),
    )
    print(
        f"\npeak memory of the gate {peak_mb(resource.RUSAGE_SELF):,.0f} MB, without meaning {words_mb:,.0f} MB; "
        f"of the sandbox {peak_mb(resource.RUSAGE_CHILDREN):,.0f} MB"
    )


def peak_mb(of: int) -> float:
    return resource.getrusage(of).ru_maxrss / 1024


def timed(what: str, work: Callable[[], Any]) -> Any:
    wall, used = time.perf_counter(), _cpu_s()
    result = work()
    print(f"| {what} | {time.perf_counter() - wall:.1f} | {_cpu_s() - used:.1f} |", flush=True)
    return result


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


# Records


@functools.cache
def knowledge(data: Path) -> dict[str, list[Record]]:
    """Real records of several kinds."""
    return {
        "medquad": [record(r["question"], r["answer"]) for r in lines(data / "medquad" / "qa.jsonl.gz")],
        "opentriviaqa": [
            record(r["question"], r["answer"]) for r in lines(data / "opentriviaqa" / "trivia.jsonl.gz")
        ],
        "factbook": [
            record(f"{r['country']}: {r['field']}", r["text"])
            for r in lines(data / "factbook" / "fields.jsonl.gz")
        ],
        "oewn": [
            record(", ".join(r["members"]), r["definition"][0])
            for r in lines(data / "oewn" / "synsets.jsonl.gz")
        ],
        "creak": [record(None, r["sentence"]) for r in lines(data / "creak" / "train.jsonl.gz")],
    }


def record(title: str | None, text: str, lang: str = "en") -> Record:
    made = Record(
        "",
        title and title[:300],
        text[:8000].strip() or "-",
        lang,
        ("science",),
        "CC0-1.0",
        (Source(title="A set"),),
    )
    return Record(**{**vars(made), "id": identity.record_id(made.core())})


def lines(path: Path) -> list[Any]:
    with gzip.open(path, "rt", encoding="utf-8") as found:
        return [json.loads(line) for line in found]


if __name__ == "__main__":
    main()
