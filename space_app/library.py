"""The commons that the Space shows: opened once, kept open, opened anew when it changes.

    keeper = Keeper(source_of(settings), load_embedder)
    keeper.refresh()                open what is there now; later calls open it again only when it has changed
    keeper.watch()                  do so once a minute, in the background
    keeper.holdings.catalogue       what a page shows

A page takes ``holdings`` once and reads from that, so it never mixes two revisions. Whatever cannot be opened leaves the rest usable:
without an index the records can still be browsed, and while the Hub is away the last revision stays open.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from commons.embedding.embedder import Embedder
from commons.errors import CommonsError, IndexArtifactError, UnreachableError, UsageError
from commons.hub.repository import Repository
from commons.index import retrieval
from commons.operations import search
from commons.operations.search import Library
from commons.records.catalogue import Catalogue
from commons.settings import Settings
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

LOOK_EVERY_S = 60.0


class Source(Protocol):
    """Where the commons comes from. ``mark`` differs whenever there is something new to open."""

    @property
    def name(self) -> str: ...

    def mark(self) -> str: ...

    def snapshot(self, mark: str) -> Snapshot: ...

    def address(self, revision: str) -> str:
        """A web page that shows this revision, or nothing."""


@dataclass(frozen=True)
class OnHub:
    """A dataset repository; its mark is the commit ``main`` points to."""

    repository: Repository

    @property
    def name(self) -> str:
        return self.repository.id

    def mark(self) -> str:
        return self.repository.head()

    def snapshot(self, mark: str) -> Snapshot:
        return snapshots.take(self.repository, mark)

    def address(self, revision: str) -> str:
        return f"{self.repository.endpoint}/datasets/{self.repository.id}/tree/{revision}"


@dataclass(frozen=True)
class InFolder:
    """A plain folder; its mark is a digest over the names, sizes and times of what the Space reads."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    def mark(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(p for part in snapshots.FOR_READING for p in self.folder.glob(_recursive(part))):
            if path.is_file():
                about = path.stat()
                digest.update(f"{path}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def snapshot(self, mark: str) -> Snapshot:  # noqa: ARG002 - a folder has no other state than the present one
        return snapshots.of_folder(self.folder)

    def address(self, revision: str) -> str:  # noqa: ARG002
        return ""


def _recursive(pattern: str) -> str:
    """The Hub's patterns cross folders; those of ``pathlib`` do not."""
    return pattern.removesuffix("*") + "**/*" if pattern.endswith("/*") else pattern


def source_of(settings: Settings) -> Source:
    """What COMMONS_REPO names: a folder that exists, else a repository on the Hub.

    Raises:
        UsageError: it names nothing.
    """
    if not settings.repo:
        raise UsageError(
            "Which commons?", hint="Set COMMONS_REPO to NAMESPACE/NAME on the Hub, or to a folder."
        )
    if Path(settings.repo).is_dir():
        return InFolder(Path(settings.repo))
    return OnHub(Repository(settings.repo, endpoint=settings.endpoint, token=settings.token or None))


@dataclass(frozen=True)
class Holdings:
    """One revision, ready to read. ``library`` is None when it cannot be searched, and ``no_search`` says why."""

    snapshot: Snapshot
    catalogue: Catalogue
    library: Library | None
    no_search: CommonsError | None
    address: str
    mark: str  # empty: try again at the next look

    @property
    def title(self) -> str:
        return self.snapshot.policy.commons.name

    @property
    def missing_records(self) -> int:
        return self.library.index.missing_records if self.library else 0

    def searchable(self) -> Library:
        """The library.

        Raises:
            CommonsError: why there is none.
        """
        if self.library is None:
            raise self.no_search or IndexArtifactError("This commons cannot be searched.")
        return self.library


class Keeper:
    """Holds the newest holdings; safe to ask from many threads while one refreshes."""

    def __init__(self, source: Source, load_embedder: Callable[[], Embedder]) -> None:
        self.source = source
        self.trouble: CommonsError | None = None  # what kept the last look from succeeding
        self._load_embedder = load_embedder
        self._embedder: Embedder | None = None
        self._holdings: Holdings | None = None
        self._ended = threading.Event()

    @property
    def holdings(self) -> Holdings:
        """What is open.

        Raises:
            CommonsError: nothing could be opened yet, and why.
        """
        if self._holdings is None:
            reason = self.trouble or UnreachableError(f"{self.source.name} has not been opened yet.")
            raise reason.with_traceback(None)
        return self._holdings

    @property
    def title(self) -> str:
        """The name people know it by, or where it should be while it is not open."""
        return self._holdings.title if self._holdings else self.source.name

    def refresh(self) -> bool:
        """Open the commons if it has changed since the last time; True when it was opened.

        Raises:
            CommonsError: it cannot be opened; what was open before stays open.
        """
        try:
            mark = self.source.mark()
            if self._holdings is not None and self._holdings.mark == mark:
                self.trouble = None
                return False
            # One assignment: a reader sees the old holdings or the new ones, never half of each.
            self._holdings = self._open(mark)
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
        said = ""
        while not self._ended.wait(every_s):
            try:
                if self.refresh():
                    print(f"Opened revision {self.holdings.snapshot.revision}.", flush=True)
                said = ""
            except Exception as error:
                # Whatever it is, the next look may succeed; a thread that ends here would leave the Space on an old revision for good.
                if str(error) != said:
                    said = str(error)
                    print(f"Looking for a newer revision failed: {said}", file=sys.stderr, flush=True)

    def _open(self, mark: str) -> Holdings:
        snapshot = self.source.snapshot(mark)
        browsable = Holdings(
            snapshot,
            search.open_catalogue(snapshot),
            library=None,
            no_search=None,
            address=self.source.address(snapshot.revision),
            mark=mark,
        )
        if not retrieval.slugs(snapshot.folder):
            reason = IndexArtifactError(
                "This commons has no index yet, so it cannot be searched.",
                hint="Its records can be browsed. A maintainer builds the index with: commons build --publish",
                code="index-missing",
            )
            return replace(browsable, no_search=reason)
        try:
            self._embedder = self._embedder or self._load_embedder()
        except CommonsError as error:
            return replace(browsable, no_search=error, mark="")
        try:
            return replace(browsable, library=search.open_library(snapshot, self._embedder))
        except CommonsError as error:
            return replace(browsable, no_search=error)
