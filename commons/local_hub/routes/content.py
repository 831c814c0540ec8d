"""Reading files: trees, facts about paths, and the bytes themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.responses import Response

from ..byte_ranges import parse_range, range_headers
from ..database import moment
from ..errors import BadRequest, EntryNotFound
from ..git_store import CommitInfo, GitStore, TreeEntry
from ..http import Call, FileResponse, Route, answer
from ..repositories import StoredRepository
from .listing import without_namespace

_PAGE, _EXPANDED_PAGE = 1000, 50
_MAX_PATHS = 10_000
# Text is shown, everything else is downloaded: a file of somebody's must not run as a page of this Hub.
_SHOWN_TYPES = {".md": "text/plain", ".txt": "text/plain", ".json": "text/plain", ".csv": "text/plain"}


def tree(call: Call) -> Response:
    repository = call.readable
    commit = call.hub.references.resolve(repository, call.params["revision"])
    store = call.hub.repositories.git(repository)
    expand = call.flag("expand")
    entries = list(
        store.entries(commit, call.params.get("path", "").strip("/"), recursive=call.flag("recursive"))
    )
    size = min(call.number("limit", _PAGE, low=1), _EXPANDED_PAGE if expand else _PAGE)
    page, more = call.page(entries, size)
    headers = {"X-Repo-Commit": commit, **more}
    return answer(_described(call, repository, commit, page, expand=expand), headers=headers)


def paths_info(call: Call) -> Response:
    repository = call.readable
    commit = call.hub.references.resolve(repository, call.params["revision"])
    store = call.hub.repositories.git(repository)
    if "json" in call.headers.get("content-type", ""):
        body = call.json()
        paths, expand = body.get("paths", []), bool(body.get("expand"))
        paths = [paths] if isinstance(paths, str) else paths
    else:
        try:
            form = parse_qs(call.body.decode(), max_num_fields=_MAX_PATHS)
        except ValueError:
            raise BadRequest("The form is not valid, or names too many paths") from None
        paths, expand = form.get("paths", []), form.get("expand", [""])[-1].lower() == "true"
    if (
        not isinstance(paths, list)
        or not all(isinstance(path, str) for path in paths)
        or len(paths) > _MAX_PATHS
    ):
        raise BadRequest("paths must be a list of paths")
    entries = [store.find(commit, path.strip("/")) for path in paths if path.strip("/")]
    return answer(_described(call, repository, commit, [each for each in entries if each], expand=expand))


def resolve(call: Call) -> Response:
    repository = call.readable
    commit = call.hub.references.resolve(repository, call.params["revision"])
    store = call.hub.repositories.git(repository)
    entry = store.find(commit, call.params["path"])
    if entry is None or entry.is_folder:
        # With the commit, so that clients may remember that the file is not there.
        raise EntryNotFound("Entry not found", headers={"X-Repo-Commit": commit})
    part = parse_range(call.headers.get("range"), entry.size_bytes)
    headers = _file_headers(entry, commit) | range_headers(part, entry.size_bytes)
    if entry.pointer:
        headers |= _xet_headers(call, repository, commit, entry.pointer.sha256)
    head = call.method == "HEAD"
    if not part.partial and not head and call.headers.get("if-none-match") == f'"{entry.etag}"':
        return Response(status_code=304, headers=headers)
    if entry.pointer:
        file = call.hub.repositories.large_files(repository).open_path(entry.pointer.sha256)
        return FileResponse(file, part, headers=headers, head=head)
    data = b"" if head else store.blob(entry.oid)[part.start : part.end]
    response = Response(data, 206 if part.partial else 200, headers)
    response.headers["content-length"] = str(part.end - part.start)
    return response


def _file_headers(entry: TreeEntry, commit: str) -> dict[str, str]:
    name = entry.path.rsplit("/", 1)[-1]
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    ascii_name = "".join(each if " " <= each <= "~" and each not in '"\\' else "_" for each in name)
    shown = suffix in _SHOWN_TYPES
    headers = {
        "X-Repo-Commit": commit,
        "ETag": f'"{entry.etag}"',
        "Content-Type": f"{_SHOWN_TYPES[suffix]}; charset=utf-8" if shown else "application/octet-stream",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}; filename=\"{ascii_name}\";",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    if entry.pointer:
        headers |= {"X-Linked-Etag": headers["ETag"], "X-Linked-Size": str(entry.size_bytes)}
    return headers


def _xet_headers(call: Call, repository: StoredRepository, commit: str, sha256: str) -> dict[str, str]:
    """What tells a client that it may fetch the chunks of a file instead of the file."""
    file_hash = call.hub.xet.file_hashes(repository, [sha256]).get(sha256)
    if file_hash is None:
        return {}
    route = call.url(repository.api_path, "xet-read-token", commit)
    return {"X-Xet-Hash": file_hash, "X-Xet-Refresh-Route": route, "Link": f'<{route}>; rel="xet-auth"'}


def _described(
    call: Call, repository: StoredRepository, commit: str, entries: list[TreeEntry], *, expand: bool
) -> list[dict[str, Any]]:
    store = call.hub.repositories.git(repository)
    hashes = call.hub.xet.file_hashes(
        repository, [entry.pointer.sha256 for entry in entries if entry.pointer]
    )
    last = last_commits(store, commit, [entry.path for entry in entries]) if expand else {}
    return [_item(entry, last, hashes) for entry in entries]


def _item(entry: TreeEntry, last: Mapping[str, CommitInfo], xet_hashes: Mapping[str, str]) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "directory" if entry.is_folder else "file",
        "oid": entry.oid,
        "size": entry.size_bytes,
        "path": entry.path,
    }
    if entry.pointer:
        item["lfs"] = {
            "oid": entry.pointer.sha256,
            "size": entry.pointer.size_bytes,
            "pointerSize": entry.pointer_bytes,
        }
        if entry.pointer.sha256 in xet_hashes:
            item["xetHash"] = xet_hashes[entry.pointer.sha256]
    if entry.path in last:
        commit = last[entry.path]
        item["lastCommit"] = {"id": commit.oid, "title": commit.title, "date": moment(commit.date)}
        if not entry.is_folder:
            item["securityFileStatus"] = {"status": "unscanned", "avScan": None, "pickleImportScan": None}
    return item


def last_commits(store: GitStore, commit: str, paths: list[str]) -> dict[str, CommitInfo]:
    """For each path the newest commit that made it what it is, found in one walk back through history."""
    newest: dict[str, CommitInfo] = {}
    wanted = set(paths)
    for info in store.history(commit):
        if not wanted:
            break
        parent = info.parents[0] if info.parents else None
        for path in list(wanted):
            here = store.find(info.oid, path)
            before = store.find(parent, path) if parent else None
            if here is not None and (before is None or before.oid != here.oid):
                newest[path] = info
                wanted.discard(path)
    return newest


def _resolving(root: str) -> Iterator[Route]:
    for method in ("GET", "HEAD"):
        yield Route(method, root + "/{namespace}/{name}/resolve/{revision}/{path:path}", resolve)
        yield Route(method, root + "/{namespace}/resolve/{revision}/{path:path}", without_namespace)


ROUTES = (
    Route("GET", "/api/{types}/{namespace}/{name}/tree/{revision}", tree),
    Route("GET", "/api/{types}/{namespace}/{name}/tree/{revision}/{path:path}", tree),
    Route("POST", "/api/{types}/{namespace}/{name}/paths-info/{revision}", paths_info),
    *_resolving(""),
    *_resolving("/datasets"),
    *_resolving("/spaces"),
)
