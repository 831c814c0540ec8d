"""Statements: closed, bound to one commons, and readable in one way only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.persons import person_of

from commons.errors import LedgerError
from commons.ledger import envelopes, log, signed_statements, statements
from commons.ledger.keys import PublicKey, SigningKey
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import MODELS, ContributionStatement, ReviewStatement, StatementKind
from commons.snapshots import snapshot as snapshots

KEY, OTHER = (SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2))
ORIGIN = "knowledge-commons/tests/0123456789abcdef"
NOW = datetime(2026, 11, 22, 12, 30, 15, 999_999, tzinfo=UTC)
SIGNER = Signer(KEY, ORIGIN, NOW)
CONTRIBUTION = "kc1" + "a2" * 26
PERSON = person_of("carl")
GROUPS = [
    {"kind": "data", "pool": "open", "collection": "notes", "rows": 2},
    {"kind": "links", "pool": "open", "collection": "notes", "rows": 1},
]
OFFER = SIGNER.contribution(CONTRIBUTION, bytes(32), person=PERSON, groups=GROUPS)
REVIEW = SIGNER.review(CONTRIBUTION, "0" * 64, head="a" * 40, approve=True, person=PERSON, size=7)


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
        "predicateType": "urn:knowledge-commons:contribution:v2",
        "predicate": {
            "commons": ORIGIN,
            "key": KEY.public.raw.hex(),
            "time": "2026-11-22T12:30:15Z",
            "person": PERSON,
            "groups": GROUPS,
            "certificate": statements.CERTIFICATE,
        },
    }


def test_a_review_statement_is_a_promise() -> None:
    value = payload(REVIEW)
    assert value["predicateType"] == "urn:knowledge-commons:review:v2"
    assert value["subject"] == [{"name": CONTRIBUTION, "digest": {"sha256": "0" * 64}}]
    predicate = value["predicate"]
    assert (predicate["head"], predicate["verdict"]) == ("a" * 40, "approve")
    assert (predicate["person"], predicate["size"]) == (PERSON, 7)


def test_the_payload_is_canonical_json() -> None:
    for envelope in (OFFER, REVIEW):
        data = envelopes.open_envelope(envelope).payload
        assert rfc8785.dumps(json.loads(data)) == data


def test_what_was_signed_is_what_is_verified() -> None:
    signed = signed_statements.verify(OFFER, ContributionStatement, commons=ORIGIN)
    assert signed.key == KEY.public
    assert signed.statement.contribution == CONTRIBUTION
    assert signed.statement.root == bytes(32)
    assert signed.statement.rows == {"data": 2, "links": 1}
    assert signed.statement.person == PERSON
    review = signed_statements.verify(REVIEW, ReviewStatement, commons=ORIGIN)
    assert review.statement.envelope == "0" * 64
    assert review.statement.predicate.verdict == "approve"


def test_no_two_statements_are_the_same() -> None:
    again = SIGNER.review(CONTRIBUTION, "0" * 64, head="a" * 40, approve=True, person=PERSON, size=7)
    assert again != REVIEW


def test_times_are_utc_whatever_the_clock_says() -> None:
    elsewhere = Signer(KEY, ORIGIN, NOW.astimezone(timezone(timedelta(hours=-8))))
    envelope = elsewhere.contribution(CONTRIBUTION, bytes(32), person=PERSON, groups=GROUPS)
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
    "another version": lambda v: v.update(predicateType="urn:knowledge-commons:contribution:v3"),
    "an earlier version": lambda v: v.update(predicateType="urn:knowledge-commons:contribution:v1"),
    "the type of another kind": lambda v: v.update(predicateType="urn:knowledge-commons:review:v2"),
    "no nonce": lambda v: v["predicate"].pop("nonce"),
    "a short nonce": lambda v: v["predicate"].update(nonce="00"),
    "no key": lambda v: v["predicate"].pop("key"),
    "a key that is not hex": lambda v: v["predicate"].update(key="x" * 64),
    "no commons": lambda v: v["predicate"].pop("commons"),
    "a time with a zone": lambda v: v["predicate"].update(time="2026-11-22T12:30:15+01:00"),
    "a time with fractions": lambda v: v["predicate"].update(time="2026-11-22T12:30:15.5Z"),
    "a time that is a number": lambda v: v["predicate"].update(time=5),
    "a count of rows as earlier": lambda v: v["predicate"].update(rows={"data": 2}),
    "an unknown kind of rows": lambda v: v["predicate"]["groups"][0].update(kind="votes"),
    "a group of no rows": lambda v: v["predicate"]["groups"][0].update(rows=0),
    "a negative count": lambda v: v["predicate"]["groups"][0].update(rows=-1),
    "a count that is a string": lambda v: v["predicate"]["groups"][0].update(rows="2"),
    "a count that is true": lambda v: v["predicate"]["groups"][0].update(rows=True),
    "a collection that leads elsewhere": lambda v: v["predicate"]["groups"][0].update(collection=".."),
    "no groups": lambda v: v["predicate"].pop("groups"),
    "no person": lambda v: v["predicate"].pop("person"),
    "nobody as a person": lambda v: v["predicate"].update(person=None),
    "a key as a person": lambda v: v["predicate"].update(person=KEY.public.key_id),
    "an adopted head": lambda v: v["predicate"].update(adopted={"proposal": 1, "head": "a" * 40}),
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


def with_signatures(envelope: bytes, change: Callable[[list[dict[str, str]]], object]) -> bytes:
    value = json.loads(envelope)
    change(value["signatures"])
    return rfc8785.dumps(value)


@pytest.mark.parametrize(
    "change",
    [
        lambda signatures: signatures.append({"keyid": "", "sig": ""}),
        lambda signatures: signatures.insert(0, {"keyid": "kk1", "sig": "AAAA"}),
        lambda signatures: signatures.extend(
            json.loads(envelopes.sign(envelopes.open_envelope(OFFER).payload, OTHER))["signatures"]
        ),
    ],
    ids=["an empty one", "one of nobody", "a true one of somebody else"],
)
def test_a_signature_that_it_needs_not_makes_no_other_envelope_of_it(change: Callable[[Any], object]) -> None:
    """What was refused is known by its envelope, so nobody may have another one of the same without its key."""
    assert code_of(with_signatures(OFFER, change)) == "envelope-not-canonical"


def test_two_who_sign_do_so_in_one_order() -> None:
    rotation = SIGNER.rotation(OTHER, person=PERSON)
    assert signed_statements.verify(rotation, statements.KeyStatement, commons=ORIGIN).key == KEY.public
    turned = with_signatures(rotation, lambda signatures: signatures.reverse())
    assert code_of(turned, statements.KeyStatement) == "envelope-not-canonical"


def test_a_key_id_that_is_no_text_is_refused_and_breaks_no_reader() -> None:
    """Such an envelope may stand in anybody's comment, which every landing reads."""
    envelope = json.dumps({**json.loads(OFFER), "signatures": [{"keyid": "\ud800", "sig": ""}]}).encode()
    assert code_of(envelope) == "envelope-not-canonical"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"\xff", b"{" * 1000])
