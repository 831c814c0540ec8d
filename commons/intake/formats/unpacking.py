"""Packed files to the bytes in them, within bounds."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from commons.errors import InputError, first_line
from commons.intake import raw_rows
from commons.intake.formats import Data, zip_members
from commons.sandbox import confinement

_BUFFER_BYTES = 1024**2


class Packing(StrEnum):
    """What a file is packed with, in words."""

    NONE = ""
    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    ZIP = "zip"


# by the suffix of a name
PACKINGS = {
    ".gz": Packing.GZIP,
    ".bz2": Packing.BZIP2,
    ".xz": Packing.XZ,
    ".zst": Packing.ZSTD,
    ".zip": Packing.ZIP,
}


@dataclass(frozen=True)
class Content:
    """What was packed, and the name it has: its own in an archive, else the file's without the suffix of its packing."""

    data: Data
    name: str
    member: str = ""  # of an archive


def unpack(file: BinaryIO, packing: Packing, name: str) -> Content:
    """What an open file holds, from its beginning; of a zip archive the one table in it, or the archive itself where it is a workbook.

    Raises:
        InputError: ``file-damaged``, ``limit-exceeded``, or ``file-format`` for an archive without one table.
    """
    file.seek(0)
    if packing is Packing.NONE:
        return Content(_as_memory(file), name)
    with _refusing_damage(name):
        if packing is not Packing.ZIP:
            return Content(_bounded(_STREAMS[packing](file), name), without_suffix(name))
        with zipfile.ZipFile(file) as archive:
            if zip_members.is_workbook(archive):
                return Content(_as_memory(file), name)
            member = zip_members.only_table(archive, name)
            with archive.open(member) as stream:
                return Content(_bounded(stream, name), member.filename, member.filename)


def without_suffix(name: str) -> str:
    """The name without the suffix of a packing."""
    return next((name[: -len(end)] for end in PACKINGS if name.lower().endswith(end)), name)


def _as_memory(file: BinaryIO) -> Data:
    return file.getvalue() if isinstance(file, io.BytesIO) else confinement.as_memory(file)


@contextmanager
def _refusing_damage(name: str) -> Iterator[None]:
    try:
        yield
    except (
        gzip.BadGzipFile,
        lzma.LZMAError,
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        OSError,
        ValueError,
    ) as error:
        raise InputError(
            f"{name} is damaged or not what its name says: {first_line(error)}", code="file-damaged"
        ) from error
    except MemoryError as error:
        raise raw_rows.too_large(name, "the memory that unpacking may take") from error
    except (NotImplementedError, RuntimeError) as error:  # of zipfile: a password, a method it does not know
        raise InputError(
            f"{name} cannot be unpacked: {first_line(error)}.",
            hint="Unpack it yourself, and name the table that was in it.",
            code="file-format",
        ) from error


def _bounded(stream: Any, name: str) -> bytes:
    parts, left = [], raw_rows.MAX_DECODED_BYTES
    while part := stream.read(_BUFFER_BYTES):
        left -= len(part)
        if left < 0:
            raise raw_rows.too_large(name, f"{raw_rows.MAX_DECODED_BYTES:,} bytes when unpacked")
        parts.append(part)
    return b"".join(parts)


def _zstd(file: BinaryIO) -> Any:
    """Python has a reader of its own from 3.14 on; Arrow's is there in each."""
    import pyarrow as pa

    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")


_STREAMS: dict[Packing, Callable[[BinaryIO], Any]] = {
    Packing.GZIP: lambda file: gzip.GzipFile(fileobj=file),
    Packing.BZIP2: bz2.BZ2File,
    Packing.XZ: lzma.LZMAFile,
    Packing.ZSTD: _zstd,
}


def load(packing: Packing) -> None:
    """Unpack something, for a process that can open nothing afterwards."""
    if packing is Packing.ZSTD:
        import pyarrow as pa

        packed = pa.BufferOutputStream()
        with pa.CompressedOutputStream(packed, "zstd") as stream:
            stream.write(b"x")
        unpack(io.BytesIO(packed.getvalue().to_pybytes()), packing, "sample")
    if packing is Packing.ZIP:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
            writer.writestr("täble.csv", "x")
        unpack(archive, packing, "sample")
