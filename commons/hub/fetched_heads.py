"""Which commit each revision of a repository pointed to when it was read last, for whoever has no network now.

    heads = FetchedHeads.of("https://huggingface.co", "org/commons")
    heads.remember("main", sha); heads.head_of("main")

Why here, when the Hub client's cache has a place for it: it is kept by the repository's name alone, and two Hubs may have
repositories of one name.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import constants

from commons import digests
from commons.files import write_whole

_COMMIT = re.compile(r"[0-9a-f]{40}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchedHeads:
    """One small file for each revision, in the client's own cache."""

    folder: Path

    @classmethod
    def of(cls, endpoint: str, repo_id: str, cache_dir: Path | None = None) -> FetchedHeads:
        root = (
            cache_dir / "commons-heads"
            if cache_dir
            else Path(constants.HF_ASSETS_CACHE) / "commons" / "heads"
        )
        return cls(root / digests.sha256_hex(f"{endpoint}/{repo_id}".encode()))

    def remember(self, revision: str, sha: str) -> None:
        """Nothing happens where it cannot be written: only who goes offline later misses it."""
        if self.head_of(revision) == sha or revision == sha:
            return
        try:
            write_whole(self._path(revision), sha.encode("ascii"))
        except OSError as error:
            _log.info("the head of %s is not remembered: %s", revision, error)

    def head_of(self, revision: str) -> str:
        """The commit; a commit is its own; nothing where none was read."""
        if _COMMIT.fullmatch(revision):
            return revision
        try:
            sha = self._path(revision).read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return sha if _COMMIT.fullmatch(sha) else ""

    def _path(self, revision: str) -> Path:
        return self.folder / digests.sha256_hex(revision.encode())
