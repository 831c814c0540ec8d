"""Parquet files taken apart and put together again, so that a test can change any one thing about them and leave the rest right.

    file = ParquetFile.of(data)
    file.chunks[2].pages[0].body += b"more"
    file.chunks[0].metadata["statistics"]["min_value"] = b"z"
    file.to_bytes()

Sizes and offsets are those of what is written, whatever is changed; checksums of pages are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from commons.records import column_chunks, footers, pages, parquet_metadata, thrift
from commons.records.thrift import Fields, Struct, Wire

_INDEXES = {
    "column_index": parquet_metadata.COLUMN_INDEX,
    "offset_index": parquet_metadata.OFFSET_INDEX,
}


@dataclass
class EditablePage:
    header: Struct
    body: bytes


@dataclass
class EditableChunk:
    """``before`` is written in front of the pages, ``indexes`` holds the page index by its parts' names."""

    chunk: Struct
    pages: list[EditablePage]
    indexes: dict[str, Struct]
    before: bytes = b""

    @property
    def metadata(self) -> Struct:
        struct: Struct = self.chunk["metadata"]
        return struct


@dataclass
class ParquetFile:
    """``chunks`` stand in the order of the file; ``before_footer`` and ``after_footer`` are junk, the latter counted as the footer's."""

    footer: Struct
    chunks: list[EditableChunk] = field(default_factory=list)
    before_footer: bytes = b""
    after_footer: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> ParquetFile:
        footer, _ = footers.read(data)
        file = cls(footer)
        for group in footer["row_groups"]:
            for chunk in group["columns"]:
                start = column_chunks.start_of(chunk["metadata"])
                end = start + chunk["metadata"]["total_compressed_size"]
                file.chunks.append(
                    EditableChunk(
                        chunk,
                        [EditablePage(page.header, page.body) for page in pages.walk(data, start, end)],
                        {
                            name: thrift.read(data, chunk[f"{name}_offset"], fields)[0]
                            for name, fields in _INDEXES.items()
                            if f"{name}_offset" in chunk
                        },
                    )
                )
        return file

    def to_bytes(self) -> bytes:
        data = bytearray(footers.MAGIC)
        for chunk in self.chunks:
            _write_pages(data, chunk)
        for name, fields in _INDEXES.items():
            for chunk in self.chunks:
                if name in chunk.indexes:
                    index = written(chunk.indexes[name], fields)
                    chunk.chunk |= {f"{name}_offset": len(data), f"{name}_length": len(index)}
                    data += index
        for group in self.footer["row_groups"]:
            columns = [chunk["metadata"] for chunk in group["columns"]]
            group["file_offset"] = column_chunks.start_of(columns[0])
            group["total_byte_size"] = sum(column["total_uncompressed_size"] for column in columns)
            group["total_compressed_size"] = sum(column["total_compressed_size"] for column in columns)
        footer = written(self.footer, parquet_metadata.FOOTER) + self.after_footer
        return bytes(data + self.before_footer + footer + len(footer).to_bytes(4, "little") + footers.MAGIC)


def _write_pages(data: bytearray, chunk: EditableChunk) -> None:
    data += chunk.before
    start, uncompressed, places = len(data), 0, []
    for page in chunk.pages:
        page.header.pop("crc", None)
        page.header["compressed_page_size"] = len(page.body)
        header = written(page.header, parquet_metadata.PAGE_HEADER)
        places.append((len(data), len(header) + len(page.body)))
        uncompressed += len(header) + page.header["uncompressed_page_size"]
        data += header + page.body
    offsets = [
        place for (place, _), page in zip(places, chunk.pages, strict=True) if "dictionary" not in page.header
    ]
    metadata = chunk.metadata
    if "dictionary_page_offset" in metadata:
        metadata["dictionary_page_offset"] = start
    metadata["data_page_offset"] = offsets[0]
    metadata |= {"total_compressed_size": len(data) - start, "total_uncompressed_size": uncompressed}
    if "offset_index" in chunk.indexes:
        sizes = dict(places)
        for location, place in zip(chunk.indexes["offset_index"]["page_locations"], offsets, strict=True):
            location |= {"offset": place, "compressed_page_size": sizes[place]}


def written(struct: Struct, fields: Fields) -> bytes:
    """The struct in Thrift's compact protocol.."""
    data, last = bytearray(), 0
    for number, member in sorted(fields.items()):
        if member.name not in struct:
            continue
        value = struct[member.name]
        wire = _wire(member.of)
        if member.of is Wire.BOOL:
            wire = 1 if value else 2
        data.append((number - last) << 4 | wire)
        if member.of is not Wire.BOOL:
            data += _value(value, member.of)
        last = number
    return bytes(data) + b"\0"


def _wire(of: Any) -> int:
    if isinstance(of, Wire):
        return of
    return Wire.LIST if isinstance(of, list) else Wire.STRUCT


def _value(value: Any, of: Any) -> bytes:
    match of:
        case Wire.I16 | Wire.I32 | Wire.I64:
            return _varint((value << 1) ^ (value >> 63))
        case Wire.BINARY:
            return _varint(len(value)) + bytes(value)
        case Wire.BOOL:
            return bytes([1 if value else 2])
        case list():
            head = [len(value) << 4 | _wire(of[0])] if len(value) < 15 else [0xF0 | _wire(of[0])]
            length = _varint(len(value)) if len(value) >= 15 else b""
            return bytes(head) + length + b"".join(_value(item, of[0]) for item in value)
        case _:
            return written(value, of)


def _varint(number: int) -> bytes:
    data = bytearray()
    while number >= 0x80:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*data, number])
