"""Where the pages lie: below the path under which a proxy serves the Space (``GRADIO_ROOT_PATH``), or at the root of its host.

    links.to("/browse")        "/commons/browse" behind https://example.org/commons

A proxy may take the path away before it asks us, or leave it: ``WithoutPrefix`` understands both.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MANIFEST = b'href="/manifest.json"'


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
            path = path.removeprefix(before) or "/"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        if before and path == "/" and scope["type"] == "http":
            # A body that is packed cannot be mended.
            plain = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
            scope, send = {**scope, "headers": plain}, _mended(send, before)
        await self._app(scope, receive, send)


def _mended(send: Send, before: str) -> Send:
    """Gradio's own page knows its root but for one link, which its template writes out."""
    start: Message = {}
    body = bytearray()

    async def sending(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            whole = bytes(body).replace(_MANIFEST, _MANIFEST.replace(b"/", before.encode() + b"/"))
            headers = MutableHeaders(scope=start)
            if "content-length" in headers:
                headers["content-length"] = str(len(whole))
            await send(start)
            await send({"type": "http.response.body", "body": whole})

    return sending
