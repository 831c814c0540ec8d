"""Floors on samples whose truth others have written down (samples/README.md): scripts/bench/gate.md must not get worse unseen."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

from commons.gate import findings
from commons.gate.findings import CODES, Severity, table
from commons.gate.rows import contact_details, credentials, injection, personal_numbers
from commons.gate.rows.row import parse_row
from commons.governance.policy import Policy
from commons.intake import candidates
from commons.layout import Kind
from tests.gate.rows.test_row import RECORD

KINDS = {
    "CREDIT_CARD": "payment-card",
    "IBAN_CODE": "bank-account",
    "US_SSN": "national-id",
    "EMAIL_ADDRESS": "email-address",
    "PHONE_NUMBER": "phone-number",
    "IP_ADDRESS": "ip-address",
}


def sample(name: str) -> list[dict[str, Any]]:
    with gzip.open(Path(__file__).parent / "samples" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_every_secret_is_found_and_no_look_alike_is_flagged() -> None:
    wrong = [
        row["id"]
        for row in sample("secrets")
        if bool(list(credentials.check(row["text"]))) != (row["label"] == "secret")
    ]
    assert wrong == []


def test_structured_personal_data_is_found_at_95_percent_and_right_at_95_percent() -> None:
    hits, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for row in sample("personal-data"):
        got = {
            finding.code
            for module in (personal_numbers, contact_details)
            for finding in module.check(row["text"])
        }
        want = {KINDS[kind] for kind in row["kinds"]}
        hits.update(got & want)
        missed.update(want - got)
        wrong.update(got - want)
    assert set(hits) == set(KINDS.values())
    for code in KINDS.values():
        assert hits[code] / (hits[code] + missed[code]) >= 0.95, code
        assert hits[code] / (hits[code] + wrong[code]) >= 0.9, code  # a dozen each: one mistake is 8 points
    assert sum(hits.values()) / (sum(hits.values()) + sum(wrong.values())) >= 0.95


def test_injections_are_found_in_part_and_clean_texts_are_left_alone() -> None:
    counts = Counter((row["label"], bool(list(injection.check(row["text"])))) for row in sample("injections"))
    assert counts["injection", True] >= 0.5 * (counts["injection", True] + counts["injection", False])
    assert counts["clean", True] == 0


def test_good_texts_about_attacks_and_offices_are_not_refused(policy: Policy) -> None:
    for good in sample("good-texts"):
        shaped = candidates.shape({"title": good["title"], "text": good["text"]}).values
        offered = {**RECORD, "title": shaped["title"], "text": shaped["text"]}
        refused = [
            f for f in parse_row(Kind.RECORD, offered, policy).findings if f.severity is Severity.REFUSE
        ]
        assert refused == [], good["id"]


def test_the_table_of_codes_is_the_one_in_the_documentation() -> None:
    """Renew it with: commons codes > commons/gate/CODES.md"""
    assert (Path(findings.__file__).parent / "CODES.md").read_text(encoding="utf-8") == table()
    assert all(f"| `{code}` |" in table() for code in CODES)
