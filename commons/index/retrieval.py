"""Retrieval: an opened artifact that answers questions with positions in the data.

    index = retrieval.open_artifact(folder, slug, data={path: rows})
    index.search(vector, 10, filters, question="What causes glaucoma?")      by meaning and by words
    index.neighbours(vectors, 5)                                            the nearest records of many vectors, exactly

Opening checks that artifact and data belong together. A shard the manifest names but the data lacks, or bytes other than the manifest's,
is refused. Data the manifest does not know makes the index *stale*: it still answers for what it covers, and says so. An opened index
never changes; a newer build is opened beside it and takes its place by one assignment, while searches under way finish on the old one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commons import digests, layout
from commons.arrays import Mask, Positions, Vectors
from commons.errors import IndexArtifactError
from commons.index import artifact, clusters, dense, fusion, keywords, manifest, positions
from commons.index.clusters import Clusters
from commons.index.dense import Dense
from commons.index.fusion import Candidates
from commons.index.keywords import Keywords
from commons.index.manifest import WITH_CLUSTERS, Manifest, PoolIndex
from commons.index.word_statistics import Statistics
from commons.ledger.landings import LogPosition
from commons.records.catalogue import Filters, mask
from commons.records.languages import primary_subtag

_KEPT_QUESTIONS = 4  # one a thread that answers
_BLOCK_ROWS = 32_768  # decoded at a time when everything is compared: 50 MB at 384 dimensions


@dataclass(frozen=True)
class RankedRecord:
    """One record of a ranking: which it is, where its row is, and what it was ordered by.

    ``cosine`` is the inner product with the question; ``keyword`` is the BM25 score as a share of the question's best; ``exact`` is the
    share of the question that is a rare name, code or number the record has; ``score`` is the first two in the proportion the manifest
    names and the third on top, and the cosine where words were not asked.
    """

    id: str
    pool: str
    shard: str  # repository path
    row: int
    score: float
    cosine: float
    keyword: float = 0.0
    exact: float = 0.0


@dataclass(frozen=True)
class Pool:
    """One pool of an opened artifact. ``words`` is None where the artifact has no keyword index.

    ``hidden``: (n,) which positions nothing may lead to; None when there are none.
    """

    name: str
    dense: Dense
    words: Keywords | None
    positions: pa.Table
    hidden: Mask | None = None

    def allowed(self, filters: Filters) -> Mask | None:
        """(n,) which positions pass, or None when all do."""
        if not filters:
            return None if self.hidden is None else ~self.hidden
        passing: Mask = mask(self.positions, filters).to_numpy(zero_copy_only=False)
        return passing if self.hidden is None else passing & ~self.hidden

    def without(self, record_ids: Collection[str]) -> Pool:
        """The pool with these records hidden, and no others."""
        hidden: Mask = pc.is_in(
            self.positions["id"].combine_chunks(), value_set=pa.array(record_ids, pa.string())
        ).to_numpy(zero_copy_only=False)
        return replace(self, hidden=hidden if hidden.any() else None)

    def numbers_of(self, record_ids: Collection[str]) -> list[int]:
        """The positions of those of these records that are here."""
        wanted = pa.array(sorted(record_ids), pa.string())
        numbers: list[int] = pc.indices_nonzero(pc.is_in(self.positions["id"], value_set=wanted)).to_pylist()
        return numbers

    def rows_at(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Id, shard and row at these positions."""
        columns = self.positions.select(["id", "shard", "row"])
        rows: list[dict[str, Any]] = columns.take(pa.array(numbers, pa.int64())).to_pylist()
        return rows

    def ids_at(self, numbers: Sequence[int]) -> list[str]:
        """The ids alone, of which a search looks at many more than it gives."""
        ids: list[str] = self.positions["id"].take(pa.array(numbers, pa.int64())).to_pylist()
        return ids

    def languages_at(self, numbers: Sequence[int]) -> list[str]:
        """The primary subtags of the records at these positions."""
        tags = self.positions["lang"].take(pa.array(numbers, pa.int64())).to_pylist()
        return [primary_subtag(tag or "") for tag in tags]

    @cached_property
    def languages(self) -> Counter[str]:
        """How many records there are in each language, by primary subtag."""
        counts: Counter[str] = Counter()
        for each in self.positions["lang"].value_counts().to_pylist():
            counts[primary_subtag(each["values"] or "")] += each["counts"]
        return counts


