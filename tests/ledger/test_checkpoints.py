from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_vectors import load

from commons.ledger import checkpoints, merkle, notes
from commons.ledger.checkpoints import Checkpoint
from commons.ledger.notes import SignatureType, SignerKey

ORIGIN = "example.org/log"
ROOT = bytes(range(32))
LOG = SignerKey(ORIGIN, SignatureType.ED25519, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
WITNESSES = [
    SignerKey(
        f"w{seed}", SignatureType.COSIGNATURE_V1, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    )
    for seed in range(3)
]
WITNESS_KEYS = [key.verifier for key in WITNESSES]
HERE = Checkpoint(ORIGIN, 7, ROOT)


def published(checkpoint: Checkpoint = HERE, *witnesses: SignerKey) -> bytes:
    note = checkpoints.sign(checkpoint, LOG)
    for witness in witnesses:
        note = note.with_signature(notes.cosign(note.text, witness, 1679315147))
    return note.to_bytes()


def text_of(origin: str = "log", size: str = "7", root: bytes = ROOT, rest: str = "") -> str:
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n{rest}"


MALFORMED = {
    "nothing": "",
    "two lines": "log\n7\n",
    "no newline at the end": text_of()[:-1],
    "no origin": text_of(origin=""),
    "an empty line": text_of(rest="\n"),
    "an empty extension line before another": text_of(rest="\nmore\n"),
    "an extension line without its end": text_of(rest="more"),
    "a size in words": text_of(size="seven"),
    "no size": text_of(size=""),
    "a negative size": text_of(size="-7"),
    "a sign": text_of(size="+7"),
    "a leading zero": text_of(size="07"),
    "two zeros": text_of(size="00"),
    "a space": text_of(size=" 7"),
    "an underscore": text_of(size="1_0"),
    "an exponent": text_of(size="1e3"),
    "hexadecimal": text_of(size="0x7"),
    "Arabic digits": text_of(size="٧"),
    "a short root": text_of(root=ROOT[:31]),
    "a long root": text_of(root=ROOT + b"!"),
    "a root in another alphabet": text_of(root=b"\xff" * 32).replace("/", "_"),
    "a root without padding": text_of().replace("=", ""),
    "a root with bits in the padding": text_of().replace("8=", "9="),
    "a root in hexadecimal": f"log\n7\n{ROOT.hex()}\n",
}


class TestText:
    def test_the_example_of_the_specification(self) -> None:
        examples = load("c2sp-examples.json")
        for name in ("checkpoint_example_text_only", "cosigned_checkpoint_example_text_only"):
            note = notes.parse(examples[name].encode())
            checkpoint = checkpoints.parse_text(note.text)
            assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
            assert checkpoint.text == note.text

    @given(st.integers(0, merkle.MAX_TREE_SIZE), st.binary(min_size=32, max_size=32))
    def test_a_text_read_back_is_the_checkpoint(self, size: int, root: bytes) -> None:
        for extensions in [(), ("one", "two lines")]:
            checkpoint = Checkpoint(ORIGIN, size, root, extensions)
            assert checkpoints.parse_text(checkpoint.text) == checkpoint

    @pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
    def test_what_is_not_a_checkpoint_is_refused(self, text: str) -> None:
        with pytest.raises(checkpoints.MalformedCheckpointError):
            checkpoints.parse_text(text)

    @pytest.mark.parametrize("size", [str(2**53 + 1), str(2**64), "9" * 30, "9" * 10_000])
    def test_sizes_above_2_to_the_53_are_refused(self, size: str) -> None:
        with pytest.raises(checkpoints.TooLargeError) as caught:
            checkpoints.parse_text(text_of(size=size))
        assert caught.value.code == "size-too-large"
        assert checkpoints.parse_text(text_of(size=str(2**53))).size == 2**53

    @given(st.text(max_size=100))
    def test_no_text_makes_it_stumble(self, text: str) -> None:
        for candidate in (text, text_of(size=text), text_of(rest=text)):
            try:
                checkpoint = checkpoints.parse_text(candidate)
            except (checkpoints.MalformedCheckpointError, checkpoints.TooLargeError):
                continue
            assert checkpoint.text == candidate


class TestSigned:
    def test_a_checkpoint_of_the_log_is_opened(self) -> None:
        opened = checkpoints.open_signed(published(), origin=ORIGIN, log_keys=[LOG.verifier])
        assert (opened.checkpoint, opened.witnesses) == (HERE, ())
        assert opened.note.to_bytes() == published()

    def test_a_quorum_of_witnesses(self) -> None:
        data = published(HERE, *WITNESSES[:2])
        for quorum in (0, 1, 2):
            opened = checkpoints.open_signed(
                data, origin=ORIGIN, log_keys=[LOG.verifier], witness_keys=WITNESS_KEYS, quorum=quorum
            )
            assert [(each.key.name, each.time_s) for each in opened.witnesses] == [
                ("w0", 1679315147),
                ("w1", 1679315147),
            ]
        with pytest.raises(checkpoints.TooFewWitnessesError):
            checkpoints.open_signed(
                data, origin=ORIGIN, log_keys=[LOG.verifier], witness_keys=WITNESS_KEYS, quorum=3
            )

    def test_one_public_key_under_two_names_is_one_witness(self) -> None:
        """A cosignature does not sign the witness's name, so anybody can put it under another one."""
        alias = replace(WITNESSES[0], name="alias")
        with pytest.raises(checkpoints.TooFewWitnessesError):
            checkpoints.open_signed(
                published(HERE, WITNESSES[0], alias),
                origin=ORIGIN,
                log_keys=[LOG.verifier],
                witness_keys=[WITNESSES[0].verifier, alias.verifier],
                quorum=2,
            )

    def test_a_witnesss_plain_signature_is_no_cosignature(self) -> None:
        plain = replace(WITNESSES[0], type=SignatureType.ED25519)
        note = checkpoints.sign(HERE, LOG)
        data = note.with_signature(notes.sign(note.text, plain)).to_bytes()
        with pytest.raises(checkpoints.TooFewWitnessesError):
            checkpoints.open_signed(
                data, origin=ORIGIN, log_keys=[LOG.verifier], witness_keys=[plain.verifier], quorum=1
            )

    def test_witnesses_alone_do_not_make_a_checkpoint(self) -> None:
        note = notes.Note(HERE.text).with_signature(notes.cosign(HERE.text, WITNESSES[0], 1))
        with pytest.raises(notes.UnknownSignerError):
            checkpoints.open_signed(
                note.to_bytes(), origin=ORIGIN, log_keys=[LOG.verifier], witness_keys=WITNESS_KEYS
            )

    def test_another_key_of_the_log_will_do(self) -> None:
        newer = replace(LOG, private_key=Ed25519PrivateKey.from_private_bytes(b"n" * 32))
        opened = checkpoints.open_signed(
            published(), origin=ORIGIN, log_keys=[newer.verifier, LOG.verifier], witness_keys=WITNESS_KEYS
        )
        assert opened.checkpoint == HERE

    def test_another_logs_checkpoint_is_refused_though_our_key_signed_it(self) -> None:
        with pytest.raises(checkpoints.WrongOriginError):
            checkpoints.open_signed(
                published(replace(HERE, origin="other")), origin=ORIGIN, log_keys=[LOG.verifier]
            )

    def test_a_checkpoint_nobody_we_know_signed_is_refused(self) -> None:
        with pytest.raises(notes.UnknownSignerError):
            checkpoints.open_signed(published(), origin=ORIGIN, log_keys=WITNESS_KEYS)

    @given(st.data())
    def test_a_changed_byte_never_opens_as_something_else(self, data: st.DataObject) -> None:
        signed = bytearray(published())
        signed[data.draw(st.integers(0, len(signed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        try:
            opened = checkpoints.open_signed(bytes(signed), origin=ORIGIN, log_keys=[LOG.verifier])
        except (
            notes.MalformedNoteError,
            notes.BadSignatureError,
            notes.UnknownSignerError,
            checkpoints.MalformedCheckpointError,
        ):
            return
        assert opened.checkpoint == HERE

    @pytest.mark.parametrize(
        "checkpoint",
        [
            Checkpoint("two\nlines", 7, ROOT),
            Checkpoint("", 7, ROOT),
            Checkpoint(ORIGIN, -1, ROOT),
            Checkpoint(ORIGIN, 7, b"short"),
            Checkpoint(ORIGIN, 7, ROOT, ("",)),
            Checkpoint(ORIGIN, 7, ROOT, ("two\nlines",)),
        ],
        ids=str,
    )
    def test_what_could_not_be_read_back_is_not_signed(self, checkpoint: Checkpoint) -> None:
        with pytest.raises(checkpoints.MalformedCheckpointError):
            checkpoints.sign(checkpoint, LOG)

    def test_a_size_that_could_not_be_read_back_is_not_signed(self) -> None:
        with pytest.raises(checkpoints.TooLargeError):
            checkpoints.sign(replace(HERE, size=2**53 + 1), LOG)


HASHES = [merkle.leaf_hash(b"%d" % number) for number in range(20)]
HASH_AT = merkle.in_memory(HASHES)


def at(size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, merkle.root_at(HASH_AT, size))


class TestHistory:
    @given(st.integers(0, 20), st.integers(0, 20))
    def test_a_log_may_only_grow(self, seen: int, new: int) -> None:
        if new < seen:
            with pytest.raises(checkpoints.RollbackError):
                checkpoints.check_extends(at(seen), at(new), [])
        else:
            proof = merkle.consistency_proof(HASH_AT, seen, new)
            checkpoints.check_extends(at(seen), at(new), proof)

    def test_two_trees_of_one_size_are_a_fork(self) -> None:
        with pytest.raises(checkpoints.ForkError) as caught:
            checkpoints.check_extends(at(5), replace(at(5), root=ROOT), [])
        assert caught.value.code == "checkpoint-fork"

    def test_a_rewritten_past_is_refused_whatever_the_proof(self) -> None:
        rewritten = merkle.in_memory([merkle.leaf_hash(b"other"), *HASHES[1:]])
        new = Checkpoint(ORIGIN, 20, merkle.root_at(rewritten, 20))
        for hash_at in (rewritten, HASH_AT):
            with pytest.raises(merkle.ConsistencyError):
                checkpoints.check_extends(at(5), new, merkle.consistency_proof(hash_at, 5, 20))

    @pytest.mark.parametrize(("seen", "new"), [(0, 5), (5, 5), (0, 0)])
    def test_where_nothing_is_to_prove_a_proof_is_refused(self, seen: int, new: int) -> None:
        with pytest.raises(merkle.ConsistencyError):
            checkpoints.check_extends(at(seen), at(new), [ROOT])

    def test_another_log_does_not_follow(self) -> None:
        with pytest.raises(checkpoints.WrongOriginError):
            checkpoints.check_extends(at(5), replace(at(5), origin="other"), [])
