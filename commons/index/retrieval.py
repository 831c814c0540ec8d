"""Retrieval: an opened artifact that answers (vector, filters) with positions in the data.

Opening checks that artifact and data belong together. A shard the manifest names but the data lacks, or bytes other than the manifest's,
is refused. Data the manifest does not know makes the index *stale*: it still answers for what it covers, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from commons.errors import IndexArtifactError
from commons.index import artifact, manifest
from commons.index.manifest import Manifest
from commons.records import shards
from commons.records.catalogue import Filters, mask

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Found:
    """One result: which record, where its row is, and the inner product with the question."""

    id: str
    pool: str
    shard: str  # repository path
    row: int
    score: float


@dataclass(frozen=True)
class _Pool:
    name: str
    index: Any
    positions: pa.Table


@dataclass(frozen=True)
class Index:
    """An artifact that has been checked and opened; ``missing_records`` are in the data but not in the index."""

    manifest: Manifest
    digest: str  # SHA-256 of the manifest: names the artifact
    missing_records: int
    _pools: tuple[_Pool, ...]

    @property
    def stale(self) -> bool:
        return self.missing_records > 0

    def search(self, query: npt.NDArray[np.float32], k: int, filters: Filters = Filters()) -> list[Found]:
        """The best ``k`` records over all pools that pass the filters, best first; ``query`` is (d,) float32 of length 1."""
        found: list[Found] = []
        for pool in self._pools:
            if filters.pool and pool.name not in filters.pool:
                continue
            allowed = mask(pool.positions, filters).to_numpy(zero_copy_only=False) if filters else None
            hits = artifact.search(pool.index, query, k, allowed)
            rows = pool.positions.take(pa.array([position for _, position in hits], pa.int64())).to_pylist()
            for (score, _), row in zip(hits, rows, strict=True):
                shard = self.manifest.data[row["shard"]].path
                found.append(Found(row["id"], pool.name, shard, row["row"], score))
        return sorted(found, key=lambda one: (-one.score, one.id))[:k]


def open_artifact(folder: Path, slug: str, *, data: dict[str, int]) -> Index:
    """Open ``index/<slug>`` in ``folder`` for data shards ``data``: path -> number of rows.

    Raises:
        IndexArtifactError: no index (``index-missing``), other data (``index-of-other-data``), or files that are not the manifest's.
    """
    place = folder / manifest.path_of(slug)
    if not place.is_file():
        raise IndexArtifactError(
            f"There is no index by {slug} here.",
            hint="Build one: commons build --publish",
            code="index-missing",
        )
    raw = place.read_bytes()
    made = manifest.parse(raw)
    for file in made.data:
        if file.path not in data or data[file.path] != file.rows:
            raise IndexArtifactError(
                f"The index was built from other data: {file.path} is not in this revision.",
                hint="Rebuild it: commons build --publish",
                code="index-of-other-data",
            )
        artifact.refuse_other_bytes(folder / file.path, file.sha256)
    covered = {file.path for file in made.data}
    missing = sum(rows for path, rows in data.items() if path not in covered)
    return Index(
        made,
        shards.digest(raw),
        missing,
        tuple(_open_pool(folder, made, name) for name in sorted(made.pools)),
    )


def slugs(folder: Path) -> list[str]:
    """The embedders an index exists for."""
    return sorted(path.parent.name for path in folder.glob("index/*/manifest.json"))


def _open_pool(folder: Path, made: Manifest, name: str) -> _Pool:
    pool = made.pools[name]
    positions_file = folder / pool.positions.path
    artifact.refuse_other_bytes(positions_file, pool.positions.sha256)
    positions = shards.read_table(positions_file, artifact.POSITIONS, name=pool.positions.path)
    numbers = positions["shard"].to_pylist()
    if positions.num_rows != pool.positions.rows or not all(
        0 <= number < len(made.data) for number in numbers
    ):
        raise IndexArtifactError(
            f"{pool.positions.path} names records that are not there.", code="index-shape"
        )
    index = artifact.open_index(
        folder / pool.index.path,
        sha256=pool.index.sha256,
        dimension=made.embedder.dimension,
        size=positions.num_rows,
    )
    return _Pool(name, index, positions)
