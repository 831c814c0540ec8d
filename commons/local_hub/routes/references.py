"""Refs, branches, tags and history."""

from __future__ import annotations

from itertools import islice
from typing import Any

from starlette.responses import Response

from ..access import require_write
from ..database import moment
from ..git_store import CommitInfo
from ..http import Call, Route, answer
from ..references import CONVERTS, HEADS, PULLS, TAGS

_PAGE = 50
_MAX_PAGE = 1000


def refs(call: Call) -> Response:
    repository = call.readable
    refs = call.hub.references.all(repository)

    def listed(prefix: str) -> list[dict[str, Any]]:
        return [
            {"name": ref.name.removeprefix(prefix), "ref": ref.name, "targetCommit": ref.commit}
            for ref in refs
            if ref.name.startswith(prefix)
        ]

    answered = {"branches": listed(HEADS), "converts": listed(CONVERTS), "tags": listed(TAGS)}
    if call.flag("include_prs"):
        answered["pullRequests"] = sorted(listed(PULLS), key=lambda item: int(item["name"]))
    return answer(answered)


def commits(call: Call) -> Response:
    repository = call.readable
    commit = call.hub.references.resolve(repository, call.params["revision"])
    page, size = call.number("p", 0), call.number("limit", _PAGE, low=1, high=_MAX_PAGE)
    history = call.hub.repositories.git(repository).history(commit)
    commits = list(islice(history, page * size, page * size + size + 1))
    formatted = "formatted" in call.query.getlist("expand[]") + call.query.getlist("expand")
    headers = call.next_page(p=str(page + 1)) if len(commits) > size else {}
    return answer([_commit(each, formatted=formatted) for each in commits[:size]], headers=headers)


def _commit(commit: CommitInfo, *, formatted: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": commit.oid,
        "title": commit.title,
        "message": commit.message,
        "authors": [{"user": commit.author}],
        "date": moment(commit.date),
    }
    if formatted:
        described["formatted"] = {"title": commit.title, "message": commit.message}
    return described


def create_branch(call: Call) -> Response:
    repository = call.repository
    require_write(call.identity, repository)
    start = call.json().get("startingPoint")
    call.hub.references.create_branch(repository, call.params["branch"], str(start) if start else None)
    return answer({})


def delete_branch(call: Call) -> Response:
    repository = call.repository
    require_write(call.identity, repository)
    call.hub.references.delete_branch(repository, call.params["branch"])
    return answer({})


def create_tag(call: Call) -> Response:
    repository = call.repository
    identity = require_write(call.identity, repository)
    body = call.json()
    call.hub.references.create_tag(
        repository,
        body.get("tag"),
        call.params["revision"],
        str(body.get("message") or ""),
        tagger=identity.name,
    )
    return answer({})


def delete_tag(call: Call) -> Response:
    repository = call.repository
    require_write(call.identity, repository)
    call.hub.references.delete_tag(repository, call.params["revision"])
    return answer({})


ROUTES = (
    Route("GET", "/api/{types}/{namespace}/{name}/refs", refs),
    Route("GET", "/api/{types}/{namespace}/{name}/commits/{revision}", commits),
    Route("POST", "/api/{types}/{namespace}/{name}/branch/{branch:path}", create_branch),
    Route("DELETE", "/api/{types}/{namespace}/{name}/branch/{branch:path}", delete_branch),
    Route("POST", "/api/{types}/{namespace}/{name}/tag/{revision}", create_tag),
    Route("DELETE", "/api/{types}/{namespace}/{name}/tag/{revision}", delete_tag),
)
