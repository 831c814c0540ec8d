"""Information about one repository, and finding repositories."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..access import may_see, require_identity
from ..cards import metadata, tags
from ..errors import BadRequest, NotFound, RepoNotFound
from ..git_store import TreeEntry
from ..http import Call, Route, answer
from ..references import MAIN
from ..repositories import TYPES, StoredRepository

MAX_README_BYTES = 2**20
_PAGE = 1000
_ALWAYS = ("_id", "id")


def info(call: Call) -> Response:
    repository = call.repository
    commit = call.hub.references.resolve(repository, call.params.get("revision", "main"))
    expand = call.query.getlist("expand") + call.query.getlist("expand[]")
    facts = describe(call, repository, commit, blobs=call.flag("blobs"), with_files=True)
    if expand:
        facts = {key: value for key, value in facts.items() if key in (*_ALWAYS, *expand)}
    return answer(facts)


def without_namespace(call: Call) -> Response:
    """Repositories of one word exist on the public Hub only; clients ask for them as for any other."""
    raise RepoNotFound(anonymous=call.identity is None)


def search(call: Call) -> Response:
    type_ = call.params["types"].removesuffix("s")
    if type_ not in TYPES or not call.params["types"].endswith("s"):
        raise NotFound("Sorry, we can't find the page you are looking for.")
    repositories = [each for each in _matching(call, type_) if may_see(call.identity, each)]
    if call.query.get("sort") in ("lastModified", "last_modified"):
        repositories.sort(key=lambda repository: repository.updated_at, reverse=True)
    wanted_tags = {part for each in call.query.getlist("filter") for part in each.split(",")}
    if wanted_tags:  # tags are in the cards, so all of them must be read
        repositories = [
            each
            for each in repositories
            if wanted_tags <= set(tags(card_data(call, each, _main(call, each))))
        ]
    page, more = call.page(repositories, min(call.number("limit", _PAGE, low=1), _PAGE))
    return answer([_listed(call, each) for each in page], headers=more)


def _matching(call: Call, type_: str) -> list[StoredRepository]:
    """By what the database knows, newest first."""
    gated = call.query.get("gated")
    repositories = call.hub.repositories.all(
        type_, owner=call.query.get("author", ""), search=tuple(call.query.getlist("search"))
    )
    return [each for each in repositories if gated is None or bool(each.gated) == call.flag("gated")]


def _listed(call: Call, repository: StoredRepository) -> dict[str, Any]:
    expand = call.query.getlist("expand") + call.query.getlist("expand[]")
    full = call.flag("full")
    facts = describe(
        call, repository, _main(call, repository), blobs=False, with_files=full or "siblings" in expand
    )
    if expand:
        return {key: value for key, value in facts.items() if key in (*_ALWAYS, *expand)}
    if not full:
        facts.pop("cardData")
    return facts


def _main(call: Call, repository: StoredRepository) -> str | None:
    return call.hub.references.find(repository, MAIN)


def describe(
    call: Call, repository: StoredRepository, commit: str | None, *, blobs: bool, with_files: bool
) -> dict[str, Any]:
    """What the Hub says about a repository at a commit."""
    store = call.hub.repositories.git(repository)
    card = card_data(call, repository, commit)
    facts: dict[str, Any] = {
        "_id": repository.id,
        "id": repository.full_name,
        "author": repository.owner,
        "sha": commit,
        "lastModified": repository.updated_at,
        "createdAt": repository.created_at,
        "private": repository.private,
        "gated": repository.gated or False,
        "disabled": False,
        "downloads": 0,
        "downloadsAllTime": 0,
        "likes": 0,
        "trendingScore": 0,
        "tags": tags(card),
        "cardData": card,
        "description": str(card.get("pretty_name") or ""),
        "citation": None,
        "paperswithcode_id": None,
        "resourceGroup": None,
        "usedStorage": 0,
    }
    if repository.type == "model":
        facts["modelId"] = repository.full_name
    if repository.type == "space":
        facts["sdk"] = repository.sdk
    if with_files:
        files = list(store.files(commit)) if commit else []
        facts["siblings"] = [_sibling(file, blobs=blobs) for file in files]
        facts["usedStorage"] = sum(file.size_bytes for file in files)
    return facts


def card_data(call: Call, repository: StoredRepository, commit: str | None) -> dict[str, Any]:
    store = call.hub.repositories.git(repository)
    readme = store.find(commit, "README.md") if commit else None
    if readme is None or readme.is_folder or readme.pointer or readme.size_bytes > MAX_README_BYTES:
        return {}
    return metadata(store.blob(readme.oid).decode("utf-8", "replace"))


def _sibling(file: TreeEntry, *, blobs: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"rfilename": file.path}
    if blobs:
        facts |= {"size": file.size_bytes, "blobId": file.oid}
        if file.pointer:
            facts["lfs"] = {
                "size": file.size_bytes,
                "sha256": file.pointer.sha256,
                "pointerSize": file.pointer_bytes,
            }
    return facts


def own_repositories(call: Call) -> Response:
    return _settings_list(call, require_identity(call.identity).account.name)


def organization_repositories(call: Call) -> Response:
    return _settings_list(call, call.params["organization"])


def _settings_list(call: Call, owner: str) -> Response:
    identity = require_identity(call.identity)
    account = call.hub.accounts.get(owner)
    if identity.role_in(account.id) is None:
        raise NotFound(f"No organization of yours is called {owner}")
    kind = call.query.get("type")
    if kind not in (None, "all", *TYPES):
        raise BadRequest(f"type must be one of {', '.join(TYPES)}")
    listed = []
    for repository in call.hub.repositories.owned_by(account):
        if kind not in (None, "all", repository.type):
            continue
        listed.append(
            {
                "id": repository.full_name,
                "type": repository.type,
                "updatedAt": repository.updated_at,
                "visibility": "private" if repository.private else "public",
                "storage": call.hub.repositories.stored_bytes(repository),
            }
        )
    page, more = call.page(listed, call.number("limit", _PAGE, low=1))
    return answer(page, headers=more)


ROUTES = (
    Route("GET", "/api/settings/repositories", own_repositories),
    Route("GET", "/api/organizations/{organization}/settings/repositories", organization_repositories),
    Route("GET", "/api/{types}", search),
    *(
        Route("GET", "/api/{types}/{namespace}" + rest, without_namespace)
        for rest in ("", "/refs", "/revision/{revision}", "/commits/{revision}", "/tree/{revision}")
    ),
    Route("GET", "/api/{types}/{namespace}/{name}", info),
    Route("GET", "/api/{types}/{namespace}/{name}/revision/{revision}", info),
)
