"""The bits come to what the plain table of distances comes to, and the way back is a way of as many changes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from commons.evidence.quotations import alignment

ROW = st.text("abc", max_size=24)


def fewest_changes(sought: str, row: str) -> int:
    """Sellers, cell by cell."""
    column = [0] * (len(row) + 1)
    for number, word in enumerate(sought, start=1):
        below = [number]
        for place, other in enumerate(row, start=1):
            below.append(min(column[place - 1] + (word != other), column[place] + 1, below[-1] + 1))
        column = below
    return min(column)


@given(st.text("abc", min_size=1, max_size=12), ROW)
@settings(deadline=None)
def test_it_is_the_place_with_the_fewest_changes(sought: str, row: str) -> None:
    steps = alignment.aligned(sought, row)
    rows = [step.row for step in steps if step.row is not None]
    assert [step.sought for step in steps if step.sought is not None] == list(range(len(sought)))
    assert rows == list(range(rows[0], rows[0] + len(rows))) if rows else True
    for step in steps:
        same = step.sought is not None and step.row is not None and sought[step.sought] == row[step.row]
        assert step.same is same
    assert sum(not step.same for step in steps) == fewest_changes(sought, row)
