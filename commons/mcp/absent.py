"""What stands at the server's address where the SDK cannot be used: an answer that says so. It needs nothing of the SDK."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from commons.errors import CommonsError

PATHS = ("/mcp", "/mcp/")


class AbsentEndpoint:
    """503 and what to do, whatever is asked."""

    def __init__(self, error: CommonsError) -> None:
        self._error = error
        self.routes = routes_to(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = {"error": self._error.code, "message": self._error.message, "hint": self._error.hint}
        await JSONResponse(body, 503)(scope, receive, send)


def routes_to(app: ASGIApp) -> list[Route]:
    """Both spellings of the address, for not every client follows a redirection of what it posts."""
    return [Route(path, endpoint=app) for path in PATHS]
