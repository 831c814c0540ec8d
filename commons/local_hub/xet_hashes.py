"""The names that Xet gives to content: of a chunk, of a xorb, of a file, and of a range of chunks.

All of them are keyed BLAKE3, after the specification (https://github.com/huggingface/xet-core/blob/main/spec/hashing.md).
A xorb's and a file's name is the root of a tree over their chunks in which the hashes themselves decide where a node ends,
so that an edit in the middle leaves most nodes as they were.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from blake3 import blake3

_CHUNK_KEY = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
_NODE_KEY = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
_RANGE_KEY = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
_FILE_KEY = bytes(32)
_NOTHING = bytes(32)  # the name of no chunks at all: an empty file's

_MEAN_CHILDREN = 4  # one hash in four ends a node
_MIN_CHILDREN, _MAX_CHILDREN = 3, 9


@dataclass(frozen=True, slots=True)
class NamedChunk:
    """A chunk, or a node over several: its name and the bytes of content below it."""

    name: bytes
    content_bytes: int


def text(name: bytes) -> str:
    """A name as people and addresses write it: four little-endian 8-byte words, each as 16 hex digits."""
    return "".join(f"{word:016x}" for word in struct.unpack("<4Q", name))


def name_chunk(content: bytes) -> NamedChunk:
    return NamedChunk(blake3(content, key=_CHUNK_KEY).digest(), len(content))


def xorb_name(chunks: Sequence[NamedChunk]) -> bytes:
    return _root(chunks)


def file_name(chunks: Sequence[NamedChunk]) -> bytes:
    """The same root as a xorb's of these chunks, hashed once more, so that no file passes for a xorb."""
    return blake3(_root(chunks), key=_FILE_KEY).digest() if chunks else _NOTHING


def range_name(chunks: Sequence[NamedChunk]) -> bytes:
    """What only somebody can say who has these chunks: it is in no public place."""
    return blake3(b"".join(chunk.name for chunk in chunks), key=_RANGE_KEY).digest()


def _root(chunks: Sequence[NamedChunk]) -> bytes:
    level = list(chunks)
    while len(level) > 1:
        above = []
        start = 0
        while start < len(level):
            end = _end_of_node(level, start)
            above.append(_node(level[start:end]))
            start = end
        level = above
    return level[0].name if level else _NOTHING


def _end_of_node(level: Sequence[NamedChunk], start: int) -> int:
    """Where the node that begins at ``start`` ends: after a hash that is 0 mod 4, with three to nine children."""
    last = min(start + _MAX_CHILDREN, len(level))
    for at in range(start + _MIN_CHILDREN - 1, last):
        # The specification's remainder of a hash is that of its last little-endian word.
        if level[at].name[24] % _MEAN_CHILDREN == 0:
            return at + 1
    return last


def _node(children: Sequence[NamedChunk]) -> NamedChunk:
    lines = "".join(f"{text(child.name)} : {child.content_bytes}\n" for child in children)
    return NamedChunk(
        blake3(lines.encode(), key=_NODE_KEY).digest(), sum(child.content_bytes for child in children)
    )
