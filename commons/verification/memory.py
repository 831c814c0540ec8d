"""What was seen before: whether this is the commons it was, and its log the log it was.

A copy proves everything but which commons it is. That is what the root says, the SHA-256 of the log's first envelope: readers pin it
(``--root``), and what was seen last is remembered by root, so that a false copy of the same name spoils nothing. Who pins nothing believes
the first copy that is seen, and is told so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from commons import digests
from commons.errors import CommonsError
from commons.files import write_whole
from commons.ledger import checkpoints, merkle, notes
from commons.ledger.log import Log
from commons.snapshots.snapshot import Snapshot
from commons.verification.verdict import CheckResult


@dataclass(frozen=True)
class CheckpointMemory:
    """``folder`` keeps the last checkpoint of each root, and the root that each address of a Hub had, with the address under it."""

    folder: Path

    def check(self, snapshot: Snapshot, log: Log, root: str, check: CheckResult, *, pinned: bool) -> None:
        """That the address shows the commons it showed, and that its log extends what was seen of it."""
        address_file, checkpoint_file = self._address_file(snapshot), self._checkpoint_file(root)
        try:
            if checkpoint_file.is_file():
                last = checkpoints.parse_text(notes.parse(checkpoint_file.read_bytes()).text)
                check.looked_at += f", the checkpoint of {last.size:,} leaves seen last"
                grown = last.size <= log.checkpoint.size
                proof = (
                    merkle.consistency_proof(log.tree.hash_at, last.size, log.checkpoint.size)
                    if grown
                    else []
                )
                checkpoints.check_extends(last, log.checkpoint, proof)
            elif not pinned:
                check.looked_at += ", seen here for the first time"
        except CommonsError as error:
            check.add(error.message)
        if address_file and address_file.is_file() and not pinned:
            known = address_file.read_text("utf-8", errors="replace").partition("\n")[0].strip()
            if known != root:
                check.add(
                    f"{_address(snapshot)} was the commons with the root {known} when last seen, and is another now; "
                    "ask its maintainers which is right, and pin it with --root"
                )

    def remember(self, snapshot: Snapshot, log: Log, root: str, check: CheckResult) -> None:
        """Keep what was seen, which held."""
        try:
            write_whole(self._checkpoint_file(root), log.signed_checkpoint)
            if address_file := self._address_file(snapshot):
                write_whole(address_file, f"{root}\n{_address(snapshot)}\n".encode())
        except OSError as error:
            # The copy is no worse for it, and it was checked; only the next run cannot tell whether it is the same commons.
            check.assumptions.append(
                f"this checkpoint cannot be kept in {self.folder} for next time ({error.strerror}); COMMONS_HOME names another place"
            )

    def roots(self) -> dict[str, str]:
        """Address -> the root it had when it was seen last; of those that an earlier version kept, the address is not known."""
        known = {}
        for path in sorted(self.folder.glob("*.root")):
            root, _, address = path.read_text("utf-8", errors="replace").strip().partition("\n")
            known[address or f"(address not kept, {path.stem[:12]}…)"] = root
        return known

    def _checkpoint_file(self, root: str) -> Path:
        return self.folder / f"{root}.checkpoint"

    def _address_file(self, snapshot: Snapshot) -> Path | None:
        address = _address(snapshot)
        return self.folder / f"{digests.sha256_hex(address.encode())}.root" if address else None


def _address(snapshot: Snapshot) -> str:
    repository = snapshot.repository
    return f"{repository.endpoint}/{repository.id}" if repository else ""
