"""Batches by tokens: texts of like length together, as many as fit a budget, padded to few widths.

A batch of 32 texts holds 600 tokens or 8,000; the arithmetic wants them even. About 2,000 tokens keep every core's cache busy, and
more gains nothing (measured: 1,024 to 4,096 within 5 %).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

BUDGET_TOKENS = 2048
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
