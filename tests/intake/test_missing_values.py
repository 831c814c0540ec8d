"""Missing values: an optional field that says that there is none is absent and told, what may be meant stays."""

from __future__ import annotations

from typing import Any

import pytest

from commons.intake.candidates import shape
from commons.intake.repairs import RepairKind


@pytest.mark.parametrize(
    "title", ["NULL", "N/A", "NaN", "None", "\\N", "-", " ", "#N/A", "TBD", "Lorem ipsum"]
)
def test_a_title_that_stands_for_nothing_is_absent_and_told(title: str) -> None:
    candidate = shape({"title": title, "text": "Iron rusts."})
    assert candidate.values["title"] is None
    assert RepairKind.TITLE in candidate.repairs.kinds or not title.strip()


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("NaN", "NaN is a value that equals nothing."),
        ("None", "The constant None of Python."),
        ("nan", "Your grandmother."),  # a headword: the gate warns, its author decides
    ],
)
def test_a_title_that_may_be_meant_stays(title: Any, text: str) -> None:
    assert shape({"title": title, "text": text}).values["title"] == title


@pytest.mark.parametrize("written", ["", "  ", "N/A", "null", "NaN", "-", "\\N", "k. A."])
@pytest.mark.parametrize("name", ["title", "url", "author", "license", "retrieved"])
def test_a_field_of_a_source_that_stands_for_nothing_is_absent_and_told(name: str, written: str) -> None:
    source = {"title": "A notebook", "url": "https://example.org/x"}
    candidate = shape({"text": "Iron rusts.", "sources": [{**source, name: written}]})
    assert candidate.values["sources"] == [{left: source[left] for left in source if left != name}]
    assert (RepairKind.SOURCE in candidate.repairs.kinds) == bool(written.strip())


@pytest.mark.parametrize("sources", [[{"title": "Untitled", "author": "unknown"}], ["x"], []])
def test_what_a_source_may_mean_and_what_is_none_stays(sources: list[Any]) -> None:
    assert shape({"text": "Iron rusts.", "sources": sources}).values["sources"] == sources
