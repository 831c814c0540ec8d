"""The part of repetition.py that asks how well the comparing checks find what others have labelled, and what repeats by nature.

Nothing is tuned here. Our last figures are in repetition.md, where repetition.py puts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from shared import tables, texts
from shared.texts import with_id

from commons.embedding import loading
from commons.gate.comparison import contradictions, neighbourhood, protected_sets, repetitions, sketches
from commons.gate.comparison.answers import LEAST_COSINE, NEIGHBOURS
from commons.gate.comparison.contamination import ProtectedItems
from commons.gate.comparison.neighbourhood import Vectors
from commons.gate.comparison.repetitions import RepetitionKind
from commons.gate.comparison.sketches import Sketches
from commons.records.schema import Record, Source

SETS = ("medquad", "opentriviaqa", "factbook", "oewn", "creak")


@dataclass(frozen=True)
class TruthFigure:
    truth: str
    hits: int
    total: int
    goal: str = ""

    def cells(self) -> tuple[str, ...]:
        share = self.hits / max(self.total, 1)
        return self.truth, f"{self.hits:,}", f"{self.total:,}", f"{share:.2%}", self.goal


def show(data: Path) -> None:
    sets = knowledge(data)
    figures = chain(contamination(data, sets), repeats(data, sets), opposites(data))
    tables.show(("truth", "found", "of", "share", "asked for"), (figure.cells() for figure in figures))
    tables.show(
        ("JSTS, judged alike (0 to 5)", "pairs", "mean share of shingles", "called nearly the same"),
        similarity(data),
    )


# Records


def knowledge(data: Path) -> dict[str, list[Record]]:
    """Real records of several kinds."""
    return {name: [record(title, text) for title, text in texts.titled_texts(data, name)] for name in SETS}


def record(title: str | None, text: str, lang: str = "en") -> Record:
    return with_id(
        Record(
            "",
            title and title[:300],
            text[:8000].strip() or "-",
            lang,
            ("science",),
            "CC0-1.0",
            (Source(title="A set"),),
        )
    )


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    return list(texts.rows(data / f"{name}.jsonl.gz"))


# Contamination


def contamination(data: Path, sets: Mapping[str, Sequence[Record]]) -> Iterator[TruthFigure]:
    protected = ProtectedItems(protected_sets.read(protected_sets.descriptions()))

    def warnings(truth: str, records: Sequence[Record], goal: str = "") -> TruthFigure:
        return TruthFigure(truth, sum(1 for _ in protected.find(records)), len(records), goal)

    def nearest_item(text: str) -> str:
        return next((hit.item for hit in protected.find([record(None, text)])), "")

    pairs = rows(data, "contamination-rephrased/gsm8k_pairs")
    yield warnings("reworded GSM8K test problems", [record(None, r["rephrased"]) for r in pairs], ">= 80 %")
    exact = sum(r["id"] == nearest_item(r["rephrased"]) for r in pairs)
    yield TruthFigure("… with the right problem named", exact, len(pairs))
    yield warnings(
        "GSM8K test, problem and solution in one text",
        [record(None, f"{r['question']}\n{r['answer']}") for r in rows(data, "gsm8k/test")],
        "all",
    )
    yield warnings(
        "TruthfulQA, question as title",
        [record(r["Question"], r["Best Answer"]) for r in rows(data, "truthfulqa/truthfulqa")],
        "all",
    )
    copa = rows(data, "xcopa/xcopa")
    yield warnings(
        "XCOPA test, premise with its right choice, 11 languages",
        [
            record(None, f"{r['premise']} {r['choice2' if r['label'] else 'choice1']}", r["lang"])
            for r in copa
            if r["split"] == "test"
        ],
    )
    yield warnings(
        "good: XCOPA validation",
        [record(None, f"{r['premise']} {r['choice1']}", r["lang"]) for r in copa if r["split"] != "test"],
        "few",
    )
    train = [record(r["question"], r["answer"]) for r in rows(data, "gsm8k/train")]
    yield warnings("good: GSM8K train, the nearest there is", train, "few")
    for name, records in sets.items():
        yield warnings(f"good: {name}", records, "< 1 %" if name == "medquad" else "few")


# Repetitions


def repeats(data: Path, sets: Mapping[str, Sequence[Record]]) -> Iterator[TruthFigure]:
    for name, key in (("medquad", lambda r: r.text), ("opentriviaqa", lambda r: (r.title, r.text))):
        truth = set(word_for_word(sets[name], key))
        hits = truth & {repetition.new for repetition in within(sets[name])}
        yield TruthFigure(
            f"{name}: records that repeat an earlier one word for word", len(hits), len(truth), "all"
        )
    pairs = rows(data, "tatoeba/pairs")
    sentences = [
        sentence
        for r in pairs
        for sentence in (record(None, r["text"], r["lang"]), record(None, r["en"], "en"))
    ]
    across = sum(sentences[r.new].lang != sentences[r.other].lang for r in within(sentences))
    yield TruthFigure("tatoeba: translations called repetitions", across, len(pairs), "none")


def within(records: Sequence[Record]) -> list[repetitions.Repetition]:
    """The repetitions that the gate finds inside one contribution, next to an empty commons."""
    own = sketches.make([r.lang for r in records], [r.title for r in records], [r.text for r in records])
    return list(repetitions.find(records, own, Sketches.concatenate([]), lambda _: records[0]))


def word_for_word(records: Sequence[Record], key: Callable[[Record], Any]) -> Iterator[int]:
    keys = set()
    for number, each in enumerate(records):
        if key(each) in keys:
            yield number
        keys.add(key(each))


# Opposites


Pair = tuple[int, int]  # numbers of two records, the lower first


def opposites(data: Path) -> Iterator[TruthFigure]:
    """CREAK's minimal pairs: never refused, and listed as candidates, by words alone and with the default model."""
    claims = rows(data, "creak/contrast_pairs")
    records = [record(None, r["sentence"]) for r in claims]
    truth = opposite_pairs(claims)
    by_words = {
        (r.other, r.new)
        for r in within(records)
        if r.kind is RepetitionKind.NEAR and contradictions.difference(records[r.new], records[r.other])
    }
    yield TruthFigure(
        "CREAK opposites listed as candidates, by words alone", len(truth & by_words), len(truth)
    )
    candidates = by_words | set(pairs_by_meaning(records))
    hits = len(truth & candidates)
    yield TruthFigure(
        "CREAK opposites listed as candidates, with the default model", hits, len(truth), "most"
    )
    yield TruthFigure("… of all pairs that are listed", hits, len(candidates))


