"""The audit of an artifact: its files against its manifest, the manifest against data and log, and what can be made again made again.

    result = artifact_audit.audit(folder, slug, paths, landed)
    result.problems, result.unchecked, result.assumptions

Positions follow from the data and the log, the keyword index from the texts, the FAISS index from template and vectors; all are made again
and compared, whatever version of a library the manifest names, for a check is not for the checked file to switch off. Other bytes are a
problem where the version is the manifest's, and where it is not, said to be *not checked*. Vectors and figures, which need the model, are
for ``model_audit``. What nobody asked for, and what only the builder can know, is named as an *assumption* with the fields of the manifest
that rest on it: what a verdict does not cover is part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from commons import digests, layout
from commons.errors import MissingExtraError
from commons.index import artifact, clusters, dense, keyword_fields, manifest, positions, vectors
from commons.index.build import (
    asked_questions,
    assembly,
    cluster_assembly,
    log_order,
    manifest_audit,
    model_audit,
    stated_figures_audit,
)
from commons.index.build.assembly import Materials
from commons.index.build.audit_result import ArtifactAudit, problems_of
from commons.index.build.manifest_audit import Asked
from commons.index.build.model_audit import ModelChecks
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.manifest import BY_LANGUAGE, WITH_CLUSTERS, Manifest
from commons.layout import Kind
from commons.ledger.landings import Acceptance
from commons.progress import Progress, silent
from commons.records import shards
from commons.records.schema import SCHEMAS

# Of a vector of length 1 from its half-precision copy; and from 8-bit codes, whose ranges were learnt when the pool was smaller.
_FARTHEST_EXACT, _FARTHEST_TRAINED = 0.01, 0.4


def audit(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, Acceptance],
    checks: ModelChecks | None = None,
    *,
    progress: Progress = silent,
) -> ArtifactAudit:
    """The artifact ``index/<slug>`` in ``folder``, whose files are ``paths``; ``landed`` is what the log says, in its order.

    Raises:
        IndexArtifactError: a file that is missing or has other bytes than its manifest says, or a manifest that cannot be read.
        SchemaError: a data shard that cannot be read.
    """
    result = audit_files(folder, slug, paths, landed, progress=progress)
    if not result.incomplete:
        audit_by_model(folder, slug, paths, landed, checks, result, progress=progress)
    return result


def audit_by_model(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, Acceptance],
    checks: ModelChecks | None,
    result: ArtifactAudit,
    *,
    progress: Progress = silent,
) -> None:
    """The part of ``audit`` that may ask a model (``model_audit``); goes into ``result``."""
    raw = (folder / layout.manifest_path(slug)).read_bytes()
    published = PublishedArtifact(folder, manifest.parse(raw), landed)
    asked = _manifest(published, raw, paths, ArtifactAudit())
    model_audit.audit(published, asked, checks, result, progress)


def audit_files(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, Acceptance],
    *,
    progress: Progress = silent,
) -> ArtifactAudit:
    """The part of ``audit`` that asks no model: manifest, positions, FAISS index and keyword index."""
    result = ArtifactAudit()
    place = layout.manifest_path(slug)
    raw = (folder / place).read_bytes()
    made = manifest.parse(raw)
    for file in made.files:
        artifact.refuse_other_bytes(folder / file.path, file.sha256)
    expected = {file.path for file in made.files} | {place}
    for path in paths:
        if path.startswith(layout.index_folder(slug)) and path not in expected:
            result.problems.append(f"{path} is not in its manifest")
    if missing := [data.path for data in made.data if data.path not in paths]:
        _note_missing(made, folder, paths, missing, result)
        result.incomplete = True
        return result
    published = PublishedArtifact(folder, made, landed)
    _manifest(published, raw, paths, result)
    for done, name in enumerate(made.pools):
        progress("Rebuilding", done, len(made.pools))
        with problems_of(result):
            _pool(published, name, result)
    with problems_of(result):
        _clusters(published, paths, result)
    progress("Rebuilding", len(made.pools), len(made.pools))
    return result


def _note_missing(
    made: Manifest, folder: Path, paths: Sequence[str], missing: Sequence[str], result: ArtifactAudit
) -> None:
    """Data that is gone is a problem, unless its records moved since: then the index waits to be built again, and no reader opens it."""
    live, apart = (_ids_here(folder, paths, apart=where) for where in (False, True))
    of_data = {data.path: file.path for data, file in zip(made.data, made.vectors, strict=True)}
    slug, gone = made.embedder.slug, []
    for path in missing:
        ids = set(vectors.ids_in(folder / of_data[path], made.embedder.dimension).to_pylist())
        if (
            ids.isdisjoint(apart) or not ids <= live | apart
        ):  # a shard is written anew where some of its records leave it
            gone.append(path)
    result.problems += [f"the index {slug} was built from {path}, which is not here" for path in gone]
    if not gone:
        result.unchecked.append(
            f"the index {slug} was built before rows moved, of {missing[0]} for one; it is not read until it is built again"
        )


def _ids_here(folder: Path, paths: Sequence[str], *, apart: bool) -> set[str]:
    """Of the records in the data, or of those that lie apart because others replaced them."""
    present = filter(None, map(layout.parse_shard, paths))
    tables = (
        shards.read_table(folder / str(shard), SCHEMAS[shard.kind], name=str(shard), columns=["id"])
        for shard in present
        if shard.kind is Kind.RECORD and shard.replaced is apart
    )
    return {name for table in tables for name in table["id"].to_pylist()}


def _manifest(
    published: PublishedArtifact, raw: bytes, paths: Sequence[str], result: ArtifactAudit
) -> Asked | None:
    """Hold the manifest to data and log; the questions the index was measured on, when there can have been such, the unanswerable last."""
    made, folder = published.manifest, published.folder
    present = [shard for path in paths if (shard := layout.parse_shard(path))]
    data, questions, links = (
        log_order.sorted_by_landing(
            folder,
            [shard for shard in present if shard.kind is kind and not shard.replaced],
            published.landed,
        )
        for kind in (Kind.RECORD, Kind.QUESTION, Kind.LINK)
    )
    result.newer_records = manifest_audit.newer_records(made, folder, data)
    result.problems += manifest_audit.problems(made, raw, folder, data)
    result.unchecked += [
        f"{place} is in other words than a build of this version uses; whether it is so was not checked"
        for place in manifest_audit.odd_reasons(made)
    ]
    asked = manifest_audit.questions_of(made, folder, data, questions)
    if asked is None:
        result.problems.append(
            "questions_sha256: these were not the questions at any time at which it can have been built"
        )
        return None
    result.problems += stated_figures_audit.problems(made, asked)
    unanswerable = manifest_audit.unanswerable_of(made, folder, data, questions)
    if unanswerable is None:
        result.problems.append(
            "bands.unanswerable_sha256: these were not the questions without an answer at any time at which it can have been built"
        )
        return None
    return [
        *asked_questions.on_newest(asked, manifest_audit.states_of(made, folder, data, links)),
        *unanswerable,
    ]


def _clusters(published: PublishedArtifact, paths: Sequence[str], result: ArtifactAudit) -> None:
    """Grouped again, from the links that it names."""
    made, folder = published.manifest, published.folder
    if made.version < WITH_CLUSTERS:
        return
    if made.clusters is None:
        result.problems.append("clusters: there are none, and every build makes them")
        return
    present = [shard for path in paths if (shard := layout.parse_shard(path))]
    data, links = (
        log_order.sorted_by_landing(
            folder,
            [shard for shard in present if shard.kind is kind and not shard.replaced],
            published.landed,
        )
        for kind in (Kind.RECORD, Kind.LINK)
    )
    linked = manifest_audit.links_of(made, folder, data, links)
    if linked is None:
        result.problems.append(
            "links_sha256: these were not the links at any time at which it can have been built"
        )
        return
    table = shards.read_table(folder / made.clusters.path, clusters.SCHEMA, name=made.clusters.path)
    if not table.equals(cluster_assembly.table_of(published.materials.values(), linked)):
        result.problems.append(f"{made.clusters.path} does not follow from the data")
    if made.clusters.rows != table.num_rows:
        result.problems.append(f"clusters.rows: {made.clusters.rows:,}, where there are {table.num_rows:,}")


# The files of a pool, made again


def _pool(published: PublishedArtifact, name: str, result: ArtifactAudit) -> None:
    made, materials = published.manifest, published.materials[name]
    pool = made.pools[name]
    place = pool.positions.path
    table = shards.read_table(published.folder / place, positions.SCHEMAS[made.version], name=place)
    # What the table says is compared, not its bytes, which differ between versions of the Parquet writer.
    if not table.equals(materials.positions()):
        result.problems.append(f"{place} does not follow from the data")
    template = (published.folder / pool.template.path).read_bytes() if pool.template else None
    with tempfile.TemporaryDirectory(prefix="commons-audit-") as scratch:
        _rebuild(
            Rebuilding(
                "faiss",
                made.faiss,
                dense.version,
                pool.index.path,
                "its vectors",
                lambda: _other_codes(published, name),
            ),
            lambda: assembly.write_index(Path(scratch) / "again.faiss", materials, pool.factory, template),
            pool.index.sha256,
            result,
        )
        if pool.keywords:
            _rebuild_words(published, name, Path(scratch) / "words", result)


def _rebuild_words(published: PublishedArtifact, name: str, scratch: Path, result: ArtifactAudit) -> None:
    pool, stated = published.manifest.pools[name], published.manifest.tantivy
    index = Rebuilding("tantivy", stated, keyword_fields.version, f"the keyword index of {name}", "the texts")
    if published.manifest.version < BY_LANGUAGE:
        _not_rebuilt(index, "it holds all languages in one, which is no longer made", result)
        return
    published_words = {Path(file.path).name: file.sha256 for file in pool.keywords}
    _rebuild(index, lambda: _words(scratch, published.materials[name]), published_words, result)


def _words(folder: Path, materials: Materials) -> dict[str, str]:
    """SHA-256 of each file of the keyword index, made in ``folder``, by its name."""
    assembly.write_words(folder, materials)
    return {path.name: digests.sha256_of(path) for path in folder.iterdir()}


def _other_codes(published: PublishedArtifact, name: str) -> int:
    """How many codes of the pool's index are not those of its vectors, whichever version of FAISS wrote them."""
    made, start, wrong = published.manifest, 0, 0
    pool = made.pools[name]
    farthest = _FARTHEST_TRAINED if dense.is_trained(pool.factory) else _FARTHEST_EXACT
    index = dense.open_index(
        published.folder / pool.index.path,
        sha256=pool.index.sha256,
        factory=pool.factory,
        dimension=made.embedder.dimension,
        size=pool.positions.rows,
    )
    for block in filter(len, published.materials[name].blocks()):
        decoded = index.decoded(start, start + len(block))
        wrong += int(np.count_nonzero(~(np.linalg.norm(decoded - block, axis=1) <= farthest)))
        start += len(block)
    return wrong