@dataclass(frozen=True)
class Index:
    """An artifact that has been checked and opened; ``missing_records`` are in the data but not in the index."""

    manifest: Manifest
    digest: str  # SHA-256 of the manifest: names the artifact
    missing_records: int
    pools: tuple[Pool, ...]
    clusters: Clusters = field(default_factory=Clusters)

    @property
    def stale(self) -> bool:
        return self.missing_records > 0

    @property
    def unread(self) -> list[str]:
        """The languages of the commons that the model hardly reads, as far as a build has measured it."""
        return self.manifest.fusion.unread if self.manifest.fusion else []

    @cached_property
    def statistics(self) -> Callable[[str], Statistics]:
        """The statistics of a question among all pools; those of the last ones are kept, because ranking and judging both ask."""
        indexes = [pool.words for pool in self.pools if pool.words]
        return lru_cache(maxsize=_KEPT_QUESTIONS)(lambda question: keywords.statistics(indexes, question))

    def without(self, record_ids: Collection[str]) -> Index:
        """The index as if these records were not in it: what was replaced since it was built."""
        return replace(self, pools=tuple(pool.without(record_ids) for pool in self.pools))

    def search(
        self, query: Vectors, k: int, filters: Filters = Filters(), *, question: str = ""
    ) -> list[RankedRecord]:
        """The best ``k`` records over all pools that pass the filters, best first: as many as there are, up to ``k``.

        ``query`` is (d,) float32 of length 1; with the ``question`` in words the keyword index is asked as well.
        """
        fused = self.manifest.fusion if question else None
        depth = max(k, fusion.DEPTH) if fused else k
        among = self.statistics(question) if fused and not filters.pool else None
        candidate_set, places = candidates(
            self.pools, query, filters, question if fused else "", depth=depth, among=among
        )
        weights = fused.weights if fused else fusion.MEANING
        best = list(candidate_set.ranked(weights, k))
        where: dict[int, dict[str, Any]] = {}
        for pool in self.pools:
            here = [number for _, number in best if places[number][0] is pool]
            where.update(zip(here, pool.rows_at([places[number][1] for number in here]), strict=True))
        return [
            RankedRecord(
                where[number]["id"], places[number][0].name, self.manifest.data[where[number]["shard"]].path, where[number]["row"],
                score, float(candidate_set.cosines[number]), float(candidate_set.keywords[number]),
                float(candidate_set.exact[number]),
            )
            for score, number in best
        ]  # fmt: skip

    def log_position(self, record_id: str) -> LogPosition | None:
        """Where the log has the record; None where it does not know it, and in an artifact that is older than such places."""
        for pool in self.pools:
            row = pool.positions["id"].index(record_id).as_py()
            if row >= 0 and self.manifest.version >= WITH_CLUSTERS:
                index, ordinal, landed = (
                    pool.positions[name][row].as_py() for name in ("log_index", "ordinal", "landed")
                )
                return LogPosition(index, ordinal, landed) if index is not None is not ordinal else None
        return None

    def neighbours(self, vectors: Vectors, k: int) -> list[list[RankedRecord]]:
        """For each of (n, d) ``vectors`` the ``k`` nearest records over all pools, best first, every record compared."""
        best: list[list[RankedRecord]] = [[] for _ in range(len(vectors))]
        for pool in self.pools:
            cosines, rows = exact(pool.dense, vectors, k, pool.hidden)
            wanted = sorted({int(row) for row in rows.reshape(-1)})
            where = dict(zip(wanted, pool.rows_at(wanted), strict=True))
            for hits, row_cosines, row_numbers in zip(best, cosines.tolist(), rows.tolist(), strict=True):
                for cosine, row in zip(row_cosines, row_numbers, strict=True):
                    if pool.hidden is not None and pool.hidden[row]:
                        continue  # there are fewer than k that are not
                    place = where[row]
                    shard = self.manifest.data[place["shard"]].path
                    hits.append(RankedRecord(place["id"], pool.name, shard, place["row"], cosine, cosine))
        return [sorted(hits, key=lambda record: (-record.cosine, record.id))[:k] for hits in best]

    def vectors(self, record_ids: Sequence[str]) -> Vectors:
        """(n, d) float32 as the index holds them; zeros where a record is not in it."""
        out = np.zeros((len(record_ids), self.manifest.embedder.dimension), np.float32)
        for number, name in enumerate(record_ids):
            if name in self._place_of:
                pool, row = self._place_of[name]
                out[number] = pool.dense.decoded(row, row + 1)[0]
        return out

    @cached_property
    def _place_of(self) -> dict[str, tuple[Pool, int]]:
        return {
            name: (pool, row)
            for pool in self.pools
            for row, name in enumerate(pool.positions["id"].to_pylist())
        }


