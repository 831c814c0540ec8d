"""Delimited text: its dialect is found out and said, whatever wrote it; a bad line costs itself, and every line is where its row begins."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import InputError
from commons.intake.formats import delimited
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

Row = RawRow | UnreadableRow


def read(data: bytes | str, name: str = "a.csv", **options: Any) -> tuple[TableShape, list[Row]]:
    encoded = data.encode() if isinstance(data, str) else data
    shape, *rows = delimited.rows(encoded, name, ReadingOptions(**options))
    assert isinstance(shape, TableShape)
    return shape, [row for row in rows if not isinstance(row, TableShape)]


def values(data: bytes | str, name: str = "a.csv", **options: Any) -> list[dict[str, Any]]:
    rows = read(data, name, **options)[1]
    assert not [row for row in rows if isinstance(row, UnreadableRow)]
    return [row.values for row in rows if isinstance(row, RawRow)]


MOON = {"title": "Moon", "text": "The moon, our companion; it orbits the Earth."}
# what strangers bring -> its name, and how it is said to be read
DIALECTS: dict[str, tuple[str, str, str]] = {
    "commas": ("a.csv", 'title,text\nMoon,"The moon, our companion; it orbits the Earth."\n', "CSV"),
    "semicolons": (
        "a.csv",
        'title;text\nMoon;"The moon, our companion; it orbits the Earth."\n',
        "CSV with semicolons",
    ),
    "tabs in a .csv": ("a.csv", "title\ttext\nMoon\tThe moon, our companion; it orbits the Earth.\n", "TSV"),
    "vertical bars": (
        "a.txt",
        "title|text\nMoon|The moon, our companion; it orbits the Earth.\n",
        "text with vertical bars",
    ),
    "every cell quoted": (
        "a.csv",
        '"title","text"\n"Moon","The moon, our companion; it orbits the Earth."\n',
        "CSV",
    ),
    "Excel's word for its delimiter": (
        "a.csv",
        '\ufeffsep=;\r\ntitle;text\r\nMoon;"The moon, our companion; it orbits the Earth."\r\n',
        "CSV with semicolons",
    ),
    "blanks behind the delimiters": (
        "a.csv",
        'title, text\nMoon, "The moon, our companion; it orbits the Earth."\n',
        "CSV, blanks after delimiters left out",
    ),
    "line ends of old Macs": (
        "a.csv",
        'title,text\rMoon,"The moon, our companion; it orbits the Earth."\r',
        "CSV",
    ),
    "delimiters at the end of each line": (
        "a.csv",
        'title,text,\nMoon,"The moon, our companion; it orbits the Earth.",\n',
        "CSV",
    ),
    "a name behind a comment sign": (
        "a.tsv",
        "# made by hand\ntitle\ttext\nMoon\tThe moon, our companion; it orbits the Earth.\n",
        "TSV, names on line 2 (1 line above skipped)",
    ),
    "a title and a date above": (
        "a.csv",
        'Agency for Moons\nMade: 2024-02-01\n\ntitle,text\nMoon,"The moon, our companion; it orbits the Earth."\n',
        "CSV, names on line 4 (2 lines above skipped)",
    ),
    "a report padded with delimiters": (
        "a.csv",
        'Agency for Moons,\n,\ntitle,text\nMoon,"The moon, our companion; it orbits the Earth."\n,\n',
        "CSV, names on line 3 (1 line above skipped)",
    ),
}


@pytest.mark.parametrize("kind", DIALECTS)
def test_the_dialect_is_found_out_and_said_in_one_line(kind: str) -> None:
    name, text, said = DIALECTS[kind]
    shape, rows = read(text, name)
    assert shape == TableShape(("title", "text"), said)
    assert rows == [RawRow(1, MOON)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_an_encoding_that_the_first_bytes_tell_is_read(encoding: str) -> None:
    shape, rows = read("title\ttext\r\nMond\tDer Mond – ganz groß.\r\n".encode(encoding), "a.csv")
    assert rows == [RawRow(1, {"title": "Mond", "text": "Der Mond – ganz groß."})]
    assert shape.read_as == ("TSV" if encoding == "utf-8-sig" else f"TSV, {encoding.upper()[:6]}")


def test_decimal_commas_are_no_delimiters() -> None:
    assert values("name;value\nA;1,5\nB;2,5\nC;3,25\n")[2] == {"name": "C", "value": "3,25"}


def test_a_cell_of_many_paragraphs_is_one_cell_whatever_signs_it_holds() -> None:
    prose = "\n\n".join(f'- He said: ""No; never, {n}|{n}"",\twent on;' for n in range(400))
    text = "id,question,long answer\n" + "".join(f'{n},"Why, {n}?","{prose}"\n' for n in range(5))
    rows = values(text)
    assert len(rows) == 5
    assert rows[3]["long answer"] == prose.replace('""', '"')


def test_backslashes_escape_quotes_and_themselves_and_nothing_else_is_lost() -> None:
    shape, rows = read(
        'title,text\nSaying,"He said \\"no\\", then \\alpha and C:\\\\new\\n."\nB,"plain, text"\n'
    )
    assert shape.read_as == "CSV, backslashes before quotes"
    assert rows[0] == RawRow(1, {"title": "Saying", "text": 'He said "no", then \\alpha and C:\\new\\n.'})


def test_a_cell_that_ends_with_a_backslash_escapes_nothing() -> None:
    assert values('title,text\n"C:\\dir\\","the ""root"", of all"\n"D:\\","b, c"\n') == [
        {"title": "C:\\dir\\", "text": 'the "root", of all'},
        {"title": "D:\\", "text": "b, c"},
    ]


def test_tabs_between_cells_that_quote_nothing_leave_every_quote_as_it_is() -> None:
    shape, rows = read('title\ttext\n"Hello" he said\tfoo\nx\t"y" is a letter\n', "a.tsv")
    assert shape.read_as == "TSV, nothing quoted"
    assert [row.values for row in rows if isinstance(row, RawRow)] == [
        {"title": '"Hello" he said', "text": "foo"},
        {"title": "x", "text": '"y" is a letter'},
    ]


def test_a_text_of_sentences_is_one_column_without_a_name() -> None:
    for text in (
        "The moon orbits the Earth, month by month.\nIron rusts in water, and in air.\nWater boils.\n",
        '"Hello," he said, and went.\n"Bye," she said.\nThen they were gone, for ever.\n',
    ):
        shape, rows = read(text, "a.txt")
        assert shape.columns == ("column1",)
        assert [row.values["column1"] for row in rows if isinstance(row, RawRow)] == text.splitlines()


def test_a_column_of_sentences_may_have_a_name() -> None:
    assert values("text\nFoo, bar.\nBaz.\nA, b, c.\n") == [
        {"text": "Foo, bar."},
        {"text": "Baz."},
        {"text": "A, b, c."},
    ]
    assert read("sentence\nThe moon orbits the Earth, always.\nIron rusts in water.\n")[0].columns == (
        "sentence",
    )


def test_what_is_said_of_the_dialect_is_done() -> None:
    assert values("a,b;c,d\n1,2;3,4\n", delimiter=";") == [{"a,b": "1,2", "c,d": "3,4"}]
    assert values("title;text\n'Mo;on';x\n", quote="'") == [{"title": "Mo;on", "text": "x"}]
    assert values('title,text\n"Moon",x\n', quote="") == [{"title": '"Moon"', "text": "x"}]
    assert values("x,y\ntitle,text\nMoon,a\n", header_row=2) == [{"title": "Moon", "text": "a"}]
    assert values("title,text\nMoon,a\n", header_row=0) == [
        {"column1": "title", "column2": "text"},
        {"column1": "Moon", "column2": "a"},
    ]
    assert values("title,text\nfoo,bar\nMoon,a\n", skip=1) == [{"foo": "Moon", "bar": "a"}]


@pytest.mark.parametrize("options", [{"delimiter": "::"}, {"delimiter": "\n"}, {"quote": "ab"}, {"header_row": 9}, {"skip": 9}]
)  # fmt: skip
def test_what_cannot_be_done_is_said(options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read("title,text\na,b\n", **options)
    assert caught.value.code == "file-format"
    assert caught.value.hint


BAD_LINES: dict[str, tuple[str, list[int]]] = {
    "a quote inside a cell": ('title,text\nA,"x"y\nB,"good, one"\nC,"fine, too"\n', [2]),
    "a quote that is never closed": ('title,text\nA,"b, c"\nB,"open\nC,d\nE,"f, g"\nH,i\n', [3]),
    "a quote never closed in the last line": ('title,text\nA,"b, c"\nB,"open\n', [3]),
    "a quote closed in another row": ('title,text\nA,"stray\nB,"two"\nC,"again, ok"\n', [2]),
    "two bad lines": ('title,text\nA,"x"y\nB,c\nC,"x"y\nD,"e, f"\nG,"h, i"\nJ,"k, l"\n', [2, 4]),
    "too few and too many cells": ("title,text\na,b\nonly one\na,b,c\nx,y\n", [3, 4]),
}


@pytest.mark.parametrize("kind", BAD_LINES)
def test_a_bad_line_is_unreadable_with_its_text_and_reason_and_the_next_is_read(kind: str) -> None:
    text, bad = BAD_LINES[kind]
    lines = text.splitlines()
    rows = read(text)[1]
    assert [row.line for row in rows] == list(range(2, len(lines) + 1))
    assert [row.number for row in rows] == list(range(1, len(lines)))
    for row in rows:
        assert isinstance(row, UnreadableRow) == (row.line in bad)
        if isinstance(row, UnreadableRow):
            assert row.text == lines[row.line - 1]
            assert row.reason


def test_the_reason_counts_the_cells() -> None:
    rows = read("title,text\na,b\nonly one\na,b,c\nx,y\n")[1]
    assert [row.reason for row in rows if isinstance(row, UnreadableRow)] == [
        "1 cell where the header has 2",
        "3 cells where the header has 2",
    ]


def test_where_most_rows_end_early_they_have_nothing_in_their_last_columns() -> None:
    text = "version,name,made,ended,ended for all\n1.1,Buzz,1996-06-17,1997-06-05\n1.2,Rex,1996\n1.3,Bo,1997,1999,2000\n9,Sid,2030\nbad\n"
    shape, rows = read(text)
    assert shape.read_as == "CSV, rows that end early have nothing in their last columns"
    assert rows[1] == RawRow(
        2, {"version": "1.2", "name": "Rex", "made": "1996", "ended": "", "ended for all": ""}
    )
    assert [row.line for row in rows if isinstance(row, UnreadableRow)] == [6]


def test_a_line_is_where_the_record_begins_behind_whatever_stood_before_it() -> None:
    text = 'A report\n\ntitle,text\nA,"one\ntwo\r\nthree"\n\nbad\nB,\u2028c\n,\nC,"open\nD,"e, f"\nG,"h\ri"\nJ,k\n'
    rows = read(text)[1]
    assert [(row.line, type(row)) for row in rows] == [
        (4, RawRow),
        (8, UnreadableRow),
        (9, RawRow),
        (11, UnreadableRow),
        (12, RawRow),
        (13, RawRow),
        (15, RawRow),
    ]


def test_rows_of_empty_cells_say_nothing_and_have_a_number_as_in_a_spreadsheet() -> None:
    rows = read("title,text,,\n,,,\nA,b,,\n , ,,\nC,d\n,,,\n")[1]
    assert [(row.number, row.line) for row in rows] == [(2, 3), (4, 5)]


def test_a_column_without_a_name_counts_only_where_it_has_something() -> None:
    shape, rows = read("title,text,,\na,b,,\nc,d,,x\n")
    assert shape.columns == ("title", "text", "column4")
    assert rows == [
        RawRow(1, {"title": "a", "text": "b"}),
        RawRow(2, {"title": "c", "text": "d", "column4": "x"}),
    ]


def test_a_cell_without_a_name_far_below_is_not_lost() -> None:
    rows = read("title,text,\n" + "a,b,\n" * 50_000 + "c,d,e\n")[1]
    assert rows[-1] == RawRow(50_001, {"title": "c", "text": "d", "column3": "e"})


def test_a_line_in_another_encoding_is_unreadable_and_the_others_are_read() -> None:
    data = "title,text\nA,café\n".encode() + b"B,caf\xe9\n" + "C,naïve Größe für Ärger\n".encode()
    shape, rows = read(data)
    assert shape.read_as == "CSV"
    assert rows == [
        RawRow(1, {"title": "A", "text": "café"}),
        UnreadableRow(2, "B,caf\\xe9", "byte 0xe9 in place 6 has no meaning in utf-8"),
        RawRow(3, {"title": "C", "text": "naïve Größe für Ärger"}),
    ]


def test_a_named_encoding_is_used_line_by_line() -> None:
    shape, rows = read(b"title,text\nA,\x93x\x94\nB,\x81\nC,\xe4\n", encoding="cp1252")
    assert shape.read_as == "CSV, cp1252"
    assert [type(row) for row in rows] == [RawRow, UnreadableRow, RawRow]
    assert rows[2] == RawRow(3, {"title": "C", "text": "ä"})


def test_many_open_quotes_cost_no_more_than_the_length_of_the_text() -> None:
    """Each line opens a quote that the next does not close: read on from each to the end, it would take hours."""
    rows = read("title,text\n" + 'a","b\n' * 200_000, quote='"')[1]
    assert sum(row.text.count("\n") + 1 for row in rows if isinstance(row, UnreadableRow)) == 200_000


characters = st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from("\n\r\"\\,;\t|' ")
cells = st.text(characters, max_size=20)
records = st.lists(st.tuples(cells, cells).filter(lambda row: any(cell.strip(" \t") for cell in row)), min_size=1, max_size=8)  # fmt: skip
# Where its lines end with \n alone, Python's writer does not quote a lone \r, which ends a line as well.
dialects = st.builds(
    lambda delimiter, form: {"delimiter": delimiter, "quoting": form[0], "lineterminator": form[1]},
    st.sampled_from(",;\t|"),
    st.sampled_from(
        [(csv.QUOTE_MINIMAL, "\r\n"), (csv.QUOTE_ALL, "\r\n"), (csv.QUOTE_ALL, "\n"), (csv.QUOTE_ALL, "\r")]
    ),
)


def written(rows: list[tuple[str, str]], dialect: dict[str, Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([("title", "text"), *rows])
    return text.getvalue()


@given(records, dialects)
def test_what_a_csv_writer_writes_is_read_back_in_whatever_dialect(
    rows: list[tuple[str, str]], dialect: dict[str, Any]
) -> None:
    expected = [{"title": title, "text": text} for title, text in rows]
    assert values(written(rows, dialect), delimiter=dialect["delimiter"], quote='"', header_row=1) == expected
    assert values(written(rows, dialect)) == expected


@given(records, dialects, st.randoms(use_true_random=False))
def test_no_line_of_a_damaged_table_is_lost(
    rows: list[tuple[str, str]], dialect: dict[str, Any], random: Any
) -> None:
    """A quote put anywhere: each line with something in it is still in a row, or in the text of an unreadable one."""
    text = written(rows, dialect)
    place = random.randrange(text.index(dialect["lineterminator"]) + 2, len(text) + 1)  # behind the names
    damaged = text[:place] + '"' + text[place:]
    read_rows = read(damaged, delimiter=dialect["delimiter"], quote='"', header_row=1)[1]
    found = "".join(
        row.text if isinstance(row, UnreadableRow) else "".join(row.values.values()) for row in read_rows
    )
    for cell in (cell for row in rows for cell in row):
        for word in without_escapes(cell).split():
            assert word in without_escapes(found)


def without_escapes(text: str) -> str:
    """Without the signs that a quote more may have made part of the dialect."""
    return text.replace('"', "").replace("\\", "")
