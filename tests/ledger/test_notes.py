from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_vectors import load

from commons.errors import LedgerError
from commons.ledger import notes
from commons.ledger.notes import Note, Signature, SignatureType, SignerKey, VerifierKey

GOLANG = load("notes.json")["golang_note"]
SIGNED = (GOLANG["text"] + "\n" + GOLANG["signature_line"]).encode()
PETER, ENOCH = VerifierKey.parse(GOLANG["vkey"]), VerifierKey.parse(GOLANG["other_vkey"])


def signer(
    name: str = "example.org/log", type_: SignatureType = SignatureType.ED25519, seed: int = 1
) -> SignerKey:
    return SignerKey(name, type_, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def witness(name: str = "example.org/witness", seed: int = 2) -> SignerKey:
    return signer(name, SignatureType.COSIGNATURE_V1, seed)


class TestOtherPeoplesCases:
    def test_the_note_of_the_specification_verifies_and_is_written_back_unchanged(self) -> None:
        example = load("c2sp-examples.json")["signed_note"]
        key = VerifierKey.parse(example["vkey"])
        note = notes.parse(example["note"].encode())
        assert notes.verify(note, [key]) == (notes.VerifiedNote(key, None),)
        assert note.text == "This is an example message.\n"
        assert note.to_bytes().decode() == example["note"]
        assert str(key) == example["vkey"]

    def test_the_go_module_databases_key_makes_the_same_signature_here(self) -> None:
        key = SignerKey.parse(GOLANG["skey"])
        assert (key.skey, str(key.verifier)) == (GOLANG["skey"], GOLANG["vkey"])
        note = Note(GOLANG["text"]).with_signature(notes.sign(GOLANG["text"], key))
        assert note.to_bytes() == SIGNED

    def test_the_go_cases_of_known_and_unknown_signers(self) -> None:
        both = notes.parse(SIGNED + GOLANG["other_signature_line"].encode())
        assert [each.key for each in notes.verify(both, [PETER])] == [PETER]
        assert [each.key for each in notes.verify(both, [ENOCH, PETER])] == [PETER, ENOCH]
        with pytest.raises(notes.UnknownSignerError, match="'PeterNeumann', 'EnochRoot'"):
            notes.verify(both, [])

    def test_every_mangled_key_is_refused(self) -> None:
        """All substrings and all single increments, as in golang/mod sumdb/note/note_test.go."""
        for parse, text in (VerifierKey.parse, GOLANG["vkey"]), (SignerKey.parse, GOLANG["skey"]):
            cut = (text[i:j] for i in range(len(text) + 1) for j in range(i, len(text) + 1))
            bent = (text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :] for i in range(len(text)))
            for mangled in [*cut, *bent]:
                if mangled != text:
                    with pytest.raises(notes.MalformedKeyError):
                        parse(mangled)

    def test_a_signer_key_under_another_name_is_refused(self) -> None:
        with pytest.raises(notes.MalformedKeyError):
            SignerKey.parse(signer().skey.replace("example.org/log", "example.org/other"))

    def test_the_keys_of_other_implementations(self) -> None:
        keys = load("notes.json")["keys"]
        for vkey in keys["good_vkeys"]:
            assert str(VerifierKey.parse(vkey)) == vkey
        for vkey in keys["bad_vkeys"] + GOLANG["bad_vkeys"]:
            with pytest.raises(notes.MalformedKeyError):
                VerifierKey.parse(vkey)
        for skey, vkey in zip(keys["cosigner_skeys"], keys["cosigner_vkeys"], strict=True):
            assert str(SignerKey.parse(skey).verifier) == vkey

    def test_a_public_witnesss_cosignature_on_a_real_checkpoint_verifies(self) -> None:
        case = load("notes.json")["cosigned_checkpoint"]
        key = VerifierKey.parse(case["witness_vkey"])
        note = notes.parse(case["note"].encode())
        assert key.type is SignatureType.COSIGNATURE_V1
        assert notes.verify(note, [key]) == (notes.VerifiedNote(key, case["time_s"]),)
        assert note.to_bytes().decode() == case["note"]
        with pytest.raises(notes.BadSignatureError):
            notes.verify(replace(note, text=note.text.replace("1432088532", "1432088533")), [key])

    def test_the_examples_of_the_specifications_that_have_no_keys_are_read_and_written_back(self) -> None:
        examples = load("c2sp-examples.json")
        for name in ("checkpoint_example_text_only", "cosigned_checkpoint_example_text_only"):
            assert notes.parse(examples[name].encode()).to_bytes().decode() == examples[name]


