"""Receipts: what landed, under addresses that stay; what to mend, with the command; nothing of a record gets out of its text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from commons.gate.findings import Finding
from commons.gate.impact import Impact
from commons.gate.report import Report
from commons.ledger.statements import StatementKind
from commons.proposals import receipts
from commons.proposals.receipts import LandingReceipt
from commons.records.summary import CollectionSummary, Summary

EVIL = "](https://evil.example) <img src=x> ```\n# } \\input{/etc/passwd} | `x`"
KEYS = Report((Finding("key-retired", "the key has been retired"),), Impact(), kind=StatementKind.KEY)


def counted(records: int, collection: str = "notes", **more: int) -> Summary:
    summary = CollectionSummary(collection, records=records, **more)
    summary.topics, summary.languages = Counter({"science": records}), Counter({"en": records})
    summary.licenses = Counter({"CC0-1.0": records})
    return Summary({collection: summary})


@pytest.fixture
def receipt(make_record: Any) -> LandingReceipt:
    sha = "a1" * 20
    path = f"data/open/notes/{'b' * 64}.parquet"
    return LandingReceipt(
        sha=sha,
        url=f"https://hub.example/datasets/o/c/commit/{sha}",
        commons="Our commons",
        repo_id="o/c",
        author="carl",
        contribution="kc1" + "a" * 52,
        year=2026,
        records=[make_record(f"Fact {number}.", title=f"Title {number}") for number in range(60)],
        files={path: f"https://hub.example/datasets/o/c/blob/{sha}/{path}"},
        added=counted(60),
        after=counted(100),
    )


def test_it_names_records_files_commit_citation_and_change(receipt: LandingReceipt) -> None:
    text = receipts.of_landing(receipt)
    assert receipt.url in text
    assert f"blob/{receipt.sha}/data/open/notes/" in text
    assert receipt.records[0].id in text
    assert "@misc{kc1aaaaaaaaa," in text
    assert f"revision {receipt.sha}" in text
    assert "| records | 100, before 40 |" in text
    assert f"commons record {receipt.records[0].id} --repo o/c --revision {receipt.sha}" in text
    assert "The checked rows were committed to `main` in our own encoding" in text


def test_long_lists_are_bounded_and_say_so(receipt: LandingReceipt) -> None:
    text = receipts.of_landing(receipt)
    assert len(re.findall(r"\* `kr1", text)) == 50
    assert "10 more" in text
    assert len(receipts.of_landing(replace(receipt, records=receipt.records * 100))) < 20_000


def test_what_is_new_to_the_commons_is_named(receipt: LandingReceipt) -> None:
    text = receipts.of_landing(replace(receipt, after=counted(60)))
    assert "| new topics | science |" in text
    assert "| new collections | notes |" in text
    assert "new topics" not in receipts.of_landing(receipt)


def test_records_and_names_stay_text(receipt: LandingReceipt, make_record: Any) -> None:
    hostile = [make_record(EVIL, title=EVIL)]
    text = receipts.of_landing(replace(receipt, records=hostile, author=EVIL, commons=EVIL))
    outside = re.sub(r"```bibtex.*?\n```\n", "", text, flags=re.DOTALL)
    assert "<img" not in outside
    assert "](https://evil" not in outside
    (entry,) = re.findall(r"```bibtex\n(.*?)\n```\n", text, re.DOTALL)
    assert entry.count("{") == entry.count("}")
    assert "\\input" not in entry


def test_a_contribution_of_links_alone_has_a_receipt_too(receipt: LandingReceipt) -> None:
    text = receipts.of_landing(replace(receipt, records=[], files={}, added=counted(0, links=3)))
    assert "3 links" in text
    assert "record ids" not in text


def test_a_refusal_says_what_to_mend_and_what_to_type() -> None:
    findings = tuple(Finding("text-too-long", "too long", "f", row) for row in range(1, 4))
    impact = Impact(3, licenses={"CC0-1.0": 3}, languages={"en": 2, "de": 1}, collections={"notes": 3})
    text = receipts.of_refusal(["No.", "No."], receipts.next_steps(Report(findings, impact), "o/c"))
    assert text.count("* No") == 1
    assert "Split it into several records" in text
    assert text.count("Split it") == 1
    assert "commons check FILE --repo o/c --collection notes --license CC0-1.0\n" in text
    assert "commons contribute FILE --repo o/c --collection notes --license CC0-1.0\n" in text


def test_a_name_that_is_no_plain_word_stays_out_of_the_command() -> None:
    report = Report(
        (), Impact(1, licenses={"x; rm -rf ~": 1}, languages={"$(id)": 1}, collections={"a\nb": 1})
    )
    assert "commons contribute FILE --repo o/c\n" in receipts.next_steps(report, "o/c")


def test_what_the_gate_refuses_is_not_put_into_the_command_again() -> None:
    refused = (Finding("license-refused", "no"), Finding("lang-invalid", "no"))
    impact = Impact(1, licenses={"cc-by-nc-4.0": 1}, languages={"xx": 1}, collections={"notes": 1})
    assert "contribute FILE --repo o/c --collection notes\n" in receipts.next_steps(
        Report(refused, impact), "o/c"
    )


def test_questions_are_offered_again_as_questions() -> None:
    report = Report((Finding("license-refused", "no"),), Impact(questions=2))
    assert "commons check FILE --repo o/c --kind questions" in receipts.next_steps(report, "o/c")


def test_a_key_is_not_told_to_mend_a_file() -> None:
    assert "FILE" not in receipts.next_steps(KEYS, "o/c")
    assert "make a new key" in receipts.next_steps(KEYS, "o/c")
