"""Envelopes: one way to read each, and a signature over the very bytes that are parsed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commons.errors import LedgerError
from commons.ledger import envelopes
from commons.ledger.keys import SigningKey

KEY, OTHER = (SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)) for n in (1, 2))
# A payload whose base64 needs both characters in which the two alphabets differ.
PAYLOAD = b'{"a":"\xc3\xbf\xc3\xbe???>>>"}'
ENVELOPE = envelopes.sign(PAYLOAD, KEY)


def pae(payload: bytes) -> bytes:
    """https://github.com/secure-systems-lab/dsse/blob/master/protocol.md"""
    kind = b"application/vnd.in-toto+json"
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(ENVELOPE)
    change(value)
    return json.dumps(value).encode()


def test_it_is_canonical_json_around_the_payload() -> None:
    value = json.loads(ENVELOPE)
    assert rfc8785.dumps(value) == ENVELOPE
    assert base64.b64decode(value["payload"]) == PAYLOAD
    assert value["payloadType"] == "application/vnd.in-toto+json"
    assert [entry["keyid"] for entry in value["signatures"]] == [KEY.public.key_id]


@given(st.binary(max_size=300))
def test_what_was_signed_is_what_is_read_and_nobody_elses_key_fits(payload: bytes) -> None:
    opened = envelopes.open_envelope(envelopes.sign(payload, KEY))
    assert opened.payload == payload
    assert envelopes.is_signed_by(opened, KEY.public)
    assert not envelopes.is_signed_by(opened, OTHER.public)


def test_the_signature_is_plain_ed25519_over_the_dsse_encoding() -> None:
    signature = base64.b64decode(json.loads(ENVELOPE)["signatures"][0]["sig"])
    KEY.private.public_key().verify(signature, pae(PAYLOAD))


def test_the_same_payload_and_key_give_the_same_envelope() -> None:
    assert envelopes.sign(PAYLOAD, KEY) == ENVELOPE


def test_both_base64_alphabets_are_read() -> None:
    text = json.loads(ENVELOPE)["payload"]
    assert set("+/") & set(text), "the example must tell the alphabets apart"
    web = text.replace("+", "-").replace("/", "_").rstrip("=")
    opened = envelopes.open_envelope(changed(lambda v: v.update(payload=web)))
    assert opened.payload == PAYLOAD
    assert envelopes.is_signed_by(opened, KEY.public)


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": ENVELOPE.replace(b"payloadType", b"payload\xffype"),
    "UTF-16": ENVELOPE.decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + ENVELOPE,
    "a list": b"[" + ENVELOPE + b"]",
    "null": b"null",
    "deeply nested": b"[" * 60_000,
    "too large": ENVELOPE + b" " * envelopes.MAX_ENVELOPE_BYTES,
    "two of them": ENVELOPE + ENVELOPE,
    "an extra member": changed(lambda v: v.update(comment="x")),
    "no payload": changed(lambda v: v.pop("payload")),
    "no type": changed(lambda v: v.pop("payloadType")),
    "no signatures": changed(lambda v: v.pop("signatures")),
    "another type": changed(lambda v: v.update(payloadType="application/json")),
    "the type in capitals": changed(lambda v: v.update(payloadType="APPLICATION/VND.IN-TOTO+JSON")),
    "a type that is no string": changed(lambda v: v.update(payloadType=None)),
    "an empty list of signatures": changed(lambda v: v.update(signatures=[])),
    "signatures as an object": changed(lambda v: v.update(signatures=v["signatures"][0])),
    "a signature that is a string": changed(lambda v: v.update(signatures=["x"])),
    "a signature with an extra member": changed(lambda v: v["signatures"][0].update(cert="x")),
    "a signature without a key id": changed(lambda v: v["signatures"][0].pop("keyid")),
    "a key id that is no string": changed(lambda v: v["signatures"][0].update(keyid=5)),
    "a key id twice": changed(lambda v: v["signatures"].append(v["signatures"][0])),
    "a payload that is no string": changed(lambda v: v.update(payload=5)),
    "a payload that is not base64": changed(lambda v: v.update(payload="a!b")),
    "a payload with a newline": changed(lambda v: v.update(payload=v["payload"] + "\n")),
    "a payload with a space": changed(lambda v: v.update(payload=" " + v["payload"])),
    "a payload of impossible length": changed(lambda v: v.update(payload="AAAAA")),
    "a payload with padding in the middle": changed(lambda v: v.update(payload="QQ==QQ==")),
    "a payload of digits that are not ASCII": changed(lambda v: v.update(payload="４４４４")),
    "a member twice": ENVELOPE.replace(b'"payload":', b'"payload":"e30=","payload":', 1),
    "a signature member twice": ENVELOPE.replace(b'"sig":', b'"sig":"AAAA","sig":', 1),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_anything_else_is_malformed(name: str) -> None:
    with pytest.raises(LedgerError) as caught:
        envelopes.open_envelope(MALFORMED[name])
    assert caught.value.code == "envelope-malformed"


@given(st.integers(0, len(ENVELOPE) - 1), st.integers(1, 255))
def test_no_changed_byte_leaves_it_signed_and_saying_something_else(place: int, change: int) -> None:
    data = bytearray(ENVELOPE)
    data[place] ^= change
    try:
        opened = envelopes.open_envelope(bytes(data))
    except LedgerError:
        return
    assert not envelopes.is_signed_by(opened, KEY.public) or opened.payload == PAYLOAD


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\0" * 63, b"\0" * 65, b"\xff" * 64])
def test_a_signature_of_any_length_is_valid_or_not_but_no_crash(signature: bytes) -> None:
    text = base64.b64encode(signature).decode()
    opened = envelopes.open_envelope(changed(lambda v: v["signatures"][0].update(sig=text)))
    assert not envelopes.is_signed_by(opened, KEY.public)


def test_somebody_elses_signature_under_my_name_does_not_count() -> None:
    theirs = json.loads(envelopes.sign(PAYLOAD, OTHER))
    theirs["signatures"][0]["keyid"] = KEY.public.key_id
    opened = envelopes.open_envelope(json.dumps(theirs).encode())
    assert not envelopes.is_signed_by(opened, KEY.public)
    assert not envelopes.is_signed_by(opened, OTHER.public)


def test_the_address_is_the_digest_of_the_bytes_as_they_are() -> None:
    import hashlib

    assert envelopes.open_envelope(ENVELOPE).sha256_hex == hashlib.sha256(ENVELOPE).hexdigest()
