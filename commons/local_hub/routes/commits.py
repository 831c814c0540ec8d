"""Uploading, first and last step: how each file should be sent, and the commit itself."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..access import require_discuss, require_write
from ..accounts import Identity
from ..errors import BadRequest, Forbidden
from ..git_store import GitStore, TreeEntry
from ..http import Call, Route, answer
from ..hub import LocalHub
from ..ignore_rules import Attributes, IgnoreRules, check_effort
from ..paths import MAX_PATH_BYTES
from ..references import PULLS
from ..repositories import StoredRepository

LARGE_FILE_BYTES = 10 * 2**20  # larger files never travel inside a commit
MAX_COMMIT_BYTES = 4 * 2**30
_MAX_RULES_BYTES = 2**18
_MAX_FILES = 10_000


def require_commit(call: Call, repository: StoredRepository, revision: str) -> Identity:
    """May the caller commit here?"""
    return require_commit_as(call.hub, call.identity, repository, revision, create_pr=call.flag("create_pr"))


def require_commit_as(
    hub: LocalHub, who: Identity | None, repository: StoredRepository, revision: str, *, create_pr: bool
) -> Identity:
    """May they commit here: to a branch as a writer, to a pull request also as its author?"""
    if create_pr:
        return require_discuss(who, repository)
    if revision.startswith(PULLS) and revision.removeprefix(PULLS).isdigit():
        identity = require_discuss(who, repository)
        num = int(revision.removeprefix(PULLS)[:9])
        if hub.references.find(repository, revision):
            pull_request = hub.discussions.get(repository, num)
            if pull_request.status == "merged":
                raise Forbidden(f"Pull request {num} is merged; what was merged is not exchanged afterwards")
            if pull_request.author_id == identity.account.id:
                return identity
    return require_write(who, repository)


def preupload(call: Call) -> Response:
    repository, revision = call.readable, call.params["revision"]
    require_commit(call, repository, revision)
    commit = call.hub.references.resolve(repository, revision)
    store = call.hub.repositories.git(repository)
    body = call.json()
    files = body.get("files")
    if not isinstance(files, list) or len(files) > _MAX_FILES:
        raise BadRequest(f"files must be a list of at most {_MAX_FILES}")
    given = body.get("gitIgnore")
    rules = IgnoreRules(given if isinstance(given, str) else _text(store, commit, ".gitignore"))
    attributes = Attributes(_text(store, commit, ".gitattributes"))
    wanted = [_wanted(each) for each in files]
    check_effort(rules, attributes, [path for path, _ in wanted])
    return answer(
        {
            "files": [
                _advice(
                    path, size, store.find(commit, path) if _is_ordinary(path) else None, attributes, rules
                )
                for path, size in wanted
            ]
        }
    )


def _wanted(file: Any) -> tuple[str, int]:
    if (
        not isinstance(file, dict)
        or not isinstance(file.get("path"), str)
        or not isinstance(file.get("size"), int)
    ):
        raise BadRequest("Each file needs a path and a size")
    return file["path"], file["size"]


def _advice(
    path: str, size: int, present: TreeEntry | None, attributes: Attributes, rules: IgnoreRules
) -> dict[str, Any]:
    # A path that cannot be stored is refused by the commit; nobody need compare it with rules.
    ordinary = _is_ordinary(path)
    large = size > LARGE_FILE_BYTES or (ordinary and attributes.makes_large(path))
    advice = {
        "path": path,
        "uploadMode": "lfs" if large else "regular",
        "shouldIgnore": ordinary and rules.leaves_out(path),
    }
    identity = _identity_of(present, large=large)
    return advice | {"oid": identity} if identity else advice


def _identity_of(present: TreeEntry | None, *, large: bool) -> str | None:
    """By what a client recognises that the file did not change."""
    if present is None or present.is_folder:
        return None
    if large:
        return present.pointer.sha256 if present.pointer else None
    return None if present.pointer else present.oid


def _is_ordinary(path: str) -> bool:
    return 0 < len(path) <= MAX_PATH_BYTES and not path.startswith("/") and "\0" not in path


def _text(store: GitStore, commit: str, path: str) -> str:
    file = store.find(commit, path)
    if file is None or file.is_folder or file.pointer or file.size_bytes > _MAX_RULES_BYTES:
        return ""
    return store.blob(file.oid).decode("utf-8", "replace")


def admit_commit(call: Call) -> int:
    require_commit(call, call.readable, call.params["revision"])
    return MAX_COMMIT_BYTES


def commit(call: Call) -> Response:
    repository, revision = call.readable, call.params["revision"]
    identity = require_commit(call, repository, revision)
    assert call.upload is not None  # noqa: S101
    done = call.hub.commits.apply(
        repository, revision, call.upload.path, identity, create_pr=call.flag("create_pr")
    )
    reply = {
        "success": True,
        "commitOid": done.oid,
        "commitUrl": call.url(repository.web_path, "commit", done.oid),
        "hookOutput": "",
    }
    if done.pull_request is not None:
        reply["pullRequestUrl"] = call.url(repository.web_path, "discussions", str(done.pull_request))
    return answer(reply)


ROUTES = (
    Route("POST", "/api/{types}/{namespace}/{name}/preupload/{revision}", preupload),
    Route(
        "POST",
        "/api/{types}/{namespace}/{name}/commit/{revision}",
        commit,
        body="staged",
        admit=admit_commit,
    ),
)
