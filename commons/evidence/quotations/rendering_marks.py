"""Marks that a page puts around the words it quotes, and that are none of the record's: HTML tags, footnote numbers, a list's number.

    rendering_marks.without("<p>It is <b>ice</b>. [3]</p>", "It is ice.")       "It is ice."

What the record itself has stays: there the mark may be what is quoted.
"""

from __future__ import annotations

import re

_FOOTNOTE_TAG = re.compile(r"<sup\b[^<>]{0,200}>\s*\W?\w{1,4}\W?\s*</sup>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|br|div|blockquote|li|ul|ol|q|h[1-6]|tr|td|th|section|article)\b[^<>]{0,200}>", re.IGNORECASE
)
_INLINE = re.compile(r"</?[a-z][a-z0-9]{0,15}(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_FOOTNOTE = re.compile(
    r"\s?\[(?:\d{1,3}|\^[\w-]{1,20})\]|(?<=[.!?,;:”\"’)])[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+"
)
_LIST_MARK = re.compile(r"\A\s*(?:\(?\d{1,3}[.)]|[-*•])\s+")
_SOURCE = re.compile(r"\s*\([^()]{2,80},? (?:19|20)\d\d[a-z]?\)\s*\Z")
_MARKS = (
    (_FOOTNOTE_TAG, ""),
    (_BLOCK, " "),
    (_INLINE, ""),
    (_FOOTNOTE, ""),
    (_LIST_MARK, ""),
    (_SOURCE, ""),
)


def without(quote: str, text: str) -> str:
    """The quotation without those of these marks that do not stand in the text."""
    for pattern, between in _MARKS:
        quote = _taken_out(pattern, between, quote, text)
    return quote.strip()


def _taken_out(pattern: re.Pattern[str], between: str, quote: str, text: str) -> str:
    def put(mark: re.Match[str]) -> str:
        return mark[0] if mark[0].strip() in text else between

    return pattern.sub(put, quote)
