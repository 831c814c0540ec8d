"""Sentences: where a text may be parted so that each piece says something, in whatever script it is written.

    sentences("It rained. We stayed。")        ["It rained.", "We stayed。"]
    spans("It rained. We stayed。")            [(0, 10), (11, 21)]

Only what a script ends its sentences with counts, and lines: an abbreviation parts a sentence here, which does no harm to who looks for
the piece that says most or for a place to cut. Thai and Lao write no such mark; there a line or a run of blanks parts.
"""

from __future__ import annotations

import re

# A mark that also stands inside numbers and names ends a sentence before a blank only; full-width marks, the danda and their kin always.
SENTENCE_END = re.compile(r"(?<=[.!?؟۔։።])\s+|(?<=[。！？।॥។៕။])\s*|\n+")


def sentences(text: str) -> list[str]:
    """The pieces of the text, in order and without blanks around them; none is empty."""
    return [text[start:end] for start, end in spans(text)]


def spans(text: str) -> list[tuple[int, int]]:
    """Where each of these pieces begins and ends, in characters."""
    ends = [(match.start(), match.end()) for match in SENTENCE_END.finditer(text)]
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    return [
        stripped
        for start, stop in zip(starts, stops, strict=True)
        if (stripped := _stripped(text, start, stop))
    ]


def _stripped(text: str, start: int, stop: int) -> tuple[int, int] | None:
    piece = text[start:stop]
    inner = piece.strip()
    if not inner:
        return None
    first = start + len(piece) - len(piece.lstrip())
    return first, first + len(inner)
