"""Thrift's compact protocol: each value has one spelling, and what is not expected is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.parquet_files import written

from commons.errors import SchemaError
from commons.records import thrift
from commons.records.thrift import Field, Fields, Wire

FIELDS: Fields = {
    1: Field("count", Wire.I32),
    2: Field("name", Wire.BINARY),
    3: Field("flag", Wire.BOOL),
    4: Field("sizes", [Wire.I64]),
    5: Field("flags", [Wire.BOOL]),
    6: Field("inner", {1: Field("count", Wire.I16, required=True)}),
    7: Field("a bloom filter", None),
}
structs = st.fixed_dictionaries(
    {},
    optional={
        "count": st.integers(-(2**31), 2**31 - 1),
        "name": st.binary(max_size=200),
        "flag": st.booleans(),
        "sizes": st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40),
        "flags": st.lists(st.booleans(), max_size=40),
        "inner": st.fixed_dictionaries({"count": st.integers(-(2**15), 2**15 - 1)}),
    },
)


@given(structs)
def test_what_is_written_is_read(struct: dict[str, Any]) -> None:
    data = written(struct, FIELDS)
    assert thrift.read(b"xy" + data + b"z", 2, FIELDS) == (struct, len(data) + 2)
    assert thrift.read_all(b"xy" + data, 2, len(data) + 2, FIELDS) == struct


@given(structs, st.integers(0, 10**6), st.integers(1, 255))
def test_no_other_bytes_say_the_same(struct: dict[str, Any], place: int, flip: int) -> None:
    data = bytearray(written(struct, FIELDS))
    data[place % len(data)] ^= flip
    try:
        other = thrift.read_all(bytes(data), 0, len(data), FIELDS)
    except SchemaError:
        return
    assert other != struct


# what is wrong with it -> bytes
BAD = {
    "nothing": b"",
    "no end": b"\x15\x02",
    "a field that nobody knows": b"\x85\x02\x00",
    "a field that we never write": b"\x75\x02\x00",
    "a field twice": b"\x15\x02\x05\x02\x00",
    "another type": b"\x16\x02\x00",
    "a flag of another type": b"\x35\x02\x00",
    "a number spelt too long": b"\x15\x82\x00\x00",
    "a number without end": b"\x15" + b"\x80" * 20 + b"\x00",
    "a number too large for its type": b"\x15\x80\x80\x80\x80\x10\x00",
    "text that is cut off": b"\x28\x05ab",
    "a list longer than its bytes": b"\x49\xf6\xff\xff\xff\xff\x07\x00",
    "a list of another type": b"\x49\x15\x02\x00",
    "a length spelt too long": b"\x49\xf6\x01\x02\x00",
    "a boolean that is neither": b"\x59\x11\x07\x00",
    "a struct that lacks what it must have": b"\x6c\x00\x00",
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused(name: str) -> None:
    with pytest.raises(SchemaError) as caught:
        thrift.read(BAD[name], 0, FIELDS)
    assert caught.value.code == "foreign-metadata"


def test_a_struct_that_ends_elsewhere_leaves_bytes_over() -> None:
    data = written({"count": 1}, FIELDS)
    for start, end in ((0, len(data) + 1), (0, len(data) + 9), (-1, 2), (2, 2)):
        with pytest.raises(SchemaError) as caught:
            thrift.read_all(data + b"\0", start, end, FIELDS)
        assert caught.value.code == "bytes-outside-pages"
