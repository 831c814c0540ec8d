"""The door: from a raw request to a handler, and from a refusal to the Hub's error form.

Routes are matched on the *raw* path, split at ``/`` before anything is decoded: clients send ``refs%2Fpr%2F1`` as one
segment, which a framework that decodes first cannot tell from three. All handlers live in ``routes``; this file knows none
of their subjects.
"""

from __future__ import annotations

import base64
import errno
import logging
import re
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .accounts import Identity
from .errors import BadRequest, DiskFull, HubFault, RepoNotFound, TooLarge, Unauthorized
from .http import Call, Route, answer
from .hub import LocalHub
from .rate_limits import RequestLimit, RequestMeter
from .route_table import RouteTable
from .routes import (
    commits,
    content,
    discussions,
    git,
    history,
    identity,
    large_files,
    listing,
    pages,
    references,
    repositories,
    webhooks,
    xet,
)

BAD_TOKEN_TEXT = "Invalid credentials in Authorization header"  # noqa: S105  the Hub's own words
MAX_HEADER_TEXT = 1000
_WORKER_THREADS = 128  # writers of one repository queue inside a thread; others must still find one
_STAGE_PIECE_BYTES = 2**20
_HEALTH = "/health"  # whoever watches the server must hear from it
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,200}")
_log = logging.getLogger(__name__)
REQUEST_LOG = logging.getLogger("commons.local_hub.requests")

ALL_ROUTES = (
    *identity.ROUTES,
    *repositories.ROUTES,
    *listing.ROUTES,
    *references.ROUTES,
    *content.ROUTES,
    *commits.ROUTES,
    *large_files.ROUTES,
    *xet.ROUTES,
    *discussions.ROUTES,
    *webhooks.ROUTES,
    *history.ROUTES,
    *git.ROUTES,
    *pages.ROUTES,
)


def create_app(hub: LocalHub, request_limit: RequestLimit | None = None) -> Starlette:
    """The whole Hub as one ASGI application."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _WORKER_THREADS
        sender = hub.webhooks.start_sending()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(sender.stop)

    app = Starlette(lifespan=lifespan)
    meter = RequestMeter(request_limit) if request_limit else None
    # Not a route: Starlette's would look at the decoded path.
    app.router.default = _Door(hub, ALL_ROUTES, meter)
    return app


class _Door:
    def __init__(self, hub: LocalHub, routes: Iterable[Route], meter: RequestMeter | None) -> None:
        self._hub = hub
        self._meter = meter
        self._table = RouteTable(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        began = time.perf_counter()
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Exception as error:
            response = await anyio.to_thread.run_sync(_refusal, error, _page_address(request))
        request_id = _request_id(request.headers)
        response.headers["X-Request-Id"] = request_id
        started = time.perf_counter()
        try:
            await response(scope, receive, send)
        finally:
            if REQUEST_LOG.isEnabledFor(logging.INFO):
                sending_ms = (time.perf_counter() - started) * 1000
                _log_request(request, response.status_code, (started - began) * 1000, sending_ms, request_id)

    async def _respond(self, request: Request) -> Response:
        _check_framing(request.headers)
        raw_path = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw_path.decode("latin-1")
        route, params = self._table.match(request.method, path)
        query = request.scope["query_string"].decode("latin-1")
        call = Call(
            hub=self._hub,
            method=request.method,
            target=f"{path}?{query}" if query else path,
            params=params,
            query=QueryParams(query),
            headers=request.headers,
            base_url=_base_url(request),
            address=request.client.host if request.client else "-",
            identity=None,
        )
        run = anyio.to_thread.run_sync
        if route.body == "staged":
            call = await run(self._identified, route, call)
            limit_bytes = await run(route.admit, call) if route.admit else route.limit_bytes
            intake = await run(self._hub.staging.start, limit_bytes)
            # A cancelled request must not leave its file behind.
            with intake:
                _check_announced(request.headers, limit_bytes)
                async for piece in _in_pieces(request, _STAGE_PIECE_BYTES):
                    await run(intake.write, piece)
                return await run(route.handler, replace(call, upload=intake.finish()))
        if route.body == "small" and request.method not in ("GET", "HEAD"):
            _check_announced(request.headers, route.limit_bytes)
            call = replace(call, body=await _small_body(request, route.limit_bytes))
        return await run(self._identify_and_handle, route, call)

    def _identify_and_handle(self, route: Route, call: Call) -> Response:
        return route.handler(self._identified(route, call))

    def _identified(self, route: Route, call: Call) -> Call:
        """The call with its caller known and counted. Raises ``Unauthorized``, ``TooMany``."""
        try:
            call = _identified(route, call)
        finally:
            if self._meter and call.identity is None and call.target != _HEALTH:
                self._meter.count_address(call.address)
        if self._meter and call.identity is not None:
            self._meter.count_account(call.identity.name)
        return call


def _identified(route: Route, call: Call) -> Call:
    """The call with its caller known. Raises ``Unauthorized`` for a token that is nobody's."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":  # git and browsers send the token as a password
        # Browsers send it unasked, also for a form on somebody else's page: never let it change anything. (The one form
        # of ours brings a proof that it stood on our page.)
        if call.method not in ("GET", "HEAD") and not route.takes_basic:
            raise Unauthorized("Send the token as a Bearer token")
        token = _password(token)
    elif scheme.lower() != "bearer":
        return call
    if not token.strip():
        return call
    caller: Identity | None = call.hub.tokens.identify(token.strip())
    if caller is None and not call.target.startswith("/cas/"):  # the CAS has tickets of its own
        raise Unauthorized(BAD_TOKEN_TEXT)
    return replace(call, identity=caller)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        raise Unauthorized(BAD_TOKEN_TEXT) from None


