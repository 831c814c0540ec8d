"""The log: leaves that can be written one way only, and a log that opens only as its signer left it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commons import layout
from commons.errors import LedgerError
from commons.ledger import checkpoints, log, merkle
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf, LogGrowth
from commons.ledger.notes import SignatureType, SignerKey, VerifierKey
from commons.ledger.statements import MODELS, StatementKind

ORIGIN = "knowledge-commons/tests/log"
MAYA, EVE = (SigningKey(Ed25519PrivateKey.from_private_bytes(name * 8)) for name in (b"maya", b"evil"))
DIGEST = "ab" * 32


def leaf(number: int, kind: str = "contribution") -> Leaf:
    return Leaf(StatementKind(kind), hashlib.sha256(str(number).encode()).hexdigest())


def grow(files: dict[str, bytes], grown: LogGrowth) -> None:
    """What a commit does with what an append returns."""
    files.update(grown.files)
    for path in grown.removed:
        del files[path]


def founded(*sizes: int) -> dict[str, bytes]:
    """The files of a log that grew by these numbers of leaves."""
    files: dict[str, bytes] = {}
    numbers = iter(range(10**6))
    first, *more = [[leaf(next(numbers)) for _ in range(size)] for size in sizes]
    grow(files, log.create(ORIGIN, first, MAYA))
    for leaves in more:
        grow(files, log.append(opened(files), leaves, MAYA))
    return files


def opened(files: dict[str, bytes], **options: Any) -> log.Log:
    return log.open_log(files.get, **{"origin": ORIGIN, "keys": [MAYA.public], **options})


def code_of(files: dict[str, bytes], **options: Any) -> str:
    """Why the log does not open or does not read to its end."""
    with pytest.raises(LedgerError) as caught:
        list(opened(files, **options).leaves())
    return caught.value.code


def as_json(**members: Any) -> bytes:
    return json.dumps(members, separators=(",", ":"), sort_keys=True).encode()


GOOD = as_json(envelope=DIGEST, kind="contribution", v=1)

MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"contribution",
    "not UTF-8": b"\xff" + GOOD,
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "null": b"null",
    "a list": b"[]",
    "a number": b"5",
    "a text": b'"leaf"',
    "no member": b"{}",
    "no kind": as_json(envelope=DIGEST, v=1),
    "no envelope": as_json(kind="contribution", v=1),
    "no version": as_json(envelope=DIGEST, kind="contribution"),
    "a member more": as_json(envelope=DIGEST, kind="contribution", v=1, x=1),
    "a member twice": GOOD.replace(b"{", b'{"envelope":"%s",' % DIGEST.encode(), 1),
    "another kind first, then the right one": GOOD.replace(b'"kind"', b'"kind":"key","kind"', 1),
    "another version": as_json(envelope=DIGEST, kind="contribution", v=2),
    "a version as text": as_json(envelope=DIGEST, kind="contribution", v="1"),
    "a version as a float": GOOD.replace(b'"v":1', b'"v":1.0'),
    "a version as a truth": as_json(envelope=DIGEST, kind="contribution", v=True),
    "a kind that is a sentence": as_json(envelope=DIGEST, kind="run this", v=1),
    "a kind with a newline": as_json(envelope=DIGEST, kind="gossip\n", v=1),
    "a kind that fills a screen": as_json(envelope=DIGEST, kind="g" * 42, v=1),
    "no word for a kind": as_json(envelope=DIGEST, kind="", v=1),
    "a kind in capitals": as_json(envelope=DIGEST, kind="Contribution", v=1),
    "a list for a kind": as_json(envelope=DIGEST, kind=["contribution"], v=1),
    "an object for a kind": as_json(envelope=DIGEST, kind={}, v=1),
    "null for a kind": as_json(envelope=DIGEST, kind=None, v=1),
    "a number for an envelope": as_json(envelope=5, kind="contribution", v=1),
    "null for an envelope": as_json(envelope=None, kind="contribution", v=1),
    "a list of 64 for an envelope": as_json(envelope=["a"] * 64, kind="contribution", v=1),
    "a short digest": as_json(envelope=DIGEST[:-1], kind="contribution", v=1),
    "a long digest": as_json(envelope=DIGEST + "a", kind="contribution", v=1),
    "a digest and a newline": as_json(envelope=DIGEST[:-1] + "\n", kind="contribution", v=1),
    "capital digits": as_json(envelope=DIGEST.upper(), kind="contribution", v=1),
    "letters that are no digits": as_json(envelope="zz" * 32, kind="contribution", v=1),
    "full-width digits": as_json(envelope="１" * 64, kind="contribution", v=1),
    "a path": as_json(envelope="../" * 21 + "x", kind="contribution", v=1),
    "NUL characters": as_json(envelope="\x00" * 64, kind="contribution", v=1),
    "blanks": json.dumps({"envelope": DIGEST, "kind": "contribution", "v": 1}).encode(),
    "another order": b'{"kind":"contribution","envelope":"%s","v":1}' % DIGEST.encode(),
    "an escape where none is needed": GOOD.replace(b"kind", b"\\u006bind"),
    "a newline after it": GOOD + b"\n",
    "two of them": GOOD + GOOD,
    "lists in lists": b"[" * 60_000,
    "objects in objects": b'{"kind":' * 10_000,
    "a number of many digits": GOOD.replace(b'"v":1', b'"v":' + b"1" * 50_000),
    "half a surrogate pair": GOOD.replace(b"contribution", b"\\ud800"),
}


class TestALeaf:
    def test_it_is_written_in_one_way(self) -> None:
        assert Leaf(StatementKind.CONTRIBUTION, DIGEST).to_bytes() == GOOD
        assert Leaf.parse(GOOD) == Leaf(StatementKind.CONTRIBUTION, DIGEST)

    @pytest.mark.parametrize("name", MALFORMED)
    def test_anything_else_is_refused_by_name(self, name: str) -> None:
        with pytest.raises(LedgerError) as caught:
            Leaf.parse(MALFORMED[name])
        assert caught.value.code == "leaf-malformed"
        assert len(caught.value.message) < 500

    @pytest.mark.parametrize("data", [GOOD, b'{"envelope":"","kind":"contribution","more":[],"v":2}'])
    def test_a_kind_of_later_days_asks_for_a_newer_commons(self, data: bytes) -> None:
        """It may look different altogether, but whoever cannot judge it is told so, and not that the log is broken."""
        with pytest.raises(LedgerError, match=r"needs a newer commons: .* 'gossip'") as caught:
            Leaf.parse(data.replace(b'"contribution"', b'"gossip"'))
        assert caught.value.code == "log-newer"

    @given(kind=st.sampled_from(sorted(MODELS)), digest=st.binary(min_size=32, max_size=32))
    def test_what_is_written_is_what_is_read(self, kind: str, digest: bytes) -> None:
        made = Leaf(StatementKind(kind), digest.hex())
        assert Leaf.parse(made.to_bytes()) == made

    @given(data=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
    def test_no_two_byte_strings_are_one_leaf(self, data: bytes) -> None:
        try:
            assert Leaf.parse(data).to_bytes() == data
        except LedgerError as error:
            assert error.code == "leaf-malformed"


class TestALog:
    @pytest.mark.parametrize("sizes", [(1,), (1, 3, 3), (255, 1), (256, 1), (300,), (1, 255, 1, 300)])
    def test_it_holds_what_was_appended_in_order_however_it_grew(self, sizes: tuple[int, ...]) -> None:
        log_ = opened(founded(*sizes))
        assert list(log_.leaves()) == [leaf(number) for number in range(sum(sizes))]
        assert log_.checkpoint.size == sum(sizes)
        assert log_.checkpoint.root == merkle.root(leaf(n).to_bytes() for n in range(sum(sizes)))

    def test_the_same_leaves_make_the_same_tree_however_they_came(self) -> None:
        """Nothing of the way there is left behind: no narrower tile, no other byte."""
        at_once, one_by_one = founded(270), founded(*[1] * 270)
        assert at_once == one_by_one

    def test_an_append_touches_few_files(self) -> None:
        files = founded(300)
        grown = log.append(opened(files), [leaf(301), leaf(302), leaf(303)], MAYA)
        assert set(grown.files) == {
            "log/checkpoint",
            "log/tile/0/001.p/47",
            "log/tile/entries/001.p/47",
        }
        assert set(grown.removed) == {"log/tile/0/001.p/44", "log/tile/entries/001.p/44"}

    def test_each_state_extends_the_one_before(self) -> None:
        files = founded(5)
        before = opened(files).checkpoint
        grow(files, log.append(opened(files), [leaf(5)], MAYA))
        after = opened(files)
        proof = merkle.consistency_proof(after.tree.hash_at, before.size, after.checkpoint.size)
        checkpoints.check_extends(before, after.checkpoint, proof)

    def test_it_knows_who_signed_it(self) -> None:
        log_ = opened(founded(1))
        assert log_.is_signed_by(log.verifier(ORIGIN, MAYA.public))
        assert not log_.is_signed_by(log.verifier(ORIGIN, EVE.public))
        assert not log_.is_signed_by(log.verifier("another.example/log", MAYA.public))

    def test_the_text_of_its_key_is_read_back_as_the_key(self) -> None:
        assert VerifierKey.parse(log.verifier_text(ORIGIN, MAYA.public)) == log.verifier(ORIGIN, MAYA.public)

    def test_nothing_is_appended_to_nothing(self) -> None:
        """A log is founded with its first statement; an empty one has nobody who answers for it."""
        files = founded(3)
        grown = log.append(opened(files), [], MAYA)
        assert grown.checkpoint == opened(files).checkpoint


class TestALogThatDoesNotOpen:
    def test_without_its_checkpoint(self) -> None:
        assert code_of({}) == "log-missing"

    def test_of_another_origin(self) -> None:
        assert code_of(founded(1), origin="another.example/log") in ("wrong-origin", "unknown-signer")

    @pytest.mark.parametrize("keys", [[], [EVE.public]])
    def test_signed_by_nobody_we_know(self, keys: list[Any]) -> None:
        assert code_of(founded(1), keys=keys) == "unknown-signer"

    def test_signed_by_a_stranger_in_the_maintainers_name(self) -> None:
        files = founded(1)
        checkpoint = opened(files).checkpoint
        note = checkpoints.sign(checkpoint, SignerKey(ORIGIN, SignatureType.ED25519, EVE.private))
        files[layout.CHECKPOINT] = note.to_bytes()
        assert code_of(files) == "unknown-signer"

    def test_with_a_tile_of_another_log(self) -> None:
        files = founded(3)
        other: dict[str, bytes] = {}
        grow(other, log.create(ORIGIN, [leaf(7), leaf(8), leaf(9)], MAYA))
        for path in files:
            if path != layout.CHECKPOINT:
                mixed = {**files, path: other[path]}
                assert code_of(mixed) == "tile-mismatch"

    def test_with_any_file_missing(self) -> None:
        files = founded(300)
        for path in files:
            without = {name: data for name, data in files.items() if name != path}
            assert code_of(without) in ("log-missing", "missing-tile")

    def test_with_any_byte_changed(self) -> None:
        """Every byte of every file of a small log."""
        files = founded(3)
        for path, data in files.items():
            for at in range(len(data)):
                changed = {**files, path: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]}
                assert code_of(changed)

    def test_with_an_entry_that_is_no_leaf(self) -> None:
        """The maintainer signed it, and still it is none."""
        for entry in (b"", b"gossip", GOOD + b" "):
            files: dict[str, bytes] = {}

            class Odd(Leaf):
                def to_bytes(self, entry: bytes = entry) -> bytes:
                    return entry

            grow(files, log.create(ORIGIN, [Odd("contribution", DIGEST)], MAYA))
            assert code_of(files) == "leaf-malformed"
