"""Webhooks are told what happened: in order, with their secret, again when they were not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, HfApi
from support.patience import PATIENCE_S

from .conftest import People


class Receiver:
    """A server that writes down what it is sent, and may fail first."""

    def __init__(self) -> None:
        self.failures = 0
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if len(body) < int(self.headers["Content-Length"]):
                    return  # the sender was killed in the middle
                payload = json.loads(body)
                with receiver._changed:
                    failing = receiver.failures > 0
                    receiver.failures -= failing
                    if not failing:
                        receiver.received.append((dict(self.headers), payload))
                        receiver._changed.notify_all()
                self.send_response(500 if failing else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, timeout=PATIENCE_S)
            return [payload for _, payload in self.received]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_a_contribution_is_told_from_offer_to_merge(
    ada: HfApi, bob: HfApi, dataset: str, receiver: Receiver, people: People
) -> None:
    hook = ada.create_webhook(
        url=receiver.url,
        watched=[{"type": "dataset", "name": dataset}],
        domains=["repo", "discussion"],
        secret="s3",
    )
    offer = bob.create_commit(
        dataset, [CommitOperationAdd("a", b"1")], commit_message="offer", repo_type="dataset", create_pr=True
    )
    bob.comment_discussion(dataset, offer.pr_num, "please", repo_type="dataset")
    ada.merge_pull_request(dataset, offer.pr_num, repo_type="dataset")
    payloads = receiver.wait_for(5)
    assert [(each["event"]["action"], each["event"]["scope"]) for each in payloads] == [
        ("update", "repo.content"),
        ("create", "discussion"),
        ("create", "discussion.comment"),
        ("update", "repo.content"),
        ("update", "discussion"),
    ]
    assert payloads[0]["updatedRefs"] == [
        {"ref": f"refs/pr/{offer.pr_num}", "oldSha": None, "newSha": offer.oid}
    ]
    assert payloads[1]["discussion"]["isPullRequest"]
    assert payloads[2]["comment"]["content"] == "please"
    assert payloads[4]["discussion"]["status"] == "merged"
    assert payloads[3]["repo"]["headSha"] == payloads[4]["discussion"]["changes"]["mergeCommitId"]
    assert payloads[0]["repo"]["url"]["web"] == f"{people.url}/datasets/{dataset}"
    assert payloads[0]["webhook"] == {"id": hook.id, "version": 3}
    assert {headers["X-Webhook-Secret"] for headers, _ in receiver.received} == {"s3"}
    ada.delete_webhook(hook.id)


def test_a_failed_delivery_is_tried_again_and_keeps_its_place(
    ada: HfApi, dataset: str, receiver: Receiver
) -> None:
    receiver.failures = 1
    hook = ada.create_webhook(
        url=receiver.url, watched=[{"type": "user", "name": "ada"}], domains=["discussion"]
    )
    for title in ("first", "second"):
        ada.create_discussion(dataset, title, repo_type="dataset")
    payloads = receiver.wait_for(2)
    assert [each["discussion"]["title"] for each in payloads] == ["first", "second"]
    ada.delete_webhook(hook.id)


def test_nobody_is_told_of_what_they_may_not_see(ada: HfApi, bob: HfApi, receiver: Receiver) -> None:
    hook = bob.create_webhook(url=receiver.url, watched=[{"type": "user", "name": "ada"}], domains=["repo"])
    ada.create_repo("ada/whispered", repo_type="dataset", private=True)
    ada.create_repo("ada/shouted", repo_type="dataset")
    (payload,) = receiver.wait_for(1)
    assert payload["repo"]["name"] == "ada/shouted"
    bob.delete_webhook(hook.id)
