"""Build: vectors for the records that have none, the index of each pool, what it is worth, and the manifest; published beside the data.

    built = build.build(snapshot, embedder, work, folder)        files below ``folder``, nothing published
    build.build_and_publish(repository, key, embedder, work)     from ``main``, one signed commit of what is new
    build.build_and_propose(repository, embedder, work)          from ``main``, a proposal of it, which needs no key
    build.plan(snapshot, embedder, work)                         what it would do, and how long that takes

A build embeds only what was never embedded (``index.build.vector_store``). Finished shards, and finished slices of long ones, are kept in
``work``, so that a kill, a full disk or a lost race loses nothing; the rest is made anew each time, because that takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from commons import layout
from commons.embedding.embedder import Embedder
from commons.errors import AccessError, CommonsError, ConflictError, IndexArtifactError
from commons.files import staging, write_whole
from commons.hub.repository import Proposal, Repository
from commons.hub.retries import MAX_RACES, again_on_conflict
from commons.index import coverage, dense, manifest
from commons.index.build import missing_vectors, vector_store
from commons.index.build.cost import CostMeter
from commons.index.build.job import Job
from commons.index.build.missing_vectors import Work
from commons.index.manifest import Manifest
from commons.layout import Kind, Need
from commons.ledger import signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.statements import IndexStatement, StatementKind
from commons.progress import Progress, silent
from commons.proposals import index_publication
from commons.proposals.index_publication import FolderChange
from commons.snapshots import row_moves
from commons.snapshots import snapshot as snapshots
from commons.snapshots.row_moves import RowMoves
from commons.snapshots.snapshot import Snapshot

_TIMED_TEXTS = 64
_TITLE = "Build the index of"


@dataclass(frozen=True)
class BuiltIndex:
    """A complete artifact. ``embedded`` counts records that were embedded now.

    ``files``: repository path -> where it lies, in the folder that ``build`` was given and as long as that is there. ``moves``: the rows
    that leave the data in the same commit, for which the artifact is made.
    """

    manifest: Manifest
    files: dict[str, Path]
    embedded: int
    moves: RowMoves = field(default_factory=RowMoves)


@dataclass(frozen=True)
class Publication:
    """``outdated``: models whose indexes were made for data that has moved with this one, and wait to be built again."""

    built: BuiltIndex
    sha: str  # empty when the repository held exactly this already
    added: int
    removed: int
    outdated: tuple[str, ...] = ()


@dataclass(frozen=True)
class IndexOffering:
    """What was built, and the proposal of it: None when the repository holds exactly this already."""

    built: BuiltIndex
    proposal: Proposal | None


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

    Where ``main`` moves meanwhile only the commit is made again: the index is signed for the data it was built from, which makes it older,
    and announced as such, but not wrong. It is built again where data that it was built from is gone, or somebody published a newer one.

    Raises:
        CommonsError: the key may not build (``not-a-builder``).
        ConflictError: main moved again and again while we committed; the vectors are kept in ``work``.
    """
    for _ in range(MAX_RACES):
        snapshot = snapshots.take(repository, need=Need.BUILDING)
        snapshot.refuse_unwritable()
        refuse_non_builder(snapshot, key)
        with staging(work) as folder:
            built = build(snapshot, embedder, work, folder, kind=kind, progress=progress)
            size = snapshot.rules.size
            attempt = partial(_publish_on_main, repository, size, built, key)
            if published := again_on_conflict(attempt):
                return published
    raise ConflictError(
        "The data that was built from changed again and again.", hint="Run the same command once more."
    )


def build_and_propose(
    repository: Repository, embedder: Embedder, work: Path, *, kind: str = "auto", progress: Progress = silent
) -> IndexOffering:
    """Build from ``main`` and open a proposal of the index alone: nobody's key is needed, and a maintainer who lands it signs for it.

    A proposal of ours that is open and of exactly this index stands; an older one is closed.

    Raises:
        AccessError: the token may not open proposals.
    """
    snapshot = snapshots.take(repository, need=Need.BUILDING)
    snapshot.refuse_unwritable()
    with staging(work) as folder:
        built = build(snapshot, embedder, work, folder, kind=kind, progress=progress)
        change = _change(repository, snapshot, built)
        if not change:
            return IndexOffering(built, None)
        earlier = _offered_before(repository, built.manifest.embedder.slug)
        for proposal, made in earlier:
            if made.subject() == built.manifest.subject():
                return IndexOffering(built, proposal)
        proposal = repository.propose(
            change.written,
            deleted=change.removed,
            title=_title(built.manifest),
            description=f"{built.manifest.embedder.model}, made by `commons build`. Nobody has signed for it; `commons land` does.",
        )
        for replaced, _ in earlier:
            with suppress(AccessError):  # it is older now, and the gate says so to whoever looks at it
                repository.close(replaced.number, comment=f"Built again as proposal {proposal.number}.")
        return IndexOffering(built, proposal)


