"""Cloning and fetching with git itself."""

from __future__ import annotations

from starlette.responses import Response

from ..errors import Forbidden
from ..git_service import ask_git
from ..http import Call, Route

_MAX_REQUEST_BYTES = 64 * 2**20  # a client names the commits it has


def advertise(call: Call) -> Response:
    if call.query.get("service") != "git-upload-pack":
        raise Forbidden("This Hub takes no pushes over git; upload with huggingface_hub")
    return _ask(call, "/info/refs")


def upload_pack(call: Call) -> Response:
    return _ask(call, "/git-upload-pack")


def refuse_push(_: Call) -> Response:
    raise Forbidden("This Hub takes no pushes over git; upload with huggingface_hub")


def _ask(call: Call, path: str) -> Response:
    repository = call.readable
    store = call.hub.references.restore_mirror(repository)
    return ask_git(
        store.folder,
        path,
        method=call.method,
        query=str(call.query),
        headers=call.headers,
        body=call.upload.path if call.upload else None,
    )


def _below(root: str) -> tuple[Route, ...]:
    base = root + "/{namespace}/{name}"
    return (
        Route("GET", base + "/info/refs", advertise),
        Route("POST", base + "/git-upload-pack", upload_pack, "staged", _MAX_REQUEST_BYTES, takes_basic=True),
        Route("POST", base + "/git-receive-pack", refuse_push, "none"),
    )


ROUTES = (*_below(""), *_below("/datasets"), *_below("/spaces"))
