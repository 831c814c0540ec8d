"""What is delivered: believed with the secret only, bounded, answered at once, and never more than a hint."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from support.world import World

from commons.bot import receiver
from commons.bot.worker import MAX_QUEUED, ProposalWorker
from commons.errors import UnreachableError
from commons.hub.repository import Repository

SECRET = "s3cret ✓"
REPO = "maya/commons"


def delivery(scope: str = "discussion", action: str = "create", **parts: Any) -> dict[str, Any]:
    return {
        "event": {"action": action, "scope": scope},
        "repo": {"type": "dataset", "name": REPO, "id": "1", "private": False},
        "webhook": {"id": "1", "version": 3},
        **parts,
    }


PULL = {"id": "1-7", "num": 7, "title": "x", "status": "open", "isPullRequest": True}

# what is delivered -> the proposals to look at
DELIVERIES: dict[str, tuple[Any, list[int]]] = {
    "a pull request was opened": (delivery(discussion=PULL), [7]),
    "a discussion was opened": (delivery(discussion={**PULL, "isPullRequest": False}), []),
    "somebody pushed": (
        delivery(
            "repo.content", "update", updatedRefs=[{"ref": "refs/pr/7", "oldSha": None, "newSha": "0" * 40}]
        ),
        [7],
    ),
    "somebody pushed to main": (
        delivery("repo.content", "update", updatedRefs=[{"ref": "refs/heads/main"}]),
        [],
    ),
    "several refs": (
        delivery(
            "repo.content",
            "update",
            updatedRefs=[{"ref": "refs/pr/9"}, {"ref": "refs/pr/7"}, {"ref": "refs/pr/7"}],
        ),
        [7, 9],
    ),
    "somebody asks": (
        delivery("discussion.comment", discussion=PULL, comment={"content": "/commons check\nplease"}),
        [7],
    ),
    "somebody talks": (delivery("discussion.comment", discussion=PULL, comment={"content": "nice"}), []),
    "our own report": (
        delivery(
            "discussion.comment", "update", discussion=PULL, comment={"content": "<!-- commons:report -->"}
        ),
        [],
    ),
    "another repository": (
        {**delivery(discussion=PULL), "repo": {"type": "dataset", "name": "eve/other"}},
        [],
    ),
    "a model of that name": ({**delivery(discussion=PULL), "repo": {"type": "model", "name": REPO}}, []),
    "the name in capitals": (
        {**delivery(discussion=PULL), "repo": {"type": "dataset", "name": REPO.upper()}},
        [7],
    ),
    "a number that is none": (delivery(discussion={**PULL, "num": "7"}), []),
    "true for a number": (delivery(discussion={**PULL, "num": True}), []),
    "a negative number": (delivery(discussion={**PULL, "num": -1}), []),
    "an enormous number": (delivery(discussion={**PULL, "num": 10**30}), []),
    "a ref with a tail": (delivery("repo.content", updatedRefs=[{"ref": "refs/pr/7/../../heads/main"}]), []),
    "a list": ([1], []),
    "nothing": (None, []),
}


class Asked(ProposalWorker):
    """A worker that only notes what it would look at."""

    def __init__(self) -> None:
        super().__init__(Repository(REPO, endpoint="http://127.0.0.1:9"), every_s=60)
        self.asked: list[int] = []

    def wake(self, number: int) -> bool:
        self.asked.append(number)
        return super().wake(number)


@pytest.fixture
def worker() -> Asked:
    return Asked()


@pytest.fixture
def client(worker: Asked) -> TestClient:
    return TestClient(receiver.application(worker, repo_id=REPO, secret=SECRET))


def deliver(client: TestClient, body: bytes, secret: str | None = SECRET) -> Any:
    headers = {"X-Webhook-Secret": secret.encode()} if secret is not None else {}
    return client.post("/webhook", content=body, headers=headers)


@pytest.mark.parametrize("name", DELIVERIES)
def test_a_delivery_names_what_to_look_at(name: str, client: TestClient, worker: Asked) -> None:
    payload, numbers = DELIVERIES[name]
    answer = deliver(client, json.dumps(payload).encode())
    assert answer.status_code == 202
    assert worker.asked == numbers


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + " ", SECRET.upper(), "\xff"])
def test_without_the_secret_nothing_is_looked_at(
    secret: str | None, client: TestClient, worker: Asked
) -> None:
    assert deliver(client, json.dumps(delivery(discussion=PULL)).encode(), secret).status_code == 401
    assert worker.asked == []


def test_a_body_without_end_is_cut_off(client: TestClient, worker: Asked) -> None:
    body = json.dumps({**delivery(discussion=PULL), "padding": "x" * receiver.MAX_BODY_BYTES}).encode()
    assert deliver(client, body).status_code == 413
    assert worker.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_is_refused(body: bytes, client: TestClient, worker: Asked) -> None:
    assert deliver(client, body).status_code == 400
    assert worker.asked == []


def test_a_replayed_delivery_waits_once(client: TestClient, worker: Asked) -> None:
    body = json.dumps(delivery(discussion=PULL)).encode()
    for _ in range(5):
        assert deliver(client, body).status_code == 202
    assert worker.waiting() == 1


def test_a_full_queue_says_so_and_the_hub_tries_again(client: TestClient, worker: Asked) -> None:
    for number in range(1, MAX_QUEUED):
        ProposalWorker.wake(worker, number)
    answer = deliver(client, json.dumps(delivery(discussion={**PULL, "num": MAX_QUEUED + 7})).encode())
    assert answer.status_code == 503


def test_health_is_told_without_the_secret_and_tells_none(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok", "repo": REPO, "waiting": 0}
    assert client.get("/webhook").status_code == 405


def test_there_is_no_receiver_without_a_secret(worker: Asked) -> None:
    with pytest.raises(ValueError, match="secret"):
        receiver.application(worker, repo_id=REPO, secret="")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "repo",
                    "event",
                    "discussion",
                    "comment",
                    "scope",
                    "num",
                    "type",
                    "name",
                    "updatedRefs",
                    "ref",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
)


@given(json_values)
def test_any_json_is_understood_or_ignored(payload: Any) -> None:
    assert receiver.proposals_in(payload, REPO) == []


class TestTheQueue:
    def test_a_hub_that_is_away_is_tried_again_with_growing_pauses(self) -> None:
        now = [0.0]
        worker = ProposalWorker(
            Repository(REPO, endpoint="http://127.0.0.1:9", token="x"), every_s=60, clock=lambda: now[0]
        )
        pauses = []
        for _ in range(12):
            assert not worker._attempt(7)
            pauses.append(worker._due[7] - now[0])
        assert pauses[:4] == [2, 4, 8, 16]
        assert pauses[-1] == 300

    def test_an_error_that_nobody_expected_does_not_end_the_worker(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        worker = ProposalWorker(Repository(REPO, endpoint="http://127.0.0.1:9", token="x"), every_s=60)
        monkeypatch.setattr(worker, "_name", lambda: 1 / 0)
        assert not worker._attempt(7)
        assert "should not happen" in caplog.text

    def test_a_look_that_finds_the_hub_away_says_so(self) -> None:
        with pytest.raises(UnreachableError):
            ProposalWorker(Repository(REPO, endpoint="http://127.0.0.1:9", token="x"), every_s=60).once()

    def test_a_sweep_finds_every_open_proposal(self, shared: World) -> None:
        numbers = {shared.propose([{"text": f"Number {n}."}], f"c{n}").number for n in range(2)}
        worker = ProposalWorker(shared.repository(), every_s=60)
        assert worker._attempt(worker._take() or 0)
        assert worker.waiting() == len(numbers)
