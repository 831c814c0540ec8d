"""Init: one commit after which the rules in the repository hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub.errors import RepositoryNotFoundError

from commons import layout
from commons.errors import CommonsError, HubError
from commons.evidence import permalink
from commons.hub.repository import Repository
from commons.layout import Need
from commons.ledger.statements import StatementKind
from commons.operations import init, verify
from commons.snapshots import snapshot as snapshots

if TYPE_CHECKING:
    from support.world import World


def repository(world: World, name: str) -> Repository:
    return Repository(f"maya/{name}", endpoint=world.url, token=world.tokens["maya"], cache_dir=world.cache)


def test_the_founding_commit_holds_everything_that_a_commons_needs(world: World, key: Any) -> None:
    snapshot = world.snapshot()
    assert verify.verify(snapshot).ok
    assert snapshot.policy.commons.name == "Test commons"
    assert [role.key_id for role in snapshot.roles.maintainers] == [key("maya").public.key_id]
    assert {person.user for person in snapshot.people.values()} == {"maya"}
    assert [leaf.kind for leaf in snapshot.log().leaves()] == [StatementKind.POLICY, StatementKind.INVENTORY]
    assert "Test commons" in snapshot.read("README.md").decode()


def test_it_is_one_commit(shared: World, key: Any) -> None:
    mine = repository(shared, "one-commit")
    mine.create(private=False)
    before = len(mine.history("main"))
    founding = init.found(mine, key("maya"), name="One commit")
    assert mine.head() == founding.sha
    assert len(mine.history("main")) == before + 1


def test_a_commons_is_not_founded_twice(shared: World, key: Any) -> None:
    mine = repository(shared, "twice")
    founding = init.found(mine, key("maya"), name="First")
    with pytest.raises(HubError) as caught:
        init.found(mine, key("eve"), name="Second")
    assert caught.value.code == "commons-exists"
    assert mine.head() == founding.sha


def test_a_name_that_no_policy_can_hold_is_refused_before_anything_is_created(
    shared: World, key: Any
) -> None:
    with pytest.raises(CommonsError):
        init.found(repository(shared, "nameless"), key("maya"), name="")
    with pytest.raises(RepositoryNotFoundError):
        shared.api().dataset_info("maya/nameless")


def test_two_that_are_founded_alike_have_origins_of_their_own(shared: World, key: Any) -> None:
    """The origin is what signatures are bound to; a copy of the name must not be enough."""
    origins = set()
    for name in ("alike-1", "alike-2"):
        mine = repository(shared, name)
        init.found(mine, key("maya"), name="Alike")
        folder = mine.download("main", [layout.CHECKPOINT])
        origins.add((folder / layout.CHECKPOINT).read_text().splitlines()[0])
    assert len(origins) == 2


def test_a_private_one_is_private(shared: World, key: Any) -> None:
    init.found(repository(shared, "hidden"), key("maya"), name="Hidden", private=True)
    assert shared.api().dataset_info("maya/hidden").private


def test_records_have_their_permalinks_at_the_homepage_that_the_founder_names(
    shared: World, key: Any
) -> None:
    mine = repository(shared, "at-home")
    init.found(mine, key("maya"), name="At home", homepage="https://huggingface.co/spaces/maya/at-home")
    snapshot = snapshots.take(mine, "main", need=Need.READING)
    assert permalink.of(snapshot, "kr1x") == "https://maya-at-home.hf.space/record/kr1x"
    elsewhere = repository(shared, "homeless")
    init.found(elsewhere, key("maya"), name="Homeless")
    without = snapshots.take(elsewhere, "main", need=Need.READING)
    assert permalink.of(without, "kr1x") == f"{shared.url}/datasets/maya/homeless?record=kr1x"
    with pytest.raises(CommonsError):
        init.found(repository(shared, "unsafe"), key("maya"), name="x", homepage="http://example.org")
