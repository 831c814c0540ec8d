"""The row index finds what a look at every row finds, wherever chunks end."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from commons.records import row_index
from commons.records.row_index import RowIndex

# Of all lengths around the words of eight bytes that are hashed, with ends and beginnings in common.
VALUES = [
    *("", "a", "12345678", "b2345678", "123456789", "x" * 23, "x" * 24, "x" * 25, "y" + "x" * 24),
    *("kr1" + "a" * 52, "kr1" + "b" + "a" * 51, "kr1" + "a" * 51 + "b", "ä" * 12, "日本", "\0", "\0\0"),
]
values = st.sampled_from(VALUES) | st.text(max_size=40)
columns = st.lists(st.lists(values | st.none(), max_size=6), max_size=5)


@given(columns, st.data())
def test_the_rows_of_a_value_are_all_that_have_it(
    chunks: list[list[str | None]], data: st.DataObject
) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())
    rows = [value for chunk in chunks for value in chunk]
    sought = data.draw(values)
    index = RowIndex(column)
    expected = [row for row, value in enumerate(rows) if value == sought]
    assert index.rows(sought).tolist() == expected
    assert index.last_row(sought) == (expected[-1] if expected else None)


@given(st.lists(values | st.none(), min_size=1, max_size=20), st.integers(0, 20), values)
def test_a_part_of_an_array_is_read_from_where_it_begins(
    rows: list[str | None], start: int, sought: str
) -> None:
    part = pa.chunked_array([pa.array(rows, pa.string()).slice(start)], pa.string())
    assert RowIndex(part).rows(sought).tolist() == [n for n, row in enumerate(rows[start:]) if row == sought]


def test_half_a_character_stands_nowhere() -> None:
    assert RowIndex(pa.chunked_array([["?", "\ufffd"]])).last_row("\ud800") is None


@given(st.lists(st.integers(0, 9), max_size=12))
def test_few_rows_come_in_the_order_in_which_they_are_asked_for(rows: list[int]) -> None:
    table = pa.table({"a": pa.chunked_array([[0, 1, 2], [3], [4, 5, 6, 7, 8, 9]])})
    assert row_index.few_rows(table, rows)["a"].to_pylist() == rows
