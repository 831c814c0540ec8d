"""The pages for people, at the addresses that clients print."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ..access import may_see
from ..cards import metadata, tags
from ..errors import EntryNotFound
from ..git_store import Entry, GitStore
from ..http import Call, Route
from .discussions import discussion_of
from .listing import MAX_README_BYTES

_MAX_ENTRIES = 1000
_MAX_TEXT_BYTES = 2**18
_PAGE = 50
_KINDS = (("dataset", "Datasets"), ("model", "Models"), ("space", "Spaces"))


def home(call: Call) -> Response:
    return _listing(call, "", "Repositories")


def account(call: Call) -> Response:
    found = call.hub.accounts.get(call.params["namespace"])
    return _listing(call, found.name, found.fullname)


def _listing(call: Call, owner: str, heading: str) -> Response:
    groups = []
    for kind, title in _KINDS:
        found = call.hub.repositories.all(kind, owner=owner)
        groups.append((title, [each for each in found if may_see(call.identity, each)][:_MAX_ENTRIES]))
    return _page("home.html", groups=groups, heading=heading)


def card(call: Call) -> Response:
    from ..pages import card_body

    repository = call.repository
    commit = call.hub.references.resolve(repository, "main")
    store = call.hub.repositories.git(repository)
    readme = _text(store, store.find(commit, "README.md"), MAX_README_BYTES) or ""
    entries, cut = _entries(store, commit, "")
    return _page(
        "card.html",
        repository=repository,
        section="Card",
        card=card_body(readme),
        tags=tags(metadata(readme)),
        entries=entries,
        cut=cut,
        path="",
        revision="main",
    )


def tree(call: Call) -> Response:
    repository = call.readable
    revision, path = call.params["revision"], call.params.get("path", "").strip("/")
    commit = call.hub.references.resolve(repository, revision)
    entries, cut = _entries(call.hub.repositories.git(repository), commit, path)
    above = path.rpartition("/")[0]
    return _page(
        "tree.html",
        repository=repository,
        section="Files",
        entries=entries,
        cut=cut,
        path=path,
        parent=f"/{repository.web_path}/tree/{quote(revision, safe='')}"
        + (f"/{quote(above)}" if above else ""),
        revision=revision,
    )


def file(call: Call) -> Response:
    repository = call.readable
    revision = call.params["revision"]
    commit = call.hub.references.resolve(repository, revision)
    store = call.hub.repositories.git(repository)
    entry = store.entry(commit, call.params["path"])
    if entry.is_folder:
        raise EntryNotFound(f'"{entry.path}" is a folder')
    text = _text(store, entry, _MAX_TEXT_BYTES)
    return _page(
        "file.html", repository=repository, section="Files", entry=entry, text=text, revision=revision
    )


def commits(call: Call) -> Response:
    repository = call.readable
    revision, number = call.params["revision"], call.number("p", 0, high=10**6)
    history = call.hub.repositories.git(repository).history(call.hub.references.resolve(repository, revision))
    found = list(islice(history, number * _PAGE, (number + 1) * _PAGE + 1))
    return _page(
        "commits.html",
        repository=repository,
        section="History",
        commits=found[:_PAGE],
        revision=revision,
        next_page=f"?p={number + 1}" if len(found) > _PAGE else "",
    )


def commit(call: Call) -> Response:
    repository = call.readable
    store = call.hub.repositories.git(repository)
    info = store.commit(call.hub.references.resolve(repository, call.params["oid"]))
    parent = info.parents[0] if info.parents else None
    return _page(
        "commit.html",
        repository=repository,
        section="History",
        commit=info,
        changes=_changes(store, parent, info.oid),
        diff=store.diff_text(parent, info.oid),
        shown_at=info.oid,
    )


def discussions(call: Call) -> Response:
    repository = call.repository
    number = call.number("p", 0, high=10**6)
    found, total = call.hub.discussions.page(
        repository, kind="all", status="all", author="", start=number * _PAGE, size=_PAGE
    )
    return _page(
        "discussions.html",
        repository=repository,
        section="Discussions",
        discussions=found,
        next_page=f"?p={number + 1}" if total > (number + 1) * _PAGE else "",
    )


def discussion(call: Call) -> Response:
    repository = call.repository
    found = discussion_of(call, repository)
    values: dict[str, Any] = {"conflicts": [], "changes": [], "diff": "", "shown_at": ""}
    if found.is_pull_request:
        store = call.hub.repositories.git(call.readable)
        base, head = call.hub.merging.span(repository, found)
        values["conflicts"] = call.hub.merging.conflicts(repository, found)
        if head:
            values |= {
                "changes": _changes(store, base, head),
                "diff": store.diff_text(base, head),
                "shown_at": head,
            }
    return _page(
        "discussion.html",
        repository=repository,
        section="Discussions",
        discussion=found,
        events=call.hub.discussions.events(found),
        **values,
    )


def style(_: Call) -> Response:
    from ..pages import TEMPLATES

    return Response((TEMPLATES / "hub.css").read_bytes(), media_type="text/css")


def _page(template: str, **values: Any) -> Response:
    from ..pages import render  # late: clients never need it

    return render(template, **values)


def _entries(store: GitStore, commit: str, path: str) -> tuple[list[Entry], bool]:
    """What lies in a folder, folders first; and whether there is more than is shown."""
    found = sorted(store.entries(commit, path), key=lambda entry: (not entry.is_folder, entry.path))
    return found[:_MAX_ENTRIES], len(found) > _MAX_ENTRIES


def _changes(store: GitStore, base: str | None, head: str) -> list[tuple[str, str]]:
    """What happened to each path between two commits, in words."""
    found = []
    for path, new in store.changes(base, head).items():
        before = store.find(base, path) if base else None
        found.append((path, "removed" if new is None else "changed" if before else "added"))
    return sorted(found)[:_MAX_ENTRIES]


def _text(store: GitStore, entry: Entry | None, limit_bytes: int) -> str | None:
    """The content of a file if it is text and not too long."""
    if entry is None or entry.is_folder or entry.pointer or entry.is_link or entry.size_bytes > limit_bytes:
        return None
    data = store.blob(entry.oid)
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _of_a_repository(root: str) -> tuple[Route, ...]:
    base = root + "/{namespace}/{name}"
    return (
        Route("GET", base, card),
        Route("GET", base + "/tree/{revision}", tree),
        Route("GET", base + "/tree/{revision}/{path:path}", tree),
        Route("GET", base + "/blob/{revision}/{path:path}", file),
        Route("GET", base + "/commits/{revision}", commits),
        Route("GET", base + "/commit/{oid}", commit),
        Route("GET", base + "/discussions", discussions),
        Route("GET", base + "/discussions/{num}", discussion),
    )


ROUTES = (
    Route("GET", "/", home),
    Route("GET", "/static/hub.css", style),
    Route("GET", "/{namespace}", account),
    *_of_a_repository(""),
    *_of_a_repository("/datasets"),
    *_of_a_repository("/spaces"),
)
