"""A commons opened from a program, and kept open on one revision until it is refreshed: what ``Reader`` asks its questions of.

Opening asks which revision there is and reads its rules. Records are fetched when the first is asked for, the index and the model that
made it at the first search (``open_revision``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from commons.embedding.embedder import Embedder
from commons.errors import CommonsError, UsageError
from commons.layout import Need
from commons.reader.open_revision import OpenRevision
from commons.snapshots.snapshot import Snapshot
from commons.snapshots.source import CommonsSource


class OpenCommons:
    """One revision of a commons, for many threads at once. ``len`` is how many live records it has."""

    def __init__(
        self,
        source: CommonsSource,
        load_embedder: Callable[[Snapshot], Embedder],
        *,
        revision: str = "main",
        trials: Path | None = None,
    ) -> None:
        """Opens ``revision``; ``commons.open`` has the arguments for programs.

        Raises:
            HubError: it cannot be read, or is no commons.
        """
        self._source = source
        self._asked = revision
        self._load_embedder = load_embedder
        self._trials = trials
        self._refreshing = threading.Lock()
        self._mark = source.mark(revision)
        self._opened: OpenRevision | None = self._open(self._mark)

    def __repr__(self) -> str:
        state = f"revision {self._opened.snapshot.revision[:12]}" if self._opened else "closed"
        return f"<Reader of {self.name!r}, {state}>"

    def __len__(self) -> int:
        return len(self._open_revision.records().catalogue)

    def __bool__(self) -> bool:
        return True  # a commons without records is a reader all the same, and asking costs nothing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def name(self) -> str:
        """``namespace/name``, or the name of the folder."""
        return self._source.name

    @property
    def title(self) -> str:
        """The name people know it by."""
        return self._open_revision.snapshot.policy.commons.name

    @property
    def revision(self) -> str:
        """The commit (40 hex digits) that is open; "folder" for a plain copy."""
        return self._open_revision.snapshot.revision

    @property
    def root(self) -> str | None:
        """SHA-256 (64 hex digits) of the log's first entry, by which a reader pins the commons; None where its log does not hold."""
        try:
            return self._open_revision.snapshot.root
        except CommonsError:  # records can be read all the same; verify says what is wrong with the log
            return None

    def refresh(self) -> bool:
        """Open what the branch or the folder is now; False where nothing has changed. Answers under way finish on what they began with.

        Where there was a search already, index and model are opened before the old revision is left, so that the next does not wait.

        Raises:
            CommonsError: it cannot be opened; what was open stays open.
        """
        with self._refreshing:
            before = self._open_revision
            mark = self._source.mark(self._asked)
            if mark == self._mark:
                return False
            fresh = self._open(mark)
            if before.library.is_loaded:
                fresh.library()
            self._opened, self._mark = fresh, mark
            return True

    def close(self) -> None:
        """Let go of records, index and model; answers that were given stay. Nothing more can be asked."""
        self._opened = None

    @property
    def _open_revision(self) -> OpenRevision:
        opened = self._opened
        if opened is None:
            raise UsageError(
                f"{self.name} has been closed.", hint="Open it again: commons.open(…)", code="closed"
            )
        return opened

    def _open(self, mark: str) -> OpenRevision:
        snapshot = self._source.snapshot(mark, need=Need.GOVERNANCE)
        return OpenRevision(snapshot, self._load_embedder, self._trials)
