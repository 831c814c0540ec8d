"""Squashing a branch, and looking after stored large files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from ..access import require_admin, require_content, require_write
from ..database import moment
from ..errors import BadRequest, RepoNotFound
from ..http import Call, Route, answer
from ..objects import check_sha256
from ..references import HEADS
from ..repositories import TYPES

_PAGE = 1000


def squash(call: Call) -> Response:
    repository = call.repository
    identity = require_write(call.identity, repository)
    revision = call.params["revision"]
    message = call.json().get("message") or f"Squash {revision}"
    if not isinstance(message, str):
        raise BadRequest("message must be text")
    return answer({"commitOid": call.hub.history.squash(repository, revision, identity, message)})


def list_large_files(call: Call) -> Response:
    repository = call.repository
    require_write(call.identity, repository)
    page, more = call.page(call.hub.history.large_files(repository), _PAGE)
    return answer(
        [
            {
                "fileOid": file.sha256,
                "oid": file.sha256,
                "filename": file.path,
                "pushedAt": moment(datetime.fromtimestamp(file.stored_at, UTC)),
                "ref": file.ref.removeprefix(HEADS) if file.ref else None,
                "size": file.size_bytes,
            }
            for file in page
        ],
        headers=more,
    )


def delete_large_files(call: Call) -> Response:
    repository = call.repository
    require_admin(call.identity, repository)
    deletions = call.json().get("deletions")
    if not isinstance(deletions, dict) or not isinstance(deletions.get("sha"), list):
        raise BadRequest("deletions must name the files in sha")
    doomed = [check_sha256(each) for each in deletions["sha"]]
    call.hub.history.remove_large_files(
        repository, doomed, rewrite=bool(deletions.get("rewriteHistory", True))
    )
    return answer({})


def duplicate_large_files(call: Call) -> Response:
    """Let another repository have large files of this one without sending them again."""
    source = call.readable
    body = call.json()
    target, files = body.get("target"), body.get("files")
    if not isinstance(target, dict) or not isinstance(files, list) or target.get("type") not in TYPES:
        raise BadRequest("target and files are missing")
    destination = call.hub.repositories.find(str(target["type"]), str(target.get("name")))
    if destination is None:
        raise RepoNotFound(anonymous=call.identity is None)
    require_content(call.identity, destination)
    account_id = require_write(call.identity, destination).account.id
    failed: list[dict[str, Any]] = []
    for each in files:
        sha256 = check_sha256(each.get("sha256") if isinstance(each, dict) else None)
        if call.hub.uploads.size(source, sha256, account_id) is None:
            failed.append({"sha256": sha256, "error": "not stored in the source repository"})
            continue
        stored = call.hub.repositories.large_files(source).path(sha256)
        call.hub.repositories.large_files(destination).link_from(stored, sha256)
        call.hub.uploads.record(destination, sha256, account_id)
    return answer({"failed": failed})


_REPOSITORY = "/api/{types}/{namespace}/{name}"

ROUTES = (
    Route("POST", _REPOSITORY + "/super-squash/{revision}", squash),
    Route("GET", _REPOSITORY + "/lfs-files", list_large_files),
    Route("POST", _REPOSITORY + "/lfs-files/batch", delete_large_files),
    Route("POST", _REPOSITORY + "/lfs-files/duplicate", duplicate_large_files),
)