def candidates(
    pools: Sequence[Pool],
    query: Vectors,
    filters: Filters,
    question: str,
    *,
    depth: int,
    among: Statistics | None = None,
) -> tuple[Candidates, list[tuple[Pool, int]]]:
    """What meaning and words find for one question, each ``depth`` deep in every pool, and where each lies.

    ``among`` are the question's statistics in the pools that are asked, where somebody has them already.
    """
    places: list[tuple[Pool, int]] = []
    ids: list[str] = []
    languages: list[str] = []
    cosines: list[float] = []
    shares: list[float] = []
    exact_shares: list[float] = []
    asked = [pool for pool in pools if not filters.pool or pool.name in filters.pool]
    if question and among is None:
        among = keywords.statistics([pool.words for pool in asked if pool.words], question)
    for pool in asked:
        allowed = pool.allowed(filters)
        by_meaning = {row: score for score, row in pool.dense.search(query, depth, allowed)}
        by_words = (
            {row: score for score, row in pool.words.search(question, depth, allowed, among)}
            if question and pool.words
            else {}
        )
        exact_here = pool.words.exact(allowed, among) if among and pool.words else {}
        unseen = [row for row in {**by_words, **exact_here} if row not in by_meaning]
        if unseen:
            scores = pool.dense.scores(query, np.array(unseen, np.int64)).tolist()
            by_meaning.update(zip(unseen, scores, strict=True))
        rows = list(by_meaning)
        ids += pool.ids_at(rows)
        languages += pool.languages_at(rows)
        places += [(pool, row) for row in rows]
        cosines += by_meaning.values()
        shares += [by_words.get(row, 0.0) for row in rows]
        exact_shares += [exact_here.get(row, 0.0) for row in rows]
    best = max(shares, default=0.0) or 1.0
    return Candidates(
        tuple(ids),
        np.array(cosines, np.float32),
        np.array(shares, np.float32) / np.float32(best),
        np.array(exact_shares, np.float32),
        tuple(languages),
    ), places


def exact(index: Dense, vectors: Vectors, k: int, hidden: Mask | None = None) -> tuple[Vectors, Positions]:
    """(n, k) cosines and positions of the nearest of all, best first, compared block by block; ``hidden`` ones come last."""
    blocks = (
        index.decoded(start, min(start + _BLOCK_ROWS, len(index)))
        for start in range(0, len(index), _BLOCK_ROWS)
    )
    return nearest(blocks, vectors, min(k, len(index)), hidden)


def nearest(
    blocks: Iterator[Vectors], vectors: Vectors, k: int, hidden: Mask | None = None
) -> tuple[Vectors, Positions]:
    """(n, k) inner products and positions of the best rows of the ``blocks``, each (m, d), for each of (n, d) ``vectors``.

    ``hidden``: (rows of all blocks,) which of them come after all others, as -inf.
    """
    cosines = np.zeros((len(vectors), 0), np.float32)
    rows = np.zeros((len(vectors), 0), np.int64)
    start = 0
    for block in blocks:
        products = vectors @ block.T  # (n, m)
        if hidden is not None:
            products[:, hidden[start : start + len(block)]] = -np.inf
        here = min(k, len(block))
        top = np.argpartition(-products, here - 1, axis=1)[:, :here]
        cosines = np.concatenate([cosines, np.take_along_axis(products, top, axis=1)], axis=1)
        rows = np.concatenate([rows, top + start], axis=1)
        order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
        cosines, rows = np.take_along_axis(cosines, order, axis=1), np.take_along_axis(rows, order, axis=1)
        start += len(block)
    return cosines, rows


def open_artifact(folder: Path, slug: str, *, data: dict[str, int]) -> Index:
    """Open ``index/<slug>`` in ``folder`` for data shards ``data``: path -> number of rows.

    Raises:
        IndexArtifactError: no index (``index-missing``), other data (``index-of-other-data``), or files that are not the manifest's.
    """
    place = folder / layout.manifest_path(slug)
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
        digests.sha256_hex(raw),
        missing,
        tuple(open_pool(folder, made, name) for name in sorted(made.pools)),
        _open_clusters(folder, made),
    )


def slugs(folder: Path) -> list[str]:
    """The embedders an index exists for."""
    return sorted(path.parent.name for path in folder.glob(layout.manifest_path("*")))


def open_pool(folder: Path, made: Manifest, name: str) -> Pool:
    """One pool of the artifact in ``folder``; see ``open_artifact`` for the errors."""
    pool = made.pools[name]
    for file in (pool.positions, *pool.keywords):
        artifact.refuse_other_bytes(folder / file.path, file.sha256)
    table = positions.read(
        folder / pool.positions.path,
        rows=pool.positions.rows,
        shards_count=len(made.data),
        version=made.version,
        name=pool.positions.path,
    )
    words = None
    if pool.keywords:
        words = keywords.open_index(folder, [file.path for file in pool.keywords], size=table.num_rows)
    return Pool(name, _open_dense(folder, pool, made, table.num_rows), words, table)


def _open_clusters(folder: Path, made: Manifest) -> Clusters:
    if not made.clusters:
        return Clusters()
    artifact.refuse_other_bytes(folder / made.clusters.path, made.clusters.sha256)
    return clusters.read(folder / made.clusters.path, name=made.clusters.path)


def _open_dense(folder: Path, pool: PoolIndex, made: Manifest, size: int) -> Dense:
    return dense.open_index(
        folder / pool.index.path,
        sha256=pool.index.sha256,
        factory=pool.factory,
        dimension=made.embedder.dimension,
        size=size,
        effort=pool.effort,
    )