def test_a_payload_that_is_no_statement_is_malformed(data: bytes) -> None:
    assert code_of(envelopes.sign(data, KEY)) == "statement-malformed"


SHA, OTHER_SHA = "ab" * 32, "cd" * 32
COMMONS = {"name": ORIGIN, "digest": {"sha256": SHA}}
PROPOSED = {"name": CONTRIBUTION, "digest": {"sha256": SHA}}
# kind -> (subject, what its predicate adds), as short as a good one can be
GOOD: dict[StatementKind, tuple[dict[str, Any], dict[str, Any]]] = {
    StatementKind.POLICY: (
        {"name": "governance/policy.toml", "digest": {"sha256": SHA}},
        {"policy": "version = 1", "roles": "{}", "serial": 2, "replaces": OTHER_SHA},
    ),
    StatementKind.ROLES: (
        {"name": "governance/roles.json", "digest": {"sha256": SHA}},
        {"roles": "{}", "serial": 2, "replaces": OTHER_SHA},
    ),
    StatementKind.CONTRIBUTION: (
        {"name": CONTRIBUTION, "digest": {"rfc6962-sha256": SHA}},
        {"certificate": statements.CERTIFICATE, "person": PERSON, "groups": GROUPS, "adopted": {"proposal": 4}},
    ),
    StatementKind.REVIEW: (
        PROPOSED, {"head": "a" * 40, "verdict": "refuse", "person": PERSON, "size": 0},
    ),
    StatementKind.DECISION: (
        PROPOSED,
        {"head": "a" * 40, "opened": "2026-11-22T12:30:15Z", "policy": SHA, "outcome": "refuse",
         "reviews": [{"envelope": SHA, "person": PERSON}], "founding": False},
    ),
    StatementKind.VOTE: (PROPOSED, {"person": PERSON, "choice": "abstain", "rules": 3}),
    StatementKind.VOUCH: (
        {"name": PERSON, "digest": {"sha256": SHA}}, {"person": person_of("ada"), "action": "give"},
    ),
    StatementKind.KEY: (
        {"name": KEY.public.key_id, "digest": {"ed25519": KEY.public.raw.hex()}},
        {"action": "register", "person": PERSON},
    ),
    StatementKind.TOMBSTONE: (
        {"name": CONTRIBUTION, "digest": {"rfc6962-sha256": SHA}},
        {"ordinals": [0, 4], "reason": "personal-data", "erased": True},
    ),
    StatementKind.INDEX: (
        COMMONS,
        {"embedder": "tiny", "model": "tiny", "model_revision": "1", "code": "0.1.0", "size": 4, "records": 3,
         "part": "index/tiny"},
    ),
    StatementKind.INVENTORY: (COMMONS, {"parts": {"pages": SHA, "data/notes/0a": SHA}, "previous": None}),
    StatementKind.RELEASE: (COMMONS, {"version": "v1.0.0", "size": 4, "records": 3, "previous": None}),
    StatementKind.COMPACT: (COMMONS, {"groups": GROUPS[:1], "size": 4}),
    StatementKind.USAGE: (COMMONS, {"epoch": "2026-Q4", "part": "usage"}),
    StatementKind.CREDIT: (
        COMMONS, {"epoch": "2026-Q4", "size": 4, "usage": [SHA], "code": "0.1.0", "part": "credit"},
    ),
    StatementKind.FORMAT: (COMMONS, {"version": 3, "roles": "{}"}),
}  # fmt: skip
OF_BOTH_GENERATIONS = {
    StatementKind.POLICY, StatementKind.CONTRIBUTION, StatementKind.REVIEW, StatementKind.DECISION, StatementKind.KEY,
}  # fmt: skip