LINE = GOLANG["signature_line"].encode()
MALFORMED = {
    "nothing": b"",
    "a text only": b"text\n",
    "a text and an empty line": b"text\n\n",
    "no empty line": b"text\n" + LINE,
    "no newline at the end": SIGNED[:-1],
    "rest after the signatures": SIGNED + b"rest\n",
    "rest after the signatures, unfinished": SIGNED + b"rest",
    "an empty line at the end": SIGNED + b"\n",
    "a control character in the text": b"\x01" + SIGNED,
    "a carriage return": SIGNED.replace(b"\n", b"\r\n"),
    "a tab in the text": b"\t" + SIGNED,
    "a control character in a name": b"text\n\n" + LINE.replace(b"Peter", b"Pe\x01ter"),
    "not UTF-8": b"\xff" + SIGNED,
    "a surrogate in UTF-8": b"\xed\xa0\x80" + SIGNED,
    "an overlong newline": b"\xc0\x8a" + SIGNED,
    "UTF-16": SIGNED.decode().encode("utf-16"),
    "a hyphen for the dash": SIGNED.replace("—".encode(), b"-"),
    "a no-break space after the dash": SIGNED.replace("— ".encode(), "—\u00a0".encode()),
    "no name": b"text\n\n\xe2\x80\x94  " + LINE.split(b" ")[2],
    "a space in the name": b"text\n\n" + LINE.replace(b"PeterNeumann", b"Peter Neumann"),
    "a plus in the name": b"text\n\n" + LINE.replace(b"PeterNeumann", b"Peter+Neumann"),
    "an ideographic space in the name": b"text\n\n" + LINE.replace(b"PeterN", "Peter\u3000N".encode()),
    "a line separator in the name": b"text\n\n" + LINE.replace(b"PeterN", "Peter\u2028N".encode()),
    "no signature": b"text\n\n\xe2\x80\x94 PeterNeumann\n",
    "an empty signature": b"text\n\n\xe2\x80\x94 PeterNeumann \n",
    "a key id only": b"text\n\n\xe2\x80\x94 PeterNeumann x08gow==\n",
    "a space after the signature": SIGNED[:-1] + b" \n",
    "URL-safe base64": SIGNED.replace(b"/", b"_"),
    "base64 without padding": SIGNED.replace(b"=\n", b"\n"),
    "base64 with bits in the padding": SIGNED.replace(b"nAM=", b"nAN="),
    "base64 in two pieces": SIGNED.replace(b"x08go/", b"x08=go/"),
    "base64 in full-width letters": SIGNED.replace(b"x08go", "ｘ08go".encode()),
    "too many signatures": b"text\n\n" + LINE * (notes.MAX_SIGNATURES + 1),
    "too many bytes": b"a" * notes.MAX_NOTE_BYTES + SIGNED,
}


class TestMalformed:
    @pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
    def test_malformed_notes_are_refused_with_that_reason(self, data: bytes) -> None:
        with pytest.raises(notes.MalformedNoteError) as caught:
            notes.parse(data)
        assert caught.value.code == "malformed-note"

    @given(st.binary(max_size=300))
    def test_no_bytes_make_it_stumble(self, data: bytes) -> None:
        for candidate in (data, data + b"\n\n" + LINE, SIGNED + data):
            try:
                note = notes.parse(candidate)
            except notes.MalformedNoteError:
                continue
            assert note.to_bytes() == candidate

    @given(st.text(max_size=60))
    def test_no_text_makes_the_keys_stumble(self, text: str) -> None:
        for parse in (VerifierKey.parse, SignerKey.parse):
            for candidate in (text, f"{text}+530d903a+AekyeRrm", f"PRIVATE+KEY+a+530d903a+{text}"):
                with pytest.raises(notes.MalformedKeyError):
                    parse(candidate)

    @pytest.mark.parametrize("text", ["", "no newline", "a\x00b\n", "a\rb\n", "\ud800\n"])
    def test_what_cannot_be_read_back_is_not_signed(self, text: str) -> None:
        with pytest.raises(notes.MalformedNoteError):
            notes.sign(text, signer())

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2028b", "a\nb", "\ud800"])
    def test_a_key_cannot_have_a_name_that_no_note_can_carry(self, name: str) -> None:
        with pytest.raises(notes.MalformedKeyError):
            notes.sign("text\n", signer(name))

    def test_a_key_of_the_wrong_length_is_refused(self) -> None:
        with pytest.raises(notes.MalformedKeyError):
            VerifierKey("a", SignatureType.ED25519, bytes(31))

    @pytest.mark.parametrize("time_s", [-1, notes.MAX_TIME_S + 1])
    def test_a_time_that_no_cosignature_can_carry_is_refused(self, time_s: int) -> None:
        with pytest.raises(notes.MalformedNoteError):
            notes.cosign("text\n", witness(), time_s)

    def test_a_key_signs_only_what_it_is_for(self) -> None:
        with pytest.raises(notes.MalformedKeyError):
            notes.sign("text\n", witness())
        with pytest.raises(notes.MalformedKeyError):
            notes.cosign("text\n", signer(), 1)


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32)))), max_size=40
)


