"""The libraries we rely on, tried on the cases their formats publish: an update that breaks one is noticed here."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope
from support.ledger_vectors import load

JCS = load("jcs.json")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class TestCanonicalJson:
    @pytest.mark.parametrize("name", JCS["documents"])
    def test_the_documents(self, name: str) -> None:
        document = JCS["documents"][name]
        assert rfc8785.dumps(json.loads(document["input"])).hex() == document["output_hex"]

    def test_the_number_sequence(self) -> None:
        """The first 100,000 numbers (of a hundred million) in a second; each published prefix has its hash."""
        numbers, digest, count = number_bits(), hashlib.sha256(), 0
        for lines in (1000, 10_000, 100_000):
            for bits in islice(numbers, lines - count):
                (number,) = struct.unpack(">d", struct.pack(">Q", bits))
                digest.update(b"%x,%s\n" % (bits, rfc8785.dumps(number)))
            count = lines
            assert digest.hexdigest() == JCS["sha256_of_first_n_number_lines"][str(lines)]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53 + 1, -(2**53) - 1, "\ud800", {1: 2}])
    def test_what_has_no_canonical_form_is_refused(self, value: Any) -> None:
        with pytest.raises(rfc8785.CanonicalizationError):
            rfc8785.dumps(value)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_the_canonical_form_of_what_was_read_back_is_the_same(self, value: Any) -> None:
        canonical = rfc8785.dumps(value)
        assert rfc8785.dumps(json.loads(canonical)) == canonical


class TestEd25519:
    def test_wycheproof(self) -> None:
        wycheproof = load("wycheproof-ed25519.json.gz")
        tried = 0
        for group in wycheproof["testGroups"]:
            key = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(group["publicKey"]["pk"]))
            for case in group["tests"]:
                try:
                    key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                    result = "valid"
                except InvalidSignature:
                    result = "invalid"
                assert result == case["result"], f"{case['tcId']}: {case['comment']}"
                tried += 1
        assert tried == wycheproof["numberOfTests"] == 151

    def test_a_data_integrity_proof_of_the_w3c(self) -> None:
        case = load("eddsa-jcs-2022.json")
        document = {name: value for name, value in case["signed"].items() if name != "proof"}
        assert rfc8785.dumps(document).decode() == case["canonical_document"]
        assert rfc8785.dumps(case["proof_config"]).decode() == case["canonical_proof_config"]
        hashes = [hashlib.sha256(rfc8785.dumps(part)) for part in (case["proof_config"], document)]
        assert [each.hexdigest() for each in hashes] == [case["proof_hash_hex"], case["document_hash_hex"]]
        signed = b"".join(each.digest() for each in hashes)
        assert signed.hex() == case["combined_hash_hex"]

        did_key = case["proof_config"]["verificationMethod"].split("#")[1]
        public = base58(did_key.removeprefix("z"))
        assert public[:2] == b"\xed\x01"  # multicodec of an Ed25519 public key
        key = ed25519.Ed25519PublicKey.from_public_bytes(public[2:])
        signature = base58(case["signed"]["proof"]["proofValue"].removeprefix("z"))
        assert signature.hex() == case["signature_hex"]
        key.verify(signature, signed)
        with pytest.raises(InvalidSignature):
            key.verify(signature, signed[:-1] + b"!")


class TestDsse:
    def test_the_pre_authentication_encoding_and_its_signature(self) -> None:
        case = load("dsse.json")
        envelope = Envelope(case["payload_utf8"].encode(), case["payload_type"], {})
        assert envelope.pae().decode() == case["pae_utf8"]
        numbers = ec.EllipticCurvePublicNumbers(
            int(case["ecdsa_p256_public_x"]), int(case["ecdsa_p256_public_y"]), ec.SECP256R1()
        )
        raw = (
            Envelope.from_dict(
                {
                    "payload": "",
                    "payloadType": "",
                    "signatures": [{"keyid": "", "sig": case["signature_base64_raw_r_s"]}],
                }
            )
            .signatures[""]
            .signature
        )
        signature = bytes.fromhex(raw)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        numbers.public_key().verify(utils.encode_dss_signature(r, s), envelope.pae(), ec.ECDSA(SHA256()))


def number_bits() -> Iterator[int]:
    """The deterministic sequence of doubles of cyberphone/json-canonicalization testdata/README.md, as bits."""
    first = [int(bits, 16) for bits in JCS["first_numbers_ieee754_hex"].split()]
    yield from first
    yield from (0x0010000000000000 + number for number in range(2000))
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for bits in struct.unpack("<4Q", block):
            exponent, is_zero = bits >> 52 & 0x7FF, bits & ~(1 << 63) == 0
            if exponent != 0x7FF and not is_zero:
                yield bits


def base58(text: str) -> bytes:
    """Bitcoin's base58, for texts without leading zero bytes."""
    number = 0
    for character in text:
        number = number * 58 + BASE58.index(character)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
