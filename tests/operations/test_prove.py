"""Prove: every record that landed has a proof, and a copy that does not hold gives none."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commons import digests
from commons.cli import run
from commons.errors import CommonsError
from commons.layout import Kind, Need
from commons.ledger import log
from commons.operations import prove, verify_proof
from commons.operations.verify_proof import ProvenRecord
from commons.records import shards
from commons.records.schema import Record
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World


class TestAProof:
    def test_every_record_of_the_commons_has_one(
        self, proofs_of: dict[str, bytes], records: list[Record], key: Any, provable_snapshot: Snapshot
    ) -> None:
        assert len(records) == 7
        for record in records:
            assert verify_proof.check(proofs_of[record.id]) == ProvenRecord(
                record_id=record.id,
                core=record.core(),
                contribution=record.contribution,
                signer=key("carl").public.key_id,
                origin=provable_snapshot.policy.commons.origin,
                log_key=log.verifier_text(provable_snapshot.policy.commons.origin, key("maya").public),
                index=verify_proof.check(proofs_of[record.id]).index,
                size=14,
            )

    def test_it_names_the_leaf_of_its_contribution(
        self, proofs_of: dict[str, bytes], provable_snapshot: Snapshot, records: list[Record]
    ) -> None:
        kinds = [leaf.kind for leaf in provable_snapshot.log().leaves()]
        indices = {verify_proof.check(data).index for data in proofs_of.values()}
        assert indices == {index for index, kind in enumerate(kinds) if kind == "contribution"}

    def test_a_proof_from_an_earlier_state_of_the_log_still_holds(
        self, provable: World, proofs_of: dict[str, bytes], records: list[Record]
    ) -> None:
        older = provable.snapshot(provable.repository().history("main")[2], need=Need.PROVING)
        record = next(record for record in records if record.text == "Ice floats.")
        proven = verify_proof.check(prove.prove(older, record.id))
        assert (proven.size, proven.core) == (6, record.core())

    def test_it_holds_from_a_plain_folder(
        self, provable: World, proof: bytes, tmp_path: Path, records: list[Record]
    ) -> None:
        shutil.copytree(provable.snapshot().folder, tmp_path / "copy")
        record = next(record for record in records if record.text == "Ice floats.")
        assert prove.prove(snapshots.of_folder(tmp_path / "copy"), record.id) == proof

    def test_a_record_that_is_not_there_has_none(self, provable_snapshot: Snapshot) -> None:
        for missing in ("kr1" + "a" * 52, "", "../x", "kl1"):
            with pytest.raises(CommonsError) as caught:
                prove.prove(provable_snapshot, missing)
            assert caught.value.code == "record-missing"


class TestADamagedCommons:
    """Proving from a copy that does not hold says so; it never makes a proof that does not hold."""

    @pytest.fixture
    def folder(self, provable: World, tmp_path: Path) -> Path:
        shutil.copytree(provable.snapshot().folder, tmp_path / "copy")
        return tmp_path / "copy"

    def all_refused(self, folder: Path, records: list[Record]) -> None:
        for record in records:
            with pytest.raises(CommonsError):
                data = prove.prove(snapshots.of_folder(folder), record.id)
                verify_proof.check(data)

    def test_openings_without_the_record(self, folder: Path, records: list[Record]) -> None:
        for path in folder.glob("log/openings/*"):
            rows = shards.read_openings(path)
            path.write_bytes(shards.write_openings({**row, "id": None} for row in rows))
        self.all_refused(folder, records)

    def test_openings_without_salts(self, folder: Path, records: list[Record]) -> None:
        for path in folder.glob("log/openings/*"):
            rows = shards.read_openings(path)
            path.write_bytes(shards.write_openings({**row, "salt": None} for row in rows))
        self.all_refused(folder, records)

    def test_no_openings(self, folder: Path, records: list[Record]) -> None:
        shutil.rmtree(folder / "log/openings")
        self.all_refused(folder, records)

    def test_a_log_with_another_entry(self, folder: Path, records: list[Record]) -> None:
        (path,) = (folder / "log/tile/entries").glob("**/14")
        path.write_bytes(path.read_bytes().replace(b"contribution", b"contributioN"))
        self.all_refused(folder, records)

    def test_no_envelopes(self, folder: Path, records: list[Record]) -> None:
        shutil.rmtree(folder / "log/envelopes")
        self.all_refused(folder, records)

    def test_another_record_in_its_place(self, folder: Path, records: list[Record]) -> None:
        """The row is what the shard says, and the shard says what nobody signed."""
        for path in folder.glob("data/*/*/*.parquet"):
            rows = [row for row in shards.read(Kind.RECORD, path) if isinstance(row, Record)]
            changed = [Record(**{**row.__dict__, "text": "Changed."}) for row in rows]
            data = shards.write(Kind.RECORD, changed)
            path.unlink()
            (path.parent / f"{digests.sha256_hex(data)}.parquet").write_bytes(data)
        self.all_refused(folder, records)


class TestTheCommand:
    def test_prove_and_check_by_hand(
        self, provable: World, records: list[Record], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        at_hub = ["--repo", provable.repo_id, "--endpoint", provable.url]
        record, file = records[0], tmp_path / "record.tlog-proof"
        assert run(["prove", record.id, "--output", str(file), *at_hub]) == 0
        assert run(["verify-proof", str(file)]) == 0
        said = capsys.readouterr()
        assert record.text in said.out
        assert f"{record.id} was signed by {record.contributor}" in said.out
        log_key = verify_proof.check(file.read_bytes()).log_key
        assert log_key in said.err
        assert run(["verify-proof", str(file), "--log-key", log_key]) == 0
        assert "under the log key you gave" in capsys.readouterr().out

    def test_it_may_go_through_a_pipe(
        self, provable: World, records: list[Record], capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert run(["prove", records[0].id, "--repo", provable.repo_id, "--endpoint", provable.url]) == 0
        assert verify_proof.check(capfdbinary.readouterr().out).record_id == records[0].id

    def test_a_record_that_is_not_there_exits_1(
        self, provable: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["prove", "kr1" + "a" * 52, "--repo", provable.repo_id, "--endpoint", provable.url]) == 1
        assert "record-missing" in capsys.readouterr().err
