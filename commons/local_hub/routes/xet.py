"""Xet over HTTP: tokens for the CAS, and the CAS itself.

Answers 404 wherever the protocol lets the client fall back to something simpler: no global deduplication, no upload
grants, no second version of shards and reconstructions.
"""

from __future__ import annotations

import time

from starlette.responses import Response

from ..errors import NotFound
from ..http import Call, Route, answer
from ..repositories import Repository
from ..xet import MAX_SHARD_BYTES, check_hash
from ..xet_format import MAX_XORB_BYTES
from .commits import require_commit

_TOKEN_S = 3600
_WRITE, _READ = "cas-write", "cas-read"


def write_token(call: Call) -> Response:
    repository = call.readable
    require_commit(call, repository, call.params["revision"])
    return _token(call, repository, _WRITE)


def read_token(call: Call) -> Response:
    return _token(call, call.readable, _READ)


def _token(call: Call, repository: Repository, purpose: str) -> Response:
    token = call.hub.tickets.issue(purpose, valid_s=_TOKEN_S, repository=repository.id)
    # Clients remember for each address what they sent there; another store or repository is another address.
    address = call.url("cas", f"{call.hub.store_id}-{repository.id}")
    expires = int(time.time()) + _TOKEN_S
    headers = {
        "X-Xet-Access-Token": token,
        "X-Xet-Token-Expiration": str(expires),
        "X-Xet-Cas-Url": address,
    }
    return answer({"accessToken": token, "exp": expires, "casUrl": address}, headers=headers)


def _repository(call: Call, *purposes: str) -> Repository:
    """The repository whose CAS is addressed, if the token is for it."""
    token = call.headers.get("authorization", "").partition(" ")[2].strip()
    facts = call.hub.tickets.redeem(purposes, token)
    if call.params["store"] != f"{call.hub.store_id}-{facts['repository']}":
        raise NotFound("The token is for another repository")
    return call.hub.repositories.by_id(facts["repository"])


def admit_upload(call: Call) -> Response:
    _repository(call, _WRITE)
    return answer({})


def put_xorb(call: Call) -> Response:
    repository = _repository(call, _WRITE)
    assert call.upload is not None  # noqa: S101
    inserted = call.hub.xet.add_xorb(repository, check_hash(call.params["hash"]), call.upload)
    return answer({"was_inserted": inserted})


def put_shard(call: Call) -> Response:
    repository = _repository(call, _WRITE)
    assert call.upload is not None  # noqa: S101
    call.hub.xet.add_shard(repository, call.upload.path.read_bytes())
    return answer({"result": 1})


def absent(_: Call) -> Response:
    raise NotFound("Not offered by this Hub")


_CAS = "/cas/{store}"

ROUTES = (
    Route("GET", "/api/{types}/{namespace}/{name}/xet-write-token/{revision}", write_token),
    Route("GET", "/api/{types}/{namespace}/{name}/xet-read-token/{revision}", read_token),
    Route("GET", _CAS + "/v1/chunks/{prefix}/{hash}", absent),
    Route("POST", _CAS + "/v1/xorb-grants/{prefix}/{hash}", absent),
    Route(
        "POST", _CAS + "/v1/xorbs/{prefix}/{hash}", put_xorb, "staged", MAX_XORB_BYTES + 2**20, admit_upload
    ),
    Route("POST", _CAS + "/v2/shards", absent, "none"),
    Route("POST", _CAS + "/v1/shards", put_shard, "staged", MAX_SHARD_BYTES, admit_upload),
    Route("POST", _CAS + "/shards", put_shard, "staged", MAX_SHARD_BYTES, admit_upload),
)