@dataclass(frozen=True)
class Rebuilding:
    """One thing to be made again: by which library, of which version it is by its manifest, its name and what it follows from.

    ``other_codes`` counts what in it does not follow from that, where the bytes that two versions write cannot be compared.
    """

    library: str
    stated: str
    version: Callable[[], str]
    name: str
    source: str
    other_codes: Callable[[], int] | None = None


def _rebuild(
    thing: Rebuilding, again: Callable[[], object], published: object, result: ArtifactAudit
) -> None:
    """Make it again and compare: other bytes are the manifest's fault only where the library is the one it names."""
    try:
        version = thing.version()
    except MissingExtraError as error:
        _not_rebuilt(thing, f"{thing.library} is not installed here ({error.hint})", result)
        return
    if again() == published:
        result.rebuilt += 1
        if version != thing.stated:
            result.assumptions.append(
                f"{thing.library}: {thing.name} is said to be made with {thing.stated}; {version} makes the same bytes"
            )
    elif version == thing.stated:
        result.problems.append(f"{thing.name} does not follow from {thing.source}")
    elif thing.other_codes and (wrong := thing.other_codes()):
        result.problems.append(
            f"{thing.name} does not follow from {thing.source}: {wrong:,} of its codes are others'"
        )
    else:
        _not_rebuilt(thing, f"made with {thing.library} {thing.stated}, here is {version}", result)


def _not_rebuilt(thing: Rebuilding, reason: str, result: ArtifactAudit) -> None:
    result.not_rebuilt += 1
    result.unchecked.append(
        f"{thing.name}, NOT REBUILT: {reason}; its files are as the manifest says, "
        f"whether they follow from {thing.source} was not checked"
    )
