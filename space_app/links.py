"""Where the pages lie: below the path under which a proxy serves the Space (``GRADIO_ROOT_PATH``), or at the root of its host.

    links.to("/browse")        "/commons/browse" behind https://example.org/commons

A proxy may take the path away before it asks us, or leave it: ``WithoutPrefix`` understands both.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


def to(path: str) -> str:
    """The address of a page of ours, for a browser."""
    return prefix() + path


def prefix() -> str:
    """The path below which the Space lies, empty at the root; as for Gradio, it may be written as a whole address."""
    path = urlsplit(os.environ.get("GRADIO_ROOT_PATH", "").strip()).path.strip("/")
    return f"/{path}" if path else ""


class WithoutPrefix:
    """ASGI middleware: routes see paths as they are without a proxy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        before = prefix()
        path = scope.get("path", "")
        if before and (path == before or path.startswith(before + "/")):
            inner = path.removeprefix(before) or "/"
            scope = {**scope, "path": inner, "raw_path": inner.encode()}
        await self._app(scope, receive, send)
