"""A commons as a program reads it: ask a question, look up an id, see what there is. ``commons.open`` makes one.

    with commons.open("our-org/commons") as library:
        library.search("What causes glaucoma?", allow=["cc0-1.0"], lang="en").results
        library.get("kr1…").attribution

Opening asks which revision there is and reads its rules. Records are fetched when the first is asked for, the index and the model that
made it at the first search: so a record is read where no model can be loaded. Each is loaded once, however many threads ask, and threads
search beside one another. Whoever holds a reader stays on its revision until ``refresh``.

Of each method that may take its time there is one for asyncio, with an ``a`` before its name. It runs in a thread; who cancels it waits no
longer, and the thread ends by itself without harm to the reader.
"""

from __future__ import annotations

import asyncio
import operator
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from commons.embedding.embedder import Embedder
from commons.errors import CommonsError, UsageError
from commons.evidence import filter_check, results
from commons.evidence.packet import Packet, Result
from commons.layout import Need
from commons.operations import record as records
from commons.operations import search as searching
from commons.operations.search import DEFAULT_HITS
from commons.reader import filter_words
from commons.reader.filter_words import FilterWords
from commons.reader.open_revision import OpenRevision
from commons.reader.search_answer import SearchAnswer
from commons.records.catalogue import Filters
from commons.snapshots.snapshot import Snapshot
from commons.snapshots.source import CommonsSource


@dataclass(frozen=True)
class CollectionCounts:
    """A collection and how many live records it has, in all and by licence, language and topic, the most frequent first."""

    name: str
    records: int
    licenses: dict[str, int]
    languages: dict[str, int]
    topics: dict[str, int]


class Reader:
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

    def search(
        self,
        question: str,
        *,
        k: int = DEFAULT_HITS,
        include_replaced: bool = False,
        **filters: Unpack[FilterWords],
    ) -> SearchAnswer:
        """The records that fit the question best, by meaning and by words, and whether they answer it.

        Args:
            question: at most 2,000 characters; ids or addresses of records find these.
            k: how many records, 1 to 50; those that dispute one of them come on top.
            include_replaced: after each record also those that it replaced.
            filters: ``allow`` (licences), ``lang``, ``topic``, ``pool``, ``collection``, ``contributor``: a string or a list of strings;
                ``since``, ``until``: a date, or a string as 2026-01-31. See ``FilterWords``.

        Raises:
            UsageError: an empty or over-long question, a ``k`` out of bounds, a filter that is none, or that nothing here can pass
                (``filter-unknown``, which says what may be meant).
            MissingExtraError: the extra ``search`` is not installed, or another that the model needs.
            IndexArtifactError: there is no index (``index-missing``), or it cannot be asked.
            HubError: index or model cannot be fetched now.
            CommonsError: the question is nothing but the id of a row that is not here (``record-missing``).
        """
        _refuse_no_text("The question", question)
        count = _count(k)
        opened = self._open_revision
        chosen = self._filters(opened, filters)
        answer = searching.find(
            opened.library(), question, k=count, filters=chosen, include_replaced=include_replaced
        )
        return SearchAnswer(answer.packet)

    async def asearch(
        self,
        question: str,
        *,
        k: int = DEFAULT_HITS,
        include_replaced: bool = False,
        **filters: Unpack[FilterWords],
    ) -> SearchAnswer:
        """``search`` for asyncio."""
        return await asyncio.to_thread(
            self.search, question, k=k, include_replaced=include_replaced, **filters
        )

    def get(self, record_id: str) -> Result:
        """The record with this id, whatever became of it (``state``), with all its links; the address of its page will do.

        Raises:
            CommonsError: there is none here (``record-missing``).
            UsageError: several ids, or one of a link or contribution, which ``named`` looks up.
            HubError: the records cannot be fetched now.
        """
        packet = self.named(record_id)
        row = packet.named[0]
        if row.kind != "record":
            raise UsageError(
                f"{row.id} is the id of a {row.kind}, not of a record.",
                hint="named(…) gives the records that it leads to.",
            )
        return packet.results[0]

    async def aget(self, record_id: str) -> Result:
        """``get`` for asyncio."""
        return await asyncio.to_thread(self.get, record_id)

    def named(self, row_id: str) -> Packet:
        """The records that an id leads to: of a record itself, of a link (``kl1…``) its ends, of a contribution (``kc1…``) its records.

        Raises:
            CommonsError: nothing here has the id (``record-missing``).
            UsageError: several ids.
            HubError: the records cannot be fetched now.
        """
        _refuse_no_text("An id", row_id)
        origin = self._open_revision.records()
        reference = records.find(origin.snapshot, origin.catalogue, row_id)
        return results.packet_of_rows([reference], origin)

    async def anamed(self, row_id: str) -> Packet:
        """``named`` for asyncio."""
        return await asyncio.to_thread(self.named, row_id)

    def collections(self) -> tuple[CollectionCounts, ...]:
        """What the commons has, the largest collection first. Raises HubError: the records cannot be fetched now."""
        catalogue = self._open_revision.records().catalogue
        counts = []
        for name, total in catalogue.facets()["collection"].items():
            facets = catalogue.facets(Filters(collection=(name,)))
            counts.append(CollectionCounts(name, total, facets["license"], facets["lang"], facets["topic"]))
        return tuple(counts)

    async def acollections(self) -> tuple[CollectionCounts, ...]:
        """``collections`` for asyncio."""
        return await asyncio.to_thread(self.collections)

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

    async def arefresh(self) -> bool:
        """``refresh`` for asyncio."""
        return await asyncio.to_thread(self.refresh)

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

    def _filters(self, opened: OpenRevision, words: FilterWords) -> Filters:
        chosen = filter_words.filters_of(words, opened.snapshot.people)
        if chosen and not opened.library.is_loaded:  # before the model, which may take minutes to come
            filter_check.refuse_unknown(opened.records().catalogue, opened.snapshot.policy, chosen)
        return chosen


def _refuse_no_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise UsageError(f"{what} is a string, not {given!r}.")


def _count(k: object) -> int:
    try:
        return operator.index(k)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"k is a whole number, not {k!r}.") from None
