"""Over stdio: the server for one client that started this process, until its input ends or it is told to go.

    stdio.serve(opening)

Nothing but the protocol goes to stdout. The process ends at once, also while a call is under way in a thread: nothing it does has to be
finished, and the client that would read the answer has gone.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import NoReturn

import anyio
from mcp.server.stdio import stdio_server

from commons.mcp import server
from commons.mcp.opening import CommonsOpening

_OPEN_AFTER_S = 2.0  # where nobody has asked for the tools by then


def serve(opening: CommonsOpening) -> NoReturn:
    """Serve until stdin is closed, SIGINT or SIGTERM; the exit code is 0."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _leave())
    opening.begin_soon(_OPEN_AFTER_S)
    try:
        anyio.run(_until_input_ends, opening)
    finally:
        opening.close()
        _leave()


async def _until_input_ends(opening: CommonsOpening) -> None:
    serving = server.build(opening)
    async with stdio_server() as (read, write):
        await serving.run(read, write, serving.create_initialization_options())


def _leave() -> NoReturn:
    """Without waiting for threads, one of which reads stdin; children of ours end with this process (``sandbox.confinement``)."""
    sys.stderr.flush()
    os._exit(0)
