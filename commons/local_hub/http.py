"""The frame that every route stands in: what a handler is given, how bodies come in, how files go out.

A handler is an ordinary function ``(call: Call) -> Response``. It runs in a worker thread, so it may use the disk and the
database freely. Its body is there before it starts: small ones as bytes, uploads as a staged file. Only sending a file
is asynchronous, and that is ``FileResponse`` here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, TypeVar
from urllib.parse import quote, urlencode

import anyio
import anyio.to_thread
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .access import require_content, require_see
from .accounts import Identity
from .byte_ranges import ByteRange
from .errors import BadRequest, Moved, NotFound, RepoNotFound
from .hub import LocalHub
from .repositories import StoredRepository
from .staging import StagedFile

MAX_JSON_BYTES = 8 * 2**20
SEND_PIECE_BYTES = 2**20
_TYPES = {"models": "model", "datasets": "dataset", "spaces": "space"}

_Item = TypeVar("_Item")
BodyKind = Literal["none", "small", "staged"]


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as a handler sees it."""

    hub: LocalHub
    method: str
    target: str  # path and query as they were sent
    params: Mapping[str, str]
    query: QueryParams
    headers: Headers
    base_url: str  # as the client addressed us, without a trailing slash
    address: str  # the caller's, on the network
    identity: Identity | None
    body: bytes = b""
    upload: StagedFile | None = field(default=None)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty or ``null`` body is an empty one."""
        if not self.body.strip():
            return {}
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise BadRequest("The body is not valid JSON") from None
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise BadRequest("The body must be a JSON object")
        return value

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def number(self, name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
        text = self.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
            raise BadRequest(f"{name} must be a number from {low} to {high}")
        return int(text)

    @property
    def repository(self) -> StoredRepository:
        """The repository the address names, if the caller may see it. Raises ``RepoNotFound``."""
        repository = self.hub.repositories.find(self.repository_type, self.repository_name)
        if repository is None:
            moved = self.hub.repositories.moved_to(self.repository_type, self.repository_name)
            if moved is None:
                raise RepoNotFound(anonymous=self.identity is None)
            require_see(self.identity, moved)
            raise Moved(self.base_url + self.target.replace(self.repository_name, moved.full_name, 1))
        require_see(self.identity, repository)
        return repository

    @property
    def readable(self) -> StoredRepository:
        """The same, if the caller may also read its files."""
        repository = self.repository
        require_content(self.identity, repository)
        return repository

    @property
    def repository_type(self) -> str:
        named = self.params.get("types")
        if named is None:  # an address on the web: models have no prefix
            return _TYPES.get(self.target.split("/", 2)[1], "model")
        if named not in _TYPES:
            raise NotFound("Sorry, we can't find the page you are looking for.")
        return _TYPES[named]

    @property
    def repository_name(self) -> str:
        # Git clients add `.git`, which no repository's own name ends in.
        return f"{self.params['namespace']}/{self.params['name'].removesuffix('.git')}"

    def url(self, *parts: str, **query: str) -> str:
        """An absolute address below the one the client used."""
        path = "/".join(quote(part, safe="/") for part in parts)
        return f"{self.base_url}/{path}" + (f"?{urlencode(query)}" if query else "")

    def page(self, items: Sequence[_Item], size: int) -> tuple[list[_Item], dict[str, str]]:
        """The ``size`` items from the call's cursor on, and the ``Link`` header that leads to the next ones, if there are any."""
        start = self.number("cursor", 0)
        end = start + size
        return list(items[start:end]), self.next_page(cursor=str(end)) if end < len(items) else {}

    def next_page(self, **query: str) -> dict[str, str]:
        """The ``Link`` header that leads to the next page of this very call."""
        other_fields = [(key, value) for key, value in self.query.multi_items() if key not in query]
        path = self.target.partition("?")[0]
        address = f"{self.base_url}{path}?{urlencode([*other_fields, *query.items()])}"
        return {"Link": f'<{address}>; rel="next"'}


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """``pattern`` is a path whose ``{name}`` segments match one segment, and ``{name:path}`` all that remain."""

    method: str
    pattern: str
    handler: Handler
    body: BodyKind = "small"
    limit_bytes: int = MAX_JSON_BYTES
    # Run before a staged body is read: refuses early, or answers how long the body may be at most.
    admit: Callable[[Call], int] | None = None
    # May a browser's password change something here? Only where it changes nothing, or the request proves more.
    takes_basic: bool = False


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(value, status, headers)


class FileResponse(Response):
    """A file, or a part of one, sent in pieces; with ``HEAD`` the same headers and no body."""

    def __init__(self, path: Path, part: ByteRange, *, headers: Mapping[str, str], head: bool) -> None:
        super().__init__(status_code=206 if part.partial else 200, headers=dict(headers))
        self._path = path
        self._part = part
        self._head = head
        self.headers["content-length"] = str(part.end - part.start)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if not self._head:
            file = await anyio.to_thread.run_sync(self._open)
            try:
                left = self._part.end - self._part.start
                while left > 0:
                    piece = await anyio.to_thread.run_sync(file.read, min(SEND_PIECE_BYTES, left))
                    if not piece:
                        raise OSError(f"{self._path} ended early")
                    left -= len(piece)
                    await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
                if self._part.end > self._part.start:
                    return
            finally:
                file.close()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _open(self) -> IO[bytes]:
        file = self._path.open("rb", buffering=0)
        file.seek(self._part.start)
        return file
