"""Discussions and pull requests."""

from __future__ import annotations

import html
from typing import Any

from starlette.responses import Response

from ..access import may_write, require_discuss, require_write
from ..accounts import Identity
from ..discussions import Discussion, DiscussionEvent, check_comment
from ..errors import BadRequest, Conflict, Forbidden, NotFound
from ..http import Call, Route, answer
from ..references import MAIN
from ..repositories import StoredRepository

_PAGE = 50
_NUMBER_DIGITS = 9


def list_discussions(call: Call) -> Response:
    repository = call.repository
    page = call.number("p", 0)
    discussions, total = call.hub.discussions.page(
        repository,
        kind=call.query.get("type", "all"),
        status=call.query.get("status", "all"),
        author=call.query.get("author", ""),
        start=page * _PAGE,
        size=_PAGE,
    )
    return answer(
        {
            "discussions": [_summary(repository, each) for each in discussions],
            "count": total,
            "start": page * _PAGE,
            "numClosedDiscussions": 0,
        }
    )


def create(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    body = call.json()
    title, description, hub = body.get("title"), body.get("description"), call.hub
    with hub.references.changing(repository) as change:
        if body.get("pullRequest"):
            head = hub.references.resolve(repository, MAIN)
            num = hub.discussions.open(
                change, identity, title, description, base=MAIN, status="draft", head=head
            )
        else:
            num = hub.discussions.open(change, identity, title, description)
    return answer({"num": num, "url": call.url(repository.web_path, "discussions", str(num))})


def details(call: Call) -> Response:
    repository = call.repository
    discussion = discussion_of(call, repository)
    described = _summary(repository, discussion) | {
        "events": [_event(each) for each in call.hub.discussions.events(discussion)]
    }
    if discussion.is_pull_request:
        changes = {"base": discussion.base}
        if discussion.merge_commit:
            changes["mergeCommitId"] = discussion.merge_commit
        described["changes"] = changes
        described["filesWithConflicts"] = list(call.hub.merging.conflicts(repository, discussion))
        if call.flag("diff"):
            described["diff"] = call.hub.merging.diff(call.readable, discussion)
    return answer(described)


def comment(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    with call.hub.references.changing(repository) as change:
        discussion = discussion_of(call, repository)
        event = call.hub.discussions.comment(change, discussion.num, identity, call.json().get("comment"))
    return answer({"newMessage": _event(event)})


def retitle(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    with call.hub.references.changing(repository) as change:
        discussion = discussion_of(call, repository)
        _require_author_or_writer(identity, repository, discussion.author_id == identity.account.id)
        event = call.hub.discussions.retitle(change, discussion, identity, call.json().get("title"))
    return answer({"newTitle": _event(event)})


def set_status(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    body = call.json()
    status = body.get("status")
    if status not in ("open", "closed"):
        raise BadRequest('status is "open" or "closed"')
    with call.hub.references.changing(repository) as change:
        discussion = discussion_of(call, repository)
        _require_author_or_writer(identity, repository, discussion.author_id == identity.account.id)
        gone = discussion.is_pull_request and not call.hub.references.find(repository, discussion.ref)
        if status == "open" and gone:
            raise Conflict(f"{discussion.ref} was deleted; what it proposed must be proposed anew")
        event = call.hub.discussions.set_status(
            change, discussion, identity, status, comment=_optional_comment(body)
        )
    return answer({"newStatus": _event(event)})


def merge(call: Call) -> Response:
    repository = call.repository
    identity = require_write(call.identity, repository)
    discussion = discussion_of(call, repository)
    event = call.hub.merging.merge(repository, discussion.num, identity, _optional_comment(call.json()))
    return answer({"newStatus": _event(event)})


def delete_ref(call: Call) -> Response:
    """Delete the ref of a closed pull request. (The public Hub has a button for it, and no documented route.)"""
    repository = call.repository
    identity = require_write(call.identity, repository)
    discussion = discussion_of(call, repository)
    event = call.hub.history.delete_pull_request_ref(repository, discussion.num, identity)
    return answer({"refDeletion": _event(event)})


def edit_comment(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    with call.hub.references.changing(repository) as change:
        discussion = discussion_of(call, repository)
        event = call.hub.discussions.event(discussion, call.params["event"])
        if event.author != identity.name:
            raise Forbidden("Only its author can edit a comment")
        event = call.hub.discussions.edit(change, discussion.num, event, identity, call.json().get("content"))
    return answer({"updatedComment": _event(event)})


def hide_comment(call: Call) -> Response:
    repository = call.repository
    identity = require_discuss(call.identity, repository)
    with call.hub.references.changing(repository) as change:
        discussion = discussion_of(call, repository)
        event = call.hub.discussions.event(discussion, call.params["event"])
        _require_author_or_writer(identity, repository, event.author == identity.name)
        event = call.hub.discussions.hide(change, discussion.num, event, identity)
    return answer({"updatedComment": _event(event)})


def discussion_of(call: Call, repository: StoredRepository) -> Discussion:
    text = call.params["num"]
    if not text.isascii() or not text.isdigit() or len(text) > _NUMBER_DIGITS:
        raise NotFound(f"Discussion {text[:_NUMBER_DIGITS]} not found")
    return call.hub.discussions.get(repository, int(text))


def _require_author_or_writer(identity: Identity, repository: StoredRepository, is_author: bool) -> None:
    if not is_author and not may_write(identity, repository):
        raise Forbidden("Forbidden: only its author or somebody who can write to the repository may do this")


def _optional_comment(body: dict[str, Any]) -> str:
    text = check_comment(body.get("comment"), may_be_empty=True)
    return text if text.strip() else ""


def _summary(repository: StoredRepository, discussion: Discussion) -> dict[str, Any]:
    return {
        "num": discussion.num,
        "title": discussion.title,
        "status": discussion.status,
        "author": {"name": discussion.author, "type": "user"},
        "isPullRequest": discussion.is_pull_request,
        "createdAt": discussion.created_at,
        "repo": {"name": repository.full_name, "type": repository.type},
    }


def _event(event: DiscussionEvent) -> dict[str, Any]:
    data = dict(event.data)
    if event.type == "comment":
        data["latest"] = _version(data["latest"])
        data["history"] = [_version(each) for each in data["history"]]
    return {
        "id": event.id,
        "type": event.type,
        "author": {"name": event.author, "type": "user"},
        "createdAt": event.created_at,
        "data": data,
    }


def _version(version: dict[str, Any]) -> dict[str, Any]:
    return version | {"html": f"<p>{html.escape(version['raw'])}</p>"}


_ALL = "/api/{types}/{namespace}/{name}/discussions"
_ONE = _ALL + "/{num}"

ROUTES = (
    Route("GET", _ALL, list_discussions),
    Route("POST", _ALL, create),
    Route("GET", _ONE, details),
    Route("POST", _ONE + "/comment", comment),
    Route("POST", _ONE + "/title", retitle),
    Route("POST", _ONE + "/status", set_status),
    Route("POST", _ONE + "/merge", merge),
    Route("DELETE", _ONE + "/ref", delete_ref),
    Route("POST", _ONE + "/comment/{event}/edit", edit_comment),
    Route("POST", _ONE + "/comment/{event}/hide", hide_comment),
)
