"""Column names: a field's own name is recognised however it is written, and no other is."""

from __future__ import annotations

import pytest

from commons.intake import column_names


@pytest.mark.parametrize(
    ("column", "target"),
    [
        ("text", "text"),
        (" Text", "text"),
        ("Title ", "title"),
        ("\ufeffTEXT", "text"),
        ("Source URL", "source.url"),
        ("source_title", "source.title"),
        ("SKOS:BROADER", "skos:broader"),
        ("dcterms:ispartof", "dcterms:isPartOf"),
        ("texts", ""),
        ("my text", ""),
        ("", ""),
    ],
)
def test_a_fields_own_name_whatever_its_case_and_blanks(column: str, target: str) -> None:
    assert column_names.target_of(column) == target


def test_what_is_needed_is_named_or_begins_a_path_or_bears_a_fields_name() -> None:
    wanted = ("qa.answer", "Name, official")
    for column in ("qa", "Name, official", "Text ", "qa.answer"):
        assert column_names.is_needed(column, wanted), column
    for column in ("q", "qab", "official", "other"):
        assert not column_names.is_needed(column, wanted), column
    assert column_names.is_needed("other", None)
