"""The two binary forms that Xet clients upload, read just far enough to rebuild files.

A *xorb* is chunks back to back, each with an 8-byte header: version, compressed length (3 bytes, little-endian), scheme,
uncompressed length (3 bytes). A *shard* says which chunk ranges of which xorbs make up a file, in records of 48 bytes.
Every claim in them is checked against the bytes that are there; anything else raises ``BadRequest``. What the bytes are
*called* is the business of ``xet_hashes``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import BadRequest
from .lz4_frame import is_one_frame
from .xet_hashes import text

MAX_XORB_BYTES = 64 * 2**20
MAX_XORB_CHUNKS = 2**16  # clients pack about a thousand; a xorb of empty chunks would be a million objects
_HEADER_BYTES = 8
_FOOTER_MARK = b"XETBLOB"
_SCHEMES = _SCHEME_NONE, _SCHEME_LZ4, _SCHEME_GROUPED_LZ4 = range(3)

_RECORD_BYTES = 48
_SHARD_TAG = b"HFRepoMetaData"
_SHARD_VERSION = 2
_BOOKEND = b"\xff" * 32
_HAS_VERIFICATION = 1 << 31
_HAS_METADATA = 1 << 30


@dataclass(frozen=True, slots=True)
class Chunk:
    """Where one chunk lies in its xorb's file, and how to read it."""

    offset: int  # of the header
    stored_bytes: int  # without the header
    scheme: int
    content_bytes: int

    @property
    def end(self) -> int:
        return self.offset + _HEADER_BYTES + self.stored_bytes


@dataclass(frozen=True, slots=True)
class Term:
    """Some consecutive chunks of one xorb, a piece of a file."""

    xorb: str
    content_bytes: int
    first_chunk: int
    end_chunk: int  # exclusive


@dataclass(frozen=True, slots=True)
class ShardFile:
    file_hash: str
    sha256: str | None
    terms: tuple[Term, ...]
    range_hashes: tuple[str, ...] | None  # one a term; only somebody who has the chunks knows them


def read_chunk_table(xorb: Path) -> list[Chunk]:
    """The chunks of a xorb's file."""
    size = xorb.stat().st_size
    chunks: list[Chunk] = []
    offset = 0
    with xorb.open("rb") as file:
        while offset < size:
            file.seek(offset)
            header = file.read(_HEADER_BYTES)
            if header.startswith(_FOOTER_MARK):
                break
            if len(header) < _HEADER_BYTES or header[0] != 0 or header[4] not in _SCHEMES:
                raise BadRequest("Not a xorb: a chunk's header is broken")
            stored, content = int.from_bytes(header[1:4], "little"), int.from_bytes(header[5:8], "little")
            chunk = Chunk(offset, stored, header[4], content)
            if chunk.end > size or content == 0:
                raise BadRequest("Not a xorb: a chunk reaches past its end")
            if len(chunks) == MAX_XORB_CHUNKS:
                raise BadRequest(f"A xorb has at most {MAX_XORB_CHUNKS} chunks")
            chunks.append(chunk)
            offset = chunk.end
    if not chunks:
        raise BadRequest("Not a xorb: it holds no chunk")
    return chunks


def read_content(xorb: Path, chunks: list[Chunk]) -> Iterator[bytes]:
    """What some chunks contain, one after the other."""
    with xorb.open("rb") as file:
        for chunk in chunks:
            file.seek(chunk.offset + _HEADER_BYTES)
            yield _expand(file.read(chunk.stored_bytes), chunk)


def _expand(data: bytes, chunk: Chunk) -> bytes:
    if chunk.scheme == _SCHEME_NONE:
        content = data
    else:
        import pyarrow  # late: half a second that a hub without Xet uploads need not pay

        # A reader that goes on after the frame, or skips one, would see another content than the one whose name we check.
        if not is_one_frame(data):
            raise BadRequest("A chunk is not exactly one LZ4 frame")
        try:
            content = pyarrow.Codec("lz4").decompress(data, chunk.content_bytes, asbytes=True)
        except (OSError, ValueError, pyarrow.ArrowException):
            raise BadRequest("A chunk cannot be decompressed") from None
    if len(content) != chunk.content_bytes:
        raise BadRequest("A chunk has another length than it claims")
    return _ungroup(content) if chunk.scheme == _SCHEME_GROUPED_LZ4 else content


def _ungroup(data: bytes) -> bytes:
    """Undo byte grouping: stored are all bytes 0 mod 4, then 1 mod 4, 2 mod 4, 3 mod 4."""
    out = bytearray(len(data))
    start = 0
    for place in range(4):
        count = (len(data) - place + 3) // 4
        out[place::4] = data[start : start + count]
        start += count
    return bytes(out)


def read_shard(data: bytes) -> list[ShardFile]:
    """The files that a shard describes."""
    if len(data) < _RECORD_BYTES or not data.startswith(_SHARD_TAG):
        raise BadRequest("Not a shard: the tag is missing")
    (version,) = struct.unpack_from("<Q", data, 32)
    if version != _SHARD_VERSION:
        raise BadRequest(f"Shards of version {version} are not known")
    files: list[ShardFile] = []
    records = _records(data)
    for record in records:
        if record.startswith(_BOOKEND):
            return files
        flags, count = struct.unpack_from("<II", record, 32)
        terms = tuple(_term(_next(records)) for _ in range(count))
        ranges = None
        if flags & _HAS_VERIFICATION:
            ranges = tuple(text(_next(records)[:32]) for _ in range(count))
        sha256 = text(_next(records)[:32]) if flags & _HAS_METADATA else None
        files.append(ShardFile(text(record[:32]), sha256, terms, ranges))
    raise BadRequest("Not a shard: the list of files has no end")


def _records(data: bytes) -> Iterator[bytes]:
    for offset in range(_RECORD_BYTES, len(data) - _RECORD_BYTES + 1, _RECORD_BYTES):
        yield data[offset : offset + _RECORD_BYTES]


def _next(records: Iterator[bytes]) -> bytes:
    record = next(records, None)
    if record is None:
        raise BadRequest("Not a shard: it is cut off")
    return record


def _term(record: bytes) -> Term:
    _, content_bytes, first, end = struct.unpack_from("<IIII", record, 32)
    if first >= end:
        raise BadRequest("A shard names an empty range of chunks")
    return Term(text(record[:32]), content_bytes, first, end)
