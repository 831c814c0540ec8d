"""What fails for a passing reason is asked again; what might then be done twice is not."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from support.flaky_proxy import RESET, Fault, FlakyProxy, flaky_proxy
from tenacity import RetryCallState, Retrying, wait_exponential_jitter

from commons.errors import ConflictError, HubError, UnreachableError
from commons.hub import retries
from commons.hub.repository import Repository

if TYPE_CHECKING:
    from support.world import World

OUR_PAUSE_S = retries._pause_s
FAULTS = {
    "a reset connection": RESET,
    "a server that stumbled": Fault(500),
    "a gateway without its server": Fault(502),
    "a server that is busy": Fault(503),
    "a gateway that waited too long": Fault(504),
    "a limit, in seconds": Fault(429, {"Retry-After": "1"}),
    "a limit, as its window": Fault(429, {"RateLimit": '"api";r=0;t=1'}),
}
REPOSITORY = "/api/datasets/[^/]+/[^/]+"
COMMIT = f"POST {REPOSITORY}/commit/"
COMMENT = f"POST {REPOSITORY}/discussions/\\d+/comment"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of our own pauses; those that the Hub asks for are as long as it says."""
    monkeypatch.setattr(retries, "_pause_s", wait_exponential_jitter(multiplier=0.05, jitter=0.05, max=1))


@pytest.fixture(scope="module")
def proxy(shared: World) -> Iterator[FlakyProxy]:
    with flaky_proxy(shared.url) as made:
        yield made


@pytest.fixture
def ask(proxy: FlakyProxy, shared: World, tmp_path: Path) -> Callable[..., Repository]:
    """The shared commons through the proxy, with an empty cache."""
    proxy.forget()

    def make(who: str = "maya") -> Repository:
        return Repository(
            shared.repo_id,
            endpoint=proxy.url,
            token=shared.tokens[who],
            cache_dir=tmp_path / "cache",
        )

    return make


def comments(world: World, number: int) -> list[str]:
    return [comment.text for comment in world.repository().proposal(number).comments if comment.text]


