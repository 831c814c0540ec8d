"""The pages for people, at the addresses that clients print."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.responses import Response

from ..access import may_see, may_write, require_identity, require_write
from ..cards import metadata, tags
from ..discussions import Discussion
from ..errors import BadRequest, EntryNotFound, Forbidden
from ..git_store import GitStore, TreeEntry
from ..http import Call, Route
from ..repositories import StoredRepository
from . import admission
from .discussions import discussion_of
from .listing import MAX_README_BYTES

_MAX_ENTRIES = 1000
_MAX_TEXT_BYTES = 2**18
_PAGE = 50
_DELETES_REF = "delete-ref"
_FORM_S = 3600
_KINDS = (("dataset", "Datasets"), ("model", "Models"), ("space", "Spaces"))


def home(call: Call) -> Response:
    return _listing(call, "", "Repositories")


def account(call: Call) -> Response:
    owner = call.hub.accounts.get(call.params["namespace"])
    return _listing(call, owner.name, owner.fullname)


def _listing(call: Call, owner: str, heading: str) -> Response:
    groups = []
    for kind, title in _KINDS:
        repositories = call.hub.repositories.all(kind, owner=owner)
        groups.append((title, [each for each in repositories if may_see(call.identity, each)][:_MAX_ENTRIES]))
    return _page(call, "home.html", groups=groups, heading=heading)


def card(call: Call) -> Response:
    from ..pages import card_body

    repository = call.repository
    commit = call.hub.references.resolve(repository, "main")
    store = call.hub.repositories.git(repository)
    readme = _text(store, store.find(commit, "README.md"), MAX_README_BYTES) or ""
    entries, cut = _entries(store, commit, "")
    return _page(
        call,
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
        call,
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
        call, "file.html", repository=repository, section="Files", entry=entry, text=text, revision=revision
    )


def commits(call: Call) -> Response:
    repository = call.readable
    revision, number = call.params["revision"], call.number("p", 0, high=10**6)
    history = call.hub.repositories.git(repository).history(call.hub.references.resolve(repository, revision))
    commits = list(islice(history, number * _PAGE, (number + 1) * _PAGE + 1))
    return _page(
        call,
        "commits.html",
        repository=repository,
        section="History",
        commits=commits[:_PAGE],
        revision=revision,
        next_page=f"?p={number + 1}" if len(commits) > _PAGE else "",
    )


def commit(call: Call) -> Response:
    repository = call.readable
    store = call.hub.repositories.git(repository)
    info = store.commit(call.hub.references.resolve(repository, call.params["oid"]))
    parent = info.parents[0] if info.parents else None
    return _page(
        call,
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
    discussions, total = call.hub.discussions.page(
        repository, kind="all", status="all", author="", start=number * _PAGE, size=_PAGE
    )
    return _page(
        call,
        "discussions.html",
        repository=repository,
        section="Discussions",
        discussions=discussions,
        next_page=f"?p={number + 1}" if total > (number + 1) * _PAGE else "",
    )


def discussion(call: Call) -> Response:
    repository = call.repository
    discussion = discussion_of(call, repository)
    values: dict[str, Any] = {"conflicts": [], "changes": [], "diff": "", "shown_at": ""}
    values["has_ref"] = bool(call.hub.references.find(repository, discussion.ref))
    if discussion.is_pull_request:
        store = call.hub.repositories.git(call.readable)
        base, head = call.hub.merging.span(repository, discussion)
        values["conflicts"] = call.hub.merging.conflicts(repository, discussion)
        if head:
            values |= {
                "changes": _changes(store, base, head),
                "diff": store.diff_text(base, head),
                "shown_at": head,
            }
    deletion = _deletion(call, repository, discussion)
    events = call.hub.discussions.events(discussion)
    commits = {each.data["oid"] for each in events if each.type == "commit"}
    return _page(
        call,
        "discussion.html",
        form=deletion is not None,
        repository=repository,
        section="Discussions",
        discussion=discussion,
        events=events,
        shown_commits={oid for oid in commits if call.hub.references.reaches(repository, oid)},
        deletion=deletion,
        **values,
    )


def _deletion(call: Call, repository: StoredRepository, discussion: Discussion) -> dict[str, Any] | None:
    """The button that deletes the ref of a closed pull request, for those who may."""
    if call.identity is None or not may_write(call.identity, repository):
        return None
    size_bytes = call.hub.history.deletable_bytes(repository, discussion)
    if size_bytes is None:
        return None
    # A browser sends the password with any form, also one on somebody else's page; that page cannot read this.
    proof = admission.ticket(call, _DELETES_REF, repository, valid_s=_FORM_S, num=discussion.num)
    return {"size_bytes": size_bytes, "proof": proof}


def delete_ref(call: Call) -> Response:
    """What the button on the page of a pull request does."""
    repository = call.repository
    identity = require_write(call.identity, repository)
    discussion = discussion_of(call, repository)
    try:
        proof = parse_qs(call.body.decode(), max_num_fields=4).get("proof", [""])[0]
    except ValueError:
        raise BadRequest("The form is not valid") from None
    shown = admission.admit(call, (_DELETES_REF,), proof)
    meant = (shown.repository.id, shown.facts["num"], shown.identity and shown.identity.token_id)
    if meant != (repository.id, discussion.num, identity.token_id):
        raise Forbidden("Forbidden: this form was made for something else")
    call.hub.history.delete_pull_request_ref(repository, discussion.num, identity)
    return Response(
        status_code=303, headers={"Location": f"/{repository.web_path}/discussions/{discussion.num}"}
    )


def sign_in(call: Call) -> Response:
    """A browser asks for the token once it is told to, and sends it from then on."""
    require_identity(call.identity)
    target = call.query.get("next", "/")
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return Response(status_code=303, headers={"Location": quote(target, safe="/%?=&") if ours else "/"})


def style(_: Call) -> Response:
    from ..pages import TEMPLATES

    return Response((TEMPLATES / "hub.css").read_bytes(), media_type="text/css")


def _page(call: Call, template: str, **values: Any) -> Response:
    from ..pages import render  # late: clients never need it

    return render(template, viewer=call.identity.name if call.identity else "", here=call.target, **values)


def _entries(store: GitStore, commit: str, path: str) -> tuple[list[TreeEntry], bool]:
    """What lies in a folder, folders first; and whether there is more than is shown."""
    entries = sorted(store.entries(commit, path), key=lambda entry: (not entry.is_folder, entry.path))
    return entries[:_MAX_ENTRIES], len(entries) > _MAX_ENTRIES


def _changes(store: GitStore, base: str | None, head: str) -> list[tuple[str, str]]:
    """What happened to each path between two commits, in words."""
    changes = []
    for path, new in store.changes(base, head).items():
        before = store.find(base, path) if base else None
        changes.append((path, "removed" if new is None else "changed" if before else "added"))
    return sorted(changes)[:_MAX_ENTRIES]


def _text(store: GitStore, entry: TreeEntry | None, limit_bytes: int) -> str | None:
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
        Route("POST", base + "/discussions/{num}/delete-ref", delete_ref, takes_basic=True),
    )


ROUTES = (
    Route("GET", "/", home),
    Route("GET", "/login", sign_in),
    Route("GET", "/static/hub.css", style),
    Route("GET", "/{namespace}", account),
    *_of_a_repository(""),
    *_of_a_repository("/datasets"),
    *_of_a_repository("/spaces"),
)
