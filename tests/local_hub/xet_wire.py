"""Xorbs and shards made by hand, for uploads that the official client would never send."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import httpx

from .conftest import People


def raw_hash(text: str) -> bytes:
    """The 32 bytes behind Xet's text form of a hash."""
    return struct.pack("<4Q", *(int(text[at : at + 16], 16) for at in range(0, 64, 16)))


def chunk(data: bytes, *, content_bytes: int | None = None, scheme: int = 0) -> bytes:
    """One chunk as a xorb holds it; ``data`` is what is stored."""
    length = len(data) if content_bytes is None else content_bytes
    return bytes(1) + len(data).to_bytes(3, "little") + bytes([scheme]) + length.to_bytes(3, "little") + data


@dataclass(frozen=True)
class Piece:
    """A range of chunks of a xorb, with the hash that shows that its chunks are known."""

    xorb: str
    content_bytes: int
    first_chunk: int
    end_chunk: int
    range_hash: str = "0" * 64


def shard(file_hash: str, sha256: str, *pieces: Piece, verified: bool = True) -> bytes:
    flags = (1 << 31 if verified else 0) | 1 << 30
    records = [raw_hash(file_hash) + struct.pack("<IIQ", flags, len(pieces), 0)]
    records += [
        raw_hash(piece.xorb)
        + struct.pack("<IIII", 0, piece.content_bytes, piece.first_chunk, piece.end_chunk)
        for piece in pieces
    ]
    if verified:
        records += [raw_hash(piece.range_hash) + bytes(16) for piece in pieces]
    records += [raw_hash(sha256) + bytes(16), b"\xff" * 32 + bytes(16)]
    return b"HFRepoMetaData".ljust(32, b"\0") + struct.pack("<QQ", 2, 0) + b"".join(records)


class Cas:
    """A repository's CAS as somebody reaches it with one token."""

    def __init__(self, people: People, who: str | None, repo: str, route: str) -> None:
        with people.http(who) as http:
            answer = http.get(f"/api/datasets/{repo}/{route}")
        assert answer.status_code == 200, answer.text
        self.address: str = answer.json()["casUrl"]
        self.headers = {"Authorization": f"Bearer {answer.json()['accessToken']}"}

    def put_xorb(self, name: str, body: bytes) -> httpx.Response:
        return httpx.post(f"{self.address}/v1/xorbs/default/{name}", content=body, headers=self.headers)

    def put_shard(self, body: bytes) -> httpx.Response:
        return httpx.post(f"{self.address}/v1/shards", content=body, headers=self.headers)

    def reconstruction(self, file_hash: str) -> httpx.Response:
        return httpx.get(f"{self.address}/v1/reconstructions/{file_hash}", headers=self.headers)
