"""The ``Range`` header: which part of a file is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import BadRange

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


@dataclass(frozen=True, slots=True)
class ByteRange:
    start: int
    end: int  # exclusive
    partial: bool


def parse_range(header: str | None, size: int) -> ByteRange:
    """The part of a file that is asked for. Raises ``BadRange`` past its end; what is no range is ignored."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.group(0) == "bytes=-":
        return ByteRange(0, size, partial=False)
    first, last = match[1][:18], match[2][:18]
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return ByteRange(0, size, partial=False)
    else:
        start, end = max(size - int(last), 0), size
    if start >= end:
        raise BadRange(size)
    return ByteRange(start, end, partial=True)


def range_headers(part: ByteRange, size: int) -> dict[str, str]:
    headers = {"Accept-Ranges": "bytes"}
    if part.partial:
        headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{size}"
    return headers
