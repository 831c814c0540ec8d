"""How well the gate's comparing checks find what they look for, and how fast they are.

    python scripts/bench_repetition.py DATA_FOLDER              both tables
    python scripts/bench_repetition.py DATA_FOLDER --skip-speed

DATA_FOLDER holds the sources named in the tables as gzip JSON Lines, one folder each. Truth is asked of labelled sets and of natural
repeats; nothing is tuned here. Speed is a contribution of 5,000 records against a commons of 200,000 real ones, the sandbox and the
embedding of the contribution included; the vectors of the commons are perturbed copies of the contribution's, because what they are does
not change how long they take to compare.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.cards import dataset_card
from commons.checks import (
    comparison,
    confined,
    contradictions,
    neighbourhood,
    protected_sets,
    repetitions,
    sketches,
)
from commons.checks.answers import LEAST_COSINE, NEIGHBOURS, Meaning
from commons.checks.comparison import Means
from commons.checks.contamination import Protected
from commons.checks.gate import Offer
from commons.checks.neighbourhood import Vectors
from commons.checks.repetitions import Kind as Repeats
from commons.checks.signatures import Standing
from commons.checks.sketches import Sketches
from commons.hub import snapshot as snapshots
from commons.index import embedder as embedders
from commons.ledger import contributions
from commons.ledger.keys import SigningKey
from commons.records import identity, layout, shards
from commons.records.layout import ShardPath
from commons.records.schema import Kind, Record, Source

ORIGIN = "knowledge-commons/bench/0123456789abcdef"
COMMONS, OFFERED, SHARD = 200_000, 5_000, 5_000


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
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER")
    parser.add_argument("--skip-truth", action="store_true", help="only the table of speed")
    parser.add_argument("--skip-speed", action="store_true", help="only the table of truth")
    arguments = parser.parse_args()
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
    vectors = embedders.load(engine="reference").embed([r.text for r in records])
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

    def neighbours(self, vectors: Vectors, k: int) -> list[list[Found]]:  # noqa: ARG002  the form of every index
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


@dataclass(frozen=True)
class Found:
    id: str
    score: float


class Matrix:
    """Exact search over (n, d) vectors, a block at a time."""

    def __init__(self, ids: Sequence[str], vectors: Vectors) -> None:
        self._ids, self._vectors = ids, vectors

    def neighbours(self, vectors: Vectors, k: int) -> list[list[Found]]:
        scores = np.full((len(vectors), 0), -2, np.float32)
        places = np.zeros((len(vectors), 0), np.int64)
        for start in range(0, len(self._vectors), 32_768):
            block = vectors @ self._vectors[start : start + 32_768].T
            best = np.argpartition(-block, k - 1, axis=1)[:, :k]
            scores = np.hstack([scores, np.take_along_axis(block, best, axis=1)])
            places = np.hstack([places, best + start])
        order = np.argsort(-scores, axis=1)[:, :k]
        return [
            [Found(self._ids[places[row, i]], float(scores[row, i])) for i in best]
            for row, best in enumerate(order.tolist())
        ]


def speed(data: Path) -> None:
    records = [one for found in knowledge(data).values() for one in found]
    distinct = list({one.id: one for one in records}.values())
    order = np.random.default_rng(1).permutation(len(distinct))
    chosen = [distinct[i] for i in order[: COMMONS + OFFERED].tolist()]
    held, offered = chosen[:-OFFERED], chosen[-OFFERED:]
    print(f"{len(held):,} records in the commons, {len(offered):,} offered, {os.cpu_count()} processors\n")
    print("| step | wall s | processor s |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        commons = Path(folder)
        lay_out(commons, held)
        key = SigningKey(Ed25519PrivateKey.generate())
        files = contributions.seal({(Kind.RECORD, "open", "new"): offered}, key, commons=ORIGIN).files
        snapshot = snapshots.of_folder(commons)
        standing = Standing(frozenset(one.id for one in held))
        report = timed(
            "the sandbox: every row by itself",
            lambda: confined.examine(Offer.of(files), snapshot.policy_bytes, standing),
        )
        timed(
            "comparing words, nothing kept from before",
            lambda: comparison.compare(report, snapshot, Means(commons / "memory")),
        )
        timed("comparing words", lambda: comparison.compare(report, snapshot, Means(commons / "memory")))
        embedder = timed("loading the model", lambda: embedders.load(home=commons / "engines"))
        first = embedder.embed([embedders.passage(r.title, r.text) for r in offered[:500]])
        vectors = perturbed(first, len(held))
        meaning = Meaning(Matrix([one.id for one in held], vectors), embedder)
        timed(
            "comparing words and meaning, embedding included",
            lambda: comparison.compare(report, snapshot, Means(commons / "memory", lambda _: meaning)),
        )
    print(
        f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, of children "
        f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f} MB"
    )


def lay_out(folder: Path, records: Sequence[Record]) -> None:
    (folder / "governance").mkdir()
    (folder / layout.POLICY).write_bytes(dataset_card.founding_policy("Bench", ORIGIN))
    for start in range(0, len(records), SHARD):
        data = shards.write(Kind.RECORD, records[start : start + SHARD])
        path = folder / str(ShardPath(Kind.RECORD, "open", "old", shards.digest(data)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def perturbed(vectors: Vectors, count: int) -> Vectors:
    chance = np.random.default_rng(2)
    out = vectors[chance.integers(0, len(vectors), count)]
    out += chance.normal(0, 0.03, out.shape).astype(np.float32)
    return out / np.linalg.norm(out, axis=1, keepdims=True)


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
