"""Bytes to text, in the encoding that is named."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from commons.errors import InputError
from commons.intake.formats import Data


def opened(data: Data, encoding: str, *, newline: str | None) -> TextIO:
    """``data`` as a text file."""
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline=newline)


@contextmanager
def refusing_foreign_text(name: str, encoding: str) -> Iterator[None]:
    """What cannot be read in this encoding becomes an InputError (``file-encoding``)."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not {encoding.removesuffix('-sig')}: byte {error.object[error.start]:#04x} near position {error.start} of a block.",
            hint="Name the encoding, for example --encoding cp1252, or re-export the file as UTF-8.",
            code="file-encoding",
        ) from error
    except (LookupError, UnicodeError) as error:
        raise InputError(f"{name} cannot be read as {encoding!r}: {error}.", code="file-encoding") from error
