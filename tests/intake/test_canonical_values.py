"""Canonical values: languages and licences in the spelling that a record has, and one line for the contributor about each kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.gate.rows.row import parse_row
from commons.governance.policy import Policy
from commons.intake import canonical_values
from commons.layout import Kind
from tests.gate.rows.test_row import RECORD


def test_a_row_gets_the_canonical_tag_and_the_spdx_id_and_keeps_the_rest() -> None:
    row = {"text": "x", "lang": "en_US", "license": "CC BY 4.0", "title": None}
    assert canonical_values.in_row(row) == {**row, "lang": "en-US", "license": "CC-BY-4.0"}


@pytest.mark.parametrize("row", [{}, {"lang": None, "license": 5}, {"lang": ["en"]}])
def test_what_is_no_text_is_left_to_the_gate(row: dict[str, Any]) -> None:
    assert canonical_values.in_row(row) == row
    assert list(canonical_values.rewritten(row)) == []


@pytest.mark.parametrize("written", ["root", "x-private", "en, fr", "gibberish"])
def test_a_language_that_is_not_certain_stays_and_carries_a_question(written: str) -> None:
    value = canonical_values.language(written)
    assert (value.value, value.changed) == (written, False)
    assert value.question


@pytest.mark.parametrize("written", ["cc-by", "MIT OR Apache-2.0", "CC-BY-NC-4.0", "my own terms"])
def test_a_licence_that_is_not_certain_stays_and_carries_a_question(written: str) -> None:
    value = canonical_values.license(written)
    assert (value.value, value.changed) == (written, False)
    assert value.question


def test_what_was_rewritten_is_said_in_one_line_a_kind() -> None:
    rows = [
        {"lang": "EN", "license": "CC0"},
        {"lang": "en_US", "license": "cc0-1.0"},
        {"lang": "EN", "license": "CC0"},
        {"lang": "de", "license": "CC-BY-4.0"},
    ]
    changes = [change for row in rows for change in canonical_values.rewritten(row)]
    findings = list(canonical_values.notes(changes, "birds.csv"))
    assert [(finding.code, finding.message, finding.file) for finding in findings] == [
        ("language-canonical", "canonical spelling: EN as en, en_US as en-US", "birds.csv"),
        ("license-canonical", "canonical spelling: CC0 as CC0-1.0", "birds.csv"),
    ]


def test_many_spellings_are_counted_in_the_line() -> None:
    changes = [("language-canonical", f"EN_{number}", "en") for number in range(14)]
    (finding,) = canonical_values.notes(changes, "birds.csv")
    assert finding.message.endswith("EN_9 as en and 4 more spellings")


@given(st.text(max_size=12), st.text(max_size=12))
def test_what_the_gate_would_have_written_otherwise_is_what_intake_writes(lang: str, license: str) -> None:
    """A row that was made canonical never meets a finding that it must be spelt in another way."""
    row = canonical_values.in_row({"lang": lang, "license": license})
    assert canonical_values.in_row(row) == row


@pytest.mark.parametrize(("lang", "license"), [("EN", "CC0"), ("ger", "Apache 2"), ("zh_CN", "cc-by-4")])
def test_the_gate_takes_what_was_made_canonical(policy: Policy, lang: str, license: str) -> None:
    row = {**RECORD, "lang": lang, "license": license}
    refused = {finding.code for finding in parse_row(Kind.RECORD, row, policy).findings}
    assert {"lang-invalid", "license-refused"} <= refused
    taken = parse_row(Kind.RECORD, canonical_values.in_row(row), policy).findings
    assert {finding.code for finding in taken} & {"lang-invalid", "license-refused"} == set()
