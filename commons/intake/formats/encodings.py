"""Bytes to lines of text: in the encoding that is named, or in the one that is found out.

Decoding never fails in the middle of a file. A byte that has no meaning in the encoding becomes a mark in the text, and the line that has a
mark is for the format's reader to call unreadable; the other lines are not touched by it.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from commons.errors import InputError
from commons.intake.formats import Data, byte_order, charset_guess
from commons.intake.raw_rows import ReadingOptions

_MARKING = "commons-marking"
_FIRST_MARK = 0xDC00  # of 256 halves of a surrogate pair, which no decoder makes of sound bytes
_MARKS = re.compile("[\ud800-\udfff]")
_BLOCK_BYTES = 1024**2
# How many bytes of lines with other than ASCII are looked at where they are not all UTF-8, and how far its sequences must outnumber the
# bytes that are none to call the text UTF-8 with damaged lines. By accident, Chinese in GB 18030 has one valid pair in five.
_SAMPLE_BYTES = 256 * 1024
_FAR_OUTNUMBERED = 3
_WORDS = {
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
}


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(_FIRST_MARK + byte) for byte in wrong), error.end


codecs.register_error(_MARKING, _mark)


@dataclass(frozen=True)
class TextEncoding:
    """The encoding of a text, and whether all of its bytes have a meaning in it."""

    name: str
    is_sound: bool
    is_guess: bool = False

    @property
    def description(self) -> str:
        """In words, for whoever did not name it; empty for UTF-8."""
        if self.name.startswith("utf-8"):
            return ""
        return f"{_WORDS.get(self.name, self.name)}{', as it seems' if self.is_guess else ''}"

    def opened(self, data: Data, *, newline: str | None) -> TextIO:
        """``data`` as a text file, with marks for bytes that have no meaning."""
        return io.TextIOWrapper(io.BytesIO(data), encoding=self.name, errors=_MARKING, newline=newline)

    def fault(self, text: str) -> str:
        """Why ``text`` cannot be relied on, or nothing."""
        if self.is_sound or not (mark := _MARKS.search(text)):
            return ""
        named = self.name.removesuffix("-sig")
        return f"byte 0x{ord(mark[0]) & 0xFF:02x} in place {mark.start() + 1} has no meaning in {named}"

    def shown(self, text: str) -> str:
        """The text with its marks as bytes are written in a program: ``\\xe4``."""
        if self.is_sound:
            return text
        return _MARKS.sub(lambda mark: f"\\x{ord(mark[0]) & 0xFF:02x}", text)


def find(data: Data, name: str, options: ReadingOptions) -> TextEncoding:
    """The encoding of the text in the file ``name``.

    Raises:
        InputError: ``file-encoding`` for one that Python does not know, and where it cannot be told.
    """
    with refusing_foreign_text(name, options.encoding):
        if named := options.encoding or byte_order.encoding(data):
            return TextEncoding(named, _is_sound(data, named))
    if _is_sound(data, "utf-8"):
        return TextEncoding("utf-8", is_sound=True)
    sample = _foreign_lines(data)
    if _is_damaged_utf8(sample):
        return TextEncoding("utf-8", is_sound=False)
    guessed = charset_guess.guess(sample, name)
    return TextEncoding(guessed, _is_sound(data, guessed), is_guess=True)


def _is_sound(data: Data, encoding: str) -> bool:
    codecs.lookup(encoding)
    # Python refuses codecs that are none of text, such as hex, only where a text file is opened.
    io.TextIOWrapper(io.BytesIO(), encoding=encoding).read()
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), _BLOCK_BYTES):
            decoder.decode(data[start : start + _BLOCK_BYTES])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _foreign_lines(data: Data) -> bytes:
    """Lines with other bytes than ASCII, as many as are looked at."""
    lines, size = [], 0
    for line in io.BytesIO(data):
        if not line.isascii():
            lines.append(line)
            size += len(line)
        if size > _SAMPLE_BYTES:
            break
    return b"".join(lines)[:_SAMPLE_BYTES]


def _is_damaged_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", _MARKING)
    marks = len(_MARKS.findall(text))
    foreign = sum(not character.isascii() for character in text)
    return foreign - marks > _FAR_OUTNUMBERED * marks


@contextmanager
def refusing_foreign_text(name: str, encoding: str) -> Iterator[None]:
    """What cannot be read in this encoding becomes an InputError (``file-encoding``)."""
    try:
        yield
    except (LookupError, UnicodeError) as error:
        raise InputError(
            f"{name} cannot be read as {encoding!r}: {error}.",
            hint="Name the encoding that the file has, for example --encoding cp1252, or leave the option out.",
            code="file-encoding",
        ) from error


def load() -> None:
    """Try what finds an encoding, for a process that can open nothing afterwards."""
    for named in byte_order.ENCODINGS:
        sample = "é\n".encode(named)
        find(sample, "sample", ReadingOptions(named)).opened(sample, newline="").read()
    charset_guess.load()
