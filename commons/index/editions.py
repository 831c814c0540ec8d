"""The commons that a door shows for a long time: opened once, kept open, opened anew when it changes.

    keeper = Keeper(source.named(settings.repo, endpoint=settings.endpoint), load_embedder)
    keeper.refresh()                open what is there now; later calls open it again only when it has changed
    keeper.watch()                  do so once a minute, in the background
    keeper.edition.catalogue        what a page shows

A page takes ``edition`` once and reads from that, so it never mixes two revisions. Whatever cannot be opened leaves the rest usable:
without an index the records can still be browsed, and while the Hub is away the last revision stays open.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from commons.embedding.embedder import Embedder
from commons.errors import CommonsError, IndexArtifactError, UnreachableError
from commons.evidence.results import EvidenceOrigin
from commons.index import library as libraries
from commons.index import retrieval
from commons.index.library import Library
from commons.records.catalogue import Catalogue
from commons.snapshots.snapshot import Snapshot
from commons.snapshots.source import CommonsSource

LOOK_EVERY_S = 60.0
STILL_OPENING = "opening"  # the code of what says so


@dataclass(frozen=True)
class Edition:
    """One revision, ready to read. ``library`` is None when it cannot be searched, and ``no_search`` says why."""

    snapshot: Snapshot
    catalogue: Catalogue
    library: Library | None
    no_search: CommonsError | None
    address: str
    root: str  # by which readers pin this commons; empty where its log does not hold
    mark: str  # empty: try again at the next look

    @property
    def title(self) -> str:
        return self.snapshot.policy.commons.name

    @property
    def origin(self) -> EvidenceOrigin:
        """What evidence found here is bound to."""
        return self.library.origin if self.library else EvidenceOrigin(self.snapshot, self.catalogue)

    @property
    def missing_records(self) -> int:
        return self.library.index.missing_records if self.library else 0

    @property
    def unread(self) -> list[str]:
        """The languages that the model of the index hardly reads."""
        return self.library.index.unread if self.library else []

    def searchable(self) -> Library:
        """The library.

        Raises:
            CommonsError: why there is none.
        """
        if self.library is None:
            reason = self.no_search or IndexArtifactError("This commons cannot be searched.")
            # An error that is raised again and again collects the frames of everybody who asked, questions included.
            raise reason.with_traceback(None)
        return self.library


class Keeper:
    """Holds the newest edition; safe to ask from many threads while one refreshes."""

    def __init__(
        self,
        source: CommonsSource,
        load_embedder: Callable[[Snapshot], Embedder],
        trials: Path | None = None,
    ) -> None:
        self.source = source
        self._trials = trials
        self.trouble: CommonsError | None = None  # what kept the last look from succeeding
        self._load_embedder = load_embedder
        self._edition: Edition | None = None
        self._ended = threading.Event()

    @property
    def edition(self) -> Edition:
        """What is open.

        Raises:
            CommonsError: nothing could be opened yet, and why.
        """
        if self._edition is None:
            reason = self.trouble or UnreachableError(f"{self.source.name} has not been opened yet.")
            raise reason.with_traceback(None)
        return self._edition

    @property
    def title(self) -> str:
        """The name people know it by, or where it should be while it is not open."""
        return self._edition.title if self._edition else self.source.name

    def refresh(self) -> bool:
        """Open the commons if it has changed since the last time; True when it was opened.

        Raises:
            CommonsError: it cannot be opened; what was open before stays open.
        """
        try:
            mark = self.source.mark()
            if self._edition is not None and self._edition.mark == mark:
                self.trouble = None
                return False
            # One assignment: a reader sees the old edition or the new one, never half of each.
            self._edition = self._open(mark)
        except CommonsError as error:
            self.trouble = error
            raise
        self.trouble = None
        return True

    def watch(self, *, every_s: float = LOOK_EVERY_S) -> None:
        """Refresh in the background until ``close``."""
        threading.Thread(target=self._look_again, args=(every_s,), name="keeper", daemon=True).start()

    def close(self) -> None:
        self._ended.set()

    def _look_again(self, every_s: float) -> None:
        complaint = ""
        while not self._ended.wait(every_s):
            try:
                if self.refresh():
                    print(f"Opened revision {self.edition.snapshot.revision}.", file=sys.stderr, flush=True)
                complaint = ""
            except Exception as error:
                # Whatever it is, the next look may succeed; a thread that ends here would leave the Space on an old revision for good.
                if str(error) != complaint:
                    complaint = str(error)
                    print(f"Looking for a newer revision failed: {complaint}", file=sys.stderr, flush=True)

    def _open(self, mark: str) -> Edition:
        snapshot = self.source.snapshot(mark)
        browsable = Edition(
            snapshot,
            snapshot.catalogue(),
            library=None,
            no_search=None,
            address=self.source.address(snapshot.revision),
            root=_root_of(snapshot),
            mark=mark,
        )
        if not retrieval.slugs(snapshot.folder):
            reason = IndexArtifactError(
                "This commons has no index yet, so it cannot be searched.",
                hint="Its records can be browsed. A maintainer builds the index with: commons build --publish",
                code="index-missing",
            )
            return replace(browsable, no_search=reason)
        if self._edition is None:  # records can be read while the model is loaded
            self._edition = replace(browsable, no_search=_still_opening(), mark="")
        try:
            embedder = self._load_embedder(snapshot)
        except CommonsError as error:
            return replace(browsable, no_search=error, mark="")
        try:
            library = libraries.open_library(
                snapshot, embedder, catalogue=browsable.catalogue, trials=self._trials
            )
            return replace(browsable, library=library)
        except CommonsError as error:
            return replace(browsable, no_search=error)


def _still_opening() -> CommonsError:
    return IndexArtifactError(
        "The model and the index are still being opened.", hint="Ask again in a minute.", code=STILL_OPENING
    )


def _root_of(snapshot: Snapshot) -> str:
    try:
        return snapshot.root
    except CommonsError:  # records can be read all the same; verify says what is wrong with the log
        return ""
