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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Unpack

from commons.errors import UsageError
from commons.evidence import filter_check, results
from commons.evidence.packet import Packet, Result
from commons.operations import cite as citing
from commons.operations import context as contexts
from commons.operations import record as records
from commons.operations import related as relating
from commons.operations import search as searching
from commons.operations import verify_citation as quoting
from commons.operations.cite import Citations
from commons.operations.context import DEFAULT_TOKENS, Context
from commons.operations.related import DEFAULT_RESULTS, RelatedRecords
from commons.operations.search import DEFAULT_HITS
from commons.operations.verify_citation import CitationVerdict
from commons.reader import filter_words
from commons.reader.filter_words import FilterWords
from commons.reader.open_commons import OpenCommons
from commons.reader.open_revision import OpenRevision
from commons.reader.search_answer import SearchAnswer
from commons.records.catalogue import Filters


@dataclass(frozen=True)
class CollectionCounts:
    """A collection and how many live records it has, in all and by licence, language and topic, the most frequent first."""

    name: str
    records: int
    licenses: dict[str, int]
    languages: dict[str, int]
    topics: dict[str, int]


class Reader(OpenCommons):
    """Answers questions about one revision of a commons, for many threads at once; ``len`` is how many live records it has."""

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
        count = _whole("k", k)
        opened = self._open_revision
        chosen, library = self._filters(opened, filters), opened.library()
        answer = searching.find(library, question, k=count, filters=chosen, include_replaced=include_replaced)
        assemble = partial(
            contexts.assemble, library, question, filters=chosen, include_replaced=include_replaced
        )
        return SearchAnswer(
            answer.packet, assemble, partial(citing.cite, library.snapshot, library.catalogue)
        )

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

    def context(
        self,
        question: str,
        *,
        tokens: int = DEFAULT_TOKENS,
        count_tokens: Callable[[str], int] | None = None,
        include_replaced: bool = False,
        **filters: Unpack[FilterWords],
    ) -> Context:
        """The passages that fit the question best, as a text to paste into a prompt (``text``) and as data (``passages``).

        Args:
            tokens: the most that the text may come to, attribution included.
            count_tokens: the tokenizer of the model that will read it; without one a token is three bytes of UTF-8.
            include_replaced, filters: as for ``search``.

        Raises:
            UsageError: a budget that holds nothing (``budget-too-small``, which says the least), and as ``search``, whose other errors
                are raised too.
        """
        _refuse_no_text("The question", question)
        budget = _whole("tokens", tokens)
        opened = self._open_revision
        chosen = self._filters(opened, filters)
        return contexts.assemble(
            opened.library(),
            question,
            tokens=budget,
            filters=chosen,
            count_tokens=count_tokens,
            include_replaced=include_replaced,
        )

    async def acontext(
        self,
        question: str,
        *,
        tokens: int = DEFAULT_TOKENS,
        count_tokens: Callable[[str], int] | None = None,
        include_replaced: bool = False,
        **filters: Unpack[FilterWords],
    ) -> Context:
        """``context`` for asyncio."""
        return await asyncio.to_thread(
            self.context,
            question,
            tokens=tokens,
            count_tokens=count_tokens,
            include_replaced=include_replaced,
            **filters,
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

    def related(
        self,
        record_id: str,
        *,
        hops: int = 1,
        predicates: str | Iterable[str] = (),
        limit: int = DEFAULT_RESULTS,
        cursor: str = "",
        **filters: Unpack[FilterWords],
    ) -> RelatedRecords:
        """What the links of a record lead to, nearest first, each with the way there in words (``path_words``).

        Args:
            hops: over how many links, 1 to 3.
            predicates: only links of these, as "skos:narrower" or "narrower"; all but corrections where none is named.
            limit: how many, 1 to 200; ``cursor``, an earlier answer's ``next_cursor``, goes on after it.
            filters: as for ``search``; they choose among the ends, and the way there may lead through any record.

        Raises:
            UsageError: what makes no sense among these (``predicate-unknown``, ``filter-unknown``, ``cursor-invalid``).
            CommonsError: there is no such record here (``record-missing``).
            HubError: the records cannot be fetched now.
        """
        _refuse_no_text("An id", record_id)
        _refuse_no_text("A cursor", cursor)
        opened = self._open_revision
        origin = opened.records()
        return relating.find(
            origin.snapshot,
            origin.catalogue,
            record_id,
            hops=_whole("hops", hops),
            predicates=filter_words.values("predicates", predicates),
            filters=filter_words.filters_of(filters, opened.snapshot.people),
            limit=_whole("limit", limit),
            cursor=cursor,
        )

    async def arelated(
        self,
        record_id: str,
        *,
        hops: int = 1,
        predicates: str | Iterable[str] = (),
        limit: int = DEFAULT_RESULTS,
        cursor: str = "",
        **filters: Unpack[FilterWords],
    ) -> RelatedRecords:
        """``related`` for asyncio."""
        return await asyncio.to_thread(
            self.related, record_id, hops=hops, predicates=predicates, limit=limit, cursor=cursor, **filters
        )

    def verify_citation(self, record_id: str, quote: str, *, revision: str = "") -> CitationVerdict:
        """Whether the quoted words stand in the record, and whether it still counts: ``verdict``, and ``words()`` for people.

        Args:
            record_id: an id, or the address of the record's page.
            quote: the words, without quotation marks around them.
            revision: where the record is cited, if not at the one that is open, which tells what became of it since.

        Raises:
            CommonsError: no record's id (``record-missing``, ``usage``), or no such revision (``revision-missing``).
            UsageError: a quotation that cannot be compared (``quote-empty``, ``quote-too-long``).
            HubError: the records cannot be fetched now.
        """
        _refuse_no_text("An id", record_id)
        _refuse_no_text("The quotation", quote)
        _refuse_no_text("A revision", revision)
        origin = self._open_revision.records()
        return quoting.verify(origin.snapshot, origin.catalogue, record_id, quote, asked_revision=revision)

    async def averify_citation(self, record_id: str, quote: str, *, revision: str = "") -> CitationVerdict:
        """``verify_citation`` for asyncio."""
        return await asyncio.to_thread(self.verify_citation, record_id, quote, revision=revision)

    def cite(self, ids: str | Iterable[str], *, style: str = "text") -> Citations:
        """References to records: ``text`` is the list in the style, ``notes`` say what was replaced or is disputed.

        Args:
            ids: ids of records, or addresses of their pages, in the order of the list.
            style: text, markdown, bibtex, csl-json or ris.

        Raises:
            CommonsError: one of them is not here (``record-missing``).
            UsageError: no such style (``style-unknown``), the id of something else, or none.
            HubError: the records cannot be fetched now.
        """
        _refuse_no_text("A style", style)
        origin = self._open_revision.records()
        return citing.cite(origin.snapshot, origin.catalogue, filter_words.values("ids", ids), style=style)

    async def acite(self, ids: str | Iterable[str], *, style: str = "text") -> Citations:
        """``cite`` for asyncio."""
        return await asyncio.to_thread(self.cite, ids, style=style)

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

    async def arefresh(self) -> bool:
        """``refresh`` for asyncio."""
        return await asyncio.to_thread(self.refresh)

    def _filters(self, opened: OpenRevision, words: FilterWords) -> Filters:
        chosen = filter_words.filters_of(words, opened.snapshot.people)
        if chosen and not opened.library.is_loaded:  # before the model, which may take minutes to come
            filter_check.refuse_unknown(opened.records().catalogue, opened.snapshot.policy, chosen)
        return chosen


def _refuse_no_text(what: str, given: object) -> None:
    if not isinstance(given, str):
        raise UsageError(f"{what} is a string, not {given!r}.")
    if not given.isascii() and any("\ud800" <= character <= "\udfff" for character in given):
        raise UsageError(f"{what} holds half of a character: {given[:40]!r}.")


def _whole(name: str, given: object) -> int:
    try:
        return operator.index(given)  # type: ignore[arg-type]
    except TypeError:
        raise UsageError(f"{name} is a whole number, not {given!r}.") from None
