"""As whom somebody signs: one id a person and commons, from before the first landing on."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.world import CONTRIBUTOR, MAINTAINER, World

from commons.errors import AccessError
from commons.governance.people import SignerIdentity
from commons.hub.repository import Repository
from commons.layout import Need
from commons.proposals.identities import Identities

# What becomes of the gate's report is not the subject here.
pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def identity(world: World, folder: Path, who: str = CONTRIBUTOR) -> SignerIdentity:
    return Identities(folder).of(world.repository(who), world.snapshot(need=Need.GOVERNANCE))


def test_who_is_new_is_given_an_id_that_opens_the_account(shared: World, tmp_path: Path) -> None:
    drawn = identity(shared, tmp_path, "eve")
    assert drawn.opening is not None
    assert drawn.person == drawn.opening.person
    assert drawn.opening.account == shared.repository("eve").account()
    drawn.opening.refuse_other_account()


def test_two_proposals_made_one_after_the_other_bear_one_id(shared: World, tmp_path: Path) -> None:
    """Else the second could not land once the first has."""
    assert identity(shared, tmp_path, "eve") == identity(shared, tmp_path, "eve")


def test_another_machine_draws_another(shared: World, tmp_path: Path) -> None:
    """A salt never leaves the machine before something is offered."""
    assert identity(shared, tmp_path / "a", "eve").person != identity(shared, tmp_path / "b", "eve").person


def test_each_account_and_each_commons_has_its_own(shared: World, world: World, tmp_path: Path) -> None:
    ids = {identity(where, tmp_path, who).person for where in (shared, world) for who in (CONTRIBUTOR, "eve")}
    assert len(ids) == 4


def test_who_has_landed_is_known_by_the_table_on_every_machine(world: World, tmp_path: Path) -> None:
    offered = world.identity()
    world.add([{"text": "Ice floats."}])
    assert identity(world, tmp_path) == SignerIdentity(offered.person)
    assert list(tmp_path.iterdir()) == []


def test_a_founder_is_known_from_the_first_commit_on(shared: World, tmp_path: Path) -> None:
    snapshot = shared.snapshot(need=Need.GOVERNANCE)
    assert identity(shared, tmp_path, MAINTAINER).person in snapshot.roles.members


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"another account's"])
def test_a_file_that_was_spoilt_or_is_anothers_is_drawn_anew(
    data: bytes, shared: World, tmp_path: Path
) -> None:
    before = identity(shared, tmp_path, "eve")
    (place,) = tmp_path.iterdir()
    if data == b"another account's":
        other = identity(shared, tmp_path / "other").opening
        assert other is not None
        data = other.to_bytes()
    place.write_bytes(data)
    after = identity(shared, tmp_path, "eve")
    assert after.opening is not None
    assert after.opening.account == shared.repository("eve").account()
    assert after.person != before.person


def test_without_a_token_nobody_signs(shared: World, tmp_path: Path) -> None:
    nobody = Repository(shared.repo_id, endpoint=shared.url, cache_dir=shared.cache)
    with pytest.raises(AccessError):
        Identities(tmp_path).of(nobody, shared.snapshot(need=Need.GOVERNANCE))
