"""Is this exactly one LZ4 frame? Asked before two programs that read frames differently can be played against each other.

One program stops after the first frame, another goes on with what follows; one skips a "skippable" frame, another does not.
Bytes that pass here leave no such choice. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
"""

from __future__ import annotations

_MAGIC = b"\x04\x22\x4d\x18"
_VERSION_BITS, _VERSION_1 = 0b1100_0000, 0b0100_0000
_BLOCK_CHECKSUMS, _CONTENT_SIZE, _CONTENT_CHECKSUM, _DICTIONARY = 1 << 4, 1 << 3, 1 << 2, 1
_SHORTEST_HEAD_BYTES = 7  # magic, flags, block size, checksum of the head
_CHECKSUM_BYTES = 4
_LENGTH_BITS = 0x7FFF_FFFF  # the highest bit says that a block is stored as it is


def is_one_frame(data: bytes) -> bool:
    if len(data) < _SHORTEST_HEAD_BYTES or not data.startswith(_MAGIC):
        return False
    flags = data[4]
    if flags & _VERSION_BITS != _VERSION_1 or flags & _DICTIONARY:
        return False
    at = _SHORTEST_HEAD_BYTES + (8 if flags & _CONTENT_SIZE else 0)
    while at + 4 <= len(data):
        length = int.from_bytes(data[at : at + 4], "little") & _LENGTH_BITS
        at += 4
        if length == 0:
            return at + (_CHECKSUM_BYTES if flags & _CONTENT_CHECKSUM else 0) == len(data)
        at += length + (_CHECKSUM_BYTES if flags & _BLOCK_CHECKSUMS else 0)
    return False
