"""Embedding what has no vectors yet, a slice at a time.

    for work in missing_vectors.find_work(snapshot, shards, store):
        work.file or missing_vectors.embed(work, snapshot, store, embedder)

Every finished slice of a long shard is written at once, under a name of its own, and found again by the ids in it; so a kill costs one
slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from commons import digests
from commons.arrays import Vectors
from commons.embedding.embedder import Embedder, Engine, passage
from commons.errors import IndexArtifactError
from commons.index.build.vector_store import VectorFileOnDisk, VectorStore
from commons.layout import Kind, ShardPath
from commons.progress import Progress, part_of, silent
from commons.records import shards
from commons.records.schema import SCHEMAS
from commons.snapshots.snapshot import Snapshot

_SLICE_RECORDS = 4096
_LABEL = "Embedding records"


@dataclass(frozen=True)
class Work:
    """What is to be done for one shard: nothing when its ``file`` is there, else to embed the rows that are ``missing``."""

    shard: ShardPath
    file: VectorFileOnDisk | None
    missing: tuple[int, ...]  # row numbers


def find_work(snapshot: Snapshot, data: Sequence[ShardPath], store: VectorStore) -> list[Work]:
    """For each shard, in the same order, what has to be embedded."""
    here = {shard.digest for shard in data}
    works = []
    for shard in data:
        ids = _column(snapshot, shard, ["id"])["id"].to_pylist()
        file = store.of_shard(shard.digest, ids)
        known = {} if file else store.of_records(ids, here)[0]
        missing = () if file else tuple(row for row, name in enumerate(ids) if name not in known)
        works.append(Work(shard, file, missing))
    return works


def embed(
    work: Work,
    snapshot: Snapshot,
    store: VectorStore,
    embedder: Embedder,
    *,
    here: set[str],
    progress: Progress = silent,
) -> VectorFileOnDisk:
    """Make the vector file of a shard; ``here`` are the digests of all shards of the data.

    Raises:
        IndexArtifactError: ``vector-not-finite``, or a model that changed its dimension (``embedder-mismatch``).
    """
    table = _column(snapshot, work.shard, ["id", "title", "text"])
    ids = table["id"].to_pylist()
    # Another build on the same folder may have finished this shard, and tidied its slices away, since the work was found.
    if file := store.of_shard(work.shard.digest, ids):
        return file
    known, engines = store.of_records(ids, here)
    missing = [row for row, name in enumerate(ids) if name not in known]
    for start in range(0, len(missing), _SLICE_RECORDS):
        rows = missing[start : start + _SLICE_RECORDS]
        names = [ids[row] for row in rows]
        slice_progress = part_of(progress, start, len(missing))
        made = refuse_other_shape(
            embedder.embed(_texts(table, rows), progress=slice_progress, label=_LABEL), len(rows), embedder
        )
        known.update(zip(names, made, strict=True))
        if len(missing) > _SLICE_RECORDS:
            store.keep(_slice(work.shard) + _digest(names), names, made, embedder.engine)
    whole = (
        np.stack([known[name] for name in ids])
        if ids
        else np.zeros((0, embedder.identity.dimension), np.float32)
    )
    file = store.keep(
        work.shard.digest,
        ids,
        whole,
        _least_precise([*engines, *([embedder.engine] if missing else [])], embedder),
    )
    store.forget(_slice(work.shard))
    return file


def embed_questions(
    questions: Sequence[tuple[str, str]],
    store: VectorStore,
    embedder: Embedder,
    *,
    name: str,
    progress: Progress = silent,
) -> Vectors:
    """(n, d) vectors of (id, question) pairs; those of earlier builds lie under ``name``."""
    return _embed_named(questions, store, embedder, embedder.embed_questions, name, progress)


def embed_passages(
    passages: Sequence[tuple[str, str]],
    store: VectorStore,
    embedder: Embedder,
    *,
    name: str,
    progress: Progress = silent,
) -> Vectors:
    """The same for (id, passage) pairs that are no records."""
    return _embed_named(passages, store, embedder, embedder.embed, name, progress)


def _embed_named(
    named: Sequence[tuple[str, str]],
    store: VectorStore,
    embedder: Embedder,
    embed: Callable[..., Vectors],
    name: str,
    progress: Progress,
) -> Vectors:
    ids = [text_id for text_id, _ in named]
    known = store.of_name(name, ids)
    missing = [(text_id, text) for text_id, text in named if text_id not in known]
    if not missing:
        return np.stack([known[text_id] for text_id in ids])
    made = embed([text for _, text in missing], progress=progress, label="Asking questions")
    refuse_other_shape(made, len(missing), embedder)
    known.update(zip([text_id for text_id, _ in missing], made, strict=True))
    whole = np.stack([known[text_id] for text_id in ids])
    # As they are read the next time, so that what is measured with them is the same then.
    return store.read(store.keep(name, ids, whole, embedder.engine), ids)


def sample(snapshot: Snapshot, work: Work, count: int) -> list[str]:
    """At most ``count`` of the texts to be embedded, spread over the shard."""
    step = max(1, len(work.missing) // count)
    rows = work.missing[::step][:count]
    return _texts(_column(snapshot, work.shard, ["title", "text"]), rows) if rows else []


def refuse_other_shape(made: Vectors, count: int, embedder: Embedder) -> Vectors:
    """Raise IndexArtifactError (``embedder-mismatch``) when a model gives other vectors than it said."""
    if made.shape != (count, embedder.identity.dimension):
        raise IndexArtifactError(
            f"{embedder.identity.model} gave vectors of shape {made.shape} for {count:,} texts, "
            f"not of {embedder.identity.dimension} dimensions.",
            hint="The model has changed; remove its cached copy and build again.",
            code="embedder-mismatch",
        )
    return made


def _least_precise(engines: Iterable[Engine], embedder: Embedder) -> Engine:
    """Of the engines whose vectors stand in one file, the one a checker must be most patient with."""
    return min(engines, key=lambda engine: engine.tolerance, default=embedder.engine)


def _texts(table: shards.Table, rows: Sequence[int]) -> list[str]:
    titles, texts = table["title"].to_pylist(), table["text"].to_pylist()
    return [passage(titles[row], texts[row]) for row in rows]


def _slice(shard: ShardPath) -> str:
    """What the names of its slices begin with."""
    return f"slice-{shard.digest}-"


def _digest(ids: Sequence[str]) -> str:
    return digests.sha256_hex("\n".join(ids).encode())


def _column(snapshot: Snapshot, shard: ShardPath, columns: Sequence[str]) -> shards.Table:
    return shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=columns)
