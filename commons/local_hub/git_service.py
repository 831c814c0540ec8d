"""``git clone`` and ``git fetch``: git's own server program behind our door, for reading only.

``git http-backend`` speaks the protocol; this file decides which repository it may see, starts it without any of our
environment, and passes its output on as it comes. Always in version 0 of the protocol: in version 2 git hands out
any object that is asked for by its id, also what no ref leads to any more (git-config(1), ``uploadpack.allowAnySHA1InWant``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import anyio.to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import HubFault

_PIECE_BYTES = 2**18
_MAX_HEADER_BYTES = 2**16


class GitResponse(Response):
    """What ``git http-backend`` answers."""

    def __init__(self, process: subprocess.Popen[bytes], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=status, headers=dict(headers))
        del self.headers["content-length"]
        self._process = process

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        output = _pipe(self._process)
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            while piece := await anyio.to_thread.run_sync(output.read1, _PIECE_BYTES):  # type: ignore[attr-defined]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._process.kill()
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._process.wait)
            output.close()


def ask_git(
    repository: Path, path: str, *, method: str, query: str, headers: Mapping[str, str], body: Path | None
) -> GitResponse:
    """Start git on one repository and read as far as its headers."""
    git = shutil.which("git")
    if git is None:
        fault = HubFault("git is not installed where this Hub runs; download files over HTTP instead")
        fault.status = 501
        raise fault
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_PROJECT_ROOT": str(repository.parent),
        "PATH_INFO": f"/{repository.name}{path}",
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": "/nonexistent",
        # The folder may belong to another user than the one we run as (a mounted volume): it is still ours.
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(repository),
        "GIT_CONFIG_KEY_1": "http.receivepack",
        "GIT_CONFIG_VALUE_1": "false",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if body is not None:
        environment["CONTENT_LENGTH"] = str(body.stat().st_size)
    with body.open("rb") if body else open(os.devnull, "rb") as stdin:  # noqa: PTH123
        process = subprocess.Popen(
            [git, "http-backend"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    status, answered = _read_headers(_pipe(process))
    if status >= 400:
        process.kill()
        process.communicate()
        fault = HubFault("git refused the request")
        fault.status = status if status < 500 else 400
        raise fault
    return GitResponse(process, status, answered)


def _read_headers(output: IO[bytes]) -> tuple[int, dict[str, str]]:
    status, headers, size = 200, {}, 0
    while (line := output.readline(_MAX_HEADER_BYTES)) not in (b"\r\n", b"\n", b""):
        size += len(line)
        if size > _MAX_HEADER_BYTES:
            break
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name.strip()] = value.strip()
    return status, headers


def _pipe(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101
    return process.stdout
