"""Shards and openings of a copy, read in a confined child and written by our own writer.

    for table in reencoding.reencode(folder, paths):
        table.path, table.place, table.data          where it lies, where it belongs now, our bytes of the same rows

No byte of the container that rows came in gets any further. Signatures cover rows and not files, so they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, cast

from commons import digests, layout
from commons.errors import SchemaError
from commons.layout import ShardPath
from commons.records import shards
from commons.records.schema import Row
from commons.sandbox import foreign_tables


@dataclass(frozen=True)
class ReencodedTable:
    """``place`` is ``path`` but for a shard whose digest became another."""

    path: str
    place: str
    data: bytes


def reencode(folder: Path, paths: Sequence[str]) -> Iterator[ReencodedTable]:
    """Every shard and table of openings among ``paths``, which lie below ``folder``, in our encoding.

    Raises:
        SchemaError: as ``shards.read_table``, or out of the bounds of the sandbox.
    """
    openings = {path: folder / path for path in paths if layout.parse_openings(path)}
    files = {path: (shard.kind, folder / path) for path in paths if (shard := layout.parse_shard(path))}
    batches = foreign_tables.read_contributions(openings, files)
    for path, of_one in groupby(batches, key=lambda item: item[0]):
        rows: list[Any] = []
        for _, batch in of_one:
            if isinstance(batch, SchemaError):
                raise batch
            rows += batch
        shard = layout.parse_shard(path)
        yield (
            _of_shard(path, shard, rows) if shard else ReencodedTable(path, path, shards.write_openings(rows))
        )


def _of_shard(path: str, shard: ShardPath, rows: list[Any]) -> ReencodedTable:
    data = shards.write(shard.kind, cast("list[Row]", rows))
    return ReencodedTable(path, str(replace(shard, digest=digests.sha256_hex(data))), data)