def _offered_before(repository: Repository, slug: str) -> list[tuple[Proposal, Manifest]]:
    """Our own open proposals of this index: a machine that builds every night leaves one of them open, not hundreds."""
    me, place = repository.whoami(), layout.manifest_path(slug)
    offered = []
    for each in repository.proposals():
        if each.author != me or not each.title.startswith(_TITLE):
            continue
        proposal = repository.proposal(each.number)
        file = repository.files(proposal.head).get(place)
        with suppress(IndexArtifactError):
            if file:
                offered.append((proposal, manifest.parse(repository.read(file, proposal.head))))
    return offered


def may_publish(repository: Repository, key: SigningKey) -> bool:
    """Whether an index that ``key`` signs would count."""
    return snapshots.take(repository, need=Need.GOVERNANCE).roles.may_build(key.public.key_id)


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
    moves = row_moves.due(snapshot, folder / "rows")
    data = row_moves.data_after(snapshot, moves, folder / "data-after")
    job = Job(snapshot, embedder, work, folder, kind, progress, data)
    with CostMeter() as meter:
        made, embedded = job.embedded()
        bare = job.manifest(made, job.assembled(made), job.grouped(made))
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
    if bound.clusters:
        files[bound.clusters.path] = folder / bound.clusters.path
    files |= {layout.vectors_path(job.slug, path.digest): vectors.path for path, vectors in made.items()}
    return BuiltIndex(bound, {**files, place: folder / place}, embedded, moves)


def plan(snapshot: Snapshot, embedder: Embedder, work: Path, *, kind: str = "auto") -> BuildPlan:
    """What ``build`` would do, without doing it."""
    with staging(work) as folder:
        moves = row_moves.due(snapshot, folder / "rows")
        data = row_moves.data_after(snapshot, moves, folder / "data-after")
        return _plan(Job(snapshot, embedder, work, work, kind, data=data), embedder)


def _plan(job: Job, embedder: Embedder) -> BuildPlan:
    missing = sum(len(work.missing) for work in job.works)
    choices = {name: dense.choose(size, job.kind) for name, size in job.sizes().items()}
    return BuildPlan(
        records=sum(job.rows.values()),
        to_embed=missing,
        reused=sum(job.rows.values()) - missing,
        shards_to_embed=sum(bool(work.missing) for work in job.works),
        pools={name: f"{choice.factory}, {choice.why}" for name, choice in choices.items()},
        seconds=_seconds_for(job.works, job.data or job.snapshot, embedder, missing),
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


def _publish_on_main(
    repository: Repository, size: int, built: BuiltIndex, key: SigningKey
) -> Publication | None:
    """Commit on what is ``main`` now; None where the index is not fit for that any more."""
    now = snapshots.take(repository, need=Need.BUILDING)
    now.refuse_unwritable()
    if not built.moves.fit(now):
        return None
    present = built.moves.data_paths({str(shard) for shard in now.shards(Kind.RECORD)})
    made = built.manifest
    other = vector_store.published(now, made.embedder.slug)
    if coverage.withdrawn(made, present) or coverage.is_behind(made, other, present):
        return None
    if coverage.is_made_twice(made, other):  # what the other measured and spent stands
        return None
    return _publish(repository, now, size, built, key)


def _publish(
    repository: Repository, snapshot: Snapshot, size: int, built: BuiltIndex, key: SigningKey
) -> Publication:
    change, made, moves = _change(repository, snapshot, built), built.manifest, built.moves
    pages = index_publication.renewed_pages(snapshot, made, moves)
    if not change and not pages and _is_signed(snapshot, made.embedder.slug):
        return Publication(built, "", 0, 0)
    sha = index_publication.commit(
        snapshot,
        key,
        made,
        change,
        moves=moves,
        size=size,
        message=_title(made),
        description=f"{made.embedder.model}, {built.embedded:,} records embedded, the rest reused."
        + (f" {len(moves.ids):,} replaced records moved out of the data." if moves else ""),
    )
    return Publication(
        built,
        sha,
        len(change.written),
        len(change.removed),
        index_publication.outdated(snapshot, made, moves),
    )


def _change(repository: Repository, snapshot: Snapshot, built: BuiltIndex) -> FolderChange:
    """The files that are not there yet, and those that no manifest names any more."""
    folder = layout.index_folder(built.manifest.embedder.slug)
    there = {
        path: file for path, file in repository.files(snapshot.revision).items() if path.startswith(folder)
    }
    new = {
        path: place
        for path, place in built.files.items()
        if path not in there or not there[path].holds(place)
    }
    return FolderChange(new, [path for path in there if path not in built.files])


def _is_signed(snapshot: Snapshot, slug: str) -> bool:
    """Whether the log says who built an index with this slug; one that is older than format 3 may be there unsigned."""
    origin = snapshot.policy.commons.origin
    envelopes = (leaf.envelope for leaf in snapshot.log().leaves() if leaf.kind is StatementKind.INDEX)
    signed = (
        signed_statements.verify(snapshot.envelope(envelope), IndexStatement, commons=origin)
        for envelope in envelopes
    )
    return any(each.statement.predicate.embedder == slug for each in signed)


def _title(made: Manifest) -> str:
    return f"{_TITLE} {made.records:,} records"