def signed_as(kind: StatementKind, change: Callable[[dict[str, Any]], object] = lambda v: None) -> bytes:
    """A good statement of its kind, with something changed before it was signed."""
    subject, predicate = json.loads(json.dumps(GOOD[kind]))
    common = {
        "commons": ORIGIN,
        "nonce": "0" * 32,
        "key": KEY.public.raw.hex(),
        "time": "2026-11-22T12:30:15Z",
    }
    value = statements.as_json(kind, subject, {**common, **predicate})
    change(value)
    return envelopes.sign(rfc8785.dumps(value), KEY)


class TestEveryKind:
    def test_none_is_left_out(self) -> None:
        assert set(GOOD) == set(MODELS) == set(StatementKind)

    @pytest.mark.parametrize("kind", GOOD)
    def test_a_good_one_is_taken_as_what_it_is(self, kind: StatementKind) -> None:
        signed = signed_statements.verify(signed_as(kind), MODELS[kind], commons=ORIGIN)
        assert (signed.statement.kind, signed.statement.generation) == (kind, 2)

    @pytest.mark.parametrize("kind", GOOD)
    def test_no_other_kind_takes_it(self, kind: StatementKind) -> None:
        envelope = signed_as(kind)
        for other in set(StatementKind) - {kind}:
            assert code_of(envelope, MODELS[other]) == "statement-malformed"

    @pytest.mark.parametrize("kind", GOOD)
    def test_a_field_more_or_less_makes_it_none(self, kind: StatementKind) -> None:
        subject, predicate = GOOD[kind]
        changes: list[Callable[[dict[str, Any]], object]] = [
            lambda v: v.update(note="x"),
            lambda v: v["predicate"].update(note="x"),
            lambda v: v["subject"][0].update(note="x"),
            *(lambda v, name=name: v["subject"][0].pop(name) for name in subject),
            # ``adopted`` is the one that may be left out
            *(lambda v, name=name: v["predicate"].pop(name) for name in predicate if name != "adopted"),
        ]
        for change in changes:
            assert code_of(signed_as(kind, change), MODELS[kind]) == "statement-malformed"

    @pytest.mark.parametrize("kind", GOOD)
    @pytest.mark.parametrize("number", [0, 1, 3, 22])
    def test_its_type_names_a_generation_that_it_is_of(self, kind: StatementKind, number: int) -> None:
        """A kind that is new in generation 2 has no first version; one of both has other fields in its first."""
        name = f"urn:knowledge-commons:{kind.value}:v{number}"
        envelope = signed_as(kind, lambda v: v.update(predicateType=name))
        assert code_of(envelope, MODELS[kind]) == "statement-malformed"


