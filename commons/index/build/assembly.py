"""Assembly: the files of one pool's index, from its shards and their vectors.

Everything is a function of what stands in the data, the log and the vector files, a shard at a time in memory: positions, the FAISS index
(from its template, learnt once), and the keyword index. ``artifact_audit`` calls the same functions to make the files again.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons import digests, layout
from commons.arrays import Vectors
from commons.files import flush, write_whole
from commons.index import dense, positions, vectors
from commons.index.build import keyword_segments
from commons.index.build.cache import BuildCache, key_of, keys_along
from commons.index.build.keyword_segments import Run
from commons.index.dense import BegunIndex
from commons.index.keyword_fields import Text
from commons.index.manifest import File, PoolIndex
from commons.index.positions import LogPlaces
from commons.index.vectors import Encoding
from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.languages import primary_subtag
from commons.records.schema import SCHEMAS

# A segment of a language's keyword index holds so many records or a little more. It is part of the format: other runs are other bytes.
RUN_ROWS = 32_768
_TEXT = ("title", "text", "lang")


@dataclass(frozen=True)
class Member:
    """One shard of a pool: its number in the manifest's data list, where it lies, and where its vectors lie."""

    number: int
    shard: ShardPath
    data: Path
    vectors: Path
    vectors_sha256: str
    rows: int


@dataclass(frozen=True)
class Materials:
    """What a pool is made of; ``log`` says when and where each contribution landed."""

    slug: str
    pool: str
    members: Sequence[Member]
    dimension: int
    log: LogPlaces
    encoding: Encoding = Encoding.INT8
    version: int = positions.VERSION

    @property
    def rows(self) -> int:
        return sum(member.rows for member in self.members)

    def blocks(self, start: int = 0) -> Iterator[Vectors]:
        """The vectors of each shard from number ``start`` on, (n, d) float32, in index order."""
        for member in self.members[start:]:
            yield self.block(member)

    def positions(self) -> shards.Table:
        tables = (
            (member.number, member.shard.collection, _records(member, positions.COLUMNS))
            for member in self.members
        )
        return positions.table_of(tables, self.log, version=self.version)

    def runs(self) -> Iterator[Run]:
        """The records of each language in order, of as many shards together as reach ``RUN_ROWS`` of them."""
        counts = [_languages(member) for member in self.members]
        starts = list(itertools.accumulate((member.rows for member in self.members), initial=0))
        for language in sorted(set().union(*counts)):
            rows, part = 0, list[tuple[int, Member]]()
            for start, member, here in zip(starts, self.members, counts, strict=False):
                if here[language]:
                    rows, part = rows + here[language], [*part, (start, member)]
                if rows >= RUN_ROWS:
                    yield _run(language, part)
                    rows, part = 0, []
            if part:
                yield _run(language, part)

    def spread_texts(self, step: int) -> Iterator[tuple[int, Text]]:
        """Every ``step``-th position and its text; a shard that has none of them is not read."""
        start = 0
        for member in self.members:
            rows = range(-start % step, member.rows, step)
            yield from zip((start + row for row in rows), self.texts_of(member, rows), strict=True)
            start += member.rows

    def texts_of(self, member: Member, rows: Sequence[int]) -> list[Text]:
        """The texts at these rows of a shard; it is not read for none."""
        return list(_texts(_records(member, _TEXT).take(list(rows)))) if rows else []

    def lasting_choice(self, count: int) -> list[Text]:
        """The texts of ``count`` records, mostly the same ones when the pool has grown: those with the least ids, which are hashes."""
        least = None
        for member in self.members:
            here = _records(member, ["id", *_TEXT])
            both = pa.concat_tables([least, here]) if least else here
            least = both.take(pc.select_k_unstable(both, count, [("id", "ascending")]))
        return list(_texts(least)) if least else []

    def columns_of(self, member: Member, columns: Sequence[str]) -> shards.Table:
        """These columns of a shard."""
        return _records(member, columns)

    def block(self, member: Member) -> Vectors:
        """The vectors of a shard, (n, d) float32, checked to belong to its records."""
        ids = _records(member, ["id"])["id"].to_pylist()
        name = layout.vectors_path(self.slug, member.shard.digest)
        return vectors.read(
            member.vectors, dimension=self.dimension, ids=ids, name=name, encoding=self.encoding
        )


@dataclass(frozen=True)
class Template:
    """A template: the bytes, the factory it is for, and how many rows its pool had when it was learnt."""

    data: bytes
    factory: str
    rows: int


