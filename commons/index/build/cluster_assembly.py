"""The clusters of an artifact, from its data, its links and the log: what a build writes and an audit makes again.

    links = cluster_assembly.links_in(folder, shard_paths)
    cluster_assembly.table_of(materials, links, memory=work / "sketches")       the rows of ``clusters.SCHEMA``

All pools together: who copies a text into another licence copies it all the same. What others replaced lies in no pool by the time that it
is indexed, and so in no cluster.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from commons.index.build import grouping
from commons.index.build.assembly import Materials, Member
from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.likeness import sketches
from commons.records.likeness.sketches import Sketches
from commons.records.schema import SCHEMAS


def table_of(materials: Iterable[Materials], links: pa.Table, *, memory: Path | None = None) -> pa.Table:
    """The clusters of all pools; ``memory``: where sketches are kept from build to build, which a check does without."""
    tables, parts, reviewed = [grouping.RECORDS.empty_table()], [], set[str]()
    for pool in materials:
        reviewed |= {name for name, accepted in pool.log.landed.items() if accepted.by_reviewer}
        records = [pool.columns_of(member, grouping.COLUMNS) for member in pool.members]
        parts += [
            _sketches(member, table, memory) for member, table in zip(pool.members, records, strict=True)
        ]
        places = pool.positions().select(["log_index", "ordinal"])
        whole = pa.concat_tables(records)
        tables.append(
            pa.table([*whole.select(grouping.COLUMNS).columns, *places.columns], schema=grouping.RECORDS)
        )
    return grouping.table_of(pa.concat_tables(tables), Sketches.concatenate(parts), links, reviewed)


def links_in(folder: Path, paths: Iterable[ShardPath]) -> pa.Table:
    """The rows of these shards of links, which lie in ``folder``."""
    schema = SCHEMAS[Kind.LINK]
    tables = (shards.read_table(folder / str(path), schema, name=str(path)) for path in paths)
    return pa.concat_tables([schema.empty_table(), *tables])


def _sketches(member: Member, table: pa.Table, memory: Path | None) -> Sketches:
    if memory:
        return sketches.of_shard(table, member.shard.digest, memory)
    return sketches.make(*(table[name].to_pylist() for name in ("lang", "title", "text")))
