"""What other open proposals offer: found by the ids of rows, read once at each head, and said where it was not read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import warnings_said
from support.flaky_proxy import Fault, flaky_proxy

from commons.gate.comparison.compare import ComparisonResources
from commons.hub.repository import Repository
from commons.operations import contribute, show
from commons.proposals import open_offers

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

ICE, STONE, RAIN = ({"text": f"{what}."} for what in ("Ice floats", "Granite cools", "Rain falls"))


def codes(findings: list[open_offers.Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in findings]


def test_a_proposal_is_told_of_each_other_that_offers_rows_of_it(world: World, tmp_path: Path) -> None:
    first = world.propose([ICE, STONE, RAIN], "first").number
    second = world.propose([ICE, STONE], "second", who="eve").number
    third = world.propose([STONE], "third", who="eve").number
    report = show.examine(world.repository(), second, ComparisonResources(tmp_path)).report
    found = [(f.code, f.message) for f in report.findings if f.code == "offered-elsewhere"]
    assert found == [
        ("offered-elsewhere", f"1 of these rows is also offered in proposal {third}"),
        ("offered-elsewhere", f"2 of these rows are also offered in proposal {first}"),
    ]


def test_closed_proposals_and_those_made_by_hand_offer_nothing(world: World, tmp_path: Path) -> None:
    number = world.propose([ICE], "first").number
    world.repository().close(number, comment="No.")
    world.propose_files({"ice.csv": b"text\nIce floats.\n"})
    offers = open_offers.read(world.repository(), tmp_path)
    assert [offer.ids for offer in offers.offers] == [frozenset()]
    assert offers.unread == ()


def test_what_was_read_is_not_read_again_until_its_head_moves(world: World, tmp_path: Path) -> None:
    number = world.propose([ICE], "first").number
    with flaky_proxy(world.url) as proxy:
        repository = Repository(
            world.repo_id, endpoint=proxy.url, token=world.tokens["maya"], cache_dir=tmp_path / "hub"
        )

        def ids() -> frozenset[str]:
            proxy.forget()
            return open_offers.read(repository, tmp_path).offers[0].ids

        first = ids()
        assert len(first) == 1
        assert proxy.count("GET .*/tree/") == 2
        assert ids() == first
        assert proxy.count("GET .*/tree/") == 0
        world.push(number, {"note.txt": b"one more thing"})
        assert ids() == first
        assert proxy.count("GET .*/tree/") == 2


def test_how_many_older_ones_were_not_looked_into_is_said(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [world.propose([row], name).number for row, name in ((ICE, "a"), (STONE, "b"), (RAIN, "c"))]
    monkeypatch.setattr(open_offers, "MOST_PROPOSALS", 1)
    offers = open_offers.read(world.repository(), tmp_path)
    assert [offer.proposal.number for offer in offers.offers] == numbers[-1:]
    assert codes(open_offers.repetitions(offers, [])) == [
        (
            "not-compared",
            f"2 open proposals were not looked into for the same rows, number {numbers[1]} among them",
        )
    ]


def test_openings_that_cannot_be_read_are_said_and_harm_nothing(world: World, tmp_path: Path) -> None:
    path = f"log/openings/kc1{'a' * 52}.parquet"
    number = world.propose_files({path: b"PAR1 this is no table PAR1"}).number
    offers = open_offers.read(world.repository(), tmp_path)
    assert offers.offers == ()
    assert offers.unread == (number,)


class TestTheSameAgain:
    def test_the_same_rows_sealed_anew_find_their_own_open_proposal(self, world: World) -> None:
        first = world.propose([ICE, STONE], "first")
        with warnings_said.by("commons.operations.contribute") as messages:
            again = world.propose([STONE, ICE], "first")
        assert again.number == first.number
        assert f"Proposal {first.number} offers just these rows already" in messages[0]
        assert len(world.repository().proposals()) == 1

    @pytest.mark.parametrize(
        "change",
        ["other rows", "fewer rows", "another collection", "another person", "it was closed"],
    )
    def test_what_is_not_the_same_is_a_proposal_of_its_own(self, change: str, world: World) -> None:
        first = world.propose([ICE, STONE], "first")
        if change == "it was closed":
            world.repository().close(first.number, comment="No.")
        rows = {"other rows": [ICE, RAIN], "fewer rows": [ICE]}.get(change, [ICE, STONE])
        collection = "second" if change == "another collection" else "first"
        again = world.propose(rows, collection, who="eve" if change == "another person" else "carl")
        assert again.number != first.number

    @pytest.mark.parametrize("fault", [Fault(acted_on=True), Fault(503, acted_on=True), Fault(503)], ids=str)
    def test_however_the_answer_is_lost_there_is_one_proposal_in_the_end(
        self, fault: Fault, world: World, tmp_path: Path
    ) -> None:
        prepared = world.prepare([ICE], "first")
        contribution = world.seal([ICE], "first")
        with flaky_proxy(world.url) as proxy:
            proxy.fail("POST .*/commit/", fault, times=1)
            repository = Repository(
                world.repo_id, endpoint=proxy.url, token=world.tokens["carl"], cache_dir=tmp_path / "hub"
            )
            proposal = contribute.propose(repository, contribution, prepared.groups)
        assert [each.number for each in world.repository().proposals()] == [proposal.number]
