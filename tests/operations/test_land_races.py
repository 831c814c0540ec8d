"""Landings that are killed, that meet, and that are raced by the proposal's own author.

Three promises: a landing killed at any point leaves the old state or the new one, and running it again finishes it; of landings at once
each lands whole or says why it did not; and whatever is pushed to a proposal, and when, only checked bytes come to ``main``.
Every request to the Hub is a point at which the killer, or the author, gets a turn.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import pytest
from support import mortal
from support.patience import PATIENCE_S

from commons import layout
from commons.errors import CommonsError, ConflictError, ProposalError
from commons.hub.repository import Proposal, Repository
from commons.layout import Kind, Need
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.operations import init, land, verify
from commons.operations import key as key_verb
from commons.proposals import reviews
from commons.records import shards
from commons.snapshots import snapshot as snapshots

if TYPE_CHECKING:
    from support.world import World

# The landings that are killed run in processes of their own, and have the confined child.
pytestmark = pytest.mark.usefixtures("gate_in_this_process")

Landed = TypeVar("Landed")
_COMMIT = "/commit/main"


def held(world: World) -> dict[str, list[str]]:
    """What verify has against the commons, bytes, signatures, log and all: nothing."""
    verdict = verify.verify(world.snapshot())
    return {check.name: check.problems for check in verdict.checks if not check.ok}


def texts(world: World) -> list[str]:
    snapshot = world.snapshot()
    found = (shards.read(Kind.RECORD, snapshot.path(shard)) for shard in snapshot.shards(Kind.RECORD))
    return sorted(row.text for row in itertools.chain.from_iterable(found))


@dataclass
class Offered:
    """A contribution that is proposed and approved."""

    proposal: Proposal
    made: Contribution

    @property
    def number(self) -> int:
        return self.proposal.number


@pytest.fixture
def offer(world: World, key: Callable[[str], SigningKey]) -> Callable[..., Offered]:
    """A function: text -> a proposal of it that the maintainer has approved."""
    numbers = itertools.count()

    def made(text: str) -> Offered:
        return offered_to(world, text, f"notes-{next(numbers)}", key("maya"))

    return made


def offered_to(world: World, text: str, collection: str, maintainer: SigningKey) -> Offered:
    contribution = world.seal([{"text": text}], collection)
    proposal = world.propose_files(contribution.files)
    approve(world, proposal, contribution, maintainer)
    return Offered(proposal, contribution)


def approve(world: World, proposal: Proposal, made: Contribution, by: SigningKey) -> None:
    """The review that ``commons review --approve`` posts."""
    (digest,) = (found for path in made.files if (found := layout.parse_envelope(path)))
    snapshot = world.snapshot(need=Need.GOVERNANCE)
    envelope = Signer(by, snapshot.policy.commons.origin).review(
        made.id,
        digest,
        head=proposal.head,
        approve=True,
        person=snapshot.roles.person_of(by.public.key_id),
        size=snapshot.rules.size,
    )
    world.repository().comment(proposal.number, reviews.carry(envelope, approve=True, reason=""))


def land_again(world: World, number: int, by: SigningKey) -> None:
    """What a maintainer types after a crash: lands, or says that all is done and closes what was left open."""
    try:
        land.land(world.repository(), number, by)
    except ProposalError as error:
        assert error.code == "proposal-closed", error.message
    assert not world.repository().proposal(number).is_open


# Killed


@pytest.fixture
def lander(world: World, key: Callable[[str], SigningKey], tmp_path: Path) -> Iterator[mortal.Machine]:
    """A maintainer's machine, on which ``commons land`` may be killed."""
    with mortal.machine(
        "commons.operations.land:land",
        world.repo_id,
        key("maya"),
        url=world.url,
        token=world.tokens["maya"],
        cache=tmp_path / "cache",
    ) as machine:
        yield machine


class TestKilled:
    def test_before_any_request_it_leaves_the_old_state_or_the_new_and_a_second_run_finishes(
        self, world: World, offer: Any, lander: mortal.Machine, key: Any
    ) -> None:
        offered = offer("Killed all along.")
        before = world.head()

        def nothing_has_changed(code: int) -> bool:
            return (code, world.head()) == (mortal.SIGKILL, before) and world.repository().proposal(
                offered.number
            ).is_open

        # The first runs find an empty cache, with more requests to be killed at; then the requests are the same in every run.
        for cold_point in (3, 7):
            assert nothing_has_changed(lander.run(number=offered.number, point=cold_point))
        assert nothing_has_changed(lander.run(number=offered.number, path=_COMMIT))
        for point in itertools.count():
            code = lander.run(number=offered.number, point=point)
            if world.head() != before:
                break
            assert nothing_has_changed(code)
        assert point > 10
        assert code == mortal.SIGKILL, "killed between its commit and closing the proposal"
        assert world.repository().history("main")[1] == before, "in one commit"
        assert world.repository().proposal(offered.number).is_open
        after = world.head()
        land_again(world, offered.number, key("maya"))
        assert (world.head(), texts(world), held(world)) == (after, ["Killed all along."], {})

    def test_while_the_hub_takes_its_commit_it_has_landed_whole_or_not_at_all(
        self, world: World, offer: Any, lander: mortal.Machine, key: Any
    ) -> None:
        expected = []
        for delay_s in (0.002, 0.01, 0.05):
            expected.append(f"Killed after {delay_s} s.")
            offered, before = offer(expected[-1]), world.head()
            lander.run(number=offered.number, path=_COMMIT, delay_s=delay_s)
            if world.head() != before:
                assert world.repository().history("main")[1] == before
            land_again(world, offered.number, key("maya"))
            assert texts(world) == sorted(expected)
        assert held(world) == {}


