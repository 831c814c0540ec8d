"""The guard before every route: how much may be sent, and what a browser may do with what it gets.

Nothing here takes files, so uploads are refused and bodies are short. The headers keep pages from fetching anything from elsewhere, even
if something of a record should ever get past the escaping: plain pages may run our one script, Gradio's pages what Gradio needs.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 128 * 1024  # a question of 2,000 characters with every filter set stays far below
_UPLOADS = "/gradio_api/upload"
_PLAIN_PATHS = ("/browse", "/record", "/api", "/llms.txt", "/mcp")

# A Space is shown inside a page of the Hub.
_FRAMES = "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
_PLAIN = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    + _FRAMES
)
# Gradio compiles its templates in the browser and writes styles inline.
_GRADIO = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; " + _FRAMES
)


class Guard:
    """ASGI middleware around the whole Space."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send, scope["path"])
        if scope["path"].startswith(_UPLOADS):
            await PlainTextResponse("Nothing here takes files.\n", 403)(scope, receive, sending)
            return
        if _declared_bytes(scope) > MAX_BODY_BYTES:
            await _too_long()(scope, receive, sending)
            return
        await self._app(scope, _counted(receive), sending)


def _too_long() -> PlainTextResponse:
    return PlainTextResponse(f"At most {MAX_BODY_BYTES:,} bytes a request.\n", 413)


def _declared_bytes(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else MAX_BODY_BYTES + 1


def _counted(receive: Receive) -> Receive:
    """For bodies that do not say how long they are: the connection ends for us where the limit does."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= MAX_BODY_BYTES else {"type": "http.disconnect"}

    return counted


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = _PLAIN if path.startswith(_PLAIN_PATHS) else _GRADIO
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"  # a search in an address is nobody else's business
        await send(message)

    return sending