def assemble(
    folder: Path, materials: Materials, *, kind: str, published: Template | None, cache: BuildCache
) -> PoolIndex:
    """Write the files of a pool below ``folder`` and say what they are; how hard to search is for ``measurement`` to find out.

    ``published`` is the template in use so far; it stays while it fits. What is in the ``cache`` is not made again, and what is made is put
    there.
    """
    slug, pool = materials.slug, materials.pool
    choice = dense.choose(materials.rows, kind)
    template = _template(materials, choice.factory, published) if dense.is_trained(choice.factory) else None
    index_path = layout.faiss_path(slug, pool)
    (folder / index_path).parent.mkdir(parents=True, exist_ok=True)
    template_bytes = template.data if template else None
    digest = write_index(folder / index_path, materials, choice.factory, template_bytes, cache)
    template_file = None
    if template:
        write_whole(folder / layout.template_path(slug, pool), template.data)
        template_file = _file(folder, layout.template_path(slug, pool), template.rows)
    positions_path = layout.positions_path(slug, pool)
    # Most of the table are ids, which are hashes; no effort makes them smaller, and the table is written at every build.
    write_whole(folder / positions_path, shards.to_parquet(materials.positions(), level=1))
    words = layout.keywords_folder(slug, pool)
    names = write_words(folder / words, materials, cache)
    return PoolIndex(
        index=File(path=index_path, sha256=digest, rows=materials.rows),
        template=template_file,
        positions=_file(folder, positions_path, materials.rows),
        keywords=tuple(_file(folder, words + name) for name in names),
        factory=choice.factory,
        why=choice.why,
    )


def write_index(
    path: Path, materials: Materials, factory: str, template: bytes | None, cache: BuildCache | None = None
) -> str:
    """The FAISS index of the pool at ``path``, begun with that of as many of the first shards as the ``cache`` has; its SHA-256."""
    template_sha256 = digests.sha256_hex(template) if template else ""
    start = key_of("FAISS", dense.version(), factory, materials.dimension, template_sha256)
    keys = list(keys_along(start, (member.vectors_sha256 for member in materials.members)))
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".begun-") as scratch:
        count, taken = next(_taken(keys, cache, Path(scratch)), (0, {}))
        rows = sum(member.rows for member in materials.members[:count])
        begun = BegunIndex(taken[path.name], rows) if taken else None
        dense.build(path, factory, materials.dimension, materials.blocks(count), template, begun)
    flush(path)
    return cache.keep(keys[-1], [path])[path.name] if cache and keys else digests.sha256_of(path)


def _taken(
    keys: Sequence[str], cache: BuildCache | None, into: Path
) -> Iterator[tuple[int, dict[str, Path]]]:
    """(how many shards it is of, its files) of the parts in the cache, the longest first."""
    for count in range(len(keys), 0, -1):
        if cache and (taken := cache.take(keys[count - 1], into)):
            yield count, taken


def write_words(folder: Path, materials: Materials, cache: BuildCache | None = None) -> list[str]:
    """The keyword index of the pool in ``folder``; the names of its files."""
    return keyword_segments.build(folder, materials.runs(), cache)


def _run(language: str, part: Sequence[tuple[int, Member]]) -> Run:
    def texts() -> Iterator[tuple[int, Text]]:
        for start, member in part:
            batches = _records(member, _TEXT).to_batches()
            texts = itertools.chain.from_iterable(map(_texts, batches))
            for row, text in enumerate(texts, start=start):
                if primary_subtag(text.lang) == language:
                    yield row, text

    return Run(language, key_of(*((start, member.shard.digest) for start, member in part)), texts)


def _languages(member: Member) -> Counter[str]:
    """How many records of each language, by primary subtag, are in a shard."""
    counts: Counter[str] = Counter()
    for row in _records(member, ["lang"])["lang"].value_counts().to_pylist():
        counts[primary_subtag(row["values"])] += row["counts"]
    return counts


def _texts(rows: shards.Table) -> Iterator[Text]:
    return map(Text, *(rows.column(name).to_pylist() for name in _TEXT))


def _template(materials: Materials, factory: str, published: Template | None) -> Template:
    if published and published.factory == factory and dense.may_reuse(published.rows, materials.rows):
        return published
    return Template(dense.train(factory, _sample(materials, factory)), factory, materials.rows)


def _sample(materials: Materials, factory: str) -> Vectors:
    """Rows spread evenly over the pool, (n, d)."""
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
    return File(path=path, sha256=digests.sha256_of(folder / path), rows=rows)
