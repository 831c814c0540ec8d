"""JSON in the forms that people bring it: lines, arrays, objects with a list; each row at its line, each damage told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import InputError
from commons.intake.formats import json_pieces, json_rows
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

Row = RawRow | UnreadableRow


def read(data: bytes | str, name: str = "a.json", **options: Any) -> tuple[TableShape, list[Row]]:
    encoded = data.encode() if isinstance(data, str) else data
    shape, *rows = json_rows.rows(encoded, name, ReadingOptions(**options))
    assert isinstance(shape, TableShape)
    return shape, [row for row in rows if not isinstance(row, TableShape)]


A, B = {"title": "A", "text": "the first"}, {"title": "B", "text": "the second"}
# form -> what is written, how that is said to be read, the lines where the rows begin
FORMS: dict[str, tuple[str, str, list[int]]] = {
    "lines": (f"{json.dumps(A)}\n\n{json.dumps(B)}\n", "JSON Lines", [1, 3]),
    "an array": (json.dumps([A, B]), "a JSON array", [1, 1]),
    "a pretty array": (json.dumps([A, B], indent=1), "a JSON array", [2, 6]),
    "an array with a row a line": (f"[\n{json.dumps(A)},\n{json.dumps(B)}\n]\n", "a JSON array", [2, 3]),
    "an array that ends with a comma": (
        f"[{json.dumps(A)},\n{json.dumps(B)},\n]",
        "a JSON array",
        [1, 2],
    ),
    "an object with a list": (
        json.dumps({"version": 1, "tags": ["x"], "data": [A, B]}, indent=1),
        "the list 'data' of a JSON object",
        [7, 11],
    ),
    "a list further in": (
        json.dumps({"head": {"n": 2}, "results": {"bindings": [A, B]}}, indent=1),
        "the list 'results.bindings' of a JSON object",
        [7, 11],
    ),
    "objects one after another": (
        f"{json.dumps(A, indent=1)}\n{json.dumps(B, indent=1)}",
        "JSON objects one after another",
        [1, 5],
    ),
    "lines with a comma at their end": (
        f"{json.dumps(A)},\n{json.dumps(B)},\n",
        "JSON objects one after another",
        [1, 2],
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_each_form_gives_the_same_rows_with_their_lines(form: str, name: str) -> None:
    text, said, lines = FORMS[form]
    shape, rows = read(text, name)
    assert shape == TableShape(("title", "text"), said)
    assert rows == [RawRow(1, A), RawRow(2, B)]
    assert [row.line for row in rows] == lines


def test_a_whole_object_on_the_one_line_of_json_lines_is_a_row() -> None:
    row = {"answer": "x", "refs": [{"n": 1}]}
    assert read(json.dumps(row), "a.jsonl")[1] == [RawRow(1, row)]
    assert read(json.dumps(row), "a.jsonl", sheet="refs")[1] == [RawRow(1, {"n": 1})]


def test_an_object_with_a_text_is_a_row_whatever_lists_it_has() -> None:
    row = {"text": "x", "sources": [{"title": "s"}]}
    shape, rows = read(json.dumps(row, indent=1))
    assert (shape.read_as, rows) == ("one JSON object", [RawRow(1, row)])
    assert read(json.dumps({"answer": "x", "refs": [{"n": 1}]}, indent=1), wanted=("answer",))[1] == [
        RawRow(1, {"answer": "x", "refs": [{"n": 1}]})
    ]


def test_of_several_lists_one_is_named() -> None:
    text = json.dumps({"train": [A], "more": {"test": [B]}})
    with pytest.raises(InputError, match=r"'train', 'more\.test'") as caught:
        read(text)
    assert caught.value.code == "file-format"
    assert "--sheet train" in caught.value.hint
    assert read(text, sheet="more.test")[1] == [RawRow(1, B)]
    with pytest.raises(InputError, match="no list 'tset'"):
        read(text, sheet="tset")


def test_a_key_that_stands_there_twice_makes_its_row_unreadable_and_no_other() -> None:
    doubled = '{"text": "a", "x": {"text": "b", "text": "c"}}'
    for text in (f'{doubled}\n{{"text": "d"}}\n', f'[{doubled},\n{{"text": "d"}}]'):
        first, second = read(text)[1]
        assert isinstance(first, UnreadableRow)
        assert (first.text, first.line) == (doubled, 1)
        assert "'text' stands there twice" in first.reason
        assert second == RawRow(2, {"text": "d"})


def test_a_list_that_stands_there_twice_is_an_error() -> None:
    with pytest.raises(InputError, match="'data' stands there twice") as caught:
        read('{"data": [{"text": "a"}],\n"data": [{"text": "b"}]}')
    assert caught.value.code == "file-format"


DAMAGED = {
    "cut in a row": '[{"text": "a"},\n{"text": "b"},\n{"text": "c',
    "cut between rows": '[{"text": "a"},\n{"text": "b"},\n',
    "no comma": '[{"text": "a"},\n{"text": "b"}\n{"text": "c"}]',
    "no JSON": '[{"text": "a"},\n{"text": "b"},\n{text: "c"}, {"text": "d"}, {"text": "eeeeeeeeeeeeeeeeeeeeee"}]',
    "cut in an object's list": '{"data": [{"text": "a"},\n{"text": "b"},\n{"text": "c',
    "something behind the array": '[{"text": "a"},\n{"text": "b"}]\nand so on',
    "a number of 5,000 digits": f'[{{"text": "a"}},\n{{"text": "b"}},\n{{"n": {"9" * 5000}}}]',
    "nested 100,000 deep": f'[{{"text": "a"}},\n{{"text": "b"}},\n{"[" * 100_000}',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_what_is_before_the_damage_is_read_and_the_rest_is_one_unreadable_row(kind: str) -> None:
    text = DAMAGED[kind]
    first, second, rest = read(text)[1]
    assert [first, second] == [RawRow(1, {"text": "a"}), RawRow(2, {"text": "b"})]
    assert isinstance(rest, UnreadableRow)
    assert rest.line in (2, 3)
    assert text.endswith(rest.text)
    assert rest.reason.endswith("so nothing from here on can be read")


def test_elements_that_are_no_objects_are_unreadable_and_the_others_are_read() -> None:
    rows = read('[{"text": "a"}, 5, "x", [1], null, {"text": "b"}]')[1]
    assert [type(row) for row in rows] == [RawRow, *[UnreadableRow] * 4, RawRow]
    assert [row.text for row in rows if isinstance(row, UnreadableRow)] == ["5", '"x"', "[1]", "null"]


def test_a_value_may_be_longer_than_what_is_read_at_a_time() -> None:
    long = "x" * 3_000_000
    assert read(json.dumps([{"text": long}, {"text": "b"}]))[1] == [
        RawRow(1, {"text": long}),
        RawRow(2, {"text": "b"}),
    ]


def test_the_columns_are_those_of_the_first_rows() -> None:
    assert read('{"a": 1}\n{"b": 2, "a": 3}\n')[0].columns == ("a", "b")


def test_a_line_in_another_encoding_is_unreadable_and_the_others_are_read() -> None:
    data = '{"text": "naïve Größe für Ärger"}\n'.encode() + b'{"text": "caf\xe9"}\n'
    first, second = read(data)[1]
    assert first == RawRow(1, {"text": "naïve Größe für Ärger"})
    assert second == UnreadableRow(2, '{"text": "caf\\xe9"}', "byte 0xe9 in place 14 has no meaning in utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_json_may_have_a_byte_order_mark(encoding: str) -> None:
    assert read('[\n{"text": "ä"}\n]\n'.encode(encoding))[1] == [RawRow(1, {"text": "ä"})]


def test_an_empty_list_holds_no_rows() -> None:
    for text in ("[]", "[ ]\n", "", "\n"):
        with pytest.raises(InputError) as caught:
            read(text)
        assert caught.value.code == "file-empty"


keys = st.text(max_size=5)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
objects = st.lists(st.dictionaries(keys, values, max_size=4), min_size=2, max_size=6)


@given(objects, st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 40))
def test_any_objects_are_read_back_from_an_array_and_from_an_object(
    rows: list[dict[str, Any]], indent: int | None, ascii_only: bool, block: int
) -> None:
    """Whatever is read at a time, so that each place in a value is once the end of a block."""
    before, json_pieces._BLOCK_CHARACTERS = json_pieces._BLOCK_CHARACTERS, block
    try:
        for document in (rows, {"n": 1.5, "data": [{"first": 1}, *rows]}):
            text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
            try:
                data = text.encode()
            except UnicodeEncodeError:  # half of a pair
                return
            found = [row.values for row in read(data)[1] if isinstance(row, RawRow)]
            assert found[-len(rows) :] == rows
    finally:
        json_pieces._BLOCK_CHARACTERS = before
