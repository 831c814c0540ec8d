"""Thrift's compact protocol, as far as Parquet's metadata uses it; only read, and strictly.

    footer = thrift.read_all(data, start, end, parquet_metadata.FOOTER)
    header, end = thrift.read(data, start, parquet_metadata.PAGE_HEADER)

A reader that is made from a format's definition skips what it does not know. This one takes the fields that it is given and no others,
each in its one shortest spelling, so that no byte is left unread and none can be chosen freely.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from commons.errors import SchemaError

Struct = dict[str, Any]  # a field's name -> bool, int, bytes, a list of them, or a Struct


class Wire(IntEnum):
    """The types of values, by their number on the wire."""

    BOOL = 1
    BYTE = 3
    I16 = 4
    I32 = 5
    I64 = 6
    BINARY = 8
    LIST = 9
    STRUCT = 12


_FALSE = 2  # a boolean field has its value in its type
_MAX_VARINT_BYTES = 10
_BITS = {Wire.I16: 16, Wire.I32: 32, Wire.I64: 64}
_LONG_LIST = 15


@dataclass(frozen=True)
class Field:
    """``of`` is a wire type, the fields of a struct, a list of either, or None for what we never write."""

    name: str
    of: Any
    required: bool = False


Fields = Mapping[int, Field]


def read(data: bytes, start: int, fields: Fields) -> tuple[Struct, int]:
    """The struct of these fields that begins at ``start``, and where it ends.

    Raises:
        SchemaError: ``foreign-metadata``, for anything else.
    """
    reader = _Reader(data, start)
    return reader.struct(fields), reader.place


def read_all(data: bytes, start: int, end: int, fields: Fields) -> Struct:
    """The struct that fills ``data`` from ``start`` to ``end``.

    Raises:
        SchemaError: as ``read``, and ``bytes-outside-pages`` where it ends elsewhere.
    """
    if not 0 <= start < end <= len(data):
        raise SchemaError("its metadata points out of the file", code="bytes-outside-pages")
    struct, stop = read(data, start, fields)
    if stop != end:
        raise SchemaError("its metadata does not end where it says", code="bytes-outside-pages")
    return struct


class _Reader:
    """Goes as deep as the fields go, and no deeper."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place

    def struct(self, fields: Fields) -> Struct:
        struct: Struct = {}
        number = 0
        while head := self._byte():
            step, wire = head >> 4, head & 0x0F
            number += step
            field = fields.get(number)
            if not step or field is None:
                raise _foreign(f"has a field {number} that no writer of ours knows")
            if field.of is None:
                raise _foreign(f"carries {field.name}")
            struct[field.name] = self._field(field, wire)
        for field in fields.values():
            if field.required and field.name not in struct:
                raise _foreign(f"lacks {field.name}")
        return struct

    def _field(self, field: Field, wire: int) -> Any:
        if field.of is Wire.BOOL and wire in (Wire.BOOL, _FALSE):
            return wire == Wire.BOOL
        if field.of is Wire.BOOL or wire != _wire_of(field.of):
            raise _foreign(f"has {field.name} of another type")
        return self._value(field.of)

    def _value(self, of: Any) -> Any:
        match of:
            case Wire.I16 | Wire.I32 | Wire.I64:
                number = self._varint()
                if number >> _BITS[of]:
                    raise _foreign("has a number that is too large for its type")
                return (number >> 1) ^ -(number & 1)
            case Wire.BINARY:
                return self._bytes(self._varint())
            case Wire.BOOL:
                return self._flag()
            case Wire.BYTE:
                return int.from_bytes(self._bytes(1), "little", signed=True)
            case list():
                return self._list(of[0])
            case _:
                return self.struct(of)

    def _list(self, of: Any) -> list[Any]:
        head = self._byte()
        count, wire = head >> 4, head & 0x0F
        if count == _LONG_LIST and (count := self._varint()) < _LONG_LIST:
            raise _foreign("has a length that is spelt too long")
        if wire != _wire_of(of):
            raise _foreign("has a list of another type")
        if count > len(self.data) - self.place:  # each item takes a byte at least
            raise _foreign("ends too early")
        return [self._value(of) for _ in range(count)]

    def _flag(self) -> bool:
        """A boolean in a list, which takes a byte of two values."""
        value = self._byte()
        if value not in (Wire.BOOL, _FALSE):
            raise _foreign("has a boolean that is neither")
        return value == Wire.BOOL

    def _varint(self) -> int:
        value = 0
        for position in range(_MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 0x7F) << 7 * position
            if byte < 0x80:
                if position and not byte:
                    break
                return value
        raise _foreign("has a number that is spelt too long")

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, count: int) -> bytes:
        part = self.data[self.place : self.place + count]
        if len(part) != count:
            raise _foreign("ends too early")
        self.place += count
        return part


def _wire_of(of: Any) -> Wire:
    if isinstance(of, Wire):
        return of
    return Wire.LIST if isinstance(of, list) else Wire.STRUCT


def _foreign(fault: str) -> SchemaError:
    return SchemaError(f"its metadata {fault}", code="foreign-metadata")