# At once


@dataclass
class Meeting:
    """Two landings that both stand before their commit, with the same ``main`` in mind, until the other does too."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=PATIENCE_S))
    met: threading.local = field(default_factory=threading.local)

    def __enter__(self) -> Meeting:
        self._patch = pytest.MonkeyPatch()
        commit = Repository.commit

        def together(repository: Repository, *arguments: Any, **options: Any) -> str:
            if not getattr(self.met, "once", False):
                self.met.once = True
                self.barrier.wait()
            return commit(repository, *arguments, **options)

        self._patch.setattr(Repository, "commit", together)
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def run(self, *landings: Callable[[], Landed]) -> list[Landed | CommonsError]:
        """What each came to, in their order."""

        def one(landing: Callable[[], Landed]) -> Landed | CommonsError:
            try:
                return landing()
            except CommonsError as error:
                return error

        with ThreadPoolExecutor(len(landings)) as pool:
            return list(pool.map(one, landings))


class TestAtOnce:
    def landing(self, world: World, number: int, by: SigningKey) -> Callable[[], land.Landing]:
        return lambda: land.land(world.repository(), number, by)

    def test_two_proposals_both_land_and_the_log_has_both(self, world: World, offer: Any, key: Any) -> None:
        one, two = offer("First."), offer("Second.")
        with Meeting() as meeting:
            results = meeting.run(*(self.landing(world, o.number, key("maya")) for o in (one, two)))
        for offered, result in zip((one, two), results, strict=True):
            if isinstance(result, CommonsError):
                assert isinstance(result, ConflictError)
                land_again(world, offered.number, key("maya"))
        assert texts(world) == ["First.", "Second."]
        assert held(world) == {}
        kinds = [leaf.kind for leaf in world.snapshot().log().leaves()]
        landed = ["contribution", "review", "decision", "inventory"]
        assert kinds == ["policy", "inventory", *landed * 2]

    def test_one_proposal_lands_once(self, world: World, offer: Any, key: Any) -> None:
        number = offer("Wanted twice.").number
        with Meeting() as meeting:
            results = meeting.run(*[self.landing(world, number, key("maya"))] * 2)
        won = [result for result in results if isinstance(result, land.Landing)]
        (lost,) = (result for result in results if isinstance(result, CommonsError))
        assert len(won) == 1
        assert isinstance(lost, ConflictError) or lost.code == "proposal-closed", lost
        assert texts(world) == ["Wanted twice."]
        assert held(world) == {}
        assert not world.repository().proposal(number).is_open

    def test_two_copies_of_one_contribution_land_once(self, world: World, offer: Any, key: Any) -> None:
        """The same files in two proposals: each has its own number, and only one of them its place in the log."""
        first = offer("The same twice.")
        second = world.propose_files(first.made.files)
        approve(world, second, first.made, key("maya"))
        with Meeting() as meeting:
            results = meeting.run(
                *(self.landing(world, n, key("maya")) for n in (first.number, second.number))
            )
        assert sorted(isinstance(result, CommonsError) for result in results) == [False, True]
        assert texts(world) == ["The same twice."]
        assert held(world) == {}

    def test_a_contribution_and_the_revocation_of_its_key_end_in_an_order_that_holds(
        self, world: World, offer: Any, key: Any
    ) -> None:
        """Either it landed while its key was good, or it did not land."""
        offered = offer("Just in time?")
        snapshot, carl = world.snapshot(need=Need.GOVERNANCE), key("carl")
        revocation = key_verb.revoke(
            world.repository("carl"), snapshot, carl, carl.public, world.identity("carl")
        )
        with Meeting() as meeting:
            results = meeting.run(
                *(self.landing(world, n, key("maya")) for n in (offered.number, revocation.number))
            )
        landed = [result.kind for result in results if isinstance(result, land.Landing)]
        assert "key" in landed
        assert texts(world) == (["Just in time?"] if "contribution" in landed else [])
        assert held(world) == {}

    def test_many_landings_in_a_crowd_all_arrive(self, world: World, offer: Any, key: Any) -> None:
        """More landings at once than one retries: those that lose too often say so, and run again."""
        offered = {f"Number {n}.": offer(f"Number {n}.").number for n in range(4)}

        def one(number: int) -> None:
            for _ in range(len(offered)):
                try:
                    land.land(world.repository(), number, key("maya"))
                    return
                except ConflictError as error:
                    assert error.hint

        with ThreadPoolExecutor(len(offered)) as pool:
            list(pool.map(one, offered.values()))
        assert texts(world) == sorted(offered)
        assert held(world) == {}


class TestFounding:
    """The first landing of all."""

    @pytest.fixture
    def nowhere(self, world: World) -> Repository:
        """A name that maya may found a commons under."""
        return Repository(f"{world.repo_id}-new", endpoint=world.url, token=world.tokens["maya"])

    def found(self, repository: Repository, key: Any) -> str:
        return init.found(repository, key("maya"), name="New", origin="knowledge-commons/tests/new")

    def test_killed_before_its_commit_it_is_finished_by_the_next(
        self, nowhere: Repository, key: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def die(*_: object, **__: object) -> str:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(Repository, "commit", die)
            with pytest.raises(KeyboardInterrupt):
                self.found(nowhere, key)
        self.found(nowhere, key)
        assert verify.verify(snapshots.take(nowhere, need=Need.VERIFYING)).ok

    def test_two_founders_at_once_found_one_commons(self, nowhere: Repository, key: Any) -> None:
        nowhere.create()
        with Meeting() as meeting:
            results = meeting.run(*[lambda: self.found(nowhere, key)] * 2)
        (error,) = (result for result in results if isinstance(result, CommonsError))
        assert isinstance(error, ConflictError)
        assert verify.verify(snapshots.take(nowhere, need=Need.VERIFYING)).ok
        with pytest.raises(CommonsError) as again:
            self.found(nowhere, key)
        assert again.value.code == "commons-exists"


# Raced by the author


@dataclass
class Author:
    """Carl, who pushes to his proposal once, right before request ``point`` of somebody's landing.

    Every request is such a point, but of the files that are fetched from ``main`` side by side only the first.
    """

    proposal: Proposal
    world: World
    files: dict[str, bytes]
    point: int
    pushed: bool = False
    _points: Iterator[int] = field(default_factory=itertools.count)
    _seen_main: bool = False
    _busy: threading.local = field(default_factory=threading.local)

    def __enter__(self) -> Author:
        self._patch = pytest.MonkeyPatch()
        send = httpx2.Client.send

        def between(client: httpx2.Client, request: httpx2.Request, **options: Any) -> httpx2.Response:
            if not getattr(self._busy, "pushing", False) and self._is_turn(request.url.path):
                self._busy.pushing = True
                self._push()
                self._busy.pushing = False
            return send(client, request, **options)

        self._patch.setattr(httpx2.Client, "send", between)
        return self

    def _is_turn(self, path: str) -> bool:
        if "/resolve/" in path and self.proposal.head not in path:
            if self._seen_main:
                return False
            self._seen_main = True
        return next(self._points) == self.point

    def __exit__(self, *_: object) -> None:
        self._patch.undo()

    def _push(self) -> None:
        self.pushed = True
        self.world.push(self.proposal.number, self.files)


class TestRacedByTheAuthor:
    def test_a_push_between_any_two_requests_never_brings_an_unchecked_byte(
        self, found_commons: Callable[[], World], key: Any, tmp_path: Path
    ) -> None:
        """An unsigned shard more and other bytes for the signed one, pushed before each request in turn.

        Each point has a commons of its own: a landing asks about every proposal of its author that did not land, so in one that they
        share its requests, and with them the points, would grow with each.
        """
        refused, landed = [], []
        for point in itertools.count():
            world = found_commons()
            offered = offered_to(world, f"Checked {point}.", "notes", key("maya"))
            slipped = world.seal([{"text": "Slipped in."}], "slipped")
            (extra,) = (path for path in slipped.files if layout.parse_shard(path))
            (mine,) = (path for path in offered.made.files if layout.parse_shard(path))
            files = {extra: slipped.files[extra], mine: slipped.files[extra], "data/evil.py": b"import os"}
            before = world.head()
            # Nothing is in the cache, so that every byte of the proposal travels while its author is at work.
            repository = Repository(
                world.repo_id, endpoint=world.url, token=world.tokens["maya"], cache_dir=tmp_path / str(point)
            )
            with Author(offered.proposal, world, files, point) as author:
                try:
                    land.land(repository, offered.number, key("maya"))
                except ProposalError as error:
                    assert error.code in ("head-moved", "not-accepted"), error.message
                    assert world.head() == before
                    refused.append(point)
                    self.compare(world, {})
                else:
                    landed.append(point)
                    self.compare(world, offered.made.files)
                    assert held(world) == {}
                    assert texts(world) == [f"Checked {point}."]
            if not author.pushed:
                break
        assert len(refused) > 10, "a push before the head is read for the last time stops the landing"
        assert len(landed) > 1, "a push after it changes nothing"

    def compare(self, world: World, checked: Mapping[str, bytes]) -> None:
        """Every file a contributor may bring is one that was checked, byte for byte."""
        snapshot = world.snapshot()
        found = {path for path in snapshot.paths() if path.startswith(("data/", "links/", "questions/"))}
        assert found == {path for path in checked if path.startswith("data/")}
        for path, data in checked.items():
            assert layout.parse_person(path) or snapshot.read(path) == data
