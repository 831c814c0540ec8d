"""Build: vectors for the records that have none, the index of each pool, what it is worth, and the manifest; published beside the data.

    built = build.build(snapshot, embedder, work, folder)        files below ``folder``, nothing published
    build.build_and_publish(repository, key, embedder, work)     from ``main``, one signed commit of what is new
    build.plan(snapshot, embedder, work)                         what it would do, and how long that takes

A build embeds only what was never embedded (``index.build.vector_store``). Finished shards, and finished slices of long ones, are kept in
``work``, so that a kill, a full disk or a lost race loses nothing; the rest is made anew each time, because that takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from commons import layout
from commons.cards import search_quality
from commons.embedding.embedder import Embedder
from commons.errors import CommonsError
from commons.files import staging, write_whole
from commons.hub.repository import Repository
from commons.hub.retries import again_on_conflict
from commons.index import dense
from commons.index.build import missing_vectors
from commons.index.build.cost import CostMeter
from commons.index.build.job import Job
from commons.index.build.missing_vectors import Work
from commons.index.manifest import Manifest
from commons.layout import Need
from commons.ledger import signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import IndexStatement, StatementKind
from commons.progress import Progress, silent
from commons.snapshots import sealed_commit
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot
from commons.version import __version__

_TIMED_TEXTS = 64


@dataclass(frozen=True)
class BuiltIndex:
    """A complete artifact. ``embedded`` counts records that were embedded now.

    ``files``: repository path -> where it lies, in the folder that ``build`` was given and as long as that is there.
    """

    manifest: Manifest
    files: dict[str, Path]
    embedded: int


@dataclass(frozen=True)
class Publication:
    built: BuiltIndex
    sha: str  # empty when the repository held exactly this already
    added: int
    removed: int


@dataclass(frozen=True)
class BuildPlan:
    """What a build would do; ``seconds`` is what embedding would take here, judged by embedding a few of the texts."""

    records: int
    to_embed: int
    reused: int
    shards_to_embed: int
    pools: dict[str, str]  # name -> the kind of index it would get, and why
    seconds: float


def build_and_publish(
    repository: Repository,
    key: SigningKey,
    embedder: Embedder,
    work: Path,
    *,
    kind: str = "auto",
    progress: Progress = silent,
) -> Publication:
    """Build from ``main``, sign what was built and commit what is new. ``key`` is a maintainer's or a builder's.

    Where ``main`` moves meanwhile the index is signed for the data it was built from: older, and announced as such, but not wrong.

    Raises:
        CommonsError: the key may not build (``not-a-builder``).
        ConflictError: main moved again and again while we committed; the vectors are kept in ``work``.
    """
    snapshot = snapshots.take(repository, need=Need.BUILDING)
    snapshot.refuse_unwritable()
    refuse_non_builder(snapshot, key)
    with staging(work) as folder:
        built = build(snapshot, embedder, work, folder, kind=kind, progress=progress)

        def attempt() -> Publication:
            now = snapshots.take(repository, need=Need.BUILDING)
            now.refuse_unwritable()
            return _publish(repository, now, snapshot.rules.size, built, key)

        return again_on_conflict(attempt)


def refuse_non_builder(snapshot: Snapshot, key: SigningKey) -> None:
    """Raise CommonsError (``not-a-builder``) unless the key may sign an index."""
    if not snapshot.roles.may_build(key.public.key_id):
        raise CommonsError(
            f"The key {key.public.key_id} is neither a maintainer's nor a builder's; its index would not count.",
            hint="Maintainers and builders are listed in governance/roles.json.",
            code="not-a-builder",
        )


def build_from_main(
    repository: Repository, embedder: Embedder, work: Path, *, kind: str = "auto", progress: Progress = silent
) -> BuiltIndex:
    """Build from ``main`` without publishing; only the vectors are kept, in ``work``."""
    snapshot = snapshots.take(repository, need=Need.BUILDING)
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
) -> BuiltIndex:
    """The artifact for the data of ``snapshot``, its new files below ``folder``.

    Raises:
        IndexArtifactError: a vector that is not finite, or a leg of the index that finds nothing (``leg-dead``).
        LedgerError: the log, which says when records landed, does not hold.
    """
    job = Job(snapshot, embedder, work, folder, kind, progress)
    with CostMeter() as meter:
        made, embedded = job.embedded()
        bare = job.manifest(made, job.assembled(made))
        before = job.store.published
        if before and before.subject() == bare.subject():
            bound = before  # the same artifact; what it cost, and what was measured, is still so
        else:
            earlier = {name: measured.hybrid for name, measured in before.quality.items()} if before else {}
            measured = job.measured(bare, made)
            bound = measured.model_copy(update={"before": earlier, "cost": meter.cost(embedded)})
    place = layout.manifest_path(job.slug)
    write_whole(folder / place, bound.to_bytes())
    files = {file.path: folder / file.path for pool in bound.pools.values() for file in pool.files}
    files |= {layout.vectors_path(job.slug, path.digest): vectors.path for path, vectors in made.items()}
    return BuiltIndex(bound, {**files, place: folder / place}, embedded)


def plan(snapshot: Snapshot, embedder: Embedder, work: Path, *, kind: str = "auto") -> BuildPlan:
    """What ``build`` would do, without doing it."""
    job = Job(snapshot, embedder, work, work, kind)
    missing = sum(len(work.missing) for work in job.works)
    choices = {name: dense.choose(size, kind) for name, size in job.sizes().items()}
    return BuildPlan(
        records=sum(job.rows.values()),
        to_embed=missing,
        reused=sum(job.rows.values()) - missing,
        shards_to_embed=sum(bool(work.missing) for work in job.works),
        pools={name: f"{choice.factory}, {choice.why}" for name, choice in choices.items()},
        seconds=_seconds_for(job.works, snapshot, embedder, missing),
    )


def _seconds_for(works: Sequence[Work], snapshot: Snapshot, embedder: Embedder, missing: int) -> float:
    """By the time a few of the texts take, spread over those to be embedded."""
    texts = [text for work in works for text in missing_vectors.sample(snapshot, work, _TIMED_TEXTS)]
    spread = texts[:: max(1, len(texts) // _TIMED_TEXTS)]
    if not spread:
        return 0.0
    embedder.embed(spread[:1])  # what happens once is not multiplied
    started = time.monotonic()
    embedder.embed(spread)
    return (time.monotonic() - started) * missing / len(spread)


def _publish(
    repository: Repository, snapshot: Snapshot, size: int, built: BuiltIndex, key: SigningKey
) -> Publication:
    """Commit the files that are not there yet, and delete those that no manifest names any more."""
    made = built.manifest
    slug = made.embedder.slug
    folder = layout.index_folder(slug)
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
    if not new and not gone and not card and _is_signed(snapshot, slug):
        return Publication(built, "", 0, 0)
    statement = Signer(key, snapshot.policy.commons.origin).index(
        snapshot.rules.root,
        {
            "embedder": slug,
            "model": made.embedder.model,
            "model_revision": made.embedder.revision,
            "code": __version__,
            "size": size,
            "records": made.records,
            "part": layout.part_of(layout.manifest_path(slug)),
        },
    )
    sha = sealed_commit.commit(
        snapshot,
        key,
        {**new, **card},
        statements=[(StatementKind.INDEX, statement)],
        removed=gone,
        message=f"Build the index of {made.records:,} records",
        description=f"{made.embedder.model}, {built.embedded:,} records embedded, the rest reused.",
    )
    return Publication(built, sha, len(new), len(gone))


def _is_signed(snapshot: Snapshot, slug: str) -> bool:
    """Whether the log says who built an index with this slug; one that is older than format 3 may be there unsigned."""
    origin = snapshot.policy.commons.origin
    envelopes = (leaf.envelope for leaf in snapshot.log().leaves() if leaf.kind is StatementKind.INDEX)
    signed = (
        signed_statements.verify(snapshot.envelope(envelope), IndexStatement, commons=origin)
        for envelope in envelopes
    )
    return any(each.statement.predicate.embedder == slug for each in signed)


def _card(snapshot: Snapshot, made: Manifest) -> dict[str, bytes]:
    """The card, when what it says of search quality changes."""
    others = [
        manifest
        for manifest in search_quality.manifests_of(snapshot)
        if manifest.embedder.slug != made.embedder.slug
    ]
    before = snapshot.read(layout.CARD) if snapshot.has(layout.CARD) else b""
    after = search_quality.replaced(before, search_quality.section([*others, made], records=made.records))
    return {layout.CARD: after} if after != before else {}