class TestSigning:
    @given(st.lists(texts, min_size=1, max_size=4), st.integers(0, notes.MAX_TIME_S))
    def test_what_was_signed_is_read_back_and_verifies(self, lines: list[str], time_s: int) -> None:
        text = "".join(f"{line}\n" for line in lines)
        note = Note(text).with_signature(notes.sign(text, signer()))
        note = note.with_signature(notes.cosign(text, witness(), time_s))
        assert notes.parse(note.to_bytes()) == note
        verified = notes.verify(note, [signer().verifier, witness().verifier])
        assert [(each.key.name, each.time_s) for each in verified] == [
            ("example.org/log", None),
            ("example.org/witness", time_s),
        ]

    @given(st.integers(0, 71), st.integers(0, 7))
    def test_a_flipped_bit_of_a_signature_is_noticed(self, at: int, bit: int) -> None:
        signature = notes.cosign("text\n", witness(), 1679315147)
        blob = bytearray(signature.blob)
        blob[at] ^= 1 << bit
        with pytest.raises(notes.BadSignatureError):
            notes.verify(
                Note("text\n", (replace(signature, blob=bytes(blob)),)),
                [witness().verifier, signer().verifier],
            )

    @pytest.mark.parametrize("key", [signer(), witness()], ids=["log", "witness"])
    @pytest.mark.parametrize("length", [1, 8, 63, 65, 71, 73])
    def test_a_signature_of_the_wrong_length_by_a_known_key_is_refused(
        self, key: SignerKey, length: int
    ) -> None:
        note = Note("text\n", (Signature(key.name, key.verifier.key_id, bytes(length)),))
        with pytest.raises(notes.BadSignatureError):
            notes.verify(note, [key.verifier])

    def test_a_cosignature_time_beyond_63_bits_is_refused(self) -> None:
        """Though the witness did sign that time."""
        key, time_s = witness(), notes.MAX_TIME_S + 1
        signature = key.private_key.sign(f"cosignature/v1\ntime {time_s}\ntext\n".encode())
        blob = time_s.to_bytes(8, "big") + signature
        with pytest.raises(notes.BadSignatureError):
            notes.verify(Note("text\n", (Signature(key.name, key.verifier.key_id, blob),)), [key.verifier])

    def test_a_known_keys_bad_signature_spoils_the_note_even_beside_its_good_one(self) -> None:
        good = notes.sign("text\n", signer())
        bad = replace(good, blob=bytes(64))
        for signatures in [(good, bad), (bad, good)]:
            with pytest.raises(notes.BadSignatureError):
                notes.verify(Note("text\n", signatures), [signer().verifier])

    def test_an_unknown_keys_bad_signature_spoils_nothing(self) -> None:
        good, bad = notes.sign("text\n", signer()), replace(notes.sign("text\n", signer(seed=9)), blob=b"x")
        assert len(notes.verify(Note("text\n", (bad, good)), [signer().verifier])) == 1

    def test_sharing_a_name_or_an_id_but_not_both_is_being_unknown(self) -> None:
        signature = notes.sign("text\n", signer())
        for other in (replace(signature, name="example.org/other"), replace(signature, key_id=b"\0\0\0\0")):
            with pytest.raises(notes.UnknownSignerError):
                notes.verify(Note("text\n", (other,)), [signer().verifier])

    def test_a_log_signature_is_no_cosignature_and_the_other_way_round(self) -> None:
        """Same name, same private key, two types: two ids, so neither stands in for the other."""
        plain, timed = signer("same"), signer("same", SignatureType.COSIGNATURE_V1)
        note = Note("text\n").with_signature(notes.sign("text\n", plain))
        with pytest.raises(notes.UnknownSignerError):
            notes.verify(note, [timed.verifier])
        forged = Note("text\n", (replace(note.signatures[0], key_id=timed.verifier.key_id),))
        with pytest.raises(notes.BadSignatureError):
            notes.verify(forged, [timed.verifier])

    def test_a_key_counts_once_with_its_latest_time(self) -> None:
        first, second = (notes.cosign("text\n", witness(), time_s) for time_s in (10, 20))
        for signatures in [(first, second), (second, first), (second, second)]:
            verified = notes.verify(Note("text\n", signatures), [witness().verifier, witness().verifier])
            assert [each.time_s for each in verified] == [20]

    def test_a_new_signature_replaces_the_same_keys_old_one(self) -> None:
        note = Note("text\n").with_signature(notes.cosign("text\n", witness(), 10))
        note = note.with_signature(notes.sign("text\n", signer())).with_signature(
            notes.cosign("text\n", witness(), 20)
        )
        assert [each.time_s for each in notes.verify(note, [signer().verifier, witness().verifier])] == [
            None,
            20,
        ]
        assert len(note.signatures) == 2

    def test_two_known_keys_that_a_signature_cannot_tell_apart_are_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(VerifierKey, "key_id", b"same")  # finding two such keys takes 2**32 tries
        with pytest.raises(notes.MalformedKeyError):
            notes.verify(Note("text\n"), [signer(seed=1).verifier, signer(seed=2).verifier])

    def test_a_text_may_look_like_signatures(self) -> None:
        text = "text\n\n" + GOLANG["signature_line"]
        note = Note(text).with_signature(notes.sign(text, signer()))
        assert notes.parse(note.to_bytes()) == note

    def test_a_private_key_is_not_shown_by_accident(self) -> None:
        key = signer()
        secret = key.skey.rsplit("+", 1)[1]
        assert secret not in f"{key} {key!r}"
        with pytest.raises(LedgerError) as caught:
            SignerKey.parse(key.skey.replace("example.org/log", "example.org"))
        assert secret not in str(caught.value)
