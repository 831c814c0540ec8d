"""Statements: closed, bound to one commons, and readable in one way only."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.errors import LedgerError
from commons.ledger import envelopes, signed_statements
from commons.ledger.keys import SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import ContributionStatement, ReviewStatement

KEY, OTHER = (SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2))
ORIGIN = "knowledge-commons/tests/0123456789abcdef"
NOW = datetime(2026, 11, 22, 12, 30, 15, 999_999, tzinfo=UTC)
SIGNER = Signer(KEY, ORIGIN, NOW)
CONTRIBUTION = "kc1" + "a2" * 26
ROWS = {"data": 2, "links": 1, "questions": 0}
OFFER = SIGNER.contribution(CONTRIBUTION, bytes(32), ROWS)
REVIEW = SIGNER.review(CONTRIBUTION, "0" * 64, head="a" * 40, approve=True)


def payload(envelope: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(envelopes.open_envelope(envelope).payload)
    return value


def resigned(envelope: bytes, change: Callable[[dict[str, Any]], object], key: SigningKey = KEY) -> bytes:
    """The statement with something changed, signed again by somebody who means it."""
    value = payload(envelope)
    change(value)
    return envelopes.sign(rfc8785.dumps(value), key)


def code_of(envelope: bytes, model: Any = ContributionStatement, commons: str = ORIGIN) -> str:
    with pytest.raises(LedgerError) as caught:
        signed_statements.verify(envelope, model, commons=commons)
    return caught.value.code


def test_a_contribution_statement_is_a_promise() -> None:
    value = payload(OFFER)
    assert len(value["predicate"].pop("nonce")) == 32
    assert value == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": CONTRIBUTION, "digest": {"rfc6962-sha256": "0" * 64}}],
        "predicateType": "urn:knowledge-commons:contribution:v1",
        "predicate": {
            "commons": ORIGIN,
            "key": KEY.public.raw.hex(),
            "time": "2026-11-22T12:30:15Z",
            "rows": ROWS,
            "certificate": statements.CERTIFICATE,
        },
    }


def test_a_review_statement_is_a_promise() -> None:
    value = payload(REVIEW)
    assert value["predicateType"] == "urn:knowledge-commons:review:v1"
    assert value["subject"] == [{"name": CONTRIBUTION, "digest": {"sha256": "0" * 64}}]
    assert (value["predicate"]["head"], value["predicate"]["verdict"]) == ("a" * 40, "approve")


def test_the_payload_is_canonical_json() -> None:
    for envelope in (OFFER, REVIEW):
        data = envelopes.open_envelope(envelope).payload
        assert rfc8785.dumps(json.loads(data)) == data


def test_what_was_signed_is_what_is_verified() -> None:
    signed = signed_statements.verify(OFFER, ContributionStatement, commons=ORIGIN)
    assert signed.key == KEY.public
    assert signed.statement.contribution == CONTRIBUTION
    assert signed.statement.root == bytes(32)
    assert dict(signed.statement.predicate.rows) == ROWS
    review = signed_statements.verify(REVIEW, ReviewStatement, commons=ORIGIN)
    assert review.statement.envelope == "0" * 64
    assert review.statement.predicate.verdict == "approve"


def test_no_two_statements_are_the_same() -> None:
    assert SIGNER.review(CONTRIBUTION, "0" * 64, head="a" * 40, approve=True) != REVIEW


def test_times_are_utc_whatever_the_clock_says() -> None:
    elsewhere = Signer(KEY, ORIGIN, NOW.astimezone(timezone(timedelta(hours=-8))))
    envelope = elsewhere.contribution(CONTRIBUTION, bytes(32), ROWS)
    assert payload(envelope)["predicate"]["time"] == "2026-11-22T12:30:15Z"


def test_one_kind_is_not_taken_for_another() -> None:
    assert code_of(OFFER, ReviewStatement) == "statement-malformed"
    assert code_of(REVIEW) == "statement-malformed"


def test_a_statement_for_another_commons_is_refused() -> None:
    assert code_of(OFFER, commons="knowledge-commons/another/1") == "wrong-commons"


def test_a_statement_signed_by_another_than_it_names_is_refused() -> None:
    assert code_of(resigned(OFFER, lambda v: None, OTHER)) == "signature-invalid"


def test_a_statement_that_names_a_key_of_low_order_is_refused_before_its_signature_counts() -> None:
    for raw, code in ((bytes(32), "key-low-order"), (b"\xff" * 32, "key-not-canonical")):
        changed = resigned(OFFER, lambda v, raw=raw: v["predicate"].update(key=raw.hex()))
        assert code_of(changed) == code


MALFORMED: dict[str, Callable[[dict[str, Any]], object]] = {
    "an extra member": lambda v: v.update(note="x"),
    "an extra predicate": lambda v: v["predicate"].update(note="x"),
    "an extra subject": lambda v: v["subject"].append(v["subject"][0]),
    "no subject": lambda v: v.update(subject=[]),
    "another digest": lambda v: v["subject"][0].update(digest={"sha256": "0" * 64}),
    "two digests": lambda v: v["subject"][0]["digest"].update(sha256="0" * 64),
    "no digest": lambda v: v["subject"][0].update(digest={}),
    "a digest in capitals": lambda v: v["subject"][0]["digest"].update({"rfc6962-sha256": "A" * 64}),
    "a short digest": lambda v: v["subject"][0]["digest"].update({"rfc6962-sha256": "0" * 62}),
    "a digest with a newline": lambda v: v["subject"][0]["digest"].update({"rfc6962-sha256": "0" * 64 + "\n"}),
    "another name": lambda v: v["subject"][0].update(name="kr1" + "a" * 52),
    "another type": lambda v: v.update(_type="https://in-toto.io/Statement/v0.1"),
    "another version": lambda v: v.update(predicateType="urn:knowledge-commons:contribution:v2"),
    "no nonce": lambda v: v["predicate"].pop("nonce"),
    "a short nonce": lambda v: v["predicate"].update(nonce="00"),
    "no key": lambda v: v["predicate"].pop("key"),
    "a key that is not hex": lambda v: v["predicate"].update(key="x" * 64),
    "no commons": lambda v: v["predicate"].pop("commons"),
    "a time with a zone": lambda v: v["predicate"].update(time="2026-11-22T12:30:15+01:00"),
    "a time with fractions": lambda v: v["predicate"].update(time="2026-11-22T12:30:15.5Z"),
    "a time that is a number": lambda v: v["predicate"].update(time=5),
    "an unknown count": lambda v: v["predicate"]["rows"].update(votes=1),
    "a negative count": lambda v: v["predicate"]["rows"].update(data=-1),
    "a count that is a string": lambda v: v["predicate"]["rows"].update(data="2"),
    "a count that is true": lambda v: v["predicate"]["rows"].update(data=True),
    "another certificate": lambda v: v["predicate"].update(certificate="I promise nothing."),
    "no certificate": lambda v: v["predicate"].pop("certificate"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_statement_says_exactly_what_its_kind_says(name: str) -> None:
    assert code_of(resigned(OFFER, MALFORMED[name])) == "statement-malformed"


@pytest.mark.parametrize(
    "change", [{"head": "main"}, {"head": "A" * 40}, {"verdict": "maybe"}, {"verdict": True}], ids=str
)
def test_a_review_names_a_commit_and_a_verdict(change: dict[str, Any]) -> None:
    envelope = resigned(REVIEW, lambda v: v["predicate"].update(change))
    assert code_of(envelope, ReviewStatement) == "statement-malformed"


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda data: data.replace(b'"_type":', b'"_type" :', 1),
        lambda data: data + b"\n",
        lambda data: data.replace(b'"head":', b'"head":"' + b"b" * 40 + b'","head":', 1),
        lambda data: json.dumps(dict(reversed(json.loads(data).items()))).encode(),
        lambda data: data.replace(b"approve", b"\\u0061pprove"),
    ],
    ids=["a blank", "a newline", "a member twice", "another order", "an escape"],
)
def test_there_is_one_way_to_write_a_statement(rewrite: Callable[[bytes], bytes]) -> None:
    """Two readers must never read two things into one signature."""
    data = envelopes.open_envelope(REVIEW).payload
    assert rewrite(data) != data
    assert code_of(envelopes.sign(rewrite(data), KEY), ReviewStatement) == "statement-malformed"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"{" * 1000])
def test_a_payload_that_is_no_statement_is_malformed(data: bytes) -> None:
    assert code_of(envelopes.sign(data, KEY)) == "statement-malformed"
