"""The audit of an artifact: its files against its manifest, the manifest against data and log, and what can be made again made again.

    result = artifact_audit.audit(folder, slug, paths, landed)
    result.problems, result.unchecked, result.assumptions

Positions follow from the data and the log, the keyword index from the texts, the FAISS index from template and vectors; all are made again
and compared, whatever version of a library the manifest names, for a check is not for the checked file to switch off. Other bytes are a
problem where the version is the manifest's, and where it is not, said to be *not checked*. Whether vectors follow from texts is for
``vector_audit``, figures are for ``figure_audit``; both need the model. What nobody asked for, and what only the builder can know, is named
as an *assumption* with the fields of the manifest that rest on it: what a verdict does not cover is part of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from commons import digests, layout
from commons.embedding.embedder import Embedder, EmbedderIdentity
from commons.errors import IndexArtifactError, MissingExtraError, SchemaError
from commons.index import artifact, dense, keyword_fields, manifest, positions
from commons.index.build import assembly, figure_audit, log_order, manifest_audit, vector_audit
from commons.index.build.assembly import Materials
from commons.index.build.manifest_audit import Asked
from commons.index.build.published_artifact import PublishedArtifact
from commons.index.manifest import Manifest
from commons.layout import Kind
from commons.progress import Progress, silent
from commons.records import shards

# Above this share of records with the vector of another text, somebody should look.
_MANY_SHARED = 0.1
_FEWEST_SHARED = 10
# Of a vector of length 1 from its half-precision copy; and from 8-bit codes, whose ranges were learnt when the pool was smaller.
_FARTHEST_EXACT, _FARTHEST_TRAINED = 0.01, 0.4


@dataclass(frozen=True)
class ModelChecks:
    """What is asked of a model: ``sample`` records embedded again (None: all) as drawn by ``seed``, and the figures measured again."""

    embedder: Embedder
    sample: int | None = vector_audit.SAMPLE_RECORDS
    seed: int = 0
    measure: bool = False


@dataclass
class ArtifactAudit:
    """What came of an audit, in sentences.

    ``rebuilt`` and ``not_rebuilt`` count indexes that came out byte for byte and that did not, ``embedded_again`` records, and
    ``measured_again`` figures. ``unchecked`` is what was asked and could not be checked, ``assumptions`` what was not asked or nobody can
    check; both name the manifest's fields they are about. ``notes`` say how far the checks that were made reach.
    """

    rebuilt: int = 0
    not_rebuilt: int = 0
    embedded_again: int = 0
    measured_again: int = 0
    newer_records: int = 0
    incomplete: bool = False  # so much is missing that no more could be asked
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def audit(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, datetime],
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
    landed: Mapping[str, datetime],
    checks: ModelChecks | None,
    result: ArtifactAudit,
    *,
    progress: Progress = silent,
) -> None:
    """Whether vectors follow from texts and figures from both, as far as ``checks`` asks for it; goes into ``result``."""
    raw = (folder / layout.manifest_path(slug)).read_bytes()
    published = PublishedArtifact(folder, manifest.parse(raw), landed)
    asked = _manifest(published, raw, paths, ArtifactAudit())
    _model(published, asked, checks, result, progress)


def audit_files(
    folder: Path,
    slug: str,
    paths: Sequence[str],
    landed: Mapping[str, datetime],
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
    missing = [data.path for data in made.data if data.path not in paths]
    result.problems += [f"the index {slug} was built from {path}, which is not here" for path in missing]
    if missing:
        result.incomplete = True
        return result
    published = PublishedArtifact(folder, made, landed)
    _manifest(published, raw, paths, result)
    for done, name in enumerate(made.pools):
        progress("Rebuilding", done, len(made.pools))
        with _problems_of(result):
            _pool(published, name, result)
    progress("Rebuilding", len(made.pools), len(made.pools))
    return result


@contextmanager
def _problems_of(result: ArtifactAudit) -> Iterator[None]:
    """What cannot be read is a problem of its own; the rest is looked at all the same."""
    try:
        yield
    except (IndexArtifactError, SchemaError) as error:
        result.problems.append(error.message)


def _manifest(
    published: PublishedArtifact, raw: bytes, paths: Sequence[str], result: ArtifactAudit
) -> Asked | None:
    """Hold the manifest to data and log; the questions the index was measured on, when there can have been such."""
    made, folder = published.manifest, published.folder
    present = [shard for path in paths if (shard := layout.parse_shard(path))]
    data, questions = (
        log_order.sorted_by_landing(
            folder, [shard for shard in present if shard.kind is kind], published.landed
        )
        for kind in (Kind.RECORD, Kind.QUESTION)
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
    else:
        result.problems += manifest_audit.count_problems(made, asked)
    return asked


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
    published_words = {Path(file.path).name: file.sha256 for file in pool.keywords}
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
            _rebuild(
                Rebuilding(
                    "tantivy",
                    made.tantivy,
                    keyword_fields.version,
                    f"the keyword index of {name}",
                    "the texts",
                ),
                lambda: _words(Path(scratch) / "words", materials),
                published_words,
                result,
            )


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


# What needs the model


def _model(
    published: PublishedArtifact,
    asked: Asked | None,
    checks: ModelChecks | None,
    result: ArtifactAudit,
    progress: Progress,
) -> None:
    made = published.manifest
    fitting = checks if checks and _is_its_model(made, checks.embedder, result) else None
    with _problems_of(result):
        if fitting and fitting.sample != 0:
            _vectors(published, fitting, result, progress)
        else:
            _vectors_without_model(published, result)
    with _problems_of(result):
        if fitting and fitting.measure and asked is not None:
            _figures(published, asked, fitting.embedder, result, progress)
        else:
            _figures_without_model(made, result)
    learnt = (f"pools.{name}.template" for name, pool in made.pools.items() if pool.template)
    result.assumptions.append(
        f"only the builder knows: {', '.join(['engines', 'vectors.*.engine', 'before', 'cost', *learnt])}"
    )


def _is_its_model(made: Manifest, embedder: Embedder, result: ArtifactAudit) -> bool:
    """Whether this model made the index; another of its name is a problem, any other leaves unchecked what was asked."""
    here, there = embedder.identity, made.embedder
    if there.slug != here.slug:
        result.unchecked.append(
            f"what was asked of its model was not checked: it is of {there.model}, and here is {here.model}; name it with --model"
        )
        return False
    if there.digest != here.digest:
        result.problems.append(f"the index was built with another model than {here.model} is here")
        return False
    if (there.model, there.revision) != (here.model, here.revision):
        result.assumptions.append(
            f"embedder.model, embedder.revision: the weights are called {_name(there)} by the manifest, and {_name(here)} here"
        )
    return True


def _name(embedder: EmbedderIdentity) -> str:
    return f"{embedder.model} at {embedder.revision}" if embedder.revision else embedder.model


def _vectors(
    published: PublishedArtifact, checks: ModelChecks, result: ArtifactAudit, progress: Progress
) -> None:
    size = published.manifest.records
    rows = vector_audit.draw(checks.seed, size, size if checks.sample is None else checks.sample)
    result.problems += vector_audit.embed_again(published, rows, checks.embedder, progress)
    result.embedded_again += len(rows)
    if len(rows) < size:
        missed = vector_audit.most_missed(size, len(rows))
        result.notes.append(
            f"drawn at random of {size:,}, again with --seed {checks.seed}: up to {missed:,} false vectors "
            f"({missed / size:.1%}) could have been missed, at 95 % confidence"
        )


def _vectors_without_model(published: PublishedArtifact, result: ArtifactAudit) -> None:
    result.assumptions.append(
        "not embedded again, which --embed does: that the vectors are those of the texts by the model that is named (embedder)"
    )
    size = published.manifest.records
    shared = sum(vector_audit.sharing_vectors(pool) for pool in published.materials.values())
    if shared >= max(_FEWEST_SHARED, _MANY_SHARED * size):
        # No problem yet: to a model that does not know a script, many texts are one.
        result.unchecked.append(
            f"{shared:,} of {size:,} records have the very vector of a record with another text; "
            "whether the model makes it so was not checked, which --embed does"
        )


def _figures(
    published: PublishedArtifact,
    asked: Asked,
    embedder: Embedder,
    result: ArtifactAudit,
    progress: Progress,
) -> None:
    figures = figure_audit.measure_again(published, asked, embedder, progress)
    result.measured_again += len(figures.measured)
    result.problems += figures.problems
    result.unchecked += figures.unchecked
    if figures.measured:
        result.notes.append(
            f"figures measured again to within {figure_audit.TOLERANCE} and what one question moves: {', '.join(figures.measured)}"
        )


def _figures_without_model(made: Manifest, result: ArtifactAudit) -> None:
    """Their bounds and counts were held to data and log all the same."""
    stated = []
    for name, pool in made.pools.items():
        stated += [f"pools.{name}.recall"] if pool.recall else []
        if dense.is_trained(pool.factory):
            stated += [f"pools.{name}.k_factor", f"pools.{name}.nprobe"]
    stated += ["fusion.dense_weight"] if made.fusion and made.fusion.tuned_on else []
    stated += [f"quality.{name}" for name in made.quality]
    if stated:
        result.assumptions.append(f"not measured again, which --measure does: {', '.join(stated)}")