ALSO_MALFORMED: dict[str, tuple[StatementKind, dict[str, Any]]] = {
    "rules without a number": (StatementKind.POLICY, {"serial": 0}),
    "rules that replace a name": (StatementKind.POLICY, {"replaces": "policy"}),
    "roles that replace nothing": (StatementKind.ROLES, {"replaces": None}),
    "a review of a log of less than nothing": (StatementKind.REVIEW, {"size": -1}),
    "reviews named as earlier": (StatementKind.DECISION, {"reviews": [SHA]}),
    "a decision to wait": (StatementKind.DECISION, {"outcome": "wait"}),
    "a founding phase that is a word": (StatementKind.DECISION, {"founding": "yes"}),
    "a checkpoint that no comment could hold": (StatementKind.DECISION, {"checkpoint": "x" * 20_001}),
    "a vote for nothing": (StatementKind.VOTE, {"choice": "maybe"}),
    "a registration that names another key": (StatementKind.KEY, {"successor": OTHER.public.raw.hex()}),
    "a rotation to nobody": (StatementKind.KEY, {"action": "rotate"}),
    "an addition of nobody": (StatementKind.KEY, {"action": "add"}),
    "a revocation that says what stays": (StatementKind.KEY, {"action": "revoke", "remaining": [SHA]}),
    "a tombstone on nothing": (StatementKind.TOMBSTONE, {"ordinals": []}),
    "a tombstone without a known reason": (StatementKind.TOMBSTONE, {"reason": "because"}),
    "a part that leads elsewhere": (StatementKind.INVENTORY, {"parts": {"../x": SHA}}),
    "a part that is hidden": (StatementKind.INVENTORY, {"parts": {"data/.x": SHA}}),
    "a part of four folders": (StatementKind.INVENTORY, {"parts": {"data/a/b/c": SHA}}),
    "a part with a short digest": (StatementKind.INVENTORY, {"parts": {"pages": SHA[:-1]}}),
    "a release of another form": (StatementKind.RELEASE, {"version": "1.0"}),
    "an epoch of five quarters": (StatementKind.USAGE, {"epoch": "2026-Q5"}),
    "another format": (StatementKind.FORMAT, {"version": 4}),
}


@pytest.mark.parametrize("name", ALSO_MALFORMED)
def test_each_field_says_what_it_may(name: str) -> None:
    kind, change = ALSO_MALFORMED[name]
    envelope = signed_as(kind, lambda v: v["predicate"].update(change))
    assert code_of(envelope, MODELS[kind]) == "statement-malformed"


