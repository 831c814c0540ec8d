"""A build that is raced: by landings while it runs, by landings while it commits, by another build, by a takedown.

Every request to the Hub is a point at which somebody else gets a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from support.world import MAINTAINER, key_of

from commons import layout
from commons.errors import ConflictError
from commons.hub.retries import MAX_RACES
from commons.index import library as libraries
from commons.index import manifest
from commons.layout import Kind, Need
from commons.operations import build, verify
from commons.snapshots import sealed_commit

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

KEY = key_of(MAINTAINER)


def problems(world: World) -> list[str]:
    return [problem for check in verify.verify(world.snapshot()).checks for problem in check.problems]


@contextmanager
def before_each_commit(act: Callable[[], None], times: int) -> Iterator[None]:
    """``act`` gets its turn when the build has read ``main`` and its commit is on the way, this often."""
    send, left = httpx2.Client.send, [times]

    def raced(self: Any, request: Any, **options: Any) -> Any:
        if request.url.path.endswith("/commit/main") and left[0]:
            left[0] -= 1
            before, left[0] = left[0], 0  # what ``act`` commits itself is not raced
            act()
            left[0] = before
        return send(self, request, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx2.Client, "send", raced)
        yield


@pytest.fixture
def approved(world: World) -> Iterator[Callable[[], None]]:
    """A function that lands the next of some approved proposals; one record has landed already."""
    world.add([{"text": "Ice floats."}], "first")
    numbers = [world.propose([{"text": f"Stone {n} sinks."}], f"stones-{n}").number for n in range(MAX_RACES)]
    for number in numbers:
        world.approve(number)
    following = iter(numbers)
    yield lambda: (world.land(next(following)), None)[1]


def test_landings_while_it_runs_do_not_starve_a_build(
    world: World, approved: Any, make_embedder: Any, tmp_path: Path
) -> None:
    """It publishes what it built, older than the data by then, and the library says so."""
    embedder, landed = make_embedder(), []

    def land_all(label: str, done: int, total: int) -> None:
        if label == "Indexing" and done == total and not landed:
            landed.extend(range(MAX_RACES))
            for _ in landed:
                approved()

    published = build.build_and_publish(world.repository(), KEY, embedder, tmp_path, progress=land_all)
    assert published.sha == world.head()
    assert embedder.calls.count(1) == 1 == published.built.manifest.records
    assert problems(world) == []
    snapshot = world.snapshot()
    assert len(snapshot.shards(Kind.RECORD)) == 1 + MAX_RACES
    assert libraries.open_library(snapshot, make_embedder()).index.missing_records == MAX_RACES


def test_landings_while_it_commits_make_it_commit_again_and_build_nothing_again(
    world: World, approved: Any, make_embedder: Any, tmp_path: Path
) -> None:
    embedder, assembled = make_embedder(), []

    def count(label: str, done: int, total: int) -> None:
        if label == "Indexing" and done == total:
            assembled.append(done)

    with before_each_commit(approved, MAX_RACES - 1):
        published = build.build_and_publish(world.repository(), KEY, embedder, tmp_path, progress=count)
    assert published.sha == world.head()
    assert (len(assembled), published.built.manifest.records) == (1, 1)
    assert problems(world) == []


def test_a_main_that_moves_before_every_commit_is_a_conflict_and_nothing_is_half_published(
    world: World, approved: Any, make_embedder: Any, tmp_path: Path
) -> None:
    with before_each_commit(approved, MAX_RACES), pytest.raises(ConflictError):
        build.build_and_publish(world.repository(), KEY, make_embedder(), tmp_path)
    assert not any(path.startswith(layout.INDEX) for path in world.files())
    again = make_embedder()
    build.build_and_publish(world.repository(), KEY, again, tmp_path)
    assert sum(again.calls) == MAX_RACES, "what the first had embedded was kept"
    assert problems(world) == []


def test_a_newer_index_that_somebody_published_meanwhile_is_not_replaced_by_an_older(
    world: World, approved: Any, make_embedder: Any, tmp_path: Path
) -> None:
    raced = []

    def land_and_build(label: str, done: int, total: int) -> None:
        if label == "Indexing" and done == total and not raced:
            raced.append(label)
            approved()
            build.build_and_publish(world.repository(), KEY, make_embedder(), tmp_path / "other")

    build.build_and_publish(
        world.repository(), KEY, make_embedder(), tmp_path / "slow", progress=land_and_build
    )
    made = manifest.parse(world.snapshot(need=Need.READING).read(layout.manifest_path("tiny")))
    assert made.records == 2
    assert problems(world) == []


def test_rows_that_are_taken_away_meanwhile_are_in_no_index_that_comes_after(
    world: World, make_embedder: Any, tmp_path: Path
) -> None:
    world.add([{"text": "This stays."}], "stays")
    world.add([{"text": "This goes."}], "goes")
    gone = next(path for path in world.files() if path.startswith("data/open/goes/"))
    raced = []

    def take_down(label: str, done: int, total: int) -> None:
        if label == "Indexing" and done == total and not raced:
            raced.append(label)
            sealed_commit.commit(
                world.snapshot(), KEY, {}, statements=(), removed=[gone], message="Take down"
            )

    published = build.build_and_publish(
        world.repository(), KEY, make_embedder(), tmp_path, progress=take_down
    )
    assert published.built.manifest.records == 1
    assert not any(gone.rsplit("/", 1)[1] in path for path in world.files())