def opposite_pairs(claims: Sequence[Mapping[str, Any]]) -> set[Pair]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, claim in enumerate(claims):
        groups[claim["pair_id"]].append(number)
    return {
        (first, second)
        for members in groups.values()
        for first in members
        for second in members
        if first < second and claims[first]["label"] != claims[second]["label"]
    }


def pairs_by_meaning(records: Sequence[Record]) -> Iterator[Pair]:
    """Neighbours that differ as opposites do."""
    vectors = loading.load(engine="reference").embed([r.text for r in records])
    names = [str(number) for number in range(len(records))]
    _, neighbours = neighbourhood.nearest(vectors, EmptyIndex(), names, vectors, 10, itself=True)
    for number, nearest in enumerate(neighbours):
        for near in [near for near in nearest if near.cosine >= LEAST_COSINE][:NEIGHBOURS]:
            assert near.offered is not None
            if contradictions.difference(records[number], records[near.offered]):
                yield min(number, near.offered), max(number, near.offered)


class EmptyIndex:
    """The index of an empty commons."""

    def neighbours(self, vectors: Vectors, k: int) -> list[list[Any]]:  # noqa: ARG002  the form of every index
        return [[] for _ in vectors]


# Similarity


def similarity(data: Path) -> Iterator[tuple[str, ...]]:
    """For orientation: how alike by words are pairs that people judged, in a language without spaces."""
    pairs = rows(data, "jsts/valid")
    for score in range(6):
        shares = np.array(
            [
                repetitions.alike(record(None, r["sentence1"], "ja"), record(None, r["sentence2"], "ja"))
                for r in pairs
                if round(r["label"]) == score
            ]
        )
        near = np.mean(shares >= repetitions.NEAR)
        yield f"about {score}", f"{len(shares):,}", f"{np.mean(shares):.2f}", f"{near:.1%}"
