"""What the local Hub refuses, and how each refusal looks on the wire.

HubFault                     every answer that is not a success
├── Moved               307  the repository has another name now
├── BadRequest          400  the request makes no sense
├── Unauthorized        401  no token, or one we do not know
├── Forbidden           403  known, but not allowed
│   └── Gated           403  the repository asks for access first (401 when anonymous)
├── NotFound            404  nothing there
│   ├── RepoNotFound    404  missing, or private and not visible (401 when anonymous)
│   ├── RevisionNotFound
│   └── EntryNotFound
├── Conflict            409  it exists already
├── Stale               412  the branch moved since the caller looked
├── TooLarge            413  a body over the limit
├── BadRange            416  a range past the end
├── Unprocessable       422  a path or hash we will not store
├── TooMany             429  more requests than one account or address may make
└── DiskFull            507  no room left; nothing was changed

``status`` and ``code`` become the status line and ``X-Error-Code``; the message becomes both the body and
``X-Error-Message``. Only the dispatcher in ``app`` turns these into responses.
"""

from __future__ import annotations

from collections.abc import Mapping


class HubFault(Exception):
    """Base of every refusal."""

    status = 500
    code = ""

    def __init__(self, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, object]:
        return {"error": self.message}


class Moved(HubFault):
    status = 307

    def __init__(self, location: str) -> None:
        super().__init__("Moved to another name", headers={"Location": location})


class BadRequest(HubFault):
    status = 400


class Unauthorized(HubFault):
    status = 401


class Forbidden(HubFault):
    status = 403


class Gated(Forbidden):
    code = "GatedRepo"

    def __init__(self, message: str, *, anonymous: bool) -> None:
        super().__init__(message)
        if anonymous:
            self.status = 401


class NotFound(HubFault):
    status = 404


class RepoNotFound(NotFound):
    code = "RepoNotFound"

    def __init__(self, message: str = "Repository not found", *, anonymous: bool = False) -> None:
        super().__init__(message)
        if anonymous:
            self.status = 401


class RevisionNotFound(NotFound):
    code = "RevisionNotFound"


class EntryNotFound(NotFound):
    code = "EntryNotFound"


class Conflict(HubFault):
    status = 409

    def __init__(self, message: str, *, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.details = dict(details or {})

    @property
    def body(self) -> dict[str, object]:
        return {"error": self.message, **self.details}


class Stale(HubFault):
    status = 412


class TooLarge(HubFault):
    status = 413


class BadRange(HubFault):
    status = 416

    def __init__(self, size_bytes: int) -> None:
        super().__init__("Range Not Satisfiable", headers={"Content-Range": f"bytes */{size_bytes}"})


class Unprocessable(HubFault):
    status = 422


class TooMany(HubFault):
    status = 429

    def __init__(self, who: str, *, retry_after_s: int, requests: int, window_s: int) -> None:
        super().__init__(
            f"Too many requests from {who}: at most {requests} in {window_s} seconds; try again in {retry_after_s} s",
            headers={
                "Retry-After": str(retry_after_s),
                # The draft that the official client reads: draft-ietf-httpapi-ratelimit-headers-09
                "RateLimit": f'"api";r=0;t={retry_after_s}',
                "RateLimit-Policy": f'"fixed window";"api";q={requests};w={window_s}',
            },
        )


class DiskFull(HubFault):
    status = 507


class FolderInUse(Exception):
    """Another server holds the folder; start only one server on a folder."""
