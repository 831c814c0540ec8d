"""Fetching files by their paths: these and no others, at the commit that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commons import layout
from commons.errors import HubError
from commons.layout import Need

if TYPE_CHECKING:
    from support.world import World


def test_what_is_named_is_here_afterwards_and_nothing_else(world: World) -> None:
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    before = set(snapshot.paths())
    envelopes = [layout.envelope_path(leaf.envelope) for leaf in snapshot.log().leaves()]
    assert not before & set(envelopes)
    fetched = snapshot.fetch_all(envelopes)
    assert fetched.keys() == set(envelopes)
    assert set(snapshot.paths()) == before | set(envelopes)
    assert fetched == world.snapshot().fetch_all(envelopes)


def test_what_is_not_there_is_an_error_with_a_code(world: World) -> None:
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    with pytest.raises(HubError) as caught:
        snapshot.fetch(layout.envelope_path("0" * 64))
    assert caught.value.code == "file-missing"


def test_nothing_to_fetch_asks_nobody(world: World) -> None:
    world.repository().fetch("0" * 40, [])
