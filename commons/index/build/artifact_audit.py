"""The audit of an artifact: its files against its manifest, and what can be made again against what is there.

Positions follow from the data and the log, the keyword index from the texts, the FAISS index from template and vectors; all are made again
and compared, byte for byte where the library's version is the manifest's. Whether the vectors follow from the texts is asked by embedding
a sample again, when there is an embedder to ask.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from commons import digests, layout
from commons.embedding.embedder import Embedder, passage
from commons.errors import MissingExtraError
from commons.index import artifact, dense, keyword_fields, manifest, positions, vectors
from commons.index.build import assembly
from commons.index.build.assembly import Materials, Member
from commons.index.manifest import Manifest, PoolIndex
from commons.layout import Kind
from commons.records import shards
from commons.records.schema import SCHEMAS

SAMPLE_RECORDS = 64
# Between two engines the vectors are further apart than either is from the reference; int8 codes add a little.
_QUANTISED = 0.9999


@dataclass
class ArtifactAudit:
    """``rebuilt`` counts files that came out byte for byte, ``embedded_again`` records of the sample; ``problems`` are sentences."""

    rebuilt: int = 0
    embedded_again: int = 0
    problems: list[str] = field(default_factory=list)


def audit(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, datetime],
    embedder: Embedder | None = None,
) -> ArtifactAudit:
    """The artifact ``index/<slug>`` in ``folder``, whose files are ``paths``; ``landed`` is what the log says.

    Raises:
        IndexArtifactError, SchemaError: a file that is missing, has other bytes than its manifest says, or cannot be read.
    """
    result = ArtifactAudit()
    place = layout.manifest_path(slug)
    made = manifest.parse((folder / place).read_bytes())
    for file in made.files:
        artifact.refuse_other_bytes(folder / file.path, file.sha256)
    expected = {file.path for file in made.files} | {place}
    for path in paths:
        if path.startswith(layout.index_folder(slug)) and path not in expected:
            result.problems.append(f"{path} is not in its manifest")
    missing = [data.path for data in made.data if data.path not in paths]
    result.problems += [f"the index {slug} was built from {path}, which is not here" for path in missing]
    if missing:
        return result
    for name, pool in made.pools.items():
        materials = _materials(folder, made, name, landed)
        _pool(folder, materials, pool, made, result)
    if embedder and embedder.identity.slug == slug:
        _vectors(folder, made, embedder, result)
    return result


def _pool(folder: Path, materials: Materials, pool: PoolIndex, made: Manifest, result: ArtifactAudit) -> None:
    place = pool.positions.path
    table = shards.read_table(folder / place, positions.SCHEMAS[made.version], name=place)
    # What the table says is compared, not its bytes, which differ between versions of the Parquet writer.
    if not table.equals(materials.positions()):
        result.problems.append(f"{place} does not follow from the data")
    with tempfile.TemporaryDirectory(prefix="commons-audit-") as scratch:
        if _is_here(made.faiss, dense.version):
            again = Path(scratch) / "index.faiss"
            template = (folder / pool.template.path).read_bytes() if pool.template else None
            _compare(
                assembly.write_index(again, materials, pool.factory, template),
                pool.index.sha256,
                f"{pool.index.path} does not follow from its vectors",
                result,
            )
        if pool.keywords and _is_here(made.tantivy, keyword_fields.version):
            words = Path(scratch) / "words"
            assembly.write_words(words, materials)
            here = {path.name: digests.sha256_of(path) for path in words.iterdir()}
            there = {Path(file.path).name: file.sha256 for file in pool.keywords}
            _compare(
                here, there, f"the keyword index of {materials.pool} does not follow from the texts", result
            )


def _compare(again: object, published: object, problem: str, result: ArtifactAudit) -> None:
    if again == published:
        result.rebuilt += 1
    else:
        result.problems.append(problem)


def _is_here(wanted: str, version: object) -> bool:
    """Another version of a library may write other bytes, so only the manifest's own is asked."""
    try:
        return bool(callable(version) and version() == wanted)
    except MissingExtraError:
        return False


def _materials(folder: Path, made: Manifest, pool: str, landed: Mapping[str, datetime]) -> Materials:
    members = []
    for number, (data, vector_file) in enumerate(zip(made.data, made.vectors, strict=True)):
        shard = layout.parse_shard(data.path)
        if shard and shard.pool == pool:
            members.append(
                Member(
                    number,
                    shard,
                    folder / data.path,
                    folder / vector_file.path,
                    vector_file.sha256,
                    data.rows,
                )
            )
    dimension = made.embedder.dimension
    return Materials(made.embedder.slug, pool, members, dimension, landed, made.encoding, made.version)


def _vectors(folder: Path, made: Manifest, embedder: Embedder, result: ArtifactAudit) -> None:
    """Embed records spread over all shards again and compare."""
    if made.embedder.digest != embedder.identity.digest:
        result.problems.append(
            f"the index was built with another model than {embedder.identity.model} is here"
        )
        return
    step = max(1, made.records // SAMPLE_RECORDS)
    seen = 0
    for data, vector_file in zip(made.data, made.vectors, strict=True):
        rows = [row for row in range(data.rows) if (seen + row) % step == 0]
        seen += data.rows
        if not rows:
            continue
        table = shards.read_table(
            folder / data.path, SCHEMAS[Kind.RECORD], name=data.path, columns=["id", "title", "text"]
        )
        taken = table.take(rows).to_pylist()
        published = vectors.read(
            folder / vector_file.path,
            dimension=made.embedder.dimension,
            ids=table["id"].to_pylist(),
            name=vector_file.path,
            encoding=made.encoding,
        )[rows]
        again = embedder.embed([passage(row["title"], row["text"]) for row in taken])
        engine = made.engines[vector_file.engine]
        least = _QUANTISED * engine.tolerance * embedder.engine.tolerance
        result.embedded_again += len(rows)
        for row, cosine in zip(taken, (published * again).sum(axis=1).tolist(), strict=True):
            if cosine < least:
                result.problems.append(
                    f"the vector of {row['id']} is not that of its text: cosine {cosine:.3f}, at least {least:.3f} was expected"
                )
