"""Build: vectors for the records that have none, the index of each pool, what it is worth, and the manifest; published beside the data.

    built = build.build(snapshot, embedder, work, folder)        files below ``folder``, nothing published
    build.build_and_publish(repository, embedder, work)          from ``main``, one commit of what is new
    build.plan(snapshot, embedder, work)                         what it would do, and how long that takes

A build embeds only what was never embedded (``index.vector_store``). Finished shards, and finished slices of long ones, are kept in
``work``, so that a kill, a full disk or a lost race loses nothing; the rest is made anew each time, because that takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from commons.cards import search_quality
from commons.errors import ConflictError
from commons.files import staging, write_whole
from commons.hub import snapshot as snapshots
from commons.hub.repository import Repository
from commons.hub.snapshot import Snapshot
from commons.index import (
    artifact,
    assembly,
    dense,
    embedding,
    keywords,
    manifest,
    measuring,
    retrieval,
    vectors,
)
from commons.index.assembly import Learnt, Materials, Member
from commons.index.cost import Meter
from commons.index.embedder import Embedder, Engine
from commons.index.embedding import Work
from commons.index.manifest import File, Manifest, PoolIndex, VectorFile
from commons.index.measuring import Asked
from commons.index.vector_store import VectorsFound, VectorStore
from commons.ledger import landings
from commons.progress import Progress, part_of, silent
from commons.records import shards
from commons.records.layout import ShardPath
from commons.records.schema import Kind, Question

_ATTEMPTS = 3
_TIMED_TEXTS = 64


@dataclass(frozen=True)
class Built:
    """A complete artifact: where each of its files lies, by repository path; ``embedded`` counts records that were embedded now."""

    manifest: Manifest
    files: dict[str, Path]
    embedded: int


@dataclass(frozen=True)
class Published:
    built: Built
    sha: str  # empty when the repository held exactly this already
    added: int
    removed: int


@dataclass(frozen=True)
class Plan:
    """What a build would do; ``seconds`` is what embedding would take here, judged by embedding a few of the texts."""

    records: int
    to_embed: int
    reused: int
    shards_to_embed: int
    pools: dict[str, str]  # name -> the kind of index it would get, and why
    seconds: float


def build_and_publish(
    repository: Repository, embedder: Embedder, work: Path, *, kind: str = "auto", progress: Progress = silent
) -> Published:
    """Build from ``main`` and commit what is new.

    Raises:
        ConflictError: main moved three times while we worked; the vectors are kept in ``work``.
    """
    embedded = 0
    for attempt in range(1, _ATTEMPTS + 1):
        snapshot = snapshots.take(repository, patterns=snapshots.FOR_BUILDING)
        with staging(work) as folder:
            built = build(snapshot, embedder, work, folder, kind=kind, progress=progress)
            embedded += built.embedded
            try:
                return _publish(repository, snapshot, replace(built, embedded=embedded))
            except ConflictError:
                if attempt == _ATTEMPTS:
                    raise
    raise AssertionError("unreachable")


def build_from_main(
    repository: Repository, embedder: Embedder, work: Path, *, kind: str = "auto", progress: Progress = silent
) -> Built:
    """Build from ``main`` without publishing; only the vectors are kept, in ``work``."""
    snapshot = snapshots.take(repository, patterns=snapshots.FOR_BUILDING)
    with staging(work) as folder:
        return build(snapshot, embedder, work, folder, kind=kind, progress=progress)


def build(
    snapshot: Snapshot,
    embedder: Embedder,
    work: Path,
    folder: Path,
    *,
    kind: str = "auto",
    progress: Progress = silent,
) -> Built:
    """The artifact for the data of ``snapshot``, its new files below ``folder``.

    Raises:
        IndexArtifactError: a vector that is not finite, or a leg of the index that finds nothing (``leg-dead``).
        LedgerError: the log, which says when records landed, does not hold.
    """
    job = _Job(snapshot, embedder, work, folder, kind, progress)
    with Meter() as meter:
        made, embedded = job.embedded()
        bare = job.manifest(made, job.assembled(made))
        before = job.store.published
        if before and before.subject() == bare.subject():
            bound = before  # the same artifact; what it cost, and what was measured, is still so
        else:
            earlier = {name: one.hybrid for name, one in before.quality.items()} if before else {}
            measured = job.measured(bare, made)
            bound = measured.model_copy(update={"before": earlier, "cost": meter.cost(embedded)})
    place = manifest.path_of(job.slug)
    write_whole(folder / place, bound.to_bytes())
    files = {file.path: folder / file.path for pool in bound.pools.values() for file in pool.files}
    files |= {vectors.path_of(job.slug, path.digest): found.path for path, found in made.items()}
    return Built(bound, {**files, place: folder / place}, embedded)


def plan(snapshot: Snapshot, embedder: Embedder, work: Path, *, kind: str = "auto") -> Plan:
    """What ``build`` would do, without doing it."""
    job = _Job(snapshot, embedder, work, work, kind)
    missing = sum(len(one.missing) for one in job.works)
    choices = {name: dense.choose(size, kind) for name, size in job.sizes().items()}
    return Plan(
        records=sum(job.rows.values()),
        to_embed=missing,
        reused=sum(job.rows.values()) - missing,
        shards_to_embed=sum(bool(one.missing) for one in job.works),
        pools={name: f"{choice.factory}, {choice.why}" for name, choice in choices.items()},
        seconds=_seconds_for(job.works, snapshot, embedder, missing),
    )


def _seconds_for(works: Sequence[Work], snapshot: Snapshot, embedder: Embedder, missing: int) -> float:
    """By the time a few of the texts take, spread over those to be embedded."""
    texts = [text for work in works for text in embedding.sample(snapshot, work, _TIMED_TEXTS)]
    spread = texts[:: max(1, len(texts) // _TIMED_TEXTS)]
    if not spread:
        return 0.0
    embedder.embed(spread[:1])  # what happens once is not multiplied
    started = time.monotonic()
    embedder.embed(spread)
    return (time.monotonic() - started) * missing / len(spread)


@dataclass(frozen=True)
class _Job:
    """One build under way: its steps, in the order in which they are taken."""

    snapshot: Snapshot
    embedder: Embedder
    work: Path
    folder: Path
    kind: str
    progress: Progress = field(default=silent)

    @property
    def slug(self) -> str:
        return self.embedder.identity.slug

    @cached_property
    def store(self) -> VectorStore:
        return VectorStore(self.work, self.embedder.identity, self.snapshot)

    @cached_property
    def rows(self) -> dict[ShardPath, int]:
        """The data shards in index order, and how many records each has."""
        data = self.snapshot.shards(Kind.RECORD)
        return {shard: shards.row_count(self.snapshot.path(shard)) for shard in data}

    @cached_property
    def works(self) -> list[Work]:
        return embedding.find_work(self.snapshot, list(self.rows), self.store)

    def sizes(self) -> dict[str, int]:
        """How many records each pool has."""
        sizes: dict[str, int] = {}
        for path, count in self.rows.items():
            sizes[path.pool] = sizes.get(path.pool, 0) + count
        return dict(sorted(sizes.items()))

    def embedded(self) -> tuple[dict[ShardPath, VectorsFound], int]:
        """The vector file of every shard, and how many records were embedded for it now."""
        total = sum(len(work.missing) for work in self.works)
        here = {path.digest for path in self.rows}
        made: dict[ShardPath, VectorsFound] = {}
        before = 0
        for work in self.works:
            told = part_of(self.progress, before, total)
            made[work.shard] = work.found or embedding.embed(
                work, self.snapshot, self.store, self.embedder, here=here, progress=told
            )
            before += len(work.missing)
        return made, total

    def assembled(self, made: dict[ShardPath, VectorsFound]) -> dict[str, PoolIndex]:
        """The index of every pool, written below ``folder``."""
        pools, names = {}, list(self.sizes())
        for done, (pool, materials) in enumerate(self.materials(made).items()):
            self.progress("Indexing", done, len(names))
            pools[pool] = assembly.assemble(self.folder, materials, kind=self.kind, learnt=self._learnt(pool))
        self.progress("Indexing", len(names), len(names))
        return pools

    @cached_property
    def landed(self) -> dict[str, datetime]:
        """When each contribution was accepted."""
        return landings.times_in(self.snapshot.log(), self.snapshot.read) if self.rows else {}

    def materials(self, made: dict[ShardPath, VectorsFound]) -> dict[str, Materials]:
        return {
            pool: Materials(
                self.slug,
                pool,
                [
                    Member(number, path, self.snapshot.path(path), made[path].path, count)
                    for number, (path, count) in enumerate(self.rows.items())
                    if path.pool == pool
                ],
                self.embedder.identity.dimension,
                self.landed,
            )
            for pool in self.sizes()
        }

    def manifest(self, made: dict[ShardPath, VectorsFound], pools: dict[str, PoolIndex]) -> Manifest:
        """What can be said before anything is measured."""
        engines: list[Engine] = list(dict.fromkeys(found.engine for found in made.values()))
        return Manifest(
            embedder=self.embedder.identity,
            engines=tuple(engines),
            faiss=dense.version(),
            tantivy=keywords.version(),
            records=sum(self.rows.values()),
            data=tuple(File(path=str(p), sha256=p.digest, rows=count) for p, count in self.rows.items()),
            vectors=tuple(
                VectorFile(
                    path=vectors.path_of(self.slug, path.digest),
                    sha256=artifact.sha256_of(made[path].path),
                    rows=count,
                    engine=engines.index(made[path].engine),
                )
                for path, count in self.rows.items()
            ),
            pools=pools,
            questions_sha256=measuring.digest_of(self.questions),
        )

    def measured(self, bare: Manifest, made: dict[ShardPath, VectorsFound]) -> Manifest:
        """The manifest with the effort a search needs, the proportion of the two lists, and what both are worth."""
        if not bare.pools:
            return bare
        self.progress("Measuring", 0, len(bare.pools) + 1)
        materials = self.materials(made)
        asked = self._asked()
        queries = measuring.queries_of(asked, lambda: self._titles(list(materials.values())))
        opened, pools = [], {}
        for done, (name, pool) in enumerate(bare.pools.items(), start=1):
            whole = retrieval.open_pool(self.folder, bare, name)
            measuring.refuse_dead_legs(whole, materials[name])
            tried, recall = measuring.least_effort(whole, materials[name], pool.factory, queries)
            effort = tried.dense.effort
            opened.append(tried)
            pools[name] = pool.model_copy(
                update={"k_factor": effort.k_factor, "nprobe": effort.nprobe, "recall": recall}
            )
            self.progress("Measuring", done, len(bare.pools) + 1)
        verdict = measuring.judge(opened, asked)
        self.progress("Measuring", len(bare.pools) + 1, len(bare.pools) + 1)
        return bare.model_copy(update={"pools": pools, "fusion": verdict.fusion, "quality": verdict.quality})

    @cached_property
    def questions(self) -> list[tuple[str, str, Question]]:
        """(id, collection, question) of those the index is measured on."""
        rows: dict[str, list[Question]] = {}
        for shard in self.snapshot.shards(Kind.QUESTION):
            found = shards.read(Kind.QUESTION, self.snapshot.path(shard), name=str(shard))
            rows.setdefault(shard.collection, []).extend(row for row in found if isinstance(row, Question))
        return measuring.choose_questions(rows)

    def _asked(self) -> list[Asked]:
        if not self.questions:
            return []
        texts = [(name, question.question) for name, _, question in self.questions]
        made = self._embedded_questions(texts, "questions")
        return [Asked(*one, vector) for one, vector in zip(self.questions, made, strict=True)]

    def _titles(self, materials: Sequence[Materials]) -> vectors.Vectors:
        titles = measuring.titles(materials)
        named = [("title-" + shards.digest(title.encode()), title) for title in titles]
        return self._embedded_questions(named, "titles")

    def _embedded_questions(self, named: Sequence[tuple[str, str]], name: str) -> vectors.Vectors:
        return embedding.embed_questions(named, self.store, self.embedder, name=name, progress=self.progress)

    def _learnt(self, pool: str) -> Learnt | None:
        """The template that is published for this pool, when it is of our embedder and whole."""
        before = self.store.published
        made = before.pools.get(pool) if before else None
        if not (
            before and made and made.template and before.embedder.digest == self.embedder.identity.digest
        ):
            return None
        path = self.snapshot.folder / made.template.path
        if not path.is_file() or artifact.sha256_of(path) != made.template.sha256:
            return None
        return Learnt(path.read_bytes(), made.factory, made.template.rows)


def _publish(repository: Repository, snapshot: Snapshot, built: Built) -> Published:
    """Commit the files that are not there yet, and delete those that no manifest names any more."""
    made = built.manifest
    folder = artifact.folder_of(made.embedder.slug)
    there = {
        path: file for path, file in repository.files(snapshot.revision).items() if path.startswith(folder)
    }
    new = {
        path: place
        for path, place in built.files.items()
        if path not in there or not there[path].holds(place)
    }
    gone = [path for path in there if path not in built.files]
    card = _card(snapshot, made)
    if not new and not gone and not card:
        return Published(built, "", 0, 0)
    sha = repository.commit(
        {**new, **card},
        deleted=gone,
        message=f"Build the index of {made.records:,} records",
        description=f"{made.embedder.model}, {built.embedded:,} records embedded, the rest reused.",
        parent=snapshot.revision,
    )
    return Published(built, sha, len(new), len(gone))


def _card(snapshot: Snapshot, made: Manifest) -> dict[str, bytes]:
    """The card, when what it says of search quality changes."""
    others = [one for one in search_quality.manifests_of(snapshot) if one.embedder.slug != made.embedder.slug]
    before = snapshot.read("README.md") if snapshot.has("README.md") else b""
    after = search_quality.replaced(before, search_quality.section([*others, made], records=made.records))
    return {"README.md": after} if after != before else {}
