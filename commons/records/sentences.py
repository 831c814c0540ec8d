"""Sentences: where a text may be parted so that each piece says something, in whatever script it is written.

    sentences("It rained. We stayed。")        ["It rained.", "We stayed。"]

Only what a script ends its sentences with counts, and lines: an abbreviation parts a sentence here, which does no harm to who looks for
the piece that says most or for a place to cut. Thai and Lao write no such mark; there a line or a run of blanks parts.
"""

from __future__ import annotations

import re

# A mark that also stands inside numbers and names ends a sentence before a blank only; full-width marks, the danda and their kin always.
SENTENCE_END = re.compile(r"(?<=[.!?؟۔։።])\s+|(?<=[。！？।॥។៕။])\s*|\n+")


def sentences(text: str) -> list[str]:
    """The pieces of the text, in order and without blanks around them; none is empty."""
    return [piece for part in SENTENCE_END.split(text) if (piece := part.strip())]
