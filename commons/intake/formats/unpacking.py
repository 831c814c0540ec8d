"""Packed files to the bytes in them, within bounds."""

from __future__ import annotations

import gzip
import io
import zlib
from enum import StrEnum
from typing import Any, BinaryIO

from commons.errors import InputError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data
from commons.sandbox import confinement

_BUFFER_BYTES = 1024**2


class Packing(StrEnum):
    """What a file is packed with."""

    NONE = ""
    GZIP = "gzip"


def unpack(file: BinaryIO, packing: Packing, name: str) -> Data:
    """What an open file holds, from its beginning.

    Raises:
        InputError: ``file-damaged`` or ``limit-exceeded``.
    """
    file.seek(0)
    if packing is Packing.NONE:
        return file.getvalue() if isinstance(file, io.BytesIO) else confinement.as_memory(file)
    try:
        return _bounded(gzip.GzipFile(fileobj=file), name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"{name} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error


def _bounded(stream: Any, name: str) -> bytes:
    parts, left = [], raw_rows.MAX_DECODED_BYTES
    while part := stream.read(_BUFFER_BYTES):
        left -= len(part)
        if left < 0:
            raise raw_rows.too_large(name, f"{raw_rows.MAX_DECODED_BYTES:,} bytes when unpacked")
        parts.append(part)
    return b"".join(parts)
