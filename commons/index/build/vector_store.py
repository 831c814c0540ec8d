"""Vectors that were made before: found for a shard, whole or record by record, so that nothing is embedded twice.

    <work>/<identity of the embedder>/<engine>/<digest of the data shard>.parquet      made here, shard by shard
    index/<embedder>/vectors/<digest of the data shard>.parquet                        published with the index

A record's id is the hash of its words, so a vector under that id is the vector of those words, whichever file it stands in: rows
that moved to another shard are not embedded again. Vectors of another engine of the same embedder count too; the manifest says whose
they are. What is damaged is as good as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from commons import digests, layout
from commons.arrays import Vectors
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.errors import CommonsError, SchemaError
from commons.files import write_whole
from commons.index import manifest, vectors
from commons.index.manifest import Manifest
from commons.index.vectors import Encoding
from commons.snapshots.snapshot import Snapshot

_ENGINE = "engine.json"
_KEY_LENGTH = 16


@dataclass(frozen=True)
class VectorFileOnDisk:
    """A whole vector file of a shard, and the engine that computed it."""

    path: Path
    engine: Engine

    @cached_property
    def sha256(self) -> str:
        return digests.sha256_of(self.path)


class VectorStore:
    """The vectors of one embedder: those in ``work`` and those ``published`` in ``snapshot``."""

    def __init__(self, work: Path, identity: EmbedderIdentity, snapshot: Snapshot) -> None:
        self._folder = work / identity.digest[:_KEY_LENGTH]
        self._identity = identity
        self._snapshot = snapshot
        self.published = published(snapshot, identity.slug)
        files = self.published.vectors if self.published else ()
        self._digests = {file.path: file.sha256 for file in files}
        self._ids: dict[Path, pa.ChunkedArray] = {}

    def of_shard(self, digest: str, ids: Sequence[str]) -> VectorFileOnDisk | None:
        """The vector file made for exactly this shard."""
        return next((file for file in self._candidates(digest) if self._holds(file, digest, ids)), None)

    def of_records(self, ids: Sequence[str], shards: set[str]) -> tuple[dict[str, Vectors], list[Engine]]:
        """id -> (d,) vector for those of ``ids`` that files of other than these ``shards`` hold, and the engines that made them."""
        return self._gathered(ids, self._others(shards))

    def of_name(self, name: str, ids: Sequence[str]) -> dict[str, Vectors]:
        """id -> (d,) vector for those of ``ids`` in the files that ``keep`` wrote under ``name``."""
        return self._gathered(ids, (file for file in self._local_files() if file.path.stem == name))[0]

    def _gathered(
        self, ids: Sequence[str], files: Iterable[VectorFileOnDisk]
    ) -> tuple[dict[str, Vectors], list[Engine]]:
        wanted, vectors_by_id, engines = set(ids), {}, []
        for file in files:
            if not wanted:
                break
            if wanted.isdisjoint(self._ids_in(file).to_pylist()) or (rows := self._rows(file)) is None:
                continue
            engines.append(file.engine)
            for name, vector in zip(*rows, strict=True):
                if name in wanted:
                    vectors_by_id[name] = vector
                    wanted.discard(name)
        return vectors_by_id, engines

    def keep(self, name: str, ids: Sequence[str], made: Vectors, engine: Engine) -> VectorFileOnDisk:
        """Write a file of vectors under ``name``, a shard's digest or whatever else will be known of it."""
        folder = self._folder / _key(engine)
        if not (folder / _ENGINE).is_file():
            write_whole(folder / _ENGINE, engine.model_dump_json().encode())
        path = folder / f"{name}.parquet"
        self._ids.pop(path, None)
        write_whole(path, vectors.write(ids, made))
        return VectorFileOnDisk(path, engine)

    def read(self, file: VectorFileOnDisk, ids: Sequence[str]) -> Vectors:
        """(n, d) vectors of a file that holds exactly these ``ids``."""
        return vectors.read(file.path, dimension=self._identity.dimension, ids=ids, name=file.path.name)

    def forget(self, start: str) -> None:
        """Remove what lies under names that begin like this, by any engine."""
        for path in self._folder.glob(f"*/{start}*.parquet"):
            path.unlink(missing_ok=True)

    def _candidates(self, digest: str) -> Iterator[VectorFileOnDisk]:
        for folder, engine in self._local_engines():
            if (path := folder / f"{digest}.parquet").is_file():
                yield VectorFileOnDisk(path, engine)
        place = layout.vectors_path(self._identity.slug, digest)
        yield from (file for file in self._published_files() if file.path == self._snapshot.folder / place)

    def _others(self, shards: set[str]) -> Iterator[VectorFileOnDisk]:
        yield from (file for file in self._local_files() if file.path.stem not in shards)
        yield from (file for file in self._published_files() if file.path.stem not in shards)

    def _local_files(self) -> Iterator[VectorFileOnDisk]:
        for folder, engine in self._local_engines():
            for path in sorted(folder.glob("*.parquet")):
                yield VectorFileOnDisk(path, engine)

    def _local_engines(self) -> Iterator[tuple[Path, Engine]]:
        for place in sorted(self._folder.glob(f"*/{_ENGINE}")):
            try:
                yield place.parent, Engine.model_validate_json(place.read_bytes())
            except ValueError:
                continue  # damaged, so nobody knows whose vectors these are

    def _published_files(self) -> Iterator[VectorFileOnDisk]:
        """Files whose manifest says they are of our embedder; their bytes are checked when they are read."""
        made = self.published
        if made and made.embedder.digest == self._identity.digest and made.encoding is Encoding.INT8:
            for file in made.vectors:
                if self._snapshot.has(file.path):
                    yield VectorFileOnDisk(self._snapshot.folder / file.path, made.engines[file.engine])

    def _ids_in(self, file: VectorFileOnDisk) -> pa.ChunkedArray:
        """Read once: records that moved are looked for in every file, shard by shard."""
        if file.path not in self._ids:
            try:
                self._ids[file.path] = vectors.ids_in(file.path, self._identity.dimension)
            except (SchemaError, OSError):
                self._ids[file.path] = pa.chunked_array([], pa.string())
        return self._ids[file.path]

    def _holds(self, file: VectorFileOnDisk, shard: str, ids: Sequence[str]) -> bool:
        """Whether it is whole and of exactly these records. Bytes that are published were decoded by the build that published them."""
        try:
            if self._is_altered(file):
                return False
            if file.sha256 == self._digests.get(layout.vectors_path(self._identity.slug, shard)):
                return bool(vectors.ids_in(file.path, self._identity.dimension).to_pylist() == list(ids))
            self.read(file, ids)
        except (CommonsError, SchemaError, OSError):
            return False
        return True

    def _rows(self, file: VectorFileOnDisk) -> tuple[list[str], Vectors] | None:
        """Ids and vectors of a file, or None when it is damaged or is not the published one."""
        try:
            if self._is_altered(file):
                return None
            return vectors.read_all(file.path, dimension=self._identity.dimension, name=file.path.name)
        except (CommonsError, SchemaError, OSError):
            return None

    def _is_altered(self, file: VectorFileOnDisk) -> bool:
        """Whether it lies where something else was published."""
        folder = self._snapshot.folder
        if not file.path.is_relative_to(folder):
            return False
        published = self._digests.get(file.path.relative_to(folder).as_posix())
        return published is not None and file.sha256 != published


def published(snapshot: Snapshot, slug: str) -> Manifest | None:
    """The manifest of the artifact that is published now, or None when there is none that can be read."""
    place = layout.manifest_path(slug)
    if not snapshot.has(place):
        return None
    try:
        return manifest.parse(snapshot.read(place))
    except CommonsError:
        return None  # it will be replaced


def _key(engine: Engine) -> str:
    return digests.sha256_hex(engine.model_dump_json().encode())[:_KEY_LENGTH]
