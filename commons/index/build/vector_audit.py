"""Whether published vectors are those of their texts: a sample is embedded again.

    rows = vector_audit.draw(seed, manifest.records, 300)         nobody can know the rows who does not know the seed
    for problem in vector_audit.embed_again(published, rows, embedder): …
    vector_audit.most_missed(manifest.records, 300)               so many false vectors such a sample may well miss

Why at random: of rows that anybody can work out beforehand, the vectors are right.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from commons import digests
from commons.arrays import Vectors
from commons.embedding.embedder import Embedder, passage
from commons.index import vectors
from commons.index.build import missing_vectors
from commons.index.build.assembly import Materials
from commons.index.build.published_artifact import PublishedArtifact
from commons.layout import Kind
from commons.progress import Progress, part_of, silent
from commons.records import shards
from commons.records.schema import SCHEMAS

# Of which one false vector in a hundred is missed at most, at 95 % confidence.
SAMPLE_RECORDS = 300
_CHANCE_OF_A_MISS = 0.05
_ROUNDING = 1e-9  # what logarithms of factorials leave of a chance, as a share of it
# Between two engines the vectors are further apart than either is from the reference; int8 codes add a little.
_QUANTISED = 0.9999
_BATCH_RECORDS = 4096
_LABEL = "Embedding again"


def draw(seed: int, size: int, count: int) -> list[int]:
    """``count`` different numbers below ``size``, in ascending order, or all of them where there are no more.

    The i-th candidate is SHA-256("commons-audit-sample/v1 SEED i") modulo ``size``, and one that was drawn already is passed over: uniform,
    and the same in every version of every language.
    """
    if count >= size:
        return list(range(size))
    drawn: set[int] = set()
    turn = 0
    while len(drawn) < count:
        drawn.add(int(digests.sha256_hex(f"commons-audit-sample/v1 {seed} {turn}".encode()), 16) % size)
        turn += 1
    return sorted(drawn)


def most_missed(size: int, count: int) -> int:
    """The largest number of false vectors among ``size`` that a sample of ``count`` misses with a chance above 5 %.

    Exact, by the hypergeometric distribution; far below ``size`` it is the share s at which (1 - s) ** count is 5 %.
    """
    low, high = 0, size - count  # of more than these, one is always drawn
    while low < high:
        middle = (low + high + 1) // 2
        if _chance_of_a_miss(size, count, middle) > _CHANCE_OF_A_MISS * (1 + _ROUNDING):
            low = middle
        else:
            high = middle - 1
    return low


def _chance_of_a_miss(size: int, count: int, wrong: int) -> float:
    """C(size - wrong, count) / C(size, count)."""
    ways = math.lgamma(size - wrong + 1) - math.lgamma(size - wrong - count + 1)
    return math.exp(ways - math.lgamma(size + 1) + math.lgamma(size - count + 1))


@dataclass(frozen=True)
class SampledRows:
    """Rows of one shard: their ids and texts, their published vectors (n, d), and the least cosine to be asked of them."""

    ids: list[str]
    texts: list[str]
    vectors: Vectors
    least: float


def embed_again(
    published: PublishedArtifact, rows: Sequence[int], embedder: Embedder, progress: Progress = silent
) -> Iterator[str]:
    """A sentence for each of these rows, numbers in the order of the manifest's data, whose vector is not that of its text.

    Raises:
        IndexArtifactError, SchemaError: files that cannot be read, or a model that gives vectors of another shape.
    """
    progress(_LABEL, 0, len(rows))
    done = 0
    for batch in _batches(_sampled(published, rows, embedder)):
        texts = [text for part in batch for text in part.texts]
        again = missing_vectors.refuse_other_shape(
            embedder.embed(texts, progress=part_of(progress, done, len(rows)), label=_LABEL),
            len(texts),
            embedder,
        )
        for part in batch:
            mine, again = again[: len(part.ids)], again[len(part.ids) :]
            yield from _other_vectors(part, mine)
        done += len(texts)
    progress(_LABEL, len(rows), len(rows))


def _other_vectors(part: SampledRows, again: Vectors) -> Iterator[str]:
    cosines = (part.vectors * again).sum(axis=1).tolist()
    for name, cosine in zip(part.ids, cosines, strict=True):
        if not cosine >= part.least:
            yield (
                f"the vector of {name} is not that of its text: cosine {cosine:.3f}, at least {part.least:.3f} was expected"
            )


def _sampled(published: PublishedArtifact, rows: Sequence[int], embedder: Embedder) -> Iterator[SampledRows]:
    numbers, made = np.array(rows, np.int64), published.manifest
    start = 0
    for data, vector_file in zip(made.data, made.vectors, strict=True):
        here = (numbers[(numbers >= start) & (numbers < start + data.rows)] - start).tolist()
        start += data.rows
        if not here:
            continue
        table = shards.read_table(
            published.folder / data.path,
            SCHEMAS[Kind.RECORD],
            name=data.path,
            columns=["id", "title", "text"],
        )
        here_vectors = vectors.read(
            published.folder / vector_file.path,
            dimension=made.embedder.dimension,
            ids=table["id"].to_pylist(),
            name=vector_file.path,
            encoding=made.encoding,
        )
        least = _QUANTISED * made.engines[vector_file.engine].tolerance * embedder.engine.tolerance
        for first in range(0, len(here), _BATCH_RECORDS):
            part = here[first : first + _BATCH_RECORDS]
            taken = table.take(part).to_pylist()
            yield SampledRows(
                [row["id"] for row in taken],
                [passage(row["title"], row["text"]) for row in taken],
                here_vectors[part],
                least,
            )


def _batches(parts: Iterator[SampledRows]) -> Iterator[list[SampledRows]]:
    """As many together as an engine is quick with: of a large commons every shard has but a few of the rows."""
    batch: list[SampledRows] = []
    for part in parts:
        batch.append(part)
        if sum(len(part.ids) for part in batch) >= _BATCH_RECORDS:
            yield batch
            batch = []
    if batch:
        yield batch


def sharing_vectors(materials: Materials) -> int:
    """How many records of the pool have, number for number, the vector of a record with another text.

    A few always may: a model cuts long texts, folds case, and takes all signs it does not know for one.
    """
    codes = [np.fromiter(map(_code, block), np.int64, len(block)) for block in materials.blocks()]
    names, counts = np.unique(np.concatenate(codes or [np.zeros(0, np.int64)]), return_counts=True)
    repeated = names[counts > 1]
    texts: dict[int, set[int]] = defaultdict(set)
    records: dict[int, int] = defaultdict(int)
    for member, code in zip(materials.members, codes, strict=True):
        rows = np.flatnonzero(np.isin(code, repeated)).tolist()
        for row, text in zip(rows, materials.texts_of(member, rows), strict=True):
            texts[int(code[row])].add(hash(text.words))
            records[int(code[row])] += 1
    return sum(records[code] for code, different in texts.items() if len(different) > 1)


def _code(vector: Vectors) -> int:
    return hash(vector.tobytes())
