"""Mappings: which column becomes which field, and what is said when it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from commons.errors import InputError, UsageError
from commons.intake import mapping, mapping_files
from commons.intake.mapping import Mapping
from commons.layout import Kind


def load(folder: Path, text: str | bytes) -> Mapping:
    path = folder / "map.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return mapping_files.load(path).mapping


def apply(made: Mapping, row: dict[str, Any]) -> dict[str, Any]:
    return made.bound(list(row), file="notes.csv").apply(row)


def test_a_column_that_bears_a_targets_name_maps_to_it_unasked() -> None:
    assert apply(Mapping(), {"text": "x", "source.url": "u", "other": "y"}) == {
        "text": "x",
        "source.url": "u",
    }


def test_a_named_column_wins_over_one_of_the_same_name() -> None:
    assert apply(Mapping({"text": "answer"}), {"text": "x", "answer": "y"}) == {"text": "y"}


def test_a_template_is_filled_from_columns() -> None:
    made = apply(Mapping({"title": "{country}: {field}"}), {"country": "Chad", "field": "Area", "text": "x"})
    assert made == {"title": "Chad: Area", "text": "x"}


def test_braces_in_a_value_are_not_filled_again() -> None:
    assert apply(Mapping({"title": "{a}"}), {"a": "{b}", "b": "secret"}) == {"title": "{b}"}


def test_a_template_with_a_missing_column_gives_nothing() -> None:
    assert apply(Mapping({"title": "{a}: {b}"}), {"a": "x", "b": None}) == {}


def test_a_default_fills_what_a_row_leaves_empty() -> None:
    made = Mapping(defaults={"lang": "en", "license": "MIT"})
    assert apply(made, {"text": "x", "lang": "", "license": None}) == {
        "lang": "en",
        "license": "MIT",
        "text": "x",
    }
    assert apply(made, {"text": "x", "lang": "de"})["lang"] == "de"


def test_a_value_of_zero_or_false_is_a_value() -> None:
    assert apply(Mapping(), {"text": 0, "title": False}) == {"title": False, "text": 0}


def test_an_unknown_column_is_named_with_those_there_are() -> None:
    with pytest.raises(InputError) as caught:
        Mapping({"title": "{a}: {nope}", "text": "b"}).bound(["a", "b"], file="notes.csv")
    assert caught.value.code == "mapping-column"
    assert "'nope'" in caught.value.message
    assert "a, b" in caught.value.hint


def test_the_command_lines_form() -> None:
    assert mapping.parse("title=question, text=answer") == {"title": "question", "text": "answer"}
    assert mapping.parse("text=a=b") == {"text": "a=b"}


@pytest.mark.parametrize("text", ["", "title", "=x", "titel=x", "score=x"])
def test_a_mapping_that_makes_no_sense_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        Mapping(mapping.parse(text))


def test_a_question_has_other_fields_than_a_record() -> None:
    made = Mapping({"question": "claim", "relevant": "abstracts"}, {"lang": "en"}, Kind.QUESTION)
    row = {"claim": "Does ice float?", "abstracts": ["Ice"], "text": "x", "title": "y"}
    assert apply(made, row) == {"question": "Does ice float?", "relevant": ["Ice"], "lang": "en"}
    assert made.bound(list(row), file="notes.csv").unused == ["text", "title"]
    for columns, defaults in (({"text": "a"}, {}), ({}, {"topic": ["science"]}), ({"source.url": "u"}, {})):
        with pytest.raises(UsageError, match="A question has no field"):
            Mapping(columns, defaults, Kind.QUESTION)


def test_that_nothing_is_relevant_is_a_value() -> None:
    assert apply(Mapping(kind=Kind.QUESTION), {"relevant": []}) == {"relevant": []}
    assert apply(Mapping(kind=Kind.QUESTION), {"relevant": ""}) == {}


def test_a_mapping_file(tmp_path: Path) -> None:
    text = '[map]\ntitle = "{a}: {b}"\n"source.url" = "u"\n[defaults]\nlang = "en"\ntopic = ["science"]\n'
    assert load(tmp_path, text) == Mapping(
        {"title": "{a}: {b}", "source.url": "u"}, {"lang": "en", "topic": ["science"]}
    )


def test_a_source_may_be_written_the_way_toml_writes_tables(tmp_path: Path) -> None:
    text = '[map]\nsource.url = "u"\n[defaults.source]\ntitle = "t"\n'
    assert load(tmp_path, text) == Mapping({"source.url": "u"}, {"source.title": "t"})


@pytest.mark.parametrize(
    "text",
    ["map = 5", 'defaults = "x"', "[[map]]\ntext = 1", "[other]\n", "text = ", b"\xff", '[map]\nsource = "x"\n'],
)  # fmt: skip
def test_a_mapping_file_that_is_none_is_refused(text: str | bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, text)
    assert caught.value.code == "mapping-file"


def test_a_missing_mapping_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        mapping_files.load(tmp_path / "none.toml")
    assert caught.value.code == "mapping-file"


def test_a_path_that_no_row_has_is_said_with_what_stands_there() -> None:
    mapping = Mapping({"text": "parts.contxt"}, explode=("parts",)).bound(["parts"], file="qa.json")
    rows = [{"parts": []}, {"parts": [{"context": "The moon.", "n": 1}]}]
    with pytest.raises(InputError, match=r"No row of qa.json has 'parts.contxt'") as error:
        mapping.refuse_untrodden(rows)
    assert error.value.code == "mapping-column"
    assert error.value.hint == 'Did you mean "context"? There are: context, n.'


def test_a_path_that_one_row_has_is_right_although_it_holds_nothing() -> None:
    mapping = Mapping({"text": "qa.answer"}).bound(["qa"], file="qa.json")
    mapping.refuse_untrodden([{"qa": None}, {"qa": {"answer": None}}])
