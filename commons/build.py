"""Build: vectors for the shards that have none, the FAISS index of each pool, and the manifest; published in the same repository.

A build embeds only what was never embedded: vectors are found by the digest of their shard, in the repository first and then in the
local work folder, where every finished shard is kept, so that a kill or a lost race loses nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commons.errors import ConflictError, SchemaError
from commons.files import write_whole
from commons.hub import snapshot as snapshots
from commons.hub.repository import Repository
from commons.hub.snapshot import Snapshot
from commons.index import artifact, manifest, vectors
from commons.index.embedder import Embedder, passage
from commons.index.manifest import File, Manifest, PoolIndex
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.layout import ShardPath
from commons.records.schema import SCHEMAS, Kind

_ATTEMPTS = 3


@dataclass(frozen=True)
class Built:
    """A complete artifact: ``files`` are all its files by repository path; ``embedded`` counts records that were embedded now."""

    manifest: Manifest
    files: dict[str, bytes]
    embedded: int


@dataclass(frozen=True)
class Published:
    built: Built
    sha: str  # empty when the repository held exactly this already
    added: int
    removed: int


def build_and_publish(
    repository: Repository, embedder: Embedder, work: Path, *, progress: Progress = silent
) -> Published:
    """Build from ``main`` and commit what is new.

    Raises:
        ConflictError: main moved three times while we worked; the vectors are kept in ``work``.
    """
    embedded = 0
    for attempt in range(1, _ATTEMPTS + 1):
        snapshot = snapshots.take(repository, patterns=snapshots.FOR_BUILDING)
        built = build(snapshot, embedder, work, progress=progress)
        embedded += built.embedded
        try:
            return _publish(repository, snapshot, Built(built.manifest, built.files, embedded))
        except ConflictError:
            if attempt == _ATTEMPTS:
                raise
    raise AssertionError("unreachable")


def build_from_main(
    repository: Repository, embedder: Embedder, work: Path, *, progress: Progress = silent
) -> Built:
    """Build from ``main`` without publishing; the vectors are kept in ``work``."""
    return build(
        snapshots.take(repository, patterns=snapshots.FOR_BUILDING), embedder, work, progress=progress
    )


def build(snapshot: Snapshot, embedder: Embedder, work: Path, *, progress: Progress = silent) -> Built:
    """The artifact for the data of ``snapshot``. Pure but for ``work``, which keeps vectors between builds."""
    slug, schema = embedder.identity.slug, SCHEMAS[Kind.RECORD]
    tables = {
        path: shards.read_table(snapshot.path(path), schema, name=str(path))
        for path in snapshot.shards(Kind.RECORD)
    }
    made, embedded = _vectors(snapshot, tables, embedder, work, progress)
    files = {vectors.path_of(slug, path.digest): data for path, data in made.items()}
    pools: dict[str, PoolIndex] = {}
    names = sorted({path.pool for path in tables})
    for done, pool in enumerate(names):
        progress("Indexing", done, len(names))
        pools[pool], pool_files = _pool(pool, tables, made, embedder)
        files |= pool_files
    progress("Indexing", len(names), len(names))
    bound = Manifest(
        embedder=embedder.identity,
        faiss=artifact.faiss_version(),
        records=sum(table.num_rows for table in tables.values()),
        data=tuple(
            File(path=str(path), sha256=path.digest, rows=table.num_rows) for path, table in tables.items()
        ),
        vectors=tuple(
            _file(vectors.path_of(slug, path.digest), made[path], table.num_rows)
            for path, table in tables.items()
        ),
        pools=pools,
    )
    files[manifest.path_of(slug)] = bound.to_bytes()
    return Built(bound, files, embedded)


def _vectors(
    snapshot: Snapshot,
    tables: dict[ShardPath, shards.Table],
    embedder: Embedder,
    work: Path,
    progress: Progress,
) -> tuple[dict[ShardPath, bytes], int]:
    """The vector file of every shard, and how many records were embedded for it now."""
    found = {path: _known_vectors(snapshot, embedder, work, path) for path in tables}
    missing = [path for path, data in found.items() if not data]
    _embed(missing, tables, embedder, work, progress)
    found |= {path: _work_file(work, embedder, path).read_bytes() for path in missing}
    return found, sum(tables[path].num_rows for path in missing)


def _pool(
    pool: str, tables: dict[ShardPath, shards.Table], made: dict[ShardPath, bytes], embedder: Embedder
) -> tuple[PoolIndex, dict[str, bytes]]:
    """The index of one pool: what the manifest says of it, and its files."""
    slug, dimension = embedder.identity.slug, embedder.identity.dimension
    members = [(number, path) for number, path in enumerate(tables) if path.pool == pool]
    blocks = [
        vectors.read(
            made[path],
            dimension=dimension,
            ids=tables[path]["id"].to_pylist(),
            name=vectors.path_of(slug, path.digest),
        )
        for _, path in members
    ]
    index = artifact.build_index(blocks, dimension)
    positions = artifact.write_positions((number, path.collection, tables[path]) for number, path in members)
    count = sum(tables[path].num_rows for _, path in members)
    index_path, positions_path = artifact.index_path(slug, pool), artifact.positions_path(slug, pool)
    described = PoolIndex(
        index=_file(index_path, index, count),
        positions=_file(positions_path, positions, count),
        factory=artifact.FACTORY,
    )
    return described, {index_path: index, positions_path: positions}


def _known_vectors(snapshot: Snapshot, embedder: Embedder, work: Path, path: ShardPath) -> bytes:
    """Vectors made before with the same weights, or nothing. Published ones count when the published manifest says so."""
    slug = embedder.identity.slug
    kept = _work_file(work, embedder, path)
    if kept.is_file():
        data = kept.read_bytes()
        with contextlib.suppress(SchemaError):  # a damaged file is as good as none
            vectors.refuse_damaged(data, dimension=embedder.identity.dimension, name=kept.name)
            return data
    place = vectors.path_of(slug, path.digest)
    if not (snapshot.has(place) and snapshot.has(manifest.path_of(slug))):
        return b""
    published = manifest.parse(snapshot.read(manifest.path_of(slug)))
    data = snapshot.read(place)
    recorded = next((file.sha256 for file in published.vectors if file.path == place), "")
    is_ours = published.embedder == embedder.identity and hashlib.sha256(data).hexdigest() == recorded
    return data if is_ours else b""


def _embed(
    missing: Sequence[ShardPath],
    tables: dict[ShardPath, shards.Table],
    embedder: Embedder,
    work: Path,
    progress: Progress,
) -> None:
    everything = sum(tables[path].num_rows for path in missing)
    before = 0
    for path in missing:
        table = tables[path]

        def step(label: str, done: int, total: int, *, before: int = before) -> None:  # noqa: ARG001
            progress(label, before + done, everything)

        texts = [
            passage(t, x) for t, x in zip(table["title"].to_pylist(), table["text"].to_pylist(), strict=True)
        ]
        made = embedder.embed(texts, progress=step, label="Embedding records")
        write_whole(_work_file(work, embedder, path), vectors.write(table["id"].to_pylist(), made))
        before += table.num_rows


def _work_file(work: Path, embedder: Embedder, path: ShardPath) -> Path:
    return work / embedder.identity.digest[:16] / f"{path.digest}.parquet"


def _file(path: str, data: bytes, rows: int) -> File:
    return File(path=path, sha256=hashlib.sha256(data).hexdigest(), rows=rows)


def _publish(repository: Repository, snapshot: Snapshot, built: Built) -> Published:
    new = {
        path: data
        for path, data in built.files.items()
        if not snapshot.has(path) or snapshot.read(path) != data
    }
    folder = f"index/{built.manifest.embedder.slug}/"
    there = [path for path in repository.files(snapshot.revision) if path.startswith(folder)]
    gone = [path for path in there if path not in built.files]
    if not new and not gone:
        return Published(built, "", 0, 0)
    sha = repository.commit(
        new,
        deleted=gone,
        message=f"Build the index of {built.manifest.records:,} records",
        description=f"{built.manifest.embedder.model}, {built.embedded:,} records embedded, the rest reused.",
        parent=snapshot.revision,
    )
    return Published(built, sha, len(new), len(gone))
