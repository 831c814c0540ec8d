"""The order in which shards landed: the order of an index, and what was here when something was built.

shards_then = log_order.sorted_by_landing(folder, snapshot.shards(Kind.RECORD), landed)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commons.layout import ShardPath
from commons.ledger.landings import Acceptance
from commons.records import shards
from commons.records.schema import SCHEMAS


@dataclass(frozen=True)
class LandedShard:
    """A shard and its ``turn``: how many contributions had landed before the first of those in it."""

    turn: int
    path: ShardPath


def sorted_by_landing(
    folder: Path, paths: Iterable[ShardPath], landed: Mapping[str, Acceptance]
) -> list[LandedShard]:
    """The shards, which lie in ``folder``, first landed first; those the log does not know come last.

    ``landed`` is in the order of the log.

    Raises:
        SchemaError: a shard that cannot be read.
    """
    turns = {contribution: turn for turn, contribution in enumerate(landed)}
    placed = (LandedShard(_turn(folder, path, turns), path) for path in paths)
    return sorted(placed, key=lambda shard: (shard.turn, str(shard.path)))


def _turn(folder: Path, path: ShardPath, turns: Mapping[str, int]) -> int:
    table = shards.read_table(
        folder / str(path), SCHEMAS[path.kind], name=str(path), columns=["contribution"]
    )
    known = (turns.get(name) for name in table["contribution"].unique().to_pylist())
    return min((turn for turn in known if turn is not None), default=len(turns))
