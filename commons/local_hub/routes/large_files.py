"""Git LFS: uploading large files whole or in parts.

Clients send the bytes to the addresses named here without any credentials, so each address carries a ticket. Parts of a
multipart upload wait in the repository's folder and survive a restart.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import Any

from starlette.responses import Response

from ..access import require_discuss
from ..accounts import Identity
from ..byte_ranges import parse_range, range_headers
from ..durable import move_into_place
from ..errors import BadRequest, NotFound, Unprocessable
from ..http import Call, FileResponse, Route, answer
from ..objects import check_sha256
from ..repositories import Repository
from .commits import require_commit

MAX_LARGE_FILE_BYTES = 512 * 2**30
PART_BYTES = 64 * 2**20
_TICKET_S = 24 * 3600
_COPY_BYTES = 2**20
_MAX_OBJECTS = 1000


def batch(call: Call) -> Response:
    """Where to send the objects, or nothing for those that are here."""
    repository = call.readable
    body = call.json()
    operation = body.get("operation", "upload")
    objects = body.get("objects")
    if operation not in ("upload", "download") or body.get("hash_algo", "sha256") != "sha256":
        raise BadRequest("Only uploads and downloads of objects named by sha256")
    if not isinstance(objects, list) or len(objects) > _MAX_OBJECTS:
        raise BadRequest(f"objects must be a list of at most {_MAX_OBJECTS}")
    if operation == "download":
        return _lfs_answer(
            {"transfer": "basic", "objects": [_download(call, repository, each) for each in objects]}
        )
    _require_upload(call, repository, body)
    transfers = body.get("transfers") or ["basic"]
    multipart = isinstance(transfers, list) and "multipart" in transfers
    planned = [_plan(call, repository, each, multipart=multipart) for each in objects]
    in_parts = any(
        "chunk_size" in each.get("actions", {}).get("upload", {}).get("header", {}) for each in planned
    )
    return _lfs_answer({"transfer": "multipart" if in_parts else "basic", "objects": planned})


def _require_upload(call: Call, repository: Repository, body: dict[str, Any]) -> Identity:
    """Without a ref the upload is for a pull request still to be opened."""
    ref = body.get("ref")
    name = ref.get("name") if isinstance(ref, dict) else None
    return require_commit(call, repository, str(name)) if name else require_discuss(call.identity, repository)


def _plan(call: Call, repository: Repository, wanted: Any, *, multipart: bool) -> dict[str, Any]:
    sha256, size = _object(wanted)
    described: dict[str, Any] = {"oid": sha256, "size": size}
    stored = call.hub.repositories.large_files(repository).size(sha256)
    if stored is not None:
        if stored != size:
            error = {"code": 422, "message": f"This object has {stored} bytes, not {size}"}
            return described | {"error": error}
        return described
    if size > MAX_LARGE_FILE_BYTES:
        return described | {
            "error": {"code": 413, "message": f"Files have at most {MAX_LARGE_FILE_BYTES} bytes"}
        }

    def address(kind: str, **facts: Any) -> str:
        ticket = call.hub.tickets.issue(
            kind, valid_s=_TICKET_S, repository=repository.id, sha256=sha256, size=size, **facts
        )
        return call.url("lfs", kind, ticket)

    verify = {"href": call.url(f"{repository.web_path}.git", "info/lfs/objects/verify")}
    if multipart and size > PART_BYTES:
        parts = {f"{n:05d}": address("part", number=n) for n in range(1, ceil(size / PART_BYTES) + 1)}
        upload = {"href": address("complete"), "header": {"chunk_size": str(PART_BYTES), **parts}}
    else:
        upload = {"href": address("whole")}
    return described | {"authenticated": True, "actions": {"upload": upload, "verify": verify}}


def _download(call: Call, repository: Repository, wanted: Any) -> dict[str, Any]:
    sha256, size = _object(wanted)
    if call.hub.repositories.large_files(repository).size(sha256) is None:
        return {"oid": sha256, "size": size, "error": {"code": 404, "message": "Object does not exist"}}
    ticket = call.hub.tickets.issue("download", valid_s=_TICKET_S, repository=repository.id, sha256=sha256)
    return {
        "oid": sha256,
        "size": size,
        "actions": {"download": {"href": call.url("lfs", "download", ticket)}},
    }


def verify(call: Call) -> Response:
    sha256, size = _object(call.json())
    if call.hub.repositories.large_files(call.readable).size(sha256) != size:
        raise NotFound(f"The large file {sha256} is not stored")
    return _lfs_answer({})


def download(call: Call) -> Response:
    facts = call.hub.tickets.redeem("download", call.params["ticket"])
    repository = call.hub.repositories.by_id(facts["repository"])
    path = call.hub.repositories.large_files(repository).open_path(facts["sha256"])
    size = path.stat().st_size
    part = parse_range(call.headers.get("range"), size)
    return FileResponse(path, part, headers=range_headers(part, size), head=False)


def admit_whole(call: Call) -> int:
    return int(call.hub.tickets.redeem("whole", call.params["ticket"])["size"])


def put_whole(call: Call) -> Response:
    facts = call.hub.tickets.redeem("whole", call.params["ticket"])
    repository = call.hub.repositories.by_id(facts["repository"])
    assert call.upload is not None  # noqa: S101
    call.hub.repositories.large_files(repository).adopt(call.upload, facts["sha256"], facts["size"])
    return answer({})


def admit_part(call: Call) -> int:
    facts = call.hub.tickets.redeem("part", call.params["ticket"])
    return min(PART_BYTES, int(facts["size"]) - (int(facts["number"]) - 1) * PART_BYTES)


def put_part(call: Call) -> Response:
    facts = call.hub.tickets.redeem("part", call.params["ticket"])
    repository = call.hub.repositories.by_id(facts["repository"])
    assert call.upload is not None  # noqa: S101
    move_into_place(call.upload.path, _part(call, repository, facts["sha256"], facts["number"]))
    return Response(status_code=200, headers={"ETag": f'"{call.upload.sha256}"'})


def complete(call: Call) -> Response:
    """Put the parts together and take the file over."""
    facts = call.hub.tickets.redeem("complete", call.params["ticket"])
    repository = call.hub.repositories.by_id(facts["repository"])
    large_files = call.hub.repositories.large_files(repository)
    sha256, size = facts["sha256"], facts["size"]
    if large_files.size(sha256) is None:
        parts = [_part(call, repository, sha256, number) for number in range(1, ceil(size / PART_BYTES) + 1)]
        with call.hub.staging.start(limit_bytes=size) as intake:
            for part in parts:
                if not part.is_file():
                    raise Unprocessable(f"Part {part.name} of the upload is missing")
                with part.open("rb") as file:
                    while piece := file.read(_COPY_BYTES):
                        intake.write(piece)
            large_files.adopt(intake.finish(), sha256, size)
        for part in parts:
            part.unlink(missing_ok=True)
    return answer({})


def _part(call: Call, repository: Repository, sha256: str, number: int) -> Path:
    return call.hub.repositories.folder(repository) / "parts" / sha256 / f"{number:05d}"


def _object(value: Any) -> tuple[str, int]:
    if not isinstance(value, dict) or not isinstance(value.get("size"), int) or value["size"] < 0:
        raise BadRequest("Each object needs an oid and a size")
    return check_sha256(value.get("oid")), value["size"]


def _lfs_answer(value: Any) -> Response:
    return answer(value, headers={"Content-Type": "application/vnd.git-lfs+json"})


def _for_every_type(pattern: str) -> tuple[str, ...]:
    return pattern, f"/datasets{pattern}", f"/spaces{pattern}"


ROUTES = (
    *(Route("POST", each, batch) for each in _for_every_type("/{namespace}/{name}/info/lfs/objects/batch")),
    *(Route("POST", each, verify) for each in _for_every_type("/{namespace}/{name}/info/lfs/objects/verify")),
    Route("GET", "/lfs/download/{ticket}", download),
    Route("PUT", "/lfs/whole/{ticket}", put_whole, "staged", admit=admit_whole),
    Route("PUT", "/lfs/part/{ticket}", put_part, "staged", admit=admit_part),
    Route("POST", "/lfs/complete/{ticket}", complete),
)
