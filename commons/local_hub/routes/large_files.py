"""Git LFS: uploading large files whole or in parts.

Clients send the bytes to the addresses named here without any credentials, so each address carries a ticket. Parts of a
multipart upload wait in the repository's folder, each account's by themselves, and survive a restart. What is stored already
is there only for those who may know of it (see ``uploads``); others are asked to send it, and are told nothing by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from starlette.responses import Response

from ..byte_ranges import parse_range, range_headers
from ..durable import move_into_place
from ..errors import BadRequest, NotFound, Unprocessable
from ..http import Call, FileResponse, Route, answer
from ..hub import LocalHub
from ..objects import check_sha256
from ..repositories import StoredRepository
from . import admission
from .commits import require_commit_as

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
    target = _upload_target(call, repository, body)
    transfers = body.get("transfers") or ["basic"]
    multipart = isinstance(transfers, list) and "multipart" in transfers
    planned = [_plan(call, repository, each, target, multipart=multipart) for each in objects]
    in_parts = any(
        "chunk_size" in each.get("actions", {}).get("upload", {}).get("header", {}) for each in planned
    )
    return _lfs_answer({"transfer": "multipart" if in_parts else "basic", "objects": planned})


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an upload may be committed: to a ref, or without one to a pull request still to be opened."""

    revision: str

    @property
    def create_pr(self) -> bool:
        return not self.revision


def _upload_target(call: Call, repository: StoredRepository, body: dict[str, Any]) -> _Target:
    ref = body.get("ref")
    name = ref.get("name") if isinstance(ref, dict) else None
    target = _Target(str(name or ""))
    require_commit_as(call.hub, call.identity, repository, target.revision, create_pr=target.create_pr)
    return target


def _plan(
    call: Call, repository: StoredRepository, wanted: Any, target: _Target, *, multipart: bool
) -> dict[str, Any]:
    sha256, size = _object(wanted)
    described: dict[str, Any] = {"oid": sha256, "size": size}
    stored = _known_size(call, repository, sha256)
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
        ticket = admission.ticket(
            call,
            kind,
            repository,
            valid_s=_TICKET_S,
            sha256=sha256,
            size=size,
            revision=target.revision,
            **facts,
        )
        return call.url("lfs", kind, ticket)

    verify = {"href": call.url(f"{repository.web_path}.git", "info/lfs/objects/verify")}
    if multipart and size > PART_BYTES:
        parts = {f"{n:05d}": address("part", number=n) for n in range(1, ceil(size / PART_BYTES) + 1)}
        upload = {"href": address("complete"), "header": {"chunk_size": str(PART_BYTES), **parts}}
    else:
        upload = {"href": address("whole")}
    return described | {"authenticated": True, "actions": {"upload": upload, "verify": verify}}


def _download(call: Call, repository: StoredRepository, wanted: Any) -> dict[str, Any]:
    sha256, size = _object(wanted)
    if _known_size(call, repository, sha256) is None:
        return {"oid": sha256, "size": size, "error": {"code": 404, "message": "Object does not exist"}}
    ticket = admission.ticket(call, "download", repository, valid_s=_TICKET_S, sha256=sha256)
    return {
        "oid": sha256,
        "size": size,
        "actions": {"download": {"href": call.url("lfs", "download", ticket)}},
    }


def _known_size(call: Call, repository: StoredRepository, sha256: str) -> int | None:
    account_id = call.identity.account.id if call.identity else None
    return call.hub.uploads.size(repository, sha256, account_id)


def verify(call: Call) -> Response:
    sha256, size = _object(call.json())
    if _known_size(call, call.readable, sha256) != size:
        raise NotFound(f"The large file {sha256} is not stored")
    return _lfs_answer({})


def download(call: Call) -> Response:
    admitted = admission.admit(call, ("download",), call.params["ticket"])
    large_files = call.hub.repositories.large_files(admitted.repository)
    path = large_files.open_path(admitted.facts["sha256"])
    size = path.stat().st_size
    part = parse_range(call.headers.get("range"), size)
    return FileResponse(path, part, headers=range_headers(part, size), head=False)


@dataclass(frozen=True, slots=True)
class _Upload:
    """What a ticket lets one account send."""

    repository: StoredRepository
    account_id: str
    sha256: str
    size: int
    number: int  # of the part; 0 where it is not one

    def part(self, hub: LocalHub, number: int) -> Path:
        # By account: nobody can put a part into somebody else's upload of the same file.
        folder = hub.repositories.folder(self.repository) / "parts" / self.account_id / self.sha256
        return folder / f"{number:05d}"


def _upload(call: Call, kind: str) -> _Upload:
    admitted = admission.admit(call, (kind,), call.params["ticket"])
    facts = admitted.facts
    identity = require_commit_as(
        call.hub,
        admitted.identity,
        admitted.repository,
        facts["revision"],
        create_pr=not facts["revision"],
    )
    return _Upload(
        admitted.repository, identity.account.id, facts["sha256"], facts["size"], facts.get("number", 0)
    )


def admit_whole(call: Call) -> int:
    return _upload(call, "whole").size


def put_whole(call: Call) -> Response:
    upload = _upload(call, "whole")
    assert call.upload is not None  # noqa: S101
    call.hub.repositories.large_files(upload.repository).adopt(call.upload, upload.sha256, upload.size)
    call.hub.uploads.record(upload.repository, upload.sha256, upload.account_id)
    return answer({})


def admit_part(call: Call) -> int:
    upload = _upload(call, "part")
    return min(PART_BYTES, upload.size - (upload.number - 1) * PART_BYTES)


def put_part(call: Call) -> Response:
    upload = _upload(call, "part")
    assert call.upload is not None  # noqa: S101
    move_into_place(call.upload.path, upload.part(call.hub, upload.number))
    return Response(status_code=200, headers={"ETag": f'"{call.upload.sha256}"'})


def complete(call: Call) -> Response:
    """Put the parts together and take the file over."""
    upload = _upload(call, "complete")
    sha256, size = upload.sha256, upload.size
    if call.hub.uploads.size(upload.repository, sha256, upload.account_id) is not None:
        return answer({})  # the answer to the first time was lost
    parts = [upload.part(call.hub, number) for number in range(1, ceil(size / PART_BYTES) + 1)]
    with call.hub.staging.start(limit_bytes=size) as intake:
        for part in parts:
            if not part.is_file():
                raise Unprocessable(f"Part {part.name} of the upload is missing")
            with part.open("rb") as file:
                while piece := file.read(_COPY_BYTES):
                    intake.write(piece)
        call.hub.repositories.large_files(upload.repository).adopt(intake.finish(), sha256, size)
    call.hub.uploads.record(upload.repository, sha256, upload.account_id)
    for part in parts:
        part.unlink(missing_ok=True)
    return answer({})


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
