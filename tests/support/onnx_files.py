"""ONNX files without the library of that name: a graph that looks up a vector for each token, in the protocol's own bytes.

Numbers of fields are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT64 = 1, 7  # TensorProto.DataType


def lookup(table: NDArray[np.float32], inputs: Sequence[str], output: str) -> bytes:
    """A model whose ``output`` is (n, t, d): the row of ``table`` for each of (n, t) ``input_ids``; other ``inputs`` are not used."""
    rows, width = table.shape
    weights = (
        _number(1, rows)
        + _number(1, width)
        + _number(2, _FLOAT)
        + _text(8, "table")
        + _bytes(9, table.tobytes())
    )
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, output) + _text(4, "Gather")
    graph = _bytes(1, node) + _text(2, "lookup") + _bytes(5, weights)
    for name in inputs:
        graph += _bytes(11, _value(name, _INT64, ("n", "t")))
    graph += _bytes(12, _value(output, _FLOAT, ("n", "t", width)))
    opset = _text(1, "") + _number(2, 14)
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, opset)


def _value(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    """ValueInfoProto: a dimension is a number or has a name."""
    dimensions = b"".join(
        _bytes(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape
    )
    tensor = _number(1, kind) + _bytes(2, dimensions)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
