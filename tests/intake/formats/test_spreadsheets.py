"""Sheets: one table of a workbook, with the row numbers that its owner sees, and values as the sheet means them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from support.foreign_files import filled, read
from support.workbooks import Formula, Mistake, Sheet, ods, xlsb, xlsx

from commons.errors import InputError
from commons.intake.raw_rows import RawRow

VECTORS = Path(__file__).parent / "vectors"
NAMES = ["title", "text"]
MOON = ["Moon", "The moon orbits the Earth about every twenty-seven days."]
RUST = ["Rust", "Iron rusts when it meets water and oxygen in the air."]
TABLE = [NAMES, MOON, RUST]
ROWS = [dict(zip(NAMES, row, strict=True)) for row in (MOON, RUST)]
DATA = Sheet("Data", TABLE)


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with other parts in the place of its own."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(Path(name).stem, old.read(name)))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", xlsx(DATA)),
        ("a.xlsm", xlsx(DATA)),
        ("a.xlsb", xlsb(DATA)),
        ("a.ods", ods(DATA)),
        ("A.XLSX", xlsx(DATA)),
        ("a.ods", xlsx(DATA)),  # under the name of another kind
    ],
)
def test_each_kind_of_workbook_gives_the_same_rows_with_their_numbers_in_the_sheet(
    name: str, data: bytes, tmp_path: Path
) -> None:
    shape, rows = read(tmp_path, name, data)
    assert [(filled(row), row.number, row.line) for row in rows] == [(ROWS[0], 1, 2), (ROWS[1], 2, 3)]
    assert (shape.columns, shape.read_as) == (tuple(NAMES), "sheet 'Data', names on row 1")


def test_a_workbook_of_excel_97_is_read_with_its_dates_and_merged_cells(tmp_path: Path) -> None:
    """Written with xlwt: the title is merged over both rows."""
    _, rows = read(tmp_path, "a.xls", (VECTORS / "moon.xls").read_bytes())
    assert [filled(row) for row in rows] == [
        {"title": "Moon", "text": "It orbits the Earth.", "when": "2024-05-01", "n": 3},
        {"title": "Moon", "text": "It is round.", "when": "2024-05-02", "n": 2.5},
    ]


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_table_may_begin_anywhere_in_the_sheet(write: Any, tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.xlsx", write(Sheet("Data", TABLE, at=(5, 3))))
    assert [(filled(row), row.line) for row in rows] == [(ROWS[0], 6), (ROWS[1], 7)]


def test_what_stands_above_the_names_is_skipped_and_blank_rows_are_no_rows(tmp_path: Path) -> None:
    rows = [["Report 2024"], [None], NAMES, MOON, [None, None], [" ", None], RUST]
    shape, read_rows = read(tmp_path, "a.xlsx", xlsx(Sheet("Data", rows)))
    assert shape.columns == tuple(NAMES)
    assert [(filled(row), row.number, row.line) for row in read_rows] == [(ROWS[0], 1, 4), (ROWS[1], 2, 7)]


@pytest.mark.parametrize(("options", "line"), [({"header_row": 4}, 5), ({"skip": 3}, 5)])
def test_where_the_names_stand_can_be_said(options: dict[str, int], line: int, tmp_path: Path) -> None:
    rows = [
        ["title", "text"],
        ["old", "An old row that is no longer meant."],
        [None],
        ["text", "title"],
        MOON,
    ]
    _, (row,) = read(tmp_path, "a.xlsx", xlsx(Sheet("Data", rows)), **options)
    assert (filled(row), row.line) == ({"text": MOON[0], "title": MOON[1]}, line)


VALUES: dict[str, tuple[Any, Any]] = {
    "a whole number": (3.0, 3),
    "a number with a fraction": (2.5, 2.5),
    "a number of more digits than a sheet keeps": (1.5e300, 1.5e300),
    "a year": (2024, 2024),
    "a truth value": (True, True),
    "a date": (date(2024, 5, 1), "2024-05-01"),
    "a date and time": (datetime(2024, 5, 1, 12, 30), "2024-05-01 12:30:00"),
    "an error": (Mistake("#N/A"), None),
    "a division by zero": (Formula(Mistake("#DIV/0!")), None),
    "a formula that gives a text": (Formula("said"), "said"),
    "a formula that gives a number": (Formula(7), 7),
    "an empty text": ("", None),
    "text that looks like a number": ("007", "007"),
    "lines": ("a\nb", "a\nb"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_cell_says_what_the_sheet_shows(name: str, tmp_path: Path) -> None:
    cell, expected = VALUES[name]
    _, (row,) = read(tmp_path, "a.xlsx", xlsx(Sheet("Data", [["text", "note"], ["x", cell]])))
    assert isinstance(row, RawRow)
    assert row.values == {"text": "x", "note": expected}
    assert type(row.values["note"]) is type(expected)


def test_cells_that_are_merged_downwards_are_read_in_each_of_their_rows(tmp_path: Path) -> None:
    rows = [["topic", "text"], ["space", "one"], [None, "two"], [None, None], ["earth", "three"]]
    data = xlsx(Sheet("Data", rows, merged=("A2:A4", "A5:B5"), at=(1, 1)))
    shape, read_rows = read(tmp_path, "a.xlsx", data)
    assert [(filled(row), row.line) for row in read_rows] == [
        ({"topic": "space", "text": "one"}, 2),
        ({"topic": "space", "text": "two"}, 3),
        ({"topic": "earth", "text": "three"}, 5),
    ]
    assert "merged" in shape.read_as


# Which sheet

NOTES = Sheet("Notes", [["who", "what"], ["me", "made this"]])


def test_the_one_sheet_with_rows_is_read(tmp_path: Path) -> None:
    empty, only_names = Sheet("Empty", []), Sheet("Names", [NAMES])
    shape, rows = read(tmp_path, "a.xlsx", xlsx(empty, only_names, DATA))
    assert [filled(row) for row in rows] == ROWS
    assert shape.read_as == "sheet 'Data', names on row 1"


@pytest.mark.parametrize(
    ("sheet", "wanted"),
    [(DATA, None), (DATA, ()), (Sheet("Data", [["Frage", "Antwort"], MOON, RUST]), ("Frage", "Antwort"))],
)
def test_of_several_the_one_that_has_the_columns_is_read_and_the_others_are_named(
    sheet: Sheet, wanted: tuple[str, ...] | None, tmp_path: Path
) -> None:
    shape, rows = read(tmp_path, "a.xlsx", xlsx(NOTES, sheet), wanted=wanted)
    assert len(rows) == 2
    assert shape.read_as == "sheet 'Data', names on row 1, 'Notes' not read"


def test_of_several_that_fit_one_has_to_be_named(tmp_path: Path) -> None:
    data = xlsx(DATA, Sheet("More", TABLE))
    with pytest.raises(InputError, match="2 sheets with rows") as caught:
        read(tmp_path, "a.xlsx", data)
    assert caught.value.code == "sheet-unnamed"
    assert "--sheet NAME. Its sheets: 'Data', 'More'" in caught.value.hint
    for name in ("More", "more "):
        assert read(tmp_path, "a.xlsx", data, sheet=name)[0].read_as == "sheet 'More', names on row 1"


def test_a_sheet_that_is_not_there_is_an_error_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no sheet 'Dat'") as caught:
        read(tmp_path, "a.xlsx", xlsx(DATA, NOTES), sheet="Dat")
    assert (caught.value.code, caught.value.hint) == ("sheet-unknown", "Its sheets: 'Data', 'Notes'.")


def test_a_hidden_sheet_is_read_only_when_it_is_named(tmp_path: Path) -> None:
    hidden = Sheet("Old", TABLE, hidden=True)
    shape, _ = read(tmp_path, "a.xlsx", xlsx(hidden, DATA))
    assert shape.read_as == "sheet 'Data', names on row 1, hidden 'Old' not read"
    assert read(tmp_path, "a.xlsx", xlsx(hidden, DATA), sheet="Old")[0].read_as.startswith("sheet 'Old'")
    with pytest.raises(InputError, match="hidden: 'Old'") as caught:
        read(tmp_path, "a.xlsx", xlsx(hidden, Sheet("Empty", [])))
    assert caught.value.code == "file-empty"


def test_no_more_rows_are_read_than_are_asked_for(tmp_path: Path) -> None:
    _, rows = read(tmp_path, "a.xlsx", xlsx(DATA), head=1)
    assert [filled(row) for row in rows] == ROWS[:1]


# What is no sheet, or means harm

REFUSED = {
    "bytes without a meaning": (bytes(range(256)), "file-disguised"),
    "nothing": (b"", "file-disguised"),
    "a web page": (b"<html><table></table></html>", "file-disguised"),
    "a cut workbook": (xlsx(DATA)[:800], "file-damaged"),
    "another archive": (repacked(xlsx(DATA), workbook=b"", sheet1=b""), "file-damaged"),
    "an empty workbook": (xlsx(Sheet("Data", [])), "file-empty"),
    "only names": (xlsx(Sheet("Data", [NAMES])), "file-empty"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_an_error_with_its_code(name: str, tmp_path: Path) -> None:
    data, code = REFUSED[name]
    with pytest.raises(InputError, match=r"a\.xlsx") as caught:
        read(tmp_path, "a.xlsx", data)
    assert caught.value.code == code


def test_a_small_workbook_that_unfolds_without_end_is_refused(tmp_path: Path) -> None:
    text = b"<si><t>" + b"0" * 400_000_000 + b"</t></si>"
    data = repacked(xlsx(DATA), styles=b"<styleSheet>" + text + b"</styleSheet>")
    assert len(data) < 1_000_000
    with pytest.raises(InputError, match="when unpacked") as caught:
        read(tmp_path, "a.xlsx", data)
    assert caught.value.code == "limit-exceeded"


def test_a_cell_in_the_last_corner_of_a_sheet_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    corner = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(io.BytesIO(xlsx(DATA))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").replace(b"</sheetData>", corner)
    with pytest.raises(InputError, match="memory") as caught:
        read(tmp_path, "a.xlsx", repacked(xlsx(DATA), sheet1=sheet))
    assert caught.value.code == "check-limit"
