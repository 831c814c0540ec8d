"""The bytes inside a Parquet page, each of which must belong to a level or a value.

A page is compressed as one frame of zstd; a data page holds runs of levels (RLE and bit-packed), then values one after another or the
runs of their places in the dictionary. Decoders stop at the last value they need, so what comes after it, or lies in a second frame,
would travel unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from commons.errors import SchemaError
from commons.records import parquet_metadata, thrift
from commons.records.leaf_columns import LeafColumn
from commons.records.parquet_metadata import PageType, ValueEncoding
from commons.records.thrift import Struct

_HEADERS = {PageType.DATA: "data", PageType.DICTIONARY: "dictionary", PageType.DATA_V2: "data_v2"}
_DICTIONARY_ENCODINGS = (ValueEncoding.RLE_DICTIONARY, ValueEncoding.PLAIN_DICTIONARY)
_LENGTH_BYTES = 4
_ZSTD = pa.Codec("zstd")
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SIZE_BYTES = (0, 2, 4, 8)  # of the content size, by its flag; 0 is 1 in a frame of a single segment
_RLE_BLOCK, _RESERVED_BLOCK = 1, 3


@dataclass(frozen=True)
class ParquetPage:
    """``head`` is the part of the header that belongs to its type, ``body`` what follows the header."""

    start: int  # in the file, where the header begins
    end: int
    type: PageType
    header: Struct
    head: Struct
    body: bytes

    @property
    def uncompressed_bytes(self) -> int:
        """With the header, as column chunks count it."""
        return self.end - self.start - len(self.body) + int(self.header["uncompressed_page_size"])

    @property
    def is_dictionary_encoded(self) -> bool:
        return self.head["encoding"] in _DICTIONARY_ENCODINGS


def walk(data: bytes, start: int, end: int) -> Iterator[ParquetPage]:
    """The pages that fill ``data`` from ``start`` to ``end``.

    Raises:
        SchemaError: ``bytes-outside-pages`` where the last one ends elsewhere, ``foreign-metadata`` for a header that is not ours.
    """
    while start < end:
        header, after = thrift.read(data, start, parquet_metadata.PAGE_HEADER)
        stop = after + header["compressed_page_size"]
        kinds = [kind for kind, name in _HEADERS.items() if name in header]
        if kinds != [header["type"]]:
            raise SchemaError("a page is of another type than its header says", code="foreign-metadata")
        if not after <= stop <= end:
            raise SchemaError("a page does not end where its column does", code="bytes-outside-pages")
        yield ParquetPage(start, stop, kinds[0], header, header[_HEADERS[kinds[0]]], data[after:stop])
        start = stop


def refuse_slack(page: ParquetPage, part: LeafColumn) -> None:
    """Account for every byte of a data page that holds ``part`` of a leaf.

    Raises:
        SchemaError: ``bytes-outside-pages`` for one that belongs to nothing, ``foreign-encoding`` for an encoding never used here.
    """
    levels, values = _sections(page, part)
    for most, section in zip((part.max_repetition, part.max_definition), levels, strict=True):
        _refuse_other_runs(section, most.bit_length(), len(part) if most else 0)
    count = len(part.present)
    if page.is_dictionary_encoded:
        if values or count:
            _refuse_other_runs(values[1:], values[0] if values else 0, count)
    elif page.head["encoding"] != ValueEncoding.PLAIN:
        raise SchemaError("its values are encoded as no writer of ours does", code="foreign-encoding")
    elif len(values) != part.plain_bytes:
        raise _slack("a page holds more than its values")


def refuse_dictionary_slack(page: ParquetPage, distinct: int, plain_bytes: int) -> None:
    """Account for a dictionary page: it holds the ``distinct`` values that the data pages name, and nothing else.

    Raises:
        SchemaError: as ``refuse_slack``.
    """
    if page.head["encoding"] not in (ValueEncoding.PLAIN, ValueEncoding.PLAIN_DICTIONARY) or page.head.get(
        "is_sorted"
    ):
        raise SchemaError("its dictionary is encoded as no writer of ours does", code="foreign-encoding")
    if (page.head["num_values"], page.header["uncompressed_page_size"]) != (distinct, plain_bytes):
        raise _slack("a dictionary holds what no row names")
    _refuse_other_frames(page.body, plain_bytes)


def _sections(page: ParquetPage, part: LeafColumn) -> tuple[list[bytes], bytes]:
    """Repetition levels, definition levels, and the values, decompressed."""
    if page.type is PageType.DATA_V2:
        lengths = [page.head["repetition_levels_byte_length"], page.head["definition_levels_byte_length"]]
        if min(lengths) < 0 or sum(lengths) > len(page.body):
            raise _slack("levels are longer than their page")
        levels = [page.body[: lengths[0]], page.body[lengths[0] : sum(lengths)]]
        rest, size = page.body[sum(lengths) :], page.header["uncompressed_page_size"] - sum(lengths)
        return levels, _decompressed(rest, size) if page.head.get("is_compressed", True) else rest
    content, levels = _decompressed(page.body, page.header["uncompressed_page_size"]), []
    for most in (part.max_repetition, part.max_definition):
        length = int.from_bytes(content[:_LENGTH_BYTES], "little") + _LENGTH_BYTES if most else 0
        levels.append(content[_LENGTH_BYTES:length])
        content = content[length:]
    return levels, content


def _refuse_other_runs(data: bytes, width: int, count: int) -> None:
    """Refuse what is not runs of ``count`` numbers of ``width`` bits and no byte more; the last bit-packed run is filled up to 8."""
    place = values = 0
    while place < len(data):
        if values >= count:
            raise _slack("a page holds more runs than values")
        head, place = _varint(data, place)
        if head & 1:
            values += (head >> 1) * 8
            place += (head >> 1) * width
        else:
            values += head >> 1
            place += (width + 7) // 8
            if values > count:
                raise _slack("a run is longer than its page")
        if head < 2:
            raise _slack("a page holds runs of nothing")
    if place != len(data) or not count <= values < count + 8:
        raise _slack("runs do not end where their page does")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            if shift > 7 and not byte:
                break
            return value, place
    raise _slack("a run has no length")


def _decompressed(data: bytes, size: int) -> bytes:
    if not data and not size:
        return b""
    _refuse_other_frames(data, size)
    try:
        content: bytes = _ZSTD.decompress(data, size, asbytes=True)
    except (pa.ArrowInvalid, OSError) as error:
        raise SchemaError(f"a page cannot be decompressed: {error}", code="foreign-encoding") from error
    return content


def _refuse_other_frames(data: bytes, size: int) -> None:
    """Refuse what is not one frame of zstd that says it holds ``size`` bytes: a second one, or one to skip, may hold anything.

    https://datatracker.ietf.org/doc/html/rfc8878#section-3.1
    """
    if data[: len(_ZSTD_MAGIC)] != _ZSTD_MAGIC or len(data) == len(_ZSTD_MAGIC):
        raise _slack("a page is not compressed as one frame")
    flags = data[len(_ZSTD_MAGIC)]
    single, checksum, dictionary = flags & 0x20, flags & 0x04, flags & 0x03
    size_bytes = _ZSTD_SIZE_BYTES[flags >> 6] or (1 if single else 0)
    place = len(_ZSTD_MAGIC) + 1 + (0 if single else 1)  # a window that is not the content's takes a byte
    stated = int.from_bytes(data[place : place + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    if dictionary or not size_bytes or stated != size:
        raise _slack("a frame holds something else than its page")
    place += size_bytes
    last = 0
    while not last and place < len(data):
        block = int.from_bytes(data[place : place + 3], "little")
        last, kind, length = block & 1, block >> 1 & 3, block >> 3
        if kind == _RESERVED_BLOCK or (not length and (size or kind or not last)):
            raise _slack("a frame has a block of nothing")
        place += 3 + (1 if kind == _RLE_BLOCK else length)
    if not last or place + (4 if checksum else 0) != len(data):
        raise _slack("a page goes on after its frame")


def _slack(fault: str) -> SchemaError:
    return SchemaError(fault, code="bytes-outside-pages")
