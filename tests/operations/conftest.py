"""A commons whose records are proven and the proofs that ``test_prove`` makes and ``test_verify_proof`` checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from commons.layout import Kind, Need
from commons.operations import prove
from commons.records import shards
from commons.records.schema import Record
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

LINK = {"predicate": "schema:about", "object": "https://www.wikidata.org/entity/Q283"}


@pytest.fixture(scope="session")
def provable(found_commons: Any) -> World:
    """Three contributions of 5, 1 and 2 rows, so that paths have several lengths, one of them none."""
    world: World = found_commons()
    texts = ["Water boils.", "Ice floats.", "Snow is white.", "Eis schwimmt."]
    world.add(
        [{"text": text, "title": text[:3]} for text in texts[:3]] + [{"text": texts[3], "links": [LINK]}]
    )
    world.add([{"text": "Granite cools slowly.", "license": "CC-BY-SA-4.0"}], "stones")
    world.add([{"text": "Yeast makes gas."}, {"text": "Salt slows yeast."}], "baking")
    return world


@pytest.fixture(scope="session")
def provable_snapshot(provable: World) -> Snapshot:
    return provable.snapshot(need=Need.PROVING)


@pytest.fixture(scope="session")
def records(provable_snapshot: Snapshot) -> list[Record]:
    found = [
        row
        for shard in provable_snapshot.shards(Kind.RECORD)
        for row in shards.read(Kind.RECORD, provable_snapshot.path(shard))
    ]
    return [row for row in found if isinstance(row, Record)]


@pytest.fixture(scope="session")
def proofs_of(provable_snapshot: Snapshot, records: list[Record]) -> dict[str, bytes]:
    return {record.id: prove.prove(provable_snapshot, record.id) for record in records}


@pytest.fixture(scope="session")
def proof(proofs_of: dict[str, bytes], records: list[Record]) -> bytes:
    """One with a path in its contribution and a path in the log."""
    return proofs_of[next(record.id for record in records if record.text == "Ice floats.")]
