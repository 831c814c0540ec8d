"""Proposals: what is waiting for a decision, oldest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commons.operations import proposals

if TYPE_CHECKING:
    from support.world import World


def test_open_ones_wait_and_closed_ones_are_shown_to_whoever_asks(world: World) -> None:
    first, second, third = (world.propose([{"text": f"Offer {n}."}], f"offer-{n}").number for n in range(3))
    world.repository().close(second, comment="No.")
    waiting = proposals.waiting(world.repository())
    assert [proposal.number for proposal in waiting] == [first, third]
    assert all(proposal.is_open and proposal.author == "carl" for proposal in waiting)
    everything = proposals.waiting(world.repository(), closed_too=True)
    assert [proposal.number for proposal in everything] == [first, second, third]


def test_a_commons_without_proposals_has_none_waiting(world: World) -> None:
    assert proposals.waiting(world.repository(), closed_too=True) == []
