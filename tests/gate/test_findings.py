"""Findings and reports: stable codes, a verdict, and JSON that gives the same report back."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.gate.findings import CODES, Finding, Severity
from commons.gate.impact import Answers, Excerpt, Impact, Pair, Resemblance, Turn
from commons.gate.report import Report
from commons.ledger.statements import StatementKind

findings = st.builds(
    Finding, st.sampled_from(sorted(CODES)), st.text(max_size=30), st.text(max_size=30), st.integers(0, 10**6)
)
counts = st.dictionaries(st.text(max_size=8), st.integers(0, 99), max_size=3)
words = st.text(max_size=8)
shares = st.integers(0, 4).map(lambda quarter: quarter / 4)
excerpts = st.builds(Excerpt, words, words, words)
pairs = st.lists(
    st.builds(Pair, st.sampled_from(Resemblance), st.integers(0, 9), excerpts, excerpts, shares, words),
    max_size=2,
)
titles = st.lists(words, max_size=2).map(tuple)
turns = st.lists(st.builds(Turn, words, titles, titles, shares, shares), max_size=2).map(tuple)
impacts = st.builds(
    Impact,
    *[st.integers(0, 99)] * 3,
    pools=counts,
    licenses=counts,
    languages=counts,
    topics=counts,
    collections=counts,
    samples=st.lists(excerpts, max_size=2).map(tuple),
    replaced=st.integers(0, 9),
    records_before=st.none() | counts,
    pairs=pairs.map(tuple),
    answers=st.none() | st.builds(Answers, st.integers(0, 9), st.integers(0, 9), shares, shares, turns),
)
kinds = st.none() | st.sampled_from(StatementKind)
reports = st.builds(
    Report, st.lists(findings, max_size=6).map(tuple), impacts, kinds, *[st.text("abc123", max_size=5)] * 3
)


@given(reports)
def test_a_report_survives_json(report: Report) -> None:
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


@given(reports)
def test_the_verdict_is_the_gravest_severity_and_notes_are_clean(report: Report) -> None:
    severities = {finding.severity for finding in report.findings}
    assert (report.verdict is Severity.REFUSE) == (Severity.REFUSE in severities) == bool(report.refusals())
    assert (report.verdict is None) == (severities <= {Severity.NOTE})


def test_refusals_say_each_code_once_and_how_often() -> None:
    report = Report(
        (
            Finding("text-missing", "there is no text", row=1),
            Finding("repaired", "3 rows"),
            Finding("lang-invalid", "no language"),
            Finding("text-missing", "the text is empty", row=2),
            Finding("text-missing", "there is no text", row=3),
        ),
        Impact(),
    )
    assert report.refusals() == ["there is no text (and 2 more)", "no language"]


def test_every_resemblance_is_the_code_of_a_finding() -> None:
    assert set(Resemblance) <= set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_kebab_case_and_says_what_it_means_and_what_to_do(code: str) -> None:
    severity, meaning, hint = CODES[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert meaning
    assert hint or severity is Severity.NOTE


def test_codes_are_a_promise() -> None:
    """A code may be added; one that scripts know may not go or change its name."""
    assert set(CODES) >= {
        "unreadable-row", "wrong-type", "text-missing", "text-too-long", "title-too-long", "not-nfc",
        "forbidden-character", "lone-surrogate", "lang-invalid", "topic-missing", "topic-unknown", "license-refused",
        "license-contradiction", "source-missing", "source-invalid", "duplicate-in-file", "duplicate-in-commons",
        "link-invalid", "link-dangling", "link-duplicate", "path-forbidden", "file-changed", "limit-exceeded",
        "digest-mismatch", "unreadable-shard", "column-missing", "column-extra", "column-type", "column-order",
        "check-limit", "pool-mismatch", "empty-contribution", "unsigned", "signature-invalid", "wrong-commons",
        "replayed", "id-mismatch", "commitment-mismatch", "repaired", "question-unanswered", "question-invalid",
        "question-dangling", "question-ambiguous",
        "invisible-character", "look-alike-letters", "mojibake",
        "markup", "active-markup", "lang-mismatch", "email-address", "phone-number", "ip-address", "payment-card", "bank-account",
        "national-id", "national-id-possible", "secret", "secret-possible", "prompt-injection",
        "same-words", "same-text", "near-duplicate", "same-form",
        "contradiction-candidate", "contamination", "dominance", "query-stuffing", "hub", "not-compared",
    }  # fmt: skip
