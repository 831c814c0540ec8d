"""Verify a proof: it shows one record to be in the log, to whoever has nothing else; and nothing but that very file does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from commons import layout
from commons.cli import run
from commons.errors import LedgerError
from commons.layout import Kind
from commons.ledger import log, proofs
from commons.ledger.proofs import Proof
from commons.operations import prove, verify_proof
from commons.records import identity, shards
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World


def extra_of(data: bytes) -> dict[str, Any]:
    extra: dict[str, Any] = json.loads(proofs.parse(data).extra)
    return extra


def with_extra(data: bytes, extra: Any) -> bytes:
    """The same proof with other extra data, written as ``prove`` writes it if it can be."""
    parsed = proofs.parse(data)
    return Proof(parsed.index, parsed.path, parsed.checkpoint, written(extra)).to_bytes()


def written(extra: Any) -> bytes:
    if isinstance(extra, bytes):
        return extra
    try:
        return rfc8785.dumps(extra)
    except rfc8785.CanonicalizationError:
        return json.dumps(extra, sort_keys=True, separators=(",", ":")).encode()


def refused(data: bytes, **options: str) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        verify_proof.check(data, **options)
    assert caught.value.message.endswith((".", ")")), "a sentence"
    return caught.value


class TestAProof:
    def test_it_is_checked_where_there_is_no_repository(
        self, proof: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Not even an empty folder is looked at, and no address is opened."""

        def never(*_: object, **__: object) -> None:
            raise AssertionError("offline means offline")

        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("socket.socket.connect", never)
        monkeypatch.setattr(Path, "read_bytes", never)
        assert verify_proof.check(proof).size == 14

    def test_the_logs_key_can_be_given_by_a_reader_who_knows_it(self, proof: bytes, key: Any) -> None:
        known = verify_proof.check(proof)
        assert verify_proof.check(proof, log_key=known.log_key) == known

    @pytest.mark.parametrize("who", ["eve", "carl"])
    def test_another_key_of_the_log_is_another_log(self, who: str, proof: bytes, key: Any) -> None:
        other = log.verifier_text(verify_proof.check(proof).origin, key(who).public)
        assert refused(proof, log_key=other).code == "log-key-mismatch"

    @pytest.mark.parametrize("known", ["x", "a+b", "a+00000000+AAAA", "\x00", "é+é+é", "+" * 1000])
    def test_a_log_key_that_is_none_fits_nothing(self, known: str, proof: bytes) -> None:
        assert refused(proof, log_key=known).code == "log-key-mismatch"


class TestOneProofOneRecord:
    def test_no_part_of_a_proof_fits_another_record(self, proofs_of: dict[str, bytes], proof: bytes) -> None:
        """Whatever of another proof is put in place of one's own, nothing holds, unless the two are equal in it."""
        mine = extra_of(proof)
        for other in proofs_of.values():
            theirs = extra_of(other)
            for name in mine:
                if theirs[name] != mine[name]:
                    refused(with_extra(proof, {**mine, name: theirs[name]}))

    def test_the_path_of_one_leaf_fits_no_other(self, proofs_of: dict[str, bytes], proof: bytes) -> None:
        mine = proofs.parse(proof)
        for other in map(proofs.parse, proofs_of.values()):
            if other.index != mine.index:
                refused(Proof(other.index, other.path, mine.checkpoint, mine.extra).to_bytes())
                refused(Proof(mine.index, other.path, mine.checkpoint, mine.extra).to_bytes())
                refused(Proof(other.index, mine.path, mine.checkpoint, mine.extra).to_bytes())

    def test_the_checkpoint_of_another_state_does_not_fit(self, provable: World, proof: bytes) -> None:
        mine = proofs.parse(proof)
        for sha in provable.repository().history("main")[1:4]:
            older = provable.snapshot(sha).read(layout.CHECKPOINT)
            refused(Proof(mine.index, mine.path, older, mine.extra).to_bytes())

    @pytest.mark.parametrize("name", ["text", "title", "license", "lang", "schema"])
    def test_no_word_of_the_record_can_change(self, name: str, proof: bytes) -> None:
        mine = extra_of(proof)
        refused(with_extra(proof, {**mine, "core": {**mine["core"], name: "CC-BY-4.0"}}))

    def test_a_link_is_not_taken_for_a_record(
        self, provable: World, provable_snapshot: Snapshot, proof: bytes
    ) -> None:
        """It has a commitment beside the records', and a path that leads from it; but it is no record."""
        (shard,) = provable.snapshot().shards(Kind.LINK)
        (row,) = shards.read(Kind.LINK, provable.snapshot().path(shard))
        openings = shards.read_openings(provable_snapshot.folder / layout.openings_path(row.contribution))
        number = next(n for n, opening in enumerate(openings) if opening["id"] == identity.row_id(row))
        nodes = prove.merkle.in_memory(
            [prove.merkle.leaf_hash(opening["commitment"]) for opening in openings]
        )
        extra = {
            **extra_of(proof),
            "core": row.core(),
            "salt": openings[number]["salt"].hex(),
            "number": number,
            "path": [node.hex() for node in prove.merkle.inclusion_proof(nodes, number, len(openings))],
        }
        refused(with_extra(proof, extra))


