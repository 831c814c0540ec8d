"""The server over HTTP by itself, for those without a Space: ``commons mcp --http``.

alone.serve(opening, host="127.0.0.1", port=7862, hosts=())
"""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from commons import listening
from commons.mcp.opening import CommonsOpening
from commons.mcp.web import WebEndpoint

_GRACE_S = 3


def application(opening: CommonsOpening, hosts: Sequence[str]) -> Starlette:
    """Nothing but ``/mcp``; ``hosts`` are names beside those of this machine."""
    endpoint = WebEndpoint(opening, lambda: hosts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with endpoint.running():
            yield

    return Starlette(routes=endpoint.routes, lifespan=lifespan)


def serve(opening: CommonsOpening, *, host: str, port: int, hosts: Sequence[str]) -> None:
    """Serve until SIGINT or SIGTERM; the commons is opened meanwhile.

    Raises:
        UsageError: the port is taken.
    """
    app = application(opening, (host, *hosts))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # uvicorn shuts down and then hands the signal on
    with listening.listen(host, port, hint="Name a free port with --port.") as listener:
        opening.begin_soon()
        print(f"Agents reach the commons at {listening.address(listener)}/mcp", file=sys.stderr, flush=True)
        # No access log, as the Space has none.
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            opening.close()
