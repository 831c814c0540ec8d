"""Assembly: the files of one pool's index, from its shards and their vectors.

Everything is a function of what stands in the data, the log and the vector files, a shard at a time in memory: positions, the FAISS index
(from its template, learnt once), and the keyword index. ``audit`` calls the same functions to make the files again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from commons.files import write_whole
from commons.index import artifact, dense, keywords, positions, vectors
from commons.index.keywords import Text
from commons.index.manifest import File, PoolIndex
from commons.index.vectors import Encoding
from commons.records import shards
from commons.records.layout import ShardPath
from commons.records.schema import SCHEMAS, Kind

if TYPE_CHECKING:
    from commons.index.vectors import Vectors


@dataclass(frozen=True)
class Member:
    """One shard of a pool: its number in the manifest's data list, where it lies, and where its vectors lie."""

    number: int
    shard: ShardPath
    data: Path
    vectors: Path
    rows: int


@dataclass(frozen=True)
class Materials:
    """What a pool is made of; ``landed`` says when each contribution was accepted."""

    slug: str
    pool: str
    members: Sequence[Member]
    dimension: int
    landed: Mapping[str, datetime]
    encoding: Encoding = Encoding.INT8
    version: int = 2

    @property
    def rows(self) -> int:
        return sum(member.rows for member in self.members)

    def blocks(self) -> Iterator[Vectors]:
        """The vectors of each shard, (n, d) float32, in index order, checked to belong to its records."""
        for member in self.members:
            yield self._block(member)

    def positions(self) -> shards.Table:
        tables = (
            (member.number, member.shard.collection, _records(member, positions.COLUMNS))
            for member in self.members
        )
        return positions.table_of(tables, self.landed, version=self.version)

    def texts(self) -> Iterator[Text]:
        for member in self.members:
            table = _records(member, ["title", "text", "lang"])
            for batch in table.to_batches():
                columns = (batch.column(name).to_pylist() for name in ("title", "text", "lang"))
                yield from map(Text, *columns)

    def spread_texts(self, step: int) -> Iterator[tuple[int, Text]]:
        """Every ``step``-th position and its text; a shard that has none of them is not read."""
        for start, member, rows in self._spread(step):
            table = _records(member, ["title", "text", "lang"]).take(list(rows))
            texts = map(Text, *(table[name].to_pylist() for name in ("title", "text", "lang")))
            yield from zip((start + row for row in rows), texts, strict=True)

    def spread_vectors(self, step: int) -> Iterator[tuple[int, Vectors]]:
        """Every ``step``-th position and its (d,) vector, like ``spread_texts``."""
        for start, member, rows in self._spread(step):
            block = self._block(member)
            yield from ((start + row, block[row]) for row in rows)

    def languages(self) -> set[str]:
        return {
            tag for member in self.members for tag in _records(member, ["lang"])["lang"].unique().to_pylist()
        }

    def _block(self, member: Member) -> Vectors:
        ids = _records(member, ["id"])["id"].to_pylist()
        name = vectors.path_of(self.slug, member.shard.digest)
        return vectors.read(
            member.vectors, dimension=self.dimension, ids=ids, name=name, encoding=self.encoding
        )

    def _spread(self, step: int) -> Iterator[tuple[int, Member, range]]:
        """Each shard with a position that ``step`` divides: the position of its first row, and which rows they are."""
        start = 0
        for member in self.members:
            if rows := range(-start % step, member.rows, step):
                yield start, member, rows
            start += member.rows


@dataclass(frozen=True)
class Learnt:
    """A template: the bytes, the factory it is for, and how many rows its pool had when it was learnt."""

    data: bytes
    factory: str
    rows: int


def assemble(folder: Path, materials: Materials, *, kind: str, learnt: Learnt | None) -> PoolIndex:
    """Write the files of a pool below ``folder`` and say what they are; how hard to search is for ``measuring`` to find out.

    ``learnt`` is the template in use so far; it is kept while it fits.
    """
    slug, pool = materials.slug, materials.pool
    choice = dense.choose(materials.rows, kind)
    template = _template(materials, choice.factory, learnt) if dense.is_trained(choice.factory) else None
    index_path = artifact.index_path(slug, pool)
    (folder / index_path).parent.mkdir(parents=True, exist_ok=True)
    write_index(folder / index_path, materials, choice.factory, template.data if template else None)
    template_file = None
    if template:
        write_whole(folder / artifact.template_path(slug, pool), template.data)
        template_file = _file(folder, artifact.template_path(slug, pool), template.rows)
    positions_path = artifact.positions_path(slug, pool)
    write_whole(folder / positions_path, shards.to_parquet(materials.positions()))
    words = artifact.keywords_folder(slug, pool)
    names = keywords.build(folder / words, materials.texts(), materials.languages())
    return PoolIndex(
        index=_file(folder, index_path, materials.rows),
        template=template_file,
        positions=_file(folder, positions_path, materials.rows),
        keywords=tuple(_file(folder, words + name) for name in names),
        factory=choice.factory,
        why=choice.why,
    )


def write_index(path: Path, materials: Materials, factory: str, template: bytes | None) -> None:
    """The FAISS index of the pool at ``path``."""
    dense.build(path, factory, materials.dimension, materials.blocks(), template)


def _template(materials: Materials, factory: str, learnt: Learnt | None) -> Learnt:
    if learnt and learnt.factory == factory and dense.may_reuse(learnt.rows, materials.rows):
        return learnt
    return Learnt(dense.train(factory, _sample(materials, factory)), factory, materials.rows)


def _sample(materials: Materials, factory: str) -> Vectors:
    """Rows spread evenly over the pool, (n, d)."""
    import numpy as np

    wanted = np.linspace(0, materials.rows - 1, dense.training_rows(factory, materials.rows)).astype(np.int64)
    start, parts = 0, []
    for block in materials.blocks():
        here = wanted[(wanted >= start) & (wanted < start + len(block))] - start
        parts.append(block[here])
        start += len(block)
    return np.concatenate(parts)


def _records(member: Member, columns: Sequence[str]) -> shards.Table:
    return shards.read_table(member.data, SCHEMAS[Kind.RECORD], name=str(member.shard), columns=columns)


def _file(folder: Path, path: str, rows: int = 0) -> File:
    return File(path=path, sha256=artifact.sha256_of(folder / path), rows=rows)
