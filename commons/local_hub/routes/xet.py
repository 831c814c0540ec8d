"""Xet over HTTP: tokens for the CAS, and the CAS itself.

A token for writing is for one ref of one repository, or for pull requests to it: whether its holder may commit there is
asked again at each upload. What it lets in is content under its own name, and moves no ref.

Answers 404 wherever the protocol lets the client fall back to something simpler: no global deduplication, no upload
grants, no second version of shards and reconstructions.
"""

from __future__ import annotations

import time
from typing import Any

from starlette.responses import Response

from ..accounts import Identity
from ..byte_ranges import parse_range, range_headers
from ..errors import EntryNotFound, NotFound
from ..http import Call, FileResponse, Route, answer
from ..repositories import StoredRepository
from ..xet import MAX_SHARD_BYTES, check_hash
from ..xet_format import MAX_XORB_BYTES
from . import admission
from .admission import Admission
from .commits import require_commit, require_commit_as

_TOKEN_S = 3600
_FOOTER_ROOM_BYTES = 2**20
_WRITE, _READ, _XORB = "cas-write", "cas-read", "xorb"


def write_token(call: Call) -> Response:
    repository, revision = call.readable, call.params["revision"]
    require_commit(call, repository, revision)
    return _token(call, repository, _WRITE, revision=revision, create_pr=call.flag("create_pr"))


def read_token(call: Call) -> Response:
    return _token(call, call.readable, _READ)


def _token(call: Call, repository: StoredRepository, purpose: str, **facts: Any) -> Response:
    token = admission.ticket(call, purpose, repository, valid_s=_TOKEN_S, **facts)
    # Clients remember for each address what they sent there; another store or repository is another address.
    address = call.url("cas", _store(call, repository))
    expires = int(time.time()) + _TOKEN_S
    headers = {
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
        "X-Xet-Cas-Url": address,
    }
    return answer({"accessToken": token, "exp": expires, "casUrl": address}, headers=headers)


def _admitted(call: Call, *purposes: str) -> Admission:
    """Whose token it is and for which repository, if that is the one whose CAS is addressed."""
    token = call.headers.get("authorization", "").partition(" ")[2].strip()
    admitted = admission.admit(call, purposes, token)
    if call.params["store"] != _store(call, admitted.repository):
        raise NotFound("The token is for another repository, or its chunks were thrown away; start again")
    return admitted


def _uploader(call: Call) -> tuple[StoredRepository, Identity]:
    admitted = _admitted(call, _WRITE)
    facts = admitted.facts
    identity = require_commit_as(
        call.hub,
        admitted.identity,
        admitted.repository,
        facts["revision"],
        create_pr=facts["create_pr"],
    )
    return admitted.repository, identity


def _store(call: Call, repository: StoredRepository) -> str:
    """What the last part of a CAS address says: which store, which repository, which generation of its chunks."""
    return f"{call.hub.store_id}-{repository.id}-{repository.xet_generation}"


def admit_xorb(call: Call) -> int:
    _uploader(call)
    return MAX_XORB_BYTES + _FOOTER_ROOM_BYTES


def admit_shard(call: Call) -> int:
    _uploader(call)
    return MAX_SHARD_BYTES


def put_xorb(call: Call) -> Response:
    repository, _ = _uploader(call)
    assert call.upload is not None  # noqa: S101
    inserted = call.hub.xet.add_xorb(repository, check_hash(call.params["hash"]), call.upload)
    return answer({"was_inserted": inserted})


def put_shard(call: Call) -> Response:
    repository, identity = _uploader(call)
    assert call.upload is not None  # noqa: S101
    call.hub.xet.add_shard(repository, call.upload.path.read_bytes(), identity.account.id)
    return answer({"result": 1})


def reconstruction(call: Call) -> Response:
    """From which ranges of which xorbs a file, or a part of it, is made."""
    admitted = _admitted(call, _READ, _WRITE)
    repository, file_hash = admitted.repository, check_hash(call.params["hash"])
    sha256 = call.hub.xet.shown_as(repository, file_hash)
    if call.hub.uploads.size(repository, sha256, admitted.account_id) is None:
        raise EntryNotFound(f"No file {file_hash}")
    plan = call.hub.xet.plan(repository, file_hash, call.headers.get("range"))
    fetch = {
        xorb: [
            {
                "range": {"start": span.first_chunk, "end": span.end_chunk},
                "url": address,
                "url_range": {"start": span.first_byte, "end": span.end_byte - 1},
            }
            for span in spans
        ]
        for xorb, spans in plan.spans().items()
        for address in [
            call.url("xorbs", admission.pass_on(call, admitted, _XORB, valid_s=_TOKEN_S, xorb=xorb))
        ]
    }
    return answer(
        {
            "offset_into_first_range": plan.skip_bytes,
            "terms": [
                {
                    "hash": piece.xorb,
                    "unpacked_length": piece.content_bytes,
                    "range": {"start": piece.first_chunk, "end": piece.end_chunk},
                }
                for piece in plan.pieces
            ],
            "fetch_info": fetch,
        }
    )


def xorb(call: Call) -> Response:
    """The stored bytes of a xorb; asked for without credentials, under an address that is one."""
    admitted = admission.admit(call, (_XORB,), call.params["ticket"])
    path = call.hub.xet.xorb_path(admitted.repository, admitted.facts["xorb"])
    if not path.is_file():
        raise NotFound("The chunks of this file were thrown away")
    size = path.stat().st_size
    part = parse_range(call.headers.get("range"), size)
    return FileResponse(path, part, headers=range_headers(part, size), head=False)


def absent(_: Call) -> Response:
    raise NotFound("Not offered by this Hub")


_CAS = "/cas/{store}"

ROUTES = (
    Route("GET", "/api/{types}/{namespace}/{name}/xet-write-token/{revision}", write_token),
    Route("GET", "/api/{types}/{namespace}/{name}/xet-read-token/{revision}", read_token),
    Route("GET", _CAS + "/v1/reconstructions/{hash}", reconstruction),
    Route("GET", _CAS + "/v2/reconstructions/{hash}", absent),
    Route("GET", "/xorbs/{ticket}", xorb),
    Route("GET", _CAS + "/v1/chunks/{prefix}/{hash}", absent),
    Route("POST", _CAS + "/v1/xorb-grants/{prefix}/{hash}", absent),
    Route("POST", _CAS + "/v1/xorbs/{prefix}/{hash}", put_xorb, "staged", admit=admit_xorb),
    Route("POST", _CAS + "/v2/shards", absent, "none"),
    Route("POST", _CAS + "/v1/shards", put_shard, "staged", admit=admit_shard),
    Route("POST", _CAS + "/shards", put_shard, "staged", admit=admit_shard),
)