def test_an_added_key_is_named_and_signs_too() -> None:
    def change(value: dict[str, Any]) -> None:
        value["predicate"].update(action="add", successor=OTHER.public.raw.hex())

    envelope = signed_as(StatementKind.KEY, change)
    assert code_of(envelope, MODELS[StatementKind.KEY]) == "signature-invalid"
    both = envelopes.sign(envelopes.open_envelope(envelope).payload, KEY, OTHER)
    signed = signed_statements.verify(both, statements.KeyStatement, commons=ORIGIN)
    assert signed.statement.successor == OTHER.public


def test_a_decision_counts_a_review_once() -> None:
    """Else a second mention could attest another person."""

    def change(value: dict[str, Any]) -> None:
        value["predicate"]["reviews"] = [
            {"envelope": "0" * 64, "person": person_of(name)} for name in ("rita", "rosa")
        ]

    assert code_of(signed_as(StatementKind.DECISION, change), MODELS[StatementKind.DECISION]) == (
        "statement-malformed"
    )


def test_a_time_has_room_for_what_is_reckoned_from_it() -> None:
    def change(value: dict[str, Any]) -> None:
        value["predicate"]["opened"] = "9999-12-31T23:59:59Z"

    assert code_of(signed_as(StatementKind.DECISION, change), MODELS[StatementKind.DECISION]) == (
        "statement-malformed"
    )


WHOLE = Path(__file__).parents[1] / "golden" / "format-2-whole"


def earlier() -> Iterator[tuple[StatementKind, bytes]]:
    """The statements of a repository that the version before wrote, with its kind's name."""
    snapshot = snapshots.of_folder(WHOLE)
    for leaf in log.open_log(
        lambda path: snapshot.read(path) if snapshot.has(path) else None,
        origin=snapshot.policy.commons.origin,
        keys=[key.public for key in snapshot.roles.maintainers],
    ).leaves():
        yield leaf.kind, snapshot.envelope(leaf.envelope)


class TestTheEarlierGeneration:
    def test_every_kind_of_it_is_read(self) -> None:
        read = set()
        for kind, envelope in earlier():
            origin = payload(envelope)["predicate"]["commons"]
            statement = signed_statements.verify(envelope, MODELS[kind], commons=origin).statement
            assert statement.generation == 1
            assert statement.person == statement_key_id(envelope), "a key is its own person"
            read.add(kind)
        assert read == OF_BOTH_GENERATIONS

    def test_its_words_under_the_new_type_are_none(self) -> None:
        for kind, envelope in earlier():
            value = payload(envelope)
            value.update(predicateType=f"urn:knowledge-commons:{kind.value}:v2")
            value["predicate"].update(key=KEY.public.raw.hex(), commons=ORIGIN)
            assert code_of(envelopes.sign(rfc8785.dumps(value), KEY), MODELS[kind]) == "statement-malformed"

    @pytest.mark.parametrize("kind", sorted(OF_BOTH_GENERATIONS))
    def test_it_takes_no_field_of_the_new_one(self, kind: StatementKind) -> None:
        old = next(payload(envelope) for of, envelope in earlier() if of is kind)
        added = set(GOOD[kind][1]) - set(old["predicate"])
        assert added, "the generations of this kind differ"
        for name in added:
            value = json.loads(json.dumps(old))
            value["predicate"].update(
                {name: GOOD[kind][1][name], "key": KEY.public.raw.hex(), "commons": ORIGIN}
            )
            assert code_of(envelopes.sign(rfc8785.dumps(value), KEY), MODELS[kind]) == "statement-malformed"

    def test_rows_are_counted_by_kind_alone(self) -> None:
        envelope = next(envelope for kind, envelope in earlier() if kind is StatementKind.CONTRIBUTION)
        value = payload(envelope)["predicate"]
        signed = signed_statements.verify(envelope, ContributionStatement, commons=value["commons"])
        assert signed.statement.rows == {kind: count for kind, count in value["rows"].items() if count}


def statement_key_id(envelope: bytes) -> str:
    return PublicKey(bytes.fromhex(payload(envelope)["predicate"]["key"])).key_id
