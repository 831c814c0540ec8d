"""One build under way: what it is made of, and its steps in the order in which they are taken.

    job = Job(snapshot, embedder, work, folder, "auto")
    made, embedded = job.embedded()                       a vector file for every shard
    bare = job.manifest(made, job.assembled(made), job.grouped(made))      the files of every pool, and what binds them
    job.measured(bare, made)                              how hard to search, what it is worth, and when an answer is one

``commons.operations.build`` calls it; nothing here knows of publishing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from commons import digests, layout
from commons.arrays import Vectors
from commons.embedding.embedder import Embedder, Engine
from commons.files import write_whole
from commons.index import dense, keyword_fields, retrieval
from commons.index.build import (
    answerability_calibration,
    asked_questions,
    assembly,
    cluster_assembly,
    grouping,
    judging,
    language_weights,
    log_order,
    measurement,
    missing_vectors,
    probe,
)
from commons.index.build.asked_questions import AskedQuestion
from commons.index.build.assembly import Materials, Member, Template
from commons.index.build.cache import BuildCache
from commons.index.build.missing_vectors import Work
from commons.index.build.probe import Sample
from commons.index.build.vector_store import VectorFileOnDisk, VectorStore
from commons.index.figures import AnswerBands, Fusion, Probe
from commons.index.fusion import JudgedQuestion
from commons.index.manifest import File, Manifest, PoolIndex, VectorFile
from commons.index.positions import LogPlaces
from commons.index.retrieval import Index, Pool
from commons.layout import Kind, ShardPath
from commons.ledger.landings import Acceptance
from commons.progress import Progress, part_of, silent
from commons.records import shards
from commons.records.schema import Question
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class Job:
    """One build under way: its steps, in the order in which they are taken.

    ``data``: the data as it is to be indexed, where that is not the snapshot's, because rows move in the commit of this build.
    """

    snapshot: Snapshot
    embedder: Embedder
    work: Path
    folder: Path
    kind: str
    progress: Progress = field(default=silent)
    data: Snapshot | None = None

    @property
    def _data(self) -> Snapshot:
        return self.data or self.snapshot

    @property
    def slug(self) -> str:
        return self.embedder.identity.slug

    @cached_property
    def store(self) -> VectorStore:
        return VectorStore(self.work, self.embedder.identity, self.snapshot)

    @cached_property
    def rows(self) -> dict[ShardPath, int]:
        """The data shards in index order, and how many records each has.

        They stand in the order in which their first contributions landed, so that a landing comes after what is there.
        """
        data = log_order.sorted_by_landing(self._data.folder, self._data.shards(Kind.RECORD), self.landed)
        return {shard.path: shards.row_count(self._data.path(shard.path)) for shard in data}

    @cached_property
    def works(self) -> list[Work]:
        return missing_vectors.find_work(self._data, list(self.rows), self.store)

    def sizes(self) -> dict[str, int]:
        """How many records each pool has."""
        sizes: dict[str, int] = {}
        for path, count in self.rows.items():
            sizes[path.pool] = sizes.get(path.pool, 0) + count
        return dict(sorted(sizes.items()))

    def embedded(self) -> tuple[dict[ShardPath, VectorFileOnDisk], int]:
        """The vector file of every shard, and how many records were embedded for it now."""
        total = sum(len(work.missing) for work in self.works)
        here = {path.digest for path in self.rows}
        made: dict[ShardPath, VectorFileOnDisk] = {}
        before = 0
        for work in self.works:
            shard_progress = part_of(self.progress, before, total)
            made[work.shard] = work.file or missing_vectors.embed(
                work, self._data, self.store, self.embedder, here=here, progress=shard_progress
            )
            before += len(work.missing)
        return made, total

    def assembled(self, made: dict[ShardPath, VectorFileOnDisk]) -> dict[str, PoolIndex]:
        """The index of every pool, written below ``folder``."""
        pools, names = {}, list(self.sizes())
        cache = BuildCache(self.work / "parts" / self.slug)
        for done, (pool, materials) in enumerate(self.materials(made).items()):
            self.progress("Indexing", done, len(names))
            pools[pool] = assembly.assemble(
                self.folder, materials, kind=self.kind, published=self._published_template(pool), cache=cache
            )
        self.progress("Indexing", len(names), len(names))
        cache.tidy()
        return pools

    def grouped(self, made: dict[ShardPath, VectorFileOnDisk]) -> File:
        """The clusters of all records, written below ``folder``."""
        self.progress("Grouping", 0, 1)
        materials = self.materials(made).values()
        table = cluster_assembly.table_of(materials, self.links, memory=self.work / "sketches")
        path = layout.clusters_path(self.slug)
        write_whole(self.folder / path, shards.to_parquet(table))
        self.progress("Grouping", 1, 1)
        return File(path=path, sha256=digests.sha256_of(self.folder / path), rows=table.num_rows)

    @cached_property
    def links(self) -> shards.Table:
        return cluster_assembly.links_in(self.snapshot.folder, self.snapshot.shards(Kind.LINK))

    @property
    def landed(self) -> dict[str, Acceptance]:
        """When and where each contribution landed."""
        return self.snapshot.landings

    def materials(self, made: dict[ShardPath, VectorFileOnDisk]) -> dict[str, Materials]:
        return {
            pool: Materials(
                self.slug,
                pool,
                [
                    Member(number, path, self._data.path(path), made[path].path, made[path].sha256, count)
                    for number, (path, count) in enumerate(self.rows.items())
                    if path.pool == pool
                ],
                self.embedder.identity.dimension,
                LogPlaces(self.landed, self.snapshot.folder),
            )
            for pool in self.sizes()
        }

    def manifest(
        self, made: dict[ShardPath, VectorFileOnDisk], pools: dict[str, PoolIndex], clusters: File
    ) -> Manifest:
        """What can be said before anything is measured."""
        engines: list[Engine] = list(dict.fromkeys(file.engine for file in made.values()))
        return Manifest(
            embedder=self.embedder.identity,
            engines=tuple(engines),
            faiss=dense.version(),
            tantivy=keyword_fields.version(),
            records=sum(self.rows.values()),
            data=tuple(File(path=str(p), sha256=p.digest, rows=count) for p, count in self.rows.items()),
            vectors=tuple(
                VectorFile(
                    path=layout.vectors_path(self.slug, path.digest),
                    sha256=made[path].sha256,
                    rows=count,
                    engine=engines.index(made[path].engine),
                )
                for path, count in self.rows.items()
            ),
            pools=pools,
            clusters=clusters,
            links_sha256=grouping.digest_of(self.links),
            questions_sha256=asked_questions.digest_of(self.questions),
        )

    def measured(self, bare: Manifest, made: dict[ShardPath, VectorFileOnDisk]) -> Manifest:
        """The manifest with the effort a search needs, the proportion of the two lists, and what both are worth."""
        if not bare.pools:
            return bare
        self.progress("Measuring", 0, len(bare.pools) + 1)
        materials = self.materials(made)
        asked = self._asked()
        queries = measurement.queries_of(asked, lambda: self._titles(list(materials.values())))
        opened, pools = [], {}
        for done, (name, pool) in enumerate(bare.pools.items(), start=1):
            whole = retrieval.open_pool(self.folder, bare, name)
            exact = measurement.compare_exactly(materials[name], queries)
            measurement.refuse_dead_legs(whole, materials[name], exact)
            tried, recall = measurement.least_effort(whole, exact, pool.factory, queries)
            effort = tried.dense.effort
            opened.append(tried)
            pools[name] = pool.model_copy(
                update={"k_factor": effort.k_factor, "nprobe": effort.nprobe, "recall": recall}
            )
            self.progress("Measuring", done, len(bare.pools) + 1)
        judgement = judging.judge(opened, asked, self._probes(opened, list(materials.values())))
        judged = bare.model_copy(
            update={"pools": pools, "fusion": judgement.fusion, "quality": judgement.quality}
        )
        bands = self._bands(Index(judged, "", 0, tuple(opened)), asked)
        self.progress("Measuring", len(bare.pools) + 1, len(bare.pools) + 1)
        return judged.model_copy(update={"bands": bands})

    def _bands(self, index: Index, asked: Sequence[AskedQuestion]) -> AnswerBands:
        """``index`` is what was built, searched as readers will."""
        unanswerable = self.unanswerable
        made = self._embedded_questions(
            [(name, row.question) for name, _, row in unanswerable], "unanswerable"
        )
        examples = answerability_calibration.gather(
            index,
            self._data.folder,
            asked,
            [AskedQuestion(*chosen, vector) for chosen, vector in zip(unanswerable, made, strict=True)],
        )
        tuning = answerability_calibration.tuning_questions([question.id for question in asked])
        return answerability_calibration.calibrate(examples, tuning, asked_questions.digest_of(unanswerable))

    @cached_property
    def unanswerable(self) -> list[tuple[str, str, Question]]:
        """(id, collection, question) of those of which the commons says that it should not know."""
        return asked_questions.unanswerable_in(self.snapshot.folder, self.snapshot.shards(Kind.QUESTION))

    def _probes(self, opened: Sequence[Pool], materials: Sequence[Materials]) -> dict[str, Probe]:
        """What is known of every language: as it was published, as long as that lasts, and found out again where it does not."""
        counts, published = judging.languages_of(opened), self._published_fusion()
        due = language_weights.due(counts, published)
        probes = {name: published.languages[name].probe for name in counts.keys() - due} if published else {}
        for name, sample in probe.samples(materials, due).items():
            probes[name] = language_weights.outcome(counts[name], self._judged_by_probe(sample))
        return probes

    def _judged_by_probe(self, sample: Sample) -> list[JudgedQuestion]:
        asked = probe.questions(sample)
        if not asked:
            return []
        questions = [(digests.sha256_hex(each.question.encode()), each.question) for each in asked]
        rests = [(digests.sha256_hex(each.passage.encode()), each.passage) for each in asked]
        store, name = (self.store, self.embedder), sample.language
        question_vectors = missing_vectors.embed_questions(
            questions, *store, name=f"probe-questions-{name}", progress=self.progress
        )
        rest_vectors = missing_vectors.embed_passages(
            rests, *store, name=f"probe-rests-{name}", progress=self.progress
        )
        return probe.judge(sample, asked, question_vectors, rest_vectors)

    def _published_fusion(self) -> Fusion | None:
        """How languages were fused before, by the same weights of the model."""
        before = self.store.published
        return before.fusion if before and before.embedder.digest == self.embedder.identity.digest else None

    @cached_property
    def questions(self) -> list[tuple[str, str, Question]]:
        """(id, collection, question) of those the index is measured on."""
        return asked_questions.questions_in(self.snapshot.folder, self.snapshot.shards(Kind.QUESTION))

    def _asked(self) -> list[AskedQuestion]:
        if not self.questions:
            return []
        texts = [(name, question.question) for name, _, question in self.questions]
        made = self._embedded_questions(texts, "questions")
        asked = asked_questions.on_newest(self.questions, self.snapshot.states)
        return [AskedQuestion(*chosen, vector) for chosen, vector in zip(asked, made, strict=True)]

    def _titles(self, materials: Sequence[Materials]) -> Vectors:
        titles = measurement.titles(materials)
        named = [("title-" + digests.sha256_hex(title.encode()), title) for title in titles]
        return self._embedded_questions(named, "titles")

    def _embedded_questions(self, named: Sequence[tuple[str, str]], name: str) -> Vectors:
        if not named:
            return np.zeros((0, self.embedder.identity.dimension), np.float32)
        return missing_vectors.embed_questions(
            named, self.store, self.embedder, name=name, progress=self.progress
        )

    def _published_template(self, pool: str) -> Template | None:
        """The template that is published for this pool, when it is of our embedder and whole."""
        before = self.store.published
        made = before.pools.get(pool) if before else None
        if not (
            before and made and made.template and before.embedder.digest == self.embedder.identity.digest
        ):
            return None
        path = self.snapshot.folder / made.template.path
        if not path.is_file() or digests.sha256_of(path) != made.template.sha256:
            return None
        return Template(path.read_bytes(), made.factory, made.template.rows)
