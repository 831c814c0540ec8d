"""A Hub that says nothing ends in words, and never hangs whoever asked it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from commons.hub import time_limits

ASK = "import sys; from commons.cli import main; main()"


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """It takes every connection and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    taken.append(listener.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for connection in taken:
            connection.close()


def ask(endpoint: str, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_DOWNLOAD_TIMEOUT": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", ASK, *words], env=environment, capture_output=True, text=True, check=False
    )


def test_a_silent_hub_is_given_up_with_a_line_for_each_wait(silent_hub: str, tmp_path: Path) -> None:
    done = ask(silent_hub, tmp_path, "proposals", "--repo", "org/commons")
    assert done.returncode == 1
    assert done.stderr.count("The Hub does not answer; waiting") == 4
    assert "(try 5 of 5)" in done.stderr
    assert "hub-unreachable" in done.stderr
    assert done.stdout == ""


def test_what_changes_something_is_waited_for_longer_than_what_is_read() -> None:
    client = time_limits._client()
    reading, writing = (client.build_request(method, "http://localhost/x") for method in ("GET", "POST"))
    for request in (reading, writing):
        for hook in client.event_hooks["request"]:
            hook(request)
    assert reading.extensions["timeout"]["read"] == time_limits.ANSWER_S
    assert writing.extensions["timeout"]["read"] == time_limits.COMMIT_ANSWER_S > time_limits.ANSWER_S


def test_a_limit_that_its_caller_set_stands() -> None:
    client = time_limits._client()
    request = client.build_request("POST", "http://localhost/x", timeout=5)
    for hook in client.event_hooks["request"]:
        hook(request)
    assert request.extensions["timeout"]["read"] == 5
