"""Over streamable HTTP: the server at ``/mcp`` of an application, for both generations of the protocol, without sessions.

    endpoint = WebEndpoint(CommonsOpening(…), hosts)
    app.router.routes.extend(endpoint.routes)
    async with endpoint.running(): …               of the outermost application, or nothing is answered

Both ``/mcp`` and ``/mcp/`` answer, for not every client follows a redirection of what it posts. A request has to name a host that is ours,
so that no page elsewhere reaches a server on somebody's own machine through a name that it lets point there; other hosts get 421.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from commons.mcp import server
from commons.mcp.absent import routes_to
from commons.mcp.opening import CommonsOpening

MAX_BODY_BYTES = 128 * 1024
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_ONLY_POST = "This is a server of the Model Context Protocol: clients POST to it. commons/mcp/INSTALL.md says how to connect one."


class WebEndpoint:
    """One server for one application; ``hosts`` is asked anew with every request, since the homepage is known once the commons is open."""

    def __init__(self, opening: CommonsOpening, hosts: Callable[[], Iterable[str]]) -> None:
        self._hosts = hosts
        self._security = TransportSecuritySettings()
        self._sessions = StreamableHTTPSessionManager(
            app=server.build(opening),
            json_response=True,
            stateless=True,
            security_settings=self._security,
            max_request_body_size=MAX_BODY_BYTES,
        )
        self.routes = routes_to(self)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":  # without sessions there is nothing to listen to, and nothing to end
            await JSONResponse(
                {"error": "method-not-allowed", "message": _ONLY_POST, "hint": ""}, 405, {"Allow": "POST"}
            )(scope, receive, send)
            return
        names = [*LOCAL_HOSTS, *map(str.lower, filter(None, self._hosts()))]
        hosts = [form for name in names for form in (name, f"{name}:*")]
        self._security.allowed_hosts = hosts
        self._security.allowed_origins = [
            f"{scheme}://{host}" for host in hosts for scheme in ("https", "http")
        ]
        # Hosts are the same in any case; the SDK compares them as they are written.
        headers = [(key, value.lower() if key == b"host" else value) for key, value in scope["headers"]]
        await self._sessions.handle_request({**scope, "headers": headers}, receive, send)