# bodies --------------------------------------------------------------------------------------------------------------


def _check_framing(headers: Headers) -> None:
    """A body that says its length twice is read by one program to one end and by a proxy to another (RFC 9112, 6.1)."""
    if "content-length" in headers and "transfer-encoding" in headers:
        raise BadRequest(
            "A request has either Content-Length or Transfer-Encoding", headers={"Connection": "close"}
        )


def _check_announced(headers: Headers, limit_bytes: int) -> None:
    announced = headers.get("content-length", "0")
    if announced.isdigit() and int(announced[:18]) > limit_bytes:
        raise TooLarge(f"The body is larger than {limit_bytes} bytes")


async def _small_body(request: Request, limit_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit_bytes:
            raise TooLarge(f"The body is larger than {limit_bytes} bytes")
    return bytes(body)


async def _in_pieces(request: Request, size: int) -> AsyncIterator[bytes]:
    """The body in pieces large enough to be worth a worker thread's attention."""
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= size:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)


# answers -------------------------------------------------------------------------------------------------------------


def _page_address(request: Request) -> str:
    """The address that a browser asks for a page at; empty for anybody else."""
    path = request.url.path
    if "text/html" not in request.headers.get("accept", "") or path.startswith(("/api/", "/cas/")):
        return ""
    return (request.scope.get("raw_path") or path.encode()).decode("latin-1")


def _refusal(error: Exception, page_address: str) -> Response:
    """A refusal in the Hub's form, or for a browser as a page."""
    if not isinstance(error, HubFault):
        error = _translated(error)
    headers = {"X-Error-Message": _one_line(error.message), **error.headers}
    if error.code:
        headers["X-Error-Code"] = error.code
    as_page = bool(page_address) and error.status >= 400
    # To a client "missing, or not for you" is a 401; a person who follows a dead link is not to be asked for a password.
    status = 404 if as_page and isinstance(error, RepoNotFound) else error.status
    if status == 401:  # git and browsers send what they know only after this
        headers["WWW-Authenticate"] = 'Basic realm="a token as the password"'
    if not as_page:
        return answer(error.body, status, headers)
    from .pages import render

    page = render("fault.html", status, number=status, message=error.message, viewer="", here=page_address)
    page.headers.update(headers)
    return page


def _translated(error: Exception) -> HubFault:
    no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
    if no_room or (
        isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
    ):
        return DiskFull("The disk of the Hub is full; nothing was changed")
    _log.error("a request failed", exc_info=error)
    return HubFault("Internal error; the server's log says more")


def _one_line(text: str) -> str:
    """What may stand in a header: printable ASCII, and no space at either end."""
    printable = "".join(each if " " <= each <= "~" else "?" for each in text.replace("\n", " "))
    return printable[:MAX_HEADER_TEXT].strip()


def _log_request(request: Request, status: int, work_ms: float, sending_ms: float, request_id: str) -> None:
    """One line a request. Addresses that are credentials themselves are cut short."""
    path = request.scope.get("raw_path", b"").decode("latin-1")
    if path.startswith(("/lfs/", "/xorbs/")):
        path = path[:24] + "..."
    client = request.client.host if request.client else "-"
    agent = request.headers.get("user-agent", "-")[:200]
    REQUEST_LOG.info(
        "%s %s %s %d work=%.1fms send=%.1fms id=%s agent=%s",
        client,
        request.method,
        ascii(path)[1:-1],
        status,
        work_ms,
        sending_ms,
        request_id,
        ascii(agent),
    )


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id") or headers.get("x-amzn-trace-id") or ""
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def _base_url(request: Request) -> str:
    host = request.headers.get("host", "")
    if not re.fullmatch(r"[A-Za-z0-9._\-\[\]:]{1,255}", host):
        server = request.scope.get("server") or ("127.0.0.1", 80)
        host = f"{server[0]}:{server[1]}"
    return f"{request.scope.get('scheme', 'http')}://{host}"
