"""Listening: the socket that a door takes its requests from, and what people type to reach it.

with listening.listen("127.0.0.1", 7860, hint="Name a free port with --port.") as listener:
    print(listening.address(listener))
"""

from __future__ import annotations

import socket

from commons.errors import UsageError

_BACKLOG = 512


def listen(host: str, port: int, *, hint: str) -> socket.socket:
    """The open socket; ``hint`` is how to name another port.

    Raises:
        UsageError: it is taken, or no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UsageError(f"Cannot listen on {host}:{port}: {error.strerror}.", hint=hint) from error


def address(listener: socket.socket) -> str:
    """With the port that the system chose where 0 was asked for."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
