"""The part of repetition.py that asks how well the comparing checks find what others have labelled, and what repeats by nature.

Nothing is tuned here. Our last figures are in repetition.md, where repetition.py puts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared import texts
from shared.texts import with_id

from commons.gate.comparison import protected_sets, repetitions
from commons.gate.comparison.contamination import ProtectedItems
from commons.records.likeness import sketches
from commons.records.likeness.sketches import Sketches
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
