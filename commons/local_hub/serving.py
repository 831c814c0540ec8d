"""Running the Hub: in the foreground for people, in a thread for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .hub import LocalHub
from .rate_limits import RequestLimit

if TYPE_CHECKING:
    import uvicorn

DEFAULT_LIMIT = RequestLimit()
_BACKLOG = 2048
_GRACE_S = 5
# Clients keep a connection for 5 seconds (httpx) to a minute (browsers, proxies). Whoever closes an idle one first loses what the other
# was just sending, so this Hub waits longer than they do.
_KEEP_ALIVE_S = 75


@dataclass(frozen=True, slots=True)
class RunningHub:
    url: str
    hub: LocalHub


def serve(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    public_url: str = "",
    allow_private_webhooks: bool = False,
    request_limit: RequestLimit | None = DEFAULT_LIMIT,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve a folder until SIGINT or SIGTERM. Raises ``FolderInUse``.

    Args:
        public_url: the address others know, when it is not the one listened on; used in webhooks.
        allow_private_webhooks: send webhooks to loopback, link-local and private addresses as well.
        request_limit: how much one account or address may ask; ``None`` for no limit.
        on_ready: told the address as soon as requests are accepted.
    """
    with (
        LocalHub(folder, allow_private_webhooks=allow_private_webhooks) as hub,
        _listening(host, port) as listener,
    ):
        server = _server(hub, request_limit)
        hub.webhooks.address = public_url.rstrip("/") or _address(listener)
        if on_ready:
            on_ready(_address(listener))  # connections are accepted from here on: the socket listens already
        server.run(sockets=[listener])


@contextmanager
def running(
    folder: str | Path,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    allow_private_webhooks: bool = False,
    request_limit: RequestLimit | None = DEFAULT_LIMIT,
) -> Iterator[RunningHub]:
    """Serve a folder from a thread of this process for the length of a ``with`` block. Raises ``FolderInUse``."""
    with (
        LocalHub(folder, allow_private_webhooks=allow_private_webhooks) as hub,
        _listening(host, port) as listener,
    ):
        server = _server(hub, request_limit)
        hub.webhooks.address = _address(listener)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="local-hub", daemon=True
        )
        thread.start()
        try:
            yield RunningHub(_address(listener), hub)
        finally:
            server.should_exit = True
            thread.join()


def _server(hub: LocalHub, request_limit: RequestLimit | None) -> uvicorn.Server:
    import uvicorn

    from .app import create_app

    config = uvicorn.Config(
        create_app(hub, request_limit),
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=_KEEP_ALIVE_S,
        server_header=False,
    )
    return uvicorn.Server(config)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named so that asyncio recognises TCP and switches Nagle's algorithm off on each connection;
    # without that every answer's body waits 40 ms for its head to be acknowledged.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
        yield listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