# name -> what is done to the parsed extra data
MALFORMED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no member": lambda extra: {},
    "a member less": lambda extra: {name: value for name, value in extra.items() if name != "salt"},
    "a member more": lambda extra: {**extra, "more": 1},
    "a list": lambda extra: [extra],
    "a number": lambda extra: 5,
    "null": lambda extra: None,
    **{
        f"{name} = {value!r:.20}": (lambda extra, name=name, value=value: {**extra, name: value})
        for name in ("core", "salt", "number", "count", "path", "envelope", "origin", "log_key")
        for value in (
            None,
            True,
            -1,
            2**70,
            1.5,
            "",
            "zz",
            "é",
            [],
            [None],
            ["zz"],
            {},
            {"a": 1.5},
            "A" * 9999,
        )
    },
    "a core that holds itself deep": lambda extra: {**extra, "core": nested(400)},
    "a number in the core above 2**53": lambda extra: {**extra, "core": {"n": 2**60}},
    "a lone surrogate": lambda extra: {**extra, "core": {**extra["core"], "text": "\ud800"}},
    "a path of short hashes": lambda extra: {**extra, "path": ["00" * 31]},
    "a path too long": lambda extra: {**extra, "path": [*extra["path"], "00" * 32]},
    "a path too short": lambda extra: {**extra, "path": extra["path"][:-1]},
    "more rows than were signed": lambda extra: {**extra, "count": extra["count"] + 1},
    "the next row": lambda extra: {**extra, "number": extra["number"] + 1},
    "another salt": lambda extra: {**extra, "salt": "00" * 16},
    "a longer salt": lambda extra: {**extra, "salt": extra["salt"] + "00"},
}


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"a": value}
    return value


