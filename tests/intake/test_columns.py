"""Likely columns: proposed by name, in several languages, by language tags, and the text by what stands in it; never taken unasked."""

from __future__ import annotations

from typing import Any

import pytest

from commons.intake import columns
from commons.intake.columns import IncompleteMappingError
from commons.intake.mapping import Mapping
from commons.layout import Kind

LONG = "A text that is long enough to be one, with several words in it."


def proposed(names: list[str], *rows: dict[str, Any], **defaults: Any) -> dict[str, str]:
    return columns.propose(names, rows, Mapping(defaults=defaults)).mapping.columns


@pytest.mark.parametrize(
    ("names", "mapping"),
    [
        (["Question", "Answer"], {"title": "Question", "text": "Answer"}),
        (["Type", "Category", "Question", "Best Answer", "Source"],
         {"title": "Question", "text": "Best Answer", "topic": "Category", "source.title": "Source"}),
        (["Frage", "Antwort"], {"title": "Frage", "text": "Antwort"}),
        (["id", "name", "definition", "is_a"], {"title": "name", "text": "definition", "skos:broader": "is_a"}),
        (["prefLabel", "definition"], {"title": "prefLabel", "text": "definition"}),
        ([" Text", "Title "], {}),
    ],
)  # fmt: skip
def test_names_that_are_likely(names: list[str], mapping: dict[str, str]) -> None:
    assert proposed(names) == mapping


def test_a_column_called_source_that_holds_addresses_is_the_address() -> None:
    rows = [{"Source": "https://example.org/a"}, {"Source": ""}]
    assert proposed(["Source"], *rows) == {"source.url": "Source"}
    assert proposed(["Source"], *rows, {"Source": "A book"}) == {"source.title": "Source"}
    assert proposed(["Source"], *rows, **{"source.url": "https://example.org"}) == {}


def test_no_column_is_proposed_for_what_is_said_of_all_rows() -> None:
    names = ["name", "category", "summary", "source"]
    said = {"topic": ["science"], "source.title": "A book"}
    assert proposed(names, **said) == {"title": "name", "text": "summary"}
    assert proposed(names)["topic"] == "category"


def test_the_text_is_the_column_with_the_longest_texts_when_no_name_says_so() -> None:
    rows = [{"a": "x", "b": LONG, "n": 5}] * 3
    assert proposed(["a", "b", "n"], *rows) == {"text": "b"}
    assert proposed(["a", "n"], *rows) == {}, "short values are no texts"


def test_columns_that_name_one_language_say_it_and_of_several_none_is_taken() -> None:
    one = columns.propose(["label@en", "definition@en"], [], Mapping())
    assert (one.mapping.columns, one.mapping.defaults) == (
        {"title": "label@en", "text": "definition@en"},
        {"lang": "en"},
    )
    several = columns.propose(["text_en", "text_de"], [], Mapping())
    assert several.languages == ("en", "de")
    assert several.mapping.columns == {}


def test_what_only_a_person_can_say_is_named() -> None:
    proposal = columns.propose(["Question", "Answer"], [], Mapping(defaults={"lang": "en"}))
    assert proposal.missing == ("the licence", "a topic", "a source")


def test_what_is_given_wins_over_what_is_likely() -> None:
    given = Mapping({"text": "Question"})
    assert columns.propose(["Question", "Answer"], [], given).mapping.columns["text"] == "Question"


def test_a_table_that_does_not_say_all_is_refused_with_what_would_be_proposed() -> None:
    mapping = Mapping(defaults={"lang": "en", "license": "MIT", "topic": ["science"], "source.title": "s"})
    names = ["Question", "Answer"]
    with pytest.raises(IncompleteMappingError) as caught:
        columns.refuse_incomplete(mapping.bound(names, file="qa.csv"), mapping, names, [])
    assert caught.value.message == "qa.csv does not say the text."
    assert caught.value.proposal.mapping.columns == {"title": "Question", "text": "Answer"}


def test_questions_need_what_answers_them() -> None:
    mapping = Mapping(defaults={"lang": "en", "license": "MIT"}, kind=Kind.QUESTION)
    with pytest.raises(IncompleteMappingError, match="which records answer it"):
        columns.refuse_incomplete(mapping.bound(["question"], file="q.csv"), mapping, ["question"], [])
