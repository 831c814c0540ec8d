"""An index goes to ``main``: its files, the signed statement of what was built, the card that says how good the search is now, and the rows
that leave the data, for which it was made.

    sha = index_publication.commit(snapshot, key, made, change, size=…, message="Build …")

A build ends here, and so does the landing of an index that somebody proposed; whoever holds ``key`` signs for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from commons import layout
from commons.cards import dataset_card, search_quality
from commons.index.manifest import Manifest
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.records import summary
from commons.snapshots import row_moves, sealed_commit
from commons.snapshots.row_moves import RowMoves
from commons.snapshots.sealed_commit import Content, Statements
from commons.snapshots.snapshot import Snapshot
from commons.version import __version__


@dataclass(frozen=True)
class FolderChange:
    """What becomes of the folder of an index: files to write, by repository path, and paths to delete."""

    written: Mapping[str, Content]
    removed: Collection[str]

    def __bool__(self) -> bool:
        return bool(self.written or self.removed)


def renewed_pages(snapshot: Snapshot, made: Manifest, moves: RowMoves) -> dict[str, bytes]:
    """The pages beside the index ``made``: all where rows move, else the card, when what it says of search quality changes."""
    others = [
        manifest
        for manifest in search_quality.manifests_of(snapshot)
        if manifest.embedder.slug != made.embedder.slug
    ]
    # It stays as it was signed but for what is made here.
    before = snapshot.signed_bytes(layout.CARD)
    if moves:
        return dataset_card.render(
            snapshot.name,
            snapshot.policy,
            summary.summarise(row_moves.tables_after(snapshot, moves)),
            snapshot.people,
            [*others, made],
            root=snapshot.rules.root,
        )
    # How many there are now: main may have grown since the index was built.
    section = search_quality.section([*others, made], records=snapshot.live_records)
    after = search_quality.replaced(before, section)
    return {layout.CARD: after} if after != before else {}


def outdated(snapshot: Snapshot, made: Manifest, moves: RowMoves) -> tuple[str, ...]:
    """The models of other indexes that were made for data which moves: no reader opens them before they are built again."""
    return tuple(
        other.embedder.model
        for other in search_quality.manifests_of(snapshot)
        if other.embedder.slug != made.embedder.slug
        and not {data.path for data in other.data}.isdisjoint(moves.removed)
    )


def commit(
    snapshot: Snapshot,
    key: SigningKey,
    made: Manifest,
    change: FolderChange,
    *,
    moves: RowMoves = RowMoves(),
    size: int,
    message: str,
    description: str,
    statements: Statements = (),
) -> str:
    """The commit's sha. ``size``: of the log that the index was built from; ``statements`` stand in the log before its own.

    Raises:
        ConflictError: ``main`` is not at the snapshot's revision any more; nothing was changed.
    """
    slug = made.embedder.slug
    built = Signer(key, snapshot.policy.commons.origin).index(
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
    return sealed_commit.commit(
        snapshot,
        key,
        {**change.written, **moves.written, **renewed_pages(snapshot, made, moves)},
        statements=[*statements, (StatementKind.INDEX, built)],
        removed=(*change.removed, *moves.removed),
        message=message,
        description=description,
    )