class TestBadProofs:
    @pytest.mark.parametrize("name", MALFORMED)
    def test_what_the_extra_data_should_not_be_is_refused(self, name: str, proof: bytes) -> None:
        extra = MALFORMED[name](extra_of(proof))
        if extra != extra_of(proof):
            refused(with_extra(proof, extra))

    def test_no_other_number_of_rows_fits(self, proof: bytes) -> None:
        """The path alone would fit trees of several sizes; the signer said one."""
        extra = extra_of(proof)
        for count in range(20):
            if count != extra["count"]:
                refused(with_extra(proof, {**extra, "count": count}))

    @pytest.mark.parametrize("depth", [100, 900, 3000, 100_000])
    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    def test_nesting_of_any_depth_is_refused_not_followed(
        self, depth: int, opening: str, proof: bytes
    ) -> None:
        closing = "]" if opening == "[" else "}"
        deep = opening * depth + "1" + closing * depth
        refused(with_extra(proof, deep.encode()))
        core = rfc8785.dumps({**extra_of(proof), "core": {}}).replace(
            b'"core":{}', b'"core":{"a":%s}' % deep.encode()
        )
        refused(with_extra(proof, core))

    def test_a_member_that_stands_twice_is_refused(self, proof: bytes) -> None:
        """Two readers might take two records from one file."""
        mine = proofs.parse(proof).extra
        refused(with_extra(proof, mine.replace(b'{"core":', b'{"core":{"text":"Ice sinks."},"core":', 1)))

    @pytest.mark.parametrize("other", ["spaces", "the letter case of hexadecimal digits", "other order"])
    def test_there_is_one_way_to_write_it(self, other: str, proof: bytes) -> None:
        extra = extra_of(proof)
        other_bytes = {
            "spaces": json.dumps(extra).encode(),
            "the letter case of hexadecimal digits": rfc8785.dumps({**extra, "salt": extra["salt"].upper()}),
            "other order": json.dumps(
                dict(reversed(extra.items())), separators=(",", ":"), ensure_ascii=False
            ).encode(),
        }[other]
        assert other_bytes != proofs.parse(proof).extra
        refused(with_extra(proof, other_bytes))

    def test_no_byte_of_it_can_change(self, proof: bytes) -> None:
        """Every byte, and where a line ends every bit, for there base64 has bits to spare; refused as a proof, never by a crash."""
        ends = {end + n for end, byte in enumerate(proof) if byte == ord("\n") for n in range(-4, 2)}
        for at in range(len(proof)):
            for bit in range(8) if at in ends else (at % 8,):
                changed = bytearray(proof)
                changed[at] ^= 1 << bit
                with pytest.raises(LedgerError):
                    verify_proof.check(bytes(changed))
                    pytest.fail(f"bit {bit} of byte {at} ({proof[at : at + 1]!r}) may change")

    def test_no_end_of_it_is_enough(self, proof: bytes) -> None:
        for length in {*range(0, len(proof), 37), len(proof) - 1}:
            refused(proof[:length])

    @pytest.mark.parametrize("more", [b"\n", b"\x00", b"x", b"\n\n", b" "])
    def test_nothing_may_follow_or_precede_it(self, more: bytes, proof: bytes) -> None:
        refused(proof + more)
        refused(more + proof)

    @pytest.mark.parametrize(
        "data", [b"", b"\n", b"\xff" * 100, b"c2sp.org/tlog-proof@v1\n", b"PAR1", b"{}", b"\x00" * 1000]
    )
    def test_other_files_are_refused(self, data: bytes) -> None:
        refused(data)

    def test_what_is_too_large_is_refused_before_it_is_read(self, proof: bytes) -> None:
        assert "at most" in refused(proof + b"x" * verify_proof.MAX_PROOF_BYTES).message
        line = b"extra " + base64.b64encode(b"[" * 700_000)
        refused(b"c2sp.org/tlog-proof@v1\n" + line + b"\nindex 0\n\n" + proofs.parse(proof).checkpoint)

    @given(data=st.binary(max_size=300))
    def test_no_bytes_whatever_crash_it(self, data: bytes) -> None:
        refused(data)

    @given(data=st.data())
    def test_no_exchange_of_lines_holds(self, data: st.DataObject, proof: bytes) -> None:
        lines = proof.split(b"\n")
        shuffled = data.draw(st.permutations(lines))
        if shuffled != lines and b"\n".join(shuffled) != proof:
            refused(b"\n".join(shuffled))


class TestTheCommand:
    def test_json(self, proof: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "p").write_bytes(proof)
        assert run(["verify-proof", str(tmp_path / "p"), "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["core"]["text"] == "Ice floats."

    def test_what_does_not_hold_exits_1_with_a_sentence(
        self, proof: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "p").write_bytes(proof[:-10])
        assert run(["verify-proof", str(tmp_path / "p")]) == 1
        assert run(["verify-proof", str(tmp_path / "none")]) == 1
        assert run(["verify-proof", str(tmp_path)]) == 1
        assert "Traceback" not in capsys.readouterr().err
