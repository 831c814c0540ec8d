"""At which head a proposal was shown to this person last: what they review is what they have seen.

shown = ShownHeads(home / "shown")
    shown.remember(examined.proposal, repository)       after it was shown
    shown.head_of(12, repository)                       before it is signed
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from commons import digests
from commons.files import keep
from commons.hub.repository import Proposal, Repository

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class ShownHeads:
    """Kept in ``folder``, one small file a proposal."""

    folder: Path

    def remember(self, proposal: Proposal, repository: Repository) -> None:
        keep(self._path(proposal.number, repository), proposal.head.encode("ascii"))

    def head_of(self, number: int, repository: Repository) -> str:
        """The commit, or nothing when it was never shown."""
        try:
            head = self._path(number, repository).read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return head if _COMMIT.fullmatch(head) else ""

    def _path(self, number: int, repository: Repository) -> Path:
        place = digests.sha256_hex(f"{repository.endpoint}/{repository.id}".encode())
        return self.folder / place / str(number)
