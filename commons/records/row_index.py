"""Row index: in which rows of a column of strings a value stands, without a Python object for each of them.

    index = RowIndex(table["subject"])
    index.rows("kr1…")           the rows, in their order
    index.last_row("kr1…")       the last of them, or None
    few_rows(table, rows)        a table of these rows

Values are found by a hash of their last bytes, in which ids and addresses differ, among the sorted hashes of all rows. What has the hash of
another is told from it by comparing, so nothing depends on the hash but the time. Why not a dict: of a million ids it takes a third of a
second and 150 MB before the first is asked for, and of two million links there would be two.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from commons.arrays import Positions

Hashes = npt.NDArray[np.uint64]

_WORD_BYTES = 8
_FACTORS = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
)  # odd, of xxHash: one a word, last first
_LENGTH_FACTOR = 0xD6E8FEB86659FD93
_READ_BYTES = _WORD_BYTES * len(_FACTORS)  # of the end of a value
_WRAP = 0xFFFFFFFFFFFFFFFF


class RowIndex:
    """Of a column that no longer changes; building it sorts a number for each row."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._column = column
        hashes = _hashes(column)
        order = np.argsort(hashes)  # rows of one hash come in any order
        self._order: Positions = order
        self._sorted: Hashes = hashes[order]

    def rows(self, value: str) -> Positions:
        """(n,) the rows in which the value stands, in their order."""
        # Half of a surrogate pair has no UTF-8 form, and so stands nowhere.
        hash_value = np.uint64(_hash(value.encode("utf-8", "surrogatepass")))
        first = self._sorted.searchsorted(hash_value)
        end = self._sorted.searchsorted(hash_value, side="right")
        rows = np.sort(self._order[first:end])
        # Row by row, for the reason of few_rows.
        return rows[np.array([self._column[int(row)].as_py() == value for row in rows], np.bool_)]

    def last_row(self, value: str) -> int | None:
        """The last row in which the value stands."""
        rows = self.rows(value)
        return int(rows[-1]) if len(rows) else None


def few_rows(table: pa.Table, rows: Iterable[int]) -> pa.Table:
    """These rows in this order, for a page of them or some thousand.

    ``Table.take`` joins the chunks of each column before it takes a row: of a million texts that are 0.1 s for the first.
    """
    slices = [table.slice(int(row), 1) for row in rows]
    return pa.concat_tables(slices) if slices else table.slice(0, 0)


def _hash(value: bytes) -> int:
    """Of one value what ``_hashes`` says of each row."""
    total = len(value) * _LENGTH_FACTOR
    for number, factor in enumerate(_FACTORS):
        end = max(0, len(value) - number * _WORD_BYTES)
        word = value[max(0, end - _WORD_BYTES) : end].rjust(_WORD_BYTES, b"\0")
        total += int.from_bytes(word, "little") * factor
    total &= _WRAP
    return total ^ (total >> 32)


def _hashes(column: pa.ChunkedArray) -> Hashes:
    parts = [_hashes_of_chunk(chunk) for chunk in column.chunks if len(chunk)]
    return np.concatenate(parts) if parts else np.zeros(0, np.uint64)


def _hashes_of_chunk(chunk: pa.StringArray) -> Hashes:
    """(n,) a number for each value, which nulls share with the empty one."""
    _, offset_buffer, data = chunk.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, len(chunk) + 1, chunk.offset * 4).astype(np.int64)
    first, end = int(offsets[0]), int(offsets[-1])
    written = np.zeros(_READ_BYTES + end - first, np.uint8)
    if end > first:
        written[_READ_BYTES:] = np.frombuffer(data, np.uint8, end - first, first)
    # A word of eight bytes from every byte on.
    words = np.ndarray((len(written) - _WORD_BYTES + 1,), np.dtype("<u8"), written, strides=(1,))
    lengths = np.diff(offsets)
    ends = offsets[1:] - first + _READ_BYTES
    total = lengths.astype(np.uint64) * np.uint64(_LENGTH_FACTOR)
    for number, factor in enumerate(_FACTORS):
        # Of a word that begins before the value, the first bytes are another's.
        foreign = np.clip((number + 1) * _WORD_BYTES - lengths, 0, _WORD_BYTES).astype(np.uint64)
        own = words[ends - (number + 1) * _WORD_BYTES]
        short = np.minimum(foreign, np.uint64(_WORD_BYTES - 1)) * np.uint64(8)
        own = np.where(foreign == _WORD_BYTES, np.uint64(0), (own >> short) << short)
        total += own * np.uint64(factor)
    hashes: Hashes = total ^ (total >> np.uint64(32))
    return hashes
