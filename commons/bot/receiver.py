"""The receiver: where a Hub delivers its webhooks.

A delivery is believed when it carries the secret, and is never more than a hint that a proposal should be looked at: what is true is read
from the Hub. So it is answered at once, a repeated or replayed one does no harm, and a lost one is made good by the next sweep.
The JSON is parsed here, because the client's own model of it drops fields that are on the wire.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from commons.bot.worker import ProposalWorker
from commons.proposals.report_comment import is_worth_a_look

MAX_BODY_BYTES = 1024 * 1024  # a delivery holds one comment at most, which is 64 KiB
BODY_TIMEOUT_S = 10.0
_PULL = re.compile(r"refs/pr/([1-9][0-9]{0,8})")
_MAX_NUMBER = 10**9
_log = logging.getLogger(__name__)


class _RefusedError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def application(worker: ProposalWorker, *, repo_id: str, secret: str) -> Starlette:
    """The web application; ``secret`` must not be empty, or anybody could make the bot work."""
    if not secret:
        raise ValueError("a receiver needs a secret")

    async def receive(request: Request) -> Response:
        try:
            payload = await _payload(request, secret)
        except _RefusedError as error:
            _log.warning("a delivery was refused: %s", error)
            return JSONResponse({"error": str(error)}, status_code=error.status)
        named = proposals_in(payload, repo_id)
        if not all(worker.wake(number) for number in named):
            return JSONResponse({"error": "too much is waiting"}, status_code=503)
        return JSONResponse({"proposals": named}, status_code=202)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok", "repo": repo_id, "waiting": worker.waiting()})

    return Starlette(
        routes=[
            Route("/webhook", receive, methods=["POST"]),
            Route("/health", health),
            Route("/", health),
        ]
    )


async def _payload(request: Request, secret: str) -> Any:
    """The JSON of a delivery that carries the secret."""
    given = request.headers.get("X-Webhook-Secret", "")
    if not hmac.compare_digest(given.encode("latin-1"), secret.encode()):  # headers are read as Latin-1
        raise _RefusedError(401, "the secret is wrong or missing")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise _RefusedError(413, f"more than {MAX_BODY_BYTES:,} bytes")
    except (TimeoutError, ClientDisconnect):
        raise _RefusedError(408, "the delivery did not arrive whole") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _RefusedError(400, "not JSON") from None


def proposals_in(payload: Any, repo_id: str) -> list[int]:
    """The pull requests of our repository that a delivery gives reason to look at; any JSON value may be asked."""
    repo = _table(payload, "repo")
    if repo.get("type") != "dataset" or str(repo.get("name", "")).lower() != repo_id.lower():
        return []
    scope = _table(payload, "event").get("scope")
    if scope == "repo.content":
        refs = payload.get("updatedRefs")
        named = [str(_table(ref, "").get("ref", "")) for ref in refs] if isinstance(refs, list) else []
        return sorted({int(match[1]) for ref in named if (match := _PULL.fullmatch(ref))})
    discussion = _table(payload, "discussion")
    number = discussion.get("num")
    if discussion.get("isPullRequest") is not True or type(number) is not int or not 0 < number < _MAX_NUMBER:
        return []
    if scope == "discussion.comment" and not is_worth_a_look(
        str(_table(payload, "comment").get("content", ""))
    ):
        return []  # our own report, for one
    return [number] if scope in ("discussion", "discussion.comment") else []


def _table(value: Any, name: str) -> Mapping[str, Any]:
    """``value[name]`` when both are JSON objects (``value`` itself for no name), else an empty one."""
    table = value.get(name) if name and isinstance(value, dict) else value
    return table if isinstance(table, dict) else {}
