"""Too many requests, requests that say their length twice, and webhooks into the house."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from support.patience import PATIENCE_S, eventually

from commons.local_hub import RequestLimit, RunningHub, running
from commons.local_hub.errors import TooMany
from commons.local_hub.rate_limits import RequestMeter
from commons.local_hub.webhook_targets import PrivateTarget, is_public, post

from .conftest import People, populate

WATCHED = [{"type": "user", "name": "ada"}]


# requests ------------------------------------------------------------------------------------------------------------


def test_each_account_and_address_has_its_own_measure(tmp_path: Path) -> None:
    with running(tmp_path / "hub", request_limit=RequestLimit(20, 3600)) as local:
        people = populate(local)
        with people.http("ada") as ada, people.http("bob") as bob, people.http() as nobody:
            statuses = [ada.get("/api/datasets").status_code for _ in range(21)]
            assert statuses == [200] * 20 + [429]
            refused = ada.get("/api/datasets")
            assert 0 < int(refused.headers["Retry-After"]) <= 180
            assert refused.headers["RateLimit-Policy"].endswith("q=20;w=3600")
            assert "Too many requests" in refused.json()["error"]
            assert bob.get("/api/datasets").status_code == 200
            guesses = [
                nobody.get("/api/whoami-v2", headers={"Authorization": f"Bearer hf_{n}"}).status_code
                for n in range(21)
            ]
            assert guesses == [401] * 20 + [429], "guessing tokens counts for the address"
            assert nobody.get("/api/datasets").status_code == 429
            assert nobody.get("/health").status_code == 200


def test_a_measure_fills_again_evenly() -> None:
    now = [0.0]
    meter = RequestMeter(RequestLimit(10, 100), clock=lambda: now[0])
    for _ in range(10):
        meter.count_account("ada")
    with pytest.raises(TooMany) as refused:
        meter.count_account("ada")
    assert refused.value.headers["Retry-After"] == "10"
    now[0] = 10
    meter.count_account("ada")
    with pytest.raises(TooMany):
        meter.count_account("ada")


def test_addresses_of_one_network_share_a_measure() -> None:
    meter = RequestMeter(RequestLimit(1, 100))
    meter.count_address("2001:db8::1")
    with pytest.raises(TooMany):
        meter.count_address("2001:db8::2")
    meter.count_address("192.0.2.1")
    meter.count_address("192.0.2.2")


@pytest.mark.parametrize("path", ["/api/validate-yaml", "/cas/x/v1/shards"])
def test_a_body_that_says_its_length_twice_is_refused(people: People, path: str) -> None:
    place = urlsplit(people.url)
    with socket.create_connection((place.hostname, place.port), timeout=PATIENCE_S) as raw:
        raw.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        )
        answered = b""
        while piece := raw.recv(65536):
            answered += piece
    assert answered.startswith(b"HTTP/1.1 400")
    assert answered.count(b"HTTP/1.1 ") == 1, "and what follows is no request of its own"


# webhooks --------------------------------------------------------------------------------------------------------------

PRIVATE = [
    "http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]/x", "http://0.0.0.0/x", "http://10.0.0.1/x",
    "http://192.168.1.1/x", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x", "http://[fd00::1]/x",
    "http://[::ffff:127.0.0.1]/x", "http://2130706433/x", "http://100.64.0.1/x", "http://[64:ff9b::7f00:1]/x",
]  # fmt: skip


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, People]]:
    """A Hub as an operator starts it."""
    with running(tmp_path_factory.mktemp("strict")) as local:
        yield local, populate(local)


@pytest.mark.parametrize("url", PRIVATE)
def test_a_webhook_does_not_lead_into_the_house(strict: tuple[RunningHub, People], url: str) -> None:
    ada = strict[1].api("ada")
    with pytest.raises(HfHubHTTPError, match="may not go to"):
        ada.create_webhook(url=url, watched=WATCHED, domains=["repo"])
    hook = ada.create_webhook(url="https://hooks.example.invalid/x", watched=WATCHED, domains=["repo"])
    with pytest.raises(HfHubHTTPError, match="may not go to"):
        ada.update_webhook(hook.id, url=url, watched=WATCHED)
    ada.delete_webhook(hook.id)


class Secretive(BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_POST(self) -> None:
        Secretive.asked.append(self.path)
        if self.path == "/redirect":
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/inside")
        else:
            self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def inside() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Secretive)
    Secretive.asked.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_the_target_is_looked_at_again_at_delivery(inside: int) -> None:
    """A name may stand for another address than when the webhook was set up."""
    with pytest.raises(PrivateTarget):
        post(f"http://localhost:{inside}/x", b"{}", {}, timeout_s=PATIENCE_S, allow_private=False)
    assert Secretive.asked == []
    assert post(f"http://localhost:{inside}/x", b"{}", {}, timeout_s=PATIENCE_S, allow_private=True) == 200


def test_a_webhook_that_was_set_up_before_is_not_delivered(tmp_path: Path, inside: int) -> None:
    with running(tmp_path / "hub", allow_private_webhooks=True) as local:
        people = populate(local)
        people.api("ada").create_webhook(
            url=f"http://127.0.0.1:{inside}/x", watched=WATCHED, domains=["repo"]
        )
    with running(tmp_path / "hub") as local:
        HfApi(endpoint=local.url, token=people.tokens["ada"]).create_repo("ada/told", repo_type="dataset")
        tried = "SELECT 1 FROM delivery WHERE attempts > 0"
        assert eventually(lambda: local.hub.database.row(tried)), "it waits for the operator's word"
    assert Secretive.asked == []


def test_a_redirect_is_not_followed(inside: int) -> None:
    assert (
        post(f"http://127.0.0.1:{inside}/redirect", b"{}", {}, timeout_s=PATIENCE_S, allow_private=True)
        == 307
    )
    assert Secretive.asked == ["/redirect"]


def test_which_addresses_are_in_the_internet() -> None:
    assert all(map(is_public, ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"]))
    inside = [
        "127.0.0.1", "::1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.1.1", "fe80::1%eth0", "fc00::1", "::",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1", "ff02::1", "100.64.1.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "255.255.255.255",
    ]  # fmt: skip
    assert not any(map(is_public, inside))


def test_an_address_that_is_none(strict: tuple[RunningHub, People]) -> None:
    with strict[1].http("ada") as client:
        for url in ("http://x:99999/", "http://x:abc/", "ftp://x/", "http://", "http://a b/"):
            answer: httpx.Response = client.post(
                "/api/settings/webhooks", json={"url": url, "watched": WATCHED, "domains": ["repo"]}
            )
            assert answer.status_code == 400, url
