"""The audit of an artifact: its files against its manifest, and what can be made again against what is there.

Positions follow from the data, the FAISS files from the vectors, byte for byte; both are made again and compared. That the vectors follow
from the texts is asked by re-embedding, which needs the model and is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import MissingExtraError
from commons.index import artifact, manifest, vectors
from commons.index.manifest import Manifest
from commons.records import layout, shards
from commons.records.layout import ShardPath
from commons.records.schema import SCHEMAS, Kind


@dataclass
class ArtifactAudit:
    """``rebuilt`` counts FAISS files that came out byte for byte; ``problems`` are sentences."""

    rebuilt: int = 0
    problems: list[str] = field(default_factory=list)


def audit(folder: Path, slug: str, paths: Sequence[str]) -> ArtifactAudit:
    """The artifact ``index/<slug>`` in ``folder``, whose files are ``paths``.

    Raises:
        IndexArtifactError, SchemaError: a file that is missing, has other bytes than its manifest says, or cannot be read.
    """
    result = ArtifactAudit()
    place = manifest.path_of(slug)
    made = manifest.parse((folder / place).read_bytes())
    files = [*made.vectors, *(file for pool in made.pools.values() for file in (pool.index, pool.positions))]
    for file in files:
        artifact.refuse_other_bytes(folder / file.path, file.sha256)
    expected = {file.path for file in files} | {place}
    for path in paths:
        if path.startswith(f"index/{slug}/") and path not in expected:
            result.problems.append(f"{path} is not in its manifest")
    missing = [data.path for data in made.data if data.path not in paths]
    result.problems += [f"the index {slug} was built from {path}, which is not here" for path in missing]
    if missing:
        return result
    for name, pool in made.pools.items():
        positions = pool.positions.path
        found = shards.read_table(folder / positions, artifact.POSITIONS, name=positions)
        # What the table says is compared, not its bytes, which differ between versions of the Parquet writer.
        if not found.equals(_positions(folder, made, name)):
            result.problems.append(f"{pool.positions.path} does not follow from the data")
        if not _can_rebuild(made):
            continue
        if shards.digest(_index(folder, made, name)) == pool.index.sha256:
            result.rebuilt += 1
        else:
            result.problems.append(f"{pool.index.path} does not follow from its vectors")
    return result


def _can_rebuild(made: Manifest) -> bool:
    """Another version of FAISS may write other bytes, so only the manifest's own is asked."""
    try:
        return artifact.faiss_version() == made.faiss
    except MissingExtraError:
        return False


def _members(made: Manifest, pool: str) -> Iterator[tuple[int, ShardPath]]:
    """The pool's shards with their numbers in the manifest's data list."""
    for number, data in enumerate(made.data):
        shard = layout.parse_shard(data.path)
        if shard and shard.pool == pool:
            yield number, shard


def _positions(folder: Path, made: Manifest, pool: str) -> shards.Table:
    schema = SCHEMAS[Kind.RECORD]
    return artifact.positions(
        (number, shard.collection, shards.read_table(folder / str(shard), schema, name=str(shard)))
        for number, shard in _members(made, pool)
    )


def _index(folder: Path, made: Manifest, pool: str) -> bytes:
    dimension, blocks = made.embedder.dimension, []
    for number, shard in _members(made, pool):
        table = shards.read_table(folder / str(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=["id"])
        place = made.vectors[number].path
        ids = table["id"].to_pylist()
        blocks.append(vectors.read(folder / place, dimension=dimension, ids=ids, name=place))
    return artifact.build_index(blocks, dimension)
