"""A server killed at any moment loses nothing it acknowledged, and a client's second try succeeds.

Each round starts the server, lets several clients work, and kills it with SIGKILL somewhere in the middle. ``KILLS``
rounds are run: a dozen by default, more with the environment variable ``COMMONS_KILLS=200``.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from support.patience import PATIENCE_S, eventually

from commons.local_hub import LocalHub

from .test_webhooks import Receiver

KILLS = int(os.environ.get("COMMONS_KILLS", "12"))
REPO = "ada/killed"
API = f"/api/datasets/{REPO}"


@dataclass
class Acknowledged:
    """What the server said it did."""

    files: list[tuple[str, str, bytes]] = field(default_factory=list)  # commit, path, content
    merged: list[tuple[int, str]] = field(default_factory=list)  # pull request, path
    comments: list[tuple[int, str]] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)


class Server:
    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "commons.local_hub",
            "--folder",
            str(folder),
            "--allow-private-webhooks",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.url = self._process.stdout.readline().removeprefix("Local Hub: ").strip()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


class Client:
    """Does one thing after another and remembers what was acknowledged; a thing cut short is done again next time."""

    def __init__(self, number: int, token: str, known: Acknowledged) -> None:
        self._names = (f"{number}-{n}" for n in itertools.count())
        self._headers = {"Authorization": f"Bearer {token}"}
        self._known = known
        self._random = random.Random(number)  # noqa: S311  the same work in every run
        self._unfinished: Callable[[httpx.Client], None] | None = None
        self.retried = 0

    def work(self, url: str) -> None:
        """Until the server is gone."""
        with httpx.Client(base_url=url, headers=self._headers, timeout=PATIENCE_S) as http:
            try:
                while True:
                    if self._unfinished is None:
                        self._unfinished = self._next()
                    else:
                        self.retried += 1
                    self._unfinished(http)
                    self._unfinished = None
            except httpx.TransportError:
                return

    def _next(self) -> Callable[[httpx.Client], None]:
        name = next(self._names)
        return self._random.choice(
            [
                lambda http: self._commit(http, f"small/{name}.txt", name.encode() * 50),
                lambda http: self._commit_large(http, f"large/{name}.bin", name.encode() * 20_000),
                lambda http: self._propose_and_merge(http, f"offered/{name}.txt", name.encode()),
                lambda http: self._discuss(http, name),
            ]
        )

    def _commit(self, http: httpx.Client, path: str, data: bytes, query: str = "") -> dict[str, str]:
        content = base64.b64encode(data).decode()
        return self._send(
            http, query, {"key": "file", "value": {"path": path, "content": content}}, path, data
        )

    def _commit_large(self, http: httpx.Client, path: str, data: bytes) -> None:
        sha256 = hashlib.sha256(data).hexdigest()
        wanted = {"operation": "upload", "objects": [{"oid": sha256, "size": len(data)}]}
        batch = checked(http.post(f"/datasets/{REPO}.git/info/lfs/objects/batch", json=wanted))
        for each in batch["objects"]:
            if "actions" in each:
                checked(
                    http.put(httpx.URL(each["actions"]["upload"]["href"]).raw_path.decode(), content=data)
                )
        self._send(http, "", {"key": "lfsFile", "value": {"path": path, "oid": sha256}}, path, data)

    def _send(
        self, http: httpx.Client, query: str, operation: dict[str, object], path: str, data: bytes
    ) -> dict[str, str]:
        lines = [{"key": "header", "value": {"summary": f"Add {path}"}}, operation]
        body = "\n".join(json.dumps(line) for line in lines)
        answer = checked(http.post(f"{API}/commit/main{query}", content=body))
        self._known.files.append((answer["commitOid"], path, data))
        return answer

    def _propose_and_merge(self, http: httpx.Client, path: str, data: bytes) -> None:
        num = int(self._commit(http, path, data, "?create_pr=1")["pullRequestUrl"].rpartition("/")[2])
        self._known.opened.append(num)
        checked(http.post(f"{API}/discussions/{num}/merge"))
        self._known.merged.append((num, path))

    def _discuss(self, http: httpx.Client, name: str) -> None:
        num = checked(http.post(f"{API}/discussions", json={"title": f"About {name}", "description": "?"}))[
            "num"
        ]
        self._known.opened.append(num)
        checked(http.post(f"{API}/discussions/{num}/comment", json={"comment": name}))
        self._known.comments.append((num, name))


def checked(answer: httpx.Response) -> dict:
    assert answer.status_code == 200, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.mark.timeout(PATIENCE_S * KILLS)
def test_nothing_acknowledged_is_lost(tmp_path: Path, receiver: Receiver) -> None:
    folder = tmp_path / "hub"
    with LocalHub(folder, allow_private_webhooks=True) as hub:
        ada = hub.create_user("ada")
        token = hub.create_token("ada")
        hub.repositories.create("dataset", ada, "killed", creator="ada", private=False)
        watched = [{"type": "dataset", "name": REPO}]
        hub.webhooks.create(ada, {"url": receiver.url, "watched": watched, "domains": ["discussion"]})
    known = Acknowledged()
    clients = [Client(number, token, known) for number in range(4)]
    chance = random.Random(0)  # noqa: S311
    failures: list[BaseException] = []

    def run(client: Client, url: str) -> None:
        try:
            client.work(url)
        except BaseException as error:
            failures.append(error)

    for _ in range(KILLS):
        server = Server(folder)
        threads = [threading.Thread(target=run, args=(client, server.url)) for client in clients]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
        for thread in threads:
            thread.join()
        assert not failures, failures
    server = Server(folder)
    try:
        check(server.url, folder, known)
        opened = set(known.opened)
        assert eventually(
            lambda: opened <= {payload["discussion"]["num"] for _, payload in list(receiver.received)}
        ), "every discussion was told of"
    finally:
        server.kill()
    print(
        f"\n{KILLS} kills: {len(known.files)} commits, {len(known.merged)} merges, {len(known.comments)} comments "
        f"acknowledged, {sum(client.retried for client in clients)} things done again, none lost; "
        f"{len(receiver.received)} deliveries"
    )


def check(url: str, folder: Path, known: Acknowledged) -> None:
    """Everything that was acknowledged is there, byte for byte, and git agrees."""
    (store,) = (folder / "repositories").glob("*/git")
    with httpx.Client(base_url=url, timeout=PATIENCE_S) as http:
        for commit, path, data in known.files:
            assert http.get(f"/datasets/{REPO}/resolve/{commit}/{path}").content == data
        for num, path in known.merged:
            details = checked(http.get(f"{API}/discussions/{num}"))
            assert details["status"] == "merged"
            assert http.head(f"/datasets/{REPO}/resolve/main/{path}").status_code == 200
        for num, text in known.comments:
            events = checked(http.get(f"{API}/discussions/{num}"))["events"]
            assert text in [event["data"]["latest"]["raw"] for event in events if event["type"] == "comment"]
        refs = checked(http.get(f"{API}/refs?include_prs=1"))
        shown = {ref["ref"]: ref["targetCommit"] for kind in refs.values() for ref in kind}
    listed = subprocess.run(
        ["git", "ls-remote", f"{url}/datasets/{REPO}"], capture_output=True, text=True, check=True
    )
    lines = [line.split("\t") for line in listed.stdout.splitlines()]
    assert {name: oid for oid, name in lines if name != "HEAD"} == shown
    on_main = subprocess.run(
        ["git", "-C", store, "rev-list", "--all"], capture_output=True, text=True, check=True
    )
    assert {commit for commit, _, _ in known.files} <= set(on_main.stdout.split())
    fsck = subprocess.run(
        ["git", "-C", store, "fsck", "--strict", "--no-dangling"], capture_output=True, text=True, check=False
    )
    assert (fsck.returncode, fsck.stdout + fsck.stderr) == (0, "")
