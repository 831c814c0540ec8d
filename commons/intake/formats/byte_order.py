"""Encodings that the first bytes of a text tell: by a byte order mark, or by the zeros of UTF-16."""

from __future__ import annotations

import codecs
import unicodedata

from commons.intake.formats import Data

# The mark of UTF-32 begins with that of UTF-16, so it is asked for first. Python's names that end in no byte order take the mark off.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")  # that are told so
_SAMPLE_BYTES = 4096
_UNWRITTEN = {
    "Cc",
    "Cn",
    "Co",
}  # controls, signs that do not exist, signs of one's own: a line end with its bytes turned is one
_LEAST_SHARE = 0.02  # of the pairs of bytes: Chinese has zeros only in its line ends, digits and delimiters


def encoding(data: Data) -> str:
    """The name that Python has for the encoding; empty where the first bytes do not tell it."""
    head = bytes(data[:_SAMPLE_BYTES])
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return "" if len(data) % 2 else _of_zeros(head)


def _of_zeros(head: bytes) -> str:
    """UTF-16 without a mark, which has pairs of bytes only: many zeros, and in one order a text with lines and no sign nobody writes."""
    sample = head[: len(head) // 2 * 2]
    if sample.count(0) <= _LEAST_SHARE * len(sample) / 2:
        return ""
    names = [name for name in ("utf-16-le", "utf-16-be") if _is_text(sample, name)]
    return names[0] if len(names) == 1 else ""


def _is_text(sample: bytes, name: str) -> bool:
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeDecodeError:
        return False
    has_lines = "\n" in text or "\r" in text
    return has_lines and not any(
        unicodedata.category(sign) in _UNWRITTEN and sign not in "\t\n\r\f" for sign in text
    )
