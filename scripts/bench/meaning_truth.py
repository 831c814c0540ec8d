"""The part of repetition.py that asks what the comparing checks say of neighbours by meaning: opposites, and the same in other words.

Nothing is tuned here. Our last figures are in repetition.md, where repetition.py puts them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from repetition_truth import TruthFigure, record, rows, within

from commons.embedding import embedder as embedders
from commons.embedding.embedder import Embedder
from commons.gate.comparison import neighbourhood, rewordings
from commons.gate.comparison.answers import LEAST_COSINE, NEIGHBOURS
from commons.gate.comparison.neighbourhood import DEPTH, Vectors
from commons.gate.comparison.repetitions import RepetitionKind
from commons.records.likeness import contradictions, similarity, words
from commons.records.schema import Record

DRAWN = 3000  # records of a set whose neighbours are looked at: embedding is what takes time

# Opposites


Pair = tuple[int, int]  # numbers of two records, the lower first


def opposites(data: Path, sets: Mapping[str, Sequence[Record]], embedder: Embedder) -> Iterator[TruthFigure]:
    """CREAK's minimal pairs: never refused, and listed as candidates, by words alone and with the default model."""
    claims = rows(data, "creak/contrast_pairs")
    records = [record(None, r["sentence"]) for r in claims]
    truth = opposite_pairs(claims)
    by_words = set(candidates_by_words(records))
    yield TruthFigure(
        "CREAK opposites listed as candidates, by words alone", len(truth & by_words), len(truth)
    )
    near = list(neighbours(records, embedder))
    candidates = by_words | {pair for pair, _ in near if turns_around(records, pair)}
    hits = len(truth & candidates)
    yield TruthFigure(
        "CREAK opposites listed as candidates, with the default model", hits, len(truth), ">= 75 %"
    )
    yield TruthFigure("… of all pairs that are listed", hits, len(candidates))
    reworded = {pair for pair, cosine in near if is_rewording(records, pair, cosine)}
    yield TruthFigure("CREAK opposites called rewordings", len(truth & reworded), len(truth), "none")
    claims_at_large = sets["creak"]
    pairs = {pair for pair, _ in neighbours(claims_at_large, embedder) if turns_around(claims_at_large, pair)}
    rows_listed = len({later for _, later in pairs})
    yield TruthFigure("CREAK at large: claims listed as candidates", rows_listed, len(claims_at_large), "few")
    medquad = sets["medquad"]
    listed = sum(1 for _ in candidates_by_words(medquad))
    yield TruthFigure("medquad: records listed as candidates, by words alone", listed, len(medquad), "few")


def candidates_by_words(records: Sequence[Record]) -> Iterator[Pair]:
    for r in within(records):
        if r.kind is RepetitionKind.NEAR and turns_around(records, (r.other, r.new)):
            yield r.other, r.new


def turns_around(records: Sequence[Record], pair: Pair) -> bool:
    difference = contradictions.difference(records[pair[1]], records[pair[0]])
    return difference is not None and difference.turns_around


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


# Rewordings


def rewordings_told(
    data: Path, sets: Mapping[str, Sequence[Record]], embedder: Embedder
) -> Iterator[TruthFigure]:
    """What is said in other words, among pairs that others reworded and among the neighbours of records that are what they are."""
    pairs = rows(data, "contamination-rephrased/gsm8k_pairs")
    first = [record(None, r["original"]) for r in pairs]
    second = [record(None, r["rephrased"]) for r in pairs]
    cosines = cosines_of([r.text for r in first], [r.text for r in second], embedder)
    hits = sum(map(rewordings.is_rewording, first, second, cosines))
    yield TruthFigure("GSM8K problems and their rewordings told as one", hits, len(pairs), "most")
    train = [record(None, r["question"]) for r in rows(data, "gsm8k/train")]
    for name, records in {"GSM8K train": train, **sets}.items():
        sample = drawn(records)
        later = {
            pair[1] for pair, cosine in neighbours(sample, embedder) if is_rewording(sample, pair, cosine)
        }
        yield TruthFigure(
            f"{name}: records told as rewordings of a neighbour", len(later), len(sample), "few"
        )


def drawn(records: Sequence[Record]) -> list[Record]:
    """A few thousand records with different words: what repeats a text word for word is told by its words."""
    different = list({words.fold(each.text): each for each in records}.values())
    order = np.random.default_rng(1).permutation(len(different))[:DRAWN]
    return [different[place] for place in order.tolist()]


def is_rewording(records: Sequence[Record], pair: Pair, cosine: float) -> bool:
    return rewordings.is_rewording(records[pair[1]], records[pair[0]], cosine)


def neighbours(records: Sequence[Record], embedder: Embedder) -> Iterator[tuple[Pair, float]]:
    """The pairs that the gate looks at when these records are offered to an empty commons, each once or twice."""
    vectors = embedder.embed([embedders.passage(r.title, r.text) for r in records])
    names = [str(number) for number in range(len(records))]
    _, near_ones = neighbourhood.nearest(vectors, EmptyIndex(), names, vectors, DEPTH, itself=True)
    for number, nearest in enumerate(near_ones):
        for near in [near for near in nearest if near.cosine >= LEAST_COSINE][:NEIGHBOURS]:
            assert near.offered is not None
            yield (min(number, near.offered), max(number, near.offered)), near.cosine


def cosines_of(first: Sequence[str], second: Sequence[str], embedder: Embedder) -> list[float]:
    return [float(value) for value in (embedder.embed(first) * embedder.embed(second)).sum(axis=1)]


class EmptyIndex:
    """The index of an empty commons."""

    def neighbours(self, vectors: Vectors, k: int) -> list[list[Any]]:  # noqa: ARG002  the form of every index
        return [[] for _ in vectors]


# Similarity


def judged_pairs(data: Path, embedder: Embedder) -> Iterator[tuple[str, ...]]:
    """For orientation: pairs that people judged, in a language without spaces, which the default model hardly knows."""
    pairs = rows(data, "jsts/valid")
    first = [record(None, r["sentence1"], "ja") for r in pairs]
    second = [record(None, r["sentence2"], "ja") for r in pairs]
    cosines = cosines_of([r.text for r in first], [r.text for r in second], embedder)
    for score in range(6):
        chosen = [number for number, r in enumerate(pairs) if round(r["label"]) == score]
        shares = np.array([similarity.alike(first[number], second[number]) for number in chosen])
        reworded = [rewordings.is_rewording(first[n], second[n], cosines[n]) for n in chosen]
        candidates = [
            bool((change := contradictions.difference(first[n], second[n])) and change.turns_around)
            for n in chosen
        ]
        parts = (np.mean(shares >= similarity.NEAR), np.mean(reworded), np.mean(candidates))
        yield (
            f"about {score}",
            f"{len(shares):,}",
            f"{np.mean(shares):.2f}",
            *(f"{part:.1%}" for part in parts),
        )
