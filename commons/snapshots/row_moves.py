"""Row moves: what a correction replaced leaves the data for a place of its own, in the commit of the next build.

    moves = row_moves.due(snapshot, folder)          new shards below ``folder``; nothing of it where nothing is due
    row_moves.data_after(snapshot, moves, place)     the data as it will be, to index

The shard that holds a replaced record is written anew without it, and the record goes to ``replaced/``; both are our writer's encoding of
rows in the order in which they stood, so who lands a build that somebody proposed makes the same files. Rows prove themselves wherever they
lie, so whoever moves them needs no trust.

Why not at the landing of the correction: a row that leaves its shard makes every index of other data until it is built again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from commons import digests, files, layout
from commons.files import write_whole
from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.schema import SCHEMAS
from commons.snapshots.snapshot import Snapshot


@dataclass(frozen=True)
class RowMoves:
    """``written``: repository path -> where the new shard lies; ``removed``: the shards that they take the place of; ``ids``: of the
    records that leave.
    """

    written: Mapping[str, Path] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.removed)

    def data_paths(self, present: Collection[str]) -> set[str]:
        """The data shards (paths) afterwards, where ``present`` are those before."""
        new = {path for path in self.written if (shard := layout.parse_shard(path)) and not shard.replaced}
        return (set(present) - set(self.removed)) | new

    def fit(self, snapshot: Snapshot) -> bool:
        """Whether they can still be made: the same shards are there, and the same records replaced."""
        return all(map(snapshot.has, self.removed)) and self.ids <= snapshot.states.replaced


def due(snapshot: Snapshot, folder: Path) -> RowMoves:
    """Every move that the snapshot's states ask for, the new shards below ``folder``."""
    if not _are_due(snapshot):
        return RowMoves()
    written: dict[str, Path] = {}
    removed: list[str] = []
    ids: set[str] = set()
    for shard in snapshot.shards(Kind.RECORD):
        table = shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD], name=str(shard))
        leaving = table.filter(snapshot.states.replaced_rows(table))
        if not leaving.num_rows:
            continue
        for rows, apart in ((snapshot.states.live_rows(table), False), (leaving, True)):
            if rows.num_rows:
                data = shards.encode(rows)
                path = str(replace(shard, digest=digests.sha256_hex(data), replaced=apart))
                write_whole(folder / path, data)
                written[path] = folder / path
        removed.append(str(shard))
        ids |= set(leaving["id"].to_pylist())
    return RowMoves(written, tuple(removed), frozenset(ids))


def data_after(snapshot: Snapshot, moves: RowMoves, place: Path) -> Snapshot:
    """A folder at ``place`` with the data shards as they will be, and nothing else; the snapshot itself where nothing moves."""
    if not moves:
        return snapshot
    present = {str(shard): snapshot.path(shard) for shard in snapshot.shards(Kind.RECORD)}
    for path in moves.data_paths(present):
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        files.link((moves.written.get(path) or present[path]).resolve(), place / path)
    return Snapshot(place, snapshot.revision, snapshot.name)


def tables_after(snapshot: Snapshot, moves: RowMoves) -> dict[ShardPath, tuple[shards.Table, int]]:
    """Every shard as it will be, with its table and its size in bytes."""
    tables = {shard: table for shard, table in snapshot.tables().items() if str(shard) not in moves.removed}
    for path, place in moves.written.items():
        if shard := layout.parse_shard(path):
            tables[shard] = (shards.read_table(place, SCHEMAS[shard.kind], name=path), place.stat().st_size)
    return tables


def _are_due(snapshot: Snapshot) -> bool:
    """Whether something was replaced that does not lie apart yet; nobody withdraws a link so far, so nothing moves back."""
    apart: set[str] = set()
    for shard in snapshot.replaced_shards():
        table = shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD], name=str(shard), columns=["id"])
        apart.update(table["id"].to_pylist())
    return bool(snapshot.states.replaced - apart)