class TestReading:
    @pytest.mark.parametrize("name", FAULTS)
    def test_it_is_asked_again(self, name: str, ask: Callable[..., Repository], proxy: FlakyProxy) -> None:
        head = ask().head()
        proxy.forget()
        proxy.fail("GET .*/revision/", FAULTS[name])
        assert ask().head() == head
        assert proxy.count("GET .*/revision/") == 2

    @pytest.mark.parametrize("fault", [Fault(503), RESET], ids=["503", "reset"])
    def test_whatever_is_read_may_fail_at_first(
        self, fault: Fault, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        number = shared.propose_files({"data/read.txt": b"x"}).number
        head = shared.head()
        readme = shared.repository().files(head)["README.md"]
        repository = ask()
        reads: dict[str, tuple[str, Callable[[], object]]] = {
            "who": ("GET /api/whoami", repository.whoami),
            "exists": (f"GET {REPOSITORY}$", repository.exists),
            "files": ("GET .*/tree/", lambda: repository.files(head)),
            "file": ("HEAD .*/resolve/", lambda: repository.read(readme, head)),
            "download": ("HEAD .*/resolve/", lambda: repository.download(head, ["governance/*"])),
            "history": ("GET .*/commits/", lambda: repository.history(head)),
            "proposals": ("GET .*/discussions", repository.proposals),
            "proposal": (f"GET .*/discussions/{number}", lambda: repository.proposal(number)),
            "head of a proposal": ("GET .*/revision/refs", lambda: repository.proposal(number)),
        }
        for name, (pattern, read) in reads.items():
            proxy.forget()
            proxy.fail(pattern, fault)
            assert read(), name
            assert proxy.count(pattern) >= 2, name

    @pytest.mark.parametrize("name", FAULTS)
    def test_a_busy_hub_has_no_other_name(
        self, name: str, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        """A person's id is a hash of it."""
        proxy.fail("GET /api/hub-name", FAULTS[name])
        assert ask("carl").account() == shared.repository("carl").account()

    def test_the_pause_that_the_hub_asks_for_is_kept(
        self, ask: Callable[..., Repository], proxy: FlakyProxy
    ) -> None:
        proxy.fail("GET .*/revision/", Fault(503, {"Retry-After": "2"}))
        start = time.monotonic()
        ask().head()
        assert time.monotonic() - start >= 2

    def test_a_hub_that_asks_for_more_than_anybody_waits_is_an_error_at_once(
        self, ask: Callable[..., Repository], proxy: FlakyProxy
    ) -> None:
        proxy.fail("GET .*/revision/", Fault(429, {"Retry-After": "3600"}), times=2)
        with pytest.raises(HubError) as caught:
            ask().head()
        assert caught.value.code == "hub-429"
        assert "3600 seconds" in caught.value.hint
        assert proxy.count("GET .*/revision/") == 1

    def test_it_ends_after_a_few_attempts(self, ask: Callable[..., Repository], proxy: FlakyProxy) -> None:
        proxy.fail("GET .*/revision/", Fault(503), times=99)
        with pytest.raises(HubError) as caught:
            ask().head()
        assert caught.value.code == "hub-503"
        assert "again" in caught.value.hint
        assert proxy.count("GET .*/revision/") == retries.MAX_ATTEMPTS

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 501])
    def test_what_would_fail_again_is_asked_once(
        self, status: int, ask: Callable[..., Repository], proxy: FlakyProxy
    ) -> None:
        proxy.fail("GET .*/revision/", Fault(status), times=99)
        with pytest.raises(HubError):
            ask().head()
        assert proxy.count("GET .*/revision/") == 1

    def test_each_pause_is_said_with_its_reason_and_how_long_it_is(
        self, ask: Callable[..., Repository], proxy: FlakyProxy, caplog: pytest.LogCaptureFixture
    ) -> None:
        proxy.fail("GET .*/revision/", Fault(429, {"Retry-After": "2"}))
        proxy.fail("GET .*/revision/", Fault(503))
        ask().head()
        assert [record.getMessage() for record in caplog.records] == [
            "The Hub answers 429; waiting 2 s (try 2 of 5)…",
            "The Hub answers 503; waiting 1 s (try 3 of 5)…",
        ]

    def test_where_nobody_listens_nobody_is_asked_twice(
        self, shared: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(UnreachableError):
            Repository(shared.repo_id, endpoint="http://127.0.0.1:9").head()
        assert caplog.records == []


class TestWriting:
    def test_a_commit_is_made_once_however_often_it_is_sent(
        self, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        parent = shared.head()
        proxy.fail(COMMIT, RESET)
        proxy.fail(COMMIT, Fault(503))
        sha = ask().commit({"once.txt": b"1"}, message="Once", parent=parent)
        assert proxy.count(COMMIT) == 3
        assert shared.repository().history("main")[:2] == [sha, parent]

    def test_a_commit_whose_answer_is_lost_is_not_made_again(
        self, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        parent = shared.head()
        proxy.fail(COMMIT, Fault(acted_on=True))
        added = ask().commit({"lost.txt": b"1"}, message="Add", parent=parent)
        proxy.fail(COMMIT, Fault(504, acted_on=True))
        removed = ask().commit({}, deleted=["lost.txt"], message="Remove", parent=added)
        assert shared.repository().history("main")[:3] == [removed, added, parent]

    def test_a_conflict_is_not_asked_about_twice(
        self, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        older = shared.repository().history("main")[-1]
        shared.repository().commit({"newer.txt": b"1"}, message="Newer", parent=shared.head())
        with pytest.raises(ConflictError):
            ask().commit({"late.txt": b"1"}, message="Late", parent=older)
        assert proxy.count(COMMIT) == 1

    @pytest.mark.parametrize(
        "fault", [Fault(429, {"Retry-After": "1"}), Fault(503, {"Retry-After": "1"})], ids=["429", "503"]
    )
    def test_what_the_hub_would_not_do_yet_is_done_later_and_once(
        self, fault: Fault, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        before = len(shared.repository().proposals())
        proxy.fail(COMMIT, fault)
        number = ask("carl").propose({"data/later.txt": b"x"}, title="Later", description="").number
        assert len(shared.repository().proposals()) == before + 1
        proxy.fail(COMMENT, fault)
        ask().comment(number, "later")
        assert comments(shared, number).count("later") == 1

    @pytest.mark.parametrize("fault", [Fault(acted_on=True), Fault(504, acted_on=True)], ids=["reset", "504"])
    def test_what_may_have_been_done_is_not_done_again(
        self, fault: Fault, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        number = shared.propose_files({"data/twice.txt": b"x"}).number
        before = len(shared.repository().proposals())
        proxy.fail(COMMIT, fault)
        with pytest.raises(HubError):
            ask("carl").propose({"data/again.txt": b"x"}, title="Again", description="")
        assert len(shared.repository().proposals()) == before + 1
        proxy.fail(COMMENT, fault)
        with pytest.raises(HubError):
            ask().comment(number, "twice")
        assert comments(shared, number).count("twice") == 1

    def test_a_proposal_that_was_opened_is_not_lost_by_a_read_that_fails(
        self, ask: Callable[..., Repository], proxy: FlakyProxy
    ) -> None:
        proxy.fail("GET .*/discussions/", Fault(503))
        proxy.fail("GET .*/revision/refs", RESET)
        assert ask("carl").propose({"data/opened.txt": b"x"}, title="Opened", description="").is_open
        assert proxy.count(COMMIT) == 1

    def test_a_proposal_that_was_opened_and_cannot_be_read_is_given_as_it_was_opened(
        self, ask: Callable[..., Repository], proxy: FlakyProxy, shared: World
    ) -> None:
        proxy.fail("GET .*/discussions/", Fault(503), times=99)
        opened = ask("carl").propose({"data/unread.txt": b"x"}, title="Unread", description="")
        as_it_stands = shared.repository().proposal(opened.number)
        assert (opened.title, opened.head, opened.is_open) == ("Unread", as_it_stands.head, True)
        assert opened.url.endswith(f"/discussions/{opened.number}")


def test_pauses_grow_and_all_of_them_are_shorter_than_anybody_waits() -> None:
    state = RetryCallState(Retrying(), None, (), {})
    pauses_s = []
    for state.attempt_number in range(1, retries.MAX_ATTEMPTS):
        pauses_s.append(OUR_PAUSE_S(state))
    assert pauses_s == sorted(pauses_s)
    assert 0 < pauses_s[0] <= 1
    assert sum(pauses_s) < retries.MAX_DELAY_S


def in_an_hour() -> datetime:
    """From when a test runs, which may be long after its file was read."""
    return datetime.now(UTC) + timedelta(hours=1)


WISHES: dict[str, tuple[Callable[[], dict[str, str]], float, float]] = {
    "seconds": (lambda: {"Retry-After": "7"}, 7, 7),
    "a date to come": (lambda: {"Retry-After": format_datetime(in_an_hour(), usegmt=True)}, 3000, 3600),
    "a date without a zone": (
        lambda: {"Retry-After": f"{in_an_hour():%a, %d %b %Y %T} -0000"},
        3000,
        3600,
    ),
    "a date gone by": (
        lambda: {"Retry-After": format_datetime(in_an_hour() - timedelta(hours=2), usegmt=True)},
        0,
        0,
    ),
    "neither": (lambda: {"Retry-After": "soon"}, 0, 0),
    "less than nothing": (lambda: {"Retry-After": "-1"}, 0, 0),
    "the end of a window that is used up": (lambda: {"RateLimit": '"api";r=0;t=55'}, 55, 55),
    "the end of a window with room": (lambda: {"RateLimit": '"api";r=3;t=55'}, 0, 0),
    "nothing": (lambda: {}, 0, 0),
}


@pytest.mark.parametrize("name", WISHES)
def test_how_long_the_server_asks_to_wait(name: str) -> None:
    headers, least, most = WISHES[name]
    assert least <= retries.retry_after_s(httpx2.Headers(headers())) <= most


def test_offline_the_way_without_a_hub_is_named(shared: World) -> None:
    program = f"from commons.hub.repository import Repository; Repository({shared.repo_id!r}, endpoint={shared.url!r}).head()"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    child = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert "UnreachableError" in child.stderr
    assert "HF_HUB_OFFLINE is set" in child.stderr
