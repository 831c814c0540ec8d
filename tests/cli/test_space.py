"""commons space: whoever ends it ends all of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import processes
from support.patience import PATIENCE_S, eventually
from support.processes import COMMONS

if TYPE_CHECKING:
    from support.world import World


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=str)
def test_nothing_listens_any_more_when_it_was_ended(
    number: signal.Signals, shared: World, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = processes.interruptible(
        [*COMMONS, "space", "--port", str(port)],
        env={**os.environ, "HF_ENDPOINT": shared.url, "COMMONS_REPO": shared.repo_id},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        eventually(lambda: listens(port) or process.poll() is not None)
        assert listens(port)
        process.send_signal(number)
        process.wait(PATIENCE_S)
        eventually(lambda: not listens(port))
    finally:
        process.kill()
        process.communicate()
