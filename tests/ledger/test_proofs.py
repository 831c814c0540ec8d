from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_vectors import tessera

from commons.errors import LedgerError
from commons.ledger import checkpoints, merkle, notes, proofs, tiles
from commons.ledger.proofs import Proof

ORIGIN = "example.org/log"
LOG = notes.SignerKey(ORIGIN, notes.SignatureType.ED25519, Ed25519PrivateKey.from_private_bytes(b"l" * 32))
ENTRIES = [b"entry %d" % number for number in range(300)]
ADDED = tiles.append(tiles.empty(), ENTRIES)
TREE = tiles.TileReader(ADDED.files.get, ADDED.size, ADDED.root)
CHECKPOINT = checkpoints.sign(checkpoints.Checkpoint(ORIGIN, TREE.size, TREE.root), LOG).to_bytes()


def proof_of(index: int, extra: bytes = b"") -> Proof:
    return Proof(index, tuple(merkle.inclusion_proof(TREE.hash_at, index, TREE.size)), CHECKPOINT, extra)


def verify(proof: Proof, entry: bytes) -> checkpoints.OpenedCheckpoint:
    return proofs.verify(proof, entry, origin=ORIGIN, log_keys=[LOG.verifier])


HEADER = b"c2sp.org/tlog-proof@v1\n"
HASH = b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
MALFORMED = {
    "nothing": b"",
    "another header": b"wrong-header\nindex 0\n\ncheckpoint\n",
    "another version": b"c2sp.org/tlog-proof@v2\nindex 0\n\ncheckpoint\n",
    "extra not in base64": HEADER + b"extra !!notbase64!!\nindex 0\n\ncheckpoint\n",
    "extra without data": HEADER + b"extra \nindex 0\n\ncheckpoint\n",
    "extra twice": HEADER + b"extra AAAA\nextra AAAA\nindex 0\n\ncheckpoint\n",
    "extra after the index": HEADER + b"index 0\nextra AAAA\n\ncheckpoint\n",
    "no index": HEADER + b"\n\ncheckpoint\n",
    "no index but hashes": HEADER + HASH + b"\ncheckpoint\n",
    "an index in words": HEADER + b"index notanumber\n\ncheckpoint\n",
    "a negative index": HEADER + b"index -5\n\ncheckpoint\n",
    "an index with a zero before it": HEADER + b"index 05\n\ncheckpoint\n",
    "a hash not in base64": HEADER + b"index 0\n!!notbase64!!\n\ncheckpoint\n",
    "a hash in the URL alphabet": HEADER + b"index 0\n" + HASH.replace(b"AAA=", b"__8=") + b"\ncheckpoint\n",
    "a hash of 64 bytes": HEADER + b"index 0\n" + b"A" * 86 + b"==\n\ncheckpoint\n",
    "a hash of 31 bytes": HEADER + b"index 0\n" + b"A" * 40 + b"AA==\n\ncheckpoint\n",
    "no checkpoint": HEADER + b"index 0\n\n",
    "no empty line": HEADER + b"index 0\ncheckpoint\n",
    "carriage returns": HEADER + b"index 0\r\n\r\ncheckpoint\n",
    "letters of another script": HEADER + "index ٠\n\ncheckpoint\n".encode(),
    "a very long line": HEADER + b"index 0\n" + b"a" * 65 * 1024 + b"\n",
}


