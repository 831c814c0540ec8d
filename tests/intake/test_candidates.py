"""Candidates: foreign fields in a record's shape, repaired where repair loses nothing, never guessed."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.intake.candidates import Candidate, LinkCandidate, shape

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
TARGETS = (
    "id",
    "title",
    "text",
    "lang",
    "topic",
    "license",
    "links",
    "sources",
    "source.title",
    "source.url",
)


def values(**mapped: Any) -> dict[str, Any]:
    return shape(mapped).values


@pytest.mark.parametrize(
    ("written", "repaired"),
    [
        ("e\u0301", "é"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("  x \n", "x"),
        ("\ufb01ne", "\ufb01ne"),  # a ligature is its author's choice: NFC keeps it, NFKC would not
        ("a  b\tc", "a  b\tc"),
        ("\ufeffna\u200bme\ufeff", "name"),
        ("5\u206010 \u2060", "510"),
        ("ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"),
        ("ᬩᬮᬶ\u200bᬩᬮᬶ", "ᬩᬮᬶ\u200bᬩᬮᬶ"),  # Balinese
        ("𠮷\u200b𠮷", "𠮷\u200b𠮷"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("na\u200dme", "na\u200dme"),  # a joiner may be meant; the check warns
        ("①", "①"),
    ],
)
def test_what_is_repaired_and_what_is_not(written: str, repaired: str) -> None:
    candidate = shape({"text": written, "title": written, "source.title": written})
    assert candidate.values["text"] == candidate.values["title"] == repaired
    assert candidate.values["sources"] == [{"title": repaired}]
    assert bool(candidate.repairs) == (written != repaired)


@given(st.text())
def test_a_repaired_text_needs_no_repair(text: str) -> None:
    once = values(text=text)["text"]
    assert values(text=once)["text"] == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.dictionaries(st.sampled_from(TARGETS), anything))
def test_whatever_a_row_holds_becomes_a_candidate(mapped: dict[str, Any]) -> None:
    assert isinstance(shape(mapped), Candidate)


def test_topics_may_be_a_list_a_json_list_or_separated_by_commas() -> None:
    for written in (["a", "b"], '["a", "b"]', "a, b", "a,,b,"):
        assert values(topic=written)["topic"] == ["a", "b"]


def test_sources_may_be_given_whole_or_by_their_parts() -> None:
    assert values(**{"source.title": "T", "source.url": "u"})["sources"] == [{"title": "T", "url": "u"}]
    assert values(sources='[{"title": "T"}]')["sources"] == [{"title": "T"}]
    whole = values(sources=[{"title": "T"}], **{"source.url": "default"})
    assert whole["sources"] == [{"title": "T"}], "a row's own sources win over defaults"


def test_links_are_pairs_of_predicate_and_object() -> None:
    candidate = shape({"id": 7, "links": [{"predicate": "skos:related", "object": 8}]})
    assert candidate.links == (LinkCandidate("skos:related", "8"),)
    assert candidate.local_id == "7"


@pytest.mark.parametrize("between", [", ", ",", "; ", ";", " | ", " ", "\n"])
def test_a_cell_with_several_addresses_links_to_each(between: str) -> None:
    addresses = ["https://example.org/a,b", "https://example.org/c;d=1"]
    candidate = shape({"skos:broader": between.join(addresses)})
    assert candidate.links == tuple(LinkCandidate("skos:broader", address) for address in addresses)


def test_a_name_beside_an_address_is_no_list_of_addresses() -> None:
    (link,) = shape({"skos:broader": "the page https://example.org/a"}).links
    assert link == LinkCandidate("skos:broader", "the page https://example.org/a")


@pytest.mark.parametrize(
    "mapped",
    [
        {"links": 5},
        {"links": True},
        {"links": {"predicate": "x"}},
        {"links": "x"},
        {"links": "[not json"},
        {"links": [{"predicate": "skos:related"}]},
        {"links": [{"predicate": 5, "object": "x"}]},
        {"links": ["x"]},
        {"sources": "https://example.org"},
        {"sources": "[1"},
        {"topic": "[" * 100_000},
    ],
    ids=str,
)
def test_a_shape_that_cannot_be_understood_is_a_problem_not_a_guess(mapped: dict[str, Any]) -> None:
    assert shape(mapped).problems
