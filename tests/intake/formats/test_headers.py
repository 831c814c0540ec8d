"""Headers: which row has the names, what is above it, and when a table has none."""

from __future__ import annotations

from typing import Any

import pytest

from commons.errors import InputError
from commons.intake.formats import headers
from commons.intake.formats.headers import Header, PlacedCells
from commons.intake.raw_rows import ReadingOptions


def find(*rows: list[Any], **options: Any) -> Header:
    placed = [PlacedCells(line, cells) for line, cells in enumerate(rows, start=1)]
    return headers.find(placed, "a.csv", ReadingOptions(**options))


def test_rows_with_fewer_filled_cells_stand_above_the_names() -> None:
    header = find(["Report", "", ""], ["", "", ""], ["foo", "bar", "baz"], ["1", "2", "x"], ["3", "4", "y"])
    assert (header.names, header.line, header.above) == (("foo", "bar", "baz"), 3, 1)
    assert header.description == "names on line 3 (1 line above skipped)"


def test_the_row_with_the_columns_that_are_asked_for_has_the_names() -> None:
    rows = (["made", "by us", "2024"], ["Term", "Gloss", "n"], ["Moon", "A companion.", "1"])
    assert find(*rows, wanted=("term", "gloss")).line == 2


def test_a_row_of_data_is_no_names() -> None:
    for first in (
        ["1", "Moon", "x"],
        ["x", "Moon", "The moon orbits the Earth."],
        ["x", "Moon", "https://example.org/moon"],
        ["2024-05-01", "Moon", "x"],
        [1, "Moon", "x"],
    ):
        header = find(first, ["2", "Rust", "y"], ["3", "Salt", "z"])
        assert header.columns == ("column1", "column2", "column3")
        assert (header.line, header.first_line) == (0, 1)
        assert "column1" in header.description


def test_a_cell_that_every_row_repeats_is_no_name() -> None:
    rows = [["deu", "Moon"], ["deu", "Rust"], ["deu", "Salt"], ["deu", "Sand"]]
    assert find(*rows).columns == ("column1", "column2")
    assert find(*rows[:3]).columns == ("deu", "Moon"), "two may be chance"


def test_codes_of_characters_above_such_codes_are_no_names() -> None:
    header = find(["05AD ", " 0596 ", "a"], ["FE3C", "0596 0021", "b"], ["U+1D41B", "0062", "c"])
    assert (header.columns, header.line) == (("column1", "column2", "column3"), 0)
    assert find(["05AD", "0596"], ["a hook", "a tipeha"]).columns == ("05AD", "0596")
    assert find(["FACE", "CAFE"], ["FE3C", "0596"]).columns == ("FACE", "CAFE")


def test_years_and_short_words_are_names() -> None:
    assert find(["country", "2019", "2020"], ["Chad", "5", "6"]).names == ("country", "2019", "2020")
    assert find([None, 2019, 2020], ["Chad", 5, 6], ["Mali", 7, 8]).columns == ("column1", "2019", "2020")


def test_a_name_that_we_know_is_a_name_whatever_stands_beside_it() -> None:
    first = ["text", "The whole story of how this was found out.", "5"]
    assert find(first, ["a", "b", "5"]).line == 1


def test_a_single_column_has_a_name_only_where_its_cells_are_much_longer() -> None:
    assert find(["apple"], ["pear"], ["plum"]).columns == ("column1",)
    assert find(["Fact"], ["The moon orbits the Earth."], ["Iron rusts in water."]).columns == ("Fact",)
    assert find(["# a comment"], ["text"], ["a"]).names == ("text",)


def test_doubled_names_are_told_apart_unless_one_is_needed() -> None:
    header = find(["title", "note", "note", "note.2"], ["a", "b", "c", "d"])
    assert header.names == ("title", "note", "note.3", "note.2")
    for row, wanted in ((["title", "text", "text"], None), (["title", "note", "note"], ("note",))):
        with pytest.raises(InputError, match="twice") as caught:
            find(row, ["a", "b", "c"], wanted=wanted)
        assert caught.value.code == "file-format"


def test_the_row_that_is_named_has_the_names() -> None:
    rows = (["text", "title"], ["1", "2"], ["a", "b"])
    assert find(*rows, header_row=2).names == ("1", "2")
    assert find(*rows, header_row=0).columns == ("column1", "column2")
    with pytest.raises(InputError, match="line 7") as caught:
        find(*rows, header_row=7)
    assert caught.value.code == "file-format"


def test_values_of_columns_without_a_name_are_there_where_they_are_filled() -> None:
    header = find(["", "title", "text"], ["0", "a", "b"], ["", "c", "d"])
    assert header.values(["0", "a", "b"]) == {"column1": "0", "title": "a", "text": "b"}
    assert header.values(["", "c", "d"]) == {"title": "c", "text": "d"}


def test_nothing_has_no_names() -> None:
    assert find().names == ()
    assert find(["", None, " "]).names == ()
