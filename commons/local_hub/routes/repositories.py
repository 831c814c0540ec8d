"""Creating, moving, configuring and deleting repositories."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..access import require_admin, require_identity, require_namespace
from ..accounts import Account
from ..errors import BadRequest, Conflict, Forbidden, RepoNotFound
from ..http import Call, Route, answer
from ..repositories import TYPES, StoredRepository


def create(call: Call) -> Response:
    body = call.json()
    identity = require_identity(call.identity)
    type_, owner, name = _named(call, body)
    existing = call.hub.repositories.find(type_, f"{owner.name}/{name}")
    require_namespace(identity, owner)
    if existing:
        raise _taken(call, existing)
    private = _privacy(body)
    sdk = body.get("sdk")
    try:
        made = call.hub.repositories.create(
            type_,
            owner,
            name,
            creator=identity.name,
            private=owner.private_by_default if private is None else private,
            sdk=sdk if isinstance(sdk, str) else None,
        )
    except Conflict:  # somebody was faster
        existing = call.hub.repositories.find(type_, f"{owner.name}/{name}")
        if existing is None:
            raise
        raise _taken(call, existing) from None
    return answer({"url": call.url(made.web_path), "name": made.full_name, "id": made.id})


def delete(call: Call) -> Response:
    type_, owner, name = _named(call, call.json())
    repository = call.hub.repositories.find(type_, f"{owner.name}/{name}")
    if repository is None:
        require_identity(call.identity)
        raise RepoNotFound
    require_admin(call.identity, repository)
    call.hub.repositories.delete(repository)
    return answer({})


def move(call: Call) -> Response:
    body = call.json()
    type_ = _type(body)
    source, target = body.get("fromRepo"), body.get("toRepo")
    if not isinstance(source, str) or not isinstance(target, str) or target.count("/") != 1:
        raise BadRequest('fromRepo and toRepo must be of the form "namespace/name"')
    repository = call.hub.repositories.find(type_, source)
    if repository is None:
        require_identity(call.identity)
        raise RepoNotFound
    identity = require_admin(call.identity, repository)
    namespace, name = target.split("/")
    owner = call.hub.accounts.find(namespace)
    if owner is None:
        raise Forbidden(f'Forbidden: no namespace is called "{namespace}"')
    require_namespace(identity, owner)
    moved = call.hub.repositories.move(repository, owner, name)
    return answer({"url": call.url(moved.web_path)})


def settings(call: Call) -> Response:
    repository = call.repository
    require_admin(call.identity, repository)
    body = call.json()
    changed = call.hub.repositories.configure(repository, private=_privacy(body), gated=body.get("gated"))
    return answer(
        {
            "private": changed.private,
            "visibility": "private" if changed.private else "public",
            "gated": changed.gated or False,
        }
    )


def _named(call: Call, body: dict[str, Any]) -> tuple[str, Account, str]:
    """Type, owner and own name of the repository a body speaks of."""
    identity = require_identity(call.identity)
    name, organization = body.get("name"), body.get("organization")
    if not isinstance(name, str) or not isinstance(organization, str | None):
        raise BadRequest("name must be text")
    if "/" in name and organization is None:
        organization, _, name = name.partition("/")
    owner = identity.account if organization is None else call.hub.accounts.find(organization)
    if owner is None:
        raise Forbidden(
            f'Forbidden: you don\'t have the rights to create a repository under "{organization}"'
        )
    return _type(body), owner, name


def _type(body: dict[str, Any]) -> str:
    type_ = body.get("type") or "model"
    if type_ not in TYPES:
        raise BadRequest(f"Unknown repository type {type_!r}; one of {', '.join(TYPES)}")
    return str(type_)


def _privacy(body: dict[str, Any]) -> bool | None:
    visibility, private = body.get("visibility"), body.get("private")
    if visibility in ("public", "private"):
        return bool(visibility == "private")
    if visibility is not None or not isinstance(private, bool | None):
        raise BadRequest('visibility is "public" or "private"')
    return private


def _taken(call: Call, repository: StoredRepository) -> Conflict:
    return Conflict(
        f"You already created this {repository.type} repo: {repository.full_name}",
        details={"url": call.url(repository.web_path), "name": repository.full_name, "id": repository.id},
    )


ROUTES = (
    Route("POST", "/api/repos/create", create),
    Route("DELETE", "/api/repos/delete", delete),
    Route("POST", "/api/repos/move", move),
    Route("PUT", "/api/{types}/{namespace}/{name}/settings", settings),
)
