"""Clusters: records that say the same, in one language or in several, each under the name of its earliest record.

    clusters = index.clusters
    clusters.near_duplicate("kr1…")       the earliest record that says this; its own id where it is alone
    clusters.translation("kr1…")          the earliest of those that are translations of one another

Who asks for evidence gets few of one cluster, and only near-duplicates are credited once. How they are grouped is in ``build.grouping``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from commons.records import shards
from commons.records.row_index import RowIndex

# Only records of a cluster of two or more are here; null where it is alone in the other grouping.
SCHEMA = pa.schema([("id", pa.string()), ("near_duplicate", pa.string()), ("translation", pa.string())])


@dataclass(frozen=True)
class Clusters:
    """Of the rows of ``SCHEMA``; without any, every record is alone, as in an artifact that is older than clusters."""

    table: pa.Table = field(default_factory=SCHEMA.empty_table)

    def near_duplicate(self, record_id: str) -> str:
        return self._cluster(record_id, "near_duplicate")

    def translation(self, record_id: str) -> str:
        return self._cluster(record_id, "translation")

    def _cluster(self, record_id: str, column: str) -> str:
        row = self._rows.last_row(record_id)
        return record_id if row is None else self.table[column][row].as_py() or record_id

    @cached_property
    def _rows(self) -> RowIndex:
        return RowIndex(self.table["id"])


def read(path: Path, *, name: str) -> Clusters:
    """The clusters at ``path``.

    Raises:
        SchemaError: it is another table.
    """
    return Clusters(shards.read_table(path, SCHEMA, name=name))
