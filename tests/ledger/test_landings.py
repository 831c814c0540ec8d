"""When contributions landed: what the decisions in the log say, and nothing from a log that does not hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from commons import layout
from commons.errors import CommonsError, LedgerError
from commons.ledger import landings
from commons.ledger.statements import StatementKind

if TYPE_CHECKING:
    from support.world import World


def test_every_contribution_has_the_time_of_its_decision(world: World) -> None:
    snapshot = world.snapshot()
    assert landings.in_log(snapshot.log(), snapshot.read) == {}, "founding is no landing"
    started = datetime.now(UTC).replace(microsecond=0)
    world.add([{"text": "one"}])
    world.add([{"text": "two"}], "others")
    open_still = world.propose([{"text": "three"}], "third")
    assert open_still.number
    ended = datetime.now(UTC)
    snapshot = world.snapshot()
    landed = landings.in_log(snapshot.log(), snapshot.read)
    times = {name: landing.time for name, landing in landed.items()}
    assert set(times) == set(snapshot.openings())
    assert all(started - timedelta(seconds=1) <= time <= ended for time in times.values())
    assert all(time.tzinfo is UTC for time in times.values())

    envelopes = {
        layout.envelope_path(leaf.envelope)
        for leaf in snapshot.log().leaves()
        if leaf.kind is StatementKind.DECISION
    }
    assert len(envelopes) == 2

    def forged(path: str) -> bytes:
        data = snapshot.read(path)
        return data.replace(b'"payload":"', b'"payload":"A', 1) if path in envelopes else data

    with pytest.raises(LedgerError):
        landings.in_log(snapshot.log(), forged)

    def missing(path: str) -> bytes:
        return snapshot.read("nowhere" if path in envelopes else path)

    with pytest.raises(CommonsError) as caught:
        landings.in_log(snapshot.log(), missing)
    assert caught.value.code == "file-missing"