class TestForm:
    def test_it_is_written_as_the_specification_says(self) -> None:
        """The cases of transparency-dev/formats proof/tlog_proof_test.go (Apache-2.0)."""
        first, second = (hashlib.sha256(text).digest() for text in (b"hash1", b"hash2"))
        encoded = [notes.encode_base64(each) for each in (first, second)]
        assert Proof(5, (first, second), b"test checkpoint\n").to_bytes().decode() == (
            f"c2sp.org/tlog-proof@v1\nindex 5\n{encoded[0]}\n{encoded[1]}\n\ntest checkpoint\n"
        )
        assert Proof(10, (first,), b"checkpoint data\n", b"extra information").to_bytes().decode() == (
            "c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n"
            f"{encoded[0]}\n\ncheckpoint data\n"
        )
        empty = b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"
        assert Proof(0, (), b"checkpoint\n").to_bytes() == empty

    @given(st.integers(0, 2**53), st.lists(st.binary(min_size=32, max_size=32)), st.binary())
    def test_a_proof_read_back_is_the_proof(self, index: int, path: list[bytes], extra: bytes) -> None:
        proof = Proof(index, tuple(path), CHECKPOINT, extra)
        assert proofs.parse(proof.to_bytes()) == proof

    @pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
    def test_what_is_not_a_proof_is_refused(self, data: bytes) -> None:
        with pytest.raises(proofs.MalformedProofError):
            proofs.parse(data)

    def test_an_index_above_2_to_the_53_is_refused(self) -> None:
        with pytest.raises(checkpoints.TooLargeError):
            proofs.parse(replace(proof_of(0), index=2**53 + 1).to_bytes())

    @given(st.binary(max_size=200))
    def test_no_bytes_make_it_stumble(self, data: bytes) -> None:
        for candidate in (
            data,
            HEADER + data,
            HEADER + b"index " + data,
            HEADER + b"extra " + data,
        ):
            try:
                proof = proofs.parse(candidate)
            except (proofs.MalformedProofError, checkpoints.TooLargeError):
                continue
            assert proof.to_bytes() == candidate


class TestMeaning:
    @given(st.integers(0, 299), st.integers(0, 299))
    def test_a_proof_shows_its_entry_and_no_other(self, index: int, other: int) -> None:
        proof = proofs.parse(proof_of(index).to_bytes())
        assert verify(proof, ENTRIES[index]).checkpoint.size == 300
        if other != index:
            with pytest.raises(merkle.InclusionError):
                verify(proof, ENTRIES[other])
            with pytest.raises(merkle.InclusionError):
                verify(replace(proof, index=other), ENTRIES[index])

    def test_the_checkpoint_must_be_the_logs(self) -> None:
        with pytest.raises(checkpoints.WrongOriginError):
            proofs.verify(proof_of(3), ENTRIES[3], origin="other", log_keys=[LOG.verifier])
        with pytest.raises(notes.UnknownSignerError):
            proofs.verify(proof_of(3), ENTRIES[3], origin=ORIGIN, log_keys=[])
        with pytest.raises(checkpoints.TooFewWitnessesError):
            proofs.verify(proof_of(3), ENTRIES[3], origin=ORIGIN, log_keys=[LOG.verifier], quorum=1)
        with pytest.raises(notes.MalformedNoteError):
            verify(replace(proof_of(3), checkpoint=b"checkpoint\n"), ENTRIES[3])

    @given(st.data())
    def test_a_changed_byte_outside_the_extra_line_never_verifies_as_another_proof(
        self, data: st.DataObject
    ) -> None:
        written = bytearray(proof_of(200, b"extra").to_bytes())
        written[data.draw(st.integers(0, len(written) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        try:
            proof = proofs.parse(bytes(written))
            opened = verify(proof, ENTRIES[200])
        except LedgerError:
            return
        assert (proof.index, proof.path) == (200, proof_of(200).path)
        assert (opened.checkpoint.size, opened.checkpoint.root) == (TREE.size, TREE.root)

    def test_a_proof_from_another_peoples_log(self) -> None:
        """Entry 6 of the Tessera log, proved from its tiles and its own signed checkpoint."""
        key = notes.VerifierKey.parse((tessera("vkey.txt") or b"").decode().strip())
        signed = tessera("checkpoint.13") or b""
        tree = checkpoints.parse_text(notes.parse(signed).text)
        log = tiles.TileReader(tessera, tree.size, tree.root)
        proof = Proof(6, tuple(merkle.inclusion_proof(log.hash_at, 6, tree.size)), signed)
        opened = proofs.verify(proofs.parse(proof.to_bytes()), log.entry(6), origin=key.name, log_keys=[key])
        assert opened.checkpoint == tree
