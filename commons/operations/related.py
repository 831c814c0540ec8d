"""Related: what the links of a record lead to, over up to three steps, a page at a time.

answer = related.find(snapshot, catalogue, "kr1…", hops=2)
answer.results[0].title, answer.results[0].path_words        where it leads, and on which way
answer.next_cursor                                           hand it back for what comes after
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from commons import near_misses
from commons.errors import UsageError
from commons.evidence import cursor as cursors
from commons.evidence import filter_check, permalink, surroundings
from commons.evidence import reference as references
from commons.evidence.harmless_text import visible
from commons.evidence.packet import NOTICE
from commons.evidence.surroundings import FOLLOWED, MAX_HOPS, LinkCut, RelatedEnd
from commons.records.catalogue import Catalogue, Filters
from commons.records.predicates import PREDICATES
from commons.snapshots.snapshot import Snapshot

DEFAULT_RESULTS = 50
MAX_RESULTS = 200
MAX_SHOWN_CUTS = 20


@dataclass(frozen=True)
class RelatedRecords:
    """One page of what links lead to.

    ``total`` is how many there are in all, None where not every link was followed; then ``cuts`` say of which records, and ``known`` how
    many were reached.
    """

    id: str
    title: str
    newest: str  # its own id, unless it was replaced
    snapshot: Snapshot
    hops: int
    predicates: tuple[str, ...]
    results: tuple[RelatedEnd, ...]
    known: int
    cuts: tuple[LinkCut, ...]
    next_cursor: str | None

    @property
    def total(self) -> int | None:
        return None if self.cuts else self.known

    @property
    def truncated(self) -> bool:
        """Whether there is more than is here."""
        return bool(self.next_cursor or self.cuts)

    @property
    def rest(self) -> str:
        """What is missing, and how to get it; empty where nothing is."""
        more = (
            [f"{self.known:,} were reached; the cursor leads to what comes next."] if self.next_cursor else []
        )
        more += [
            f"{cut.id} has {cut.links:,} links, of which {cut.followed:,} were followed; name fewer predicates."
            for cut in self.cuts[:1]
        ]
        if len(self.cuts) > 1:
            more.append(f"So it is with {len(self.cuts) - 1:,} more.")
        return " ".join(more)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, without fields that say nothing."""
        fields = {
            "id": self.id,
            "title": visible(self.title),
            "url": permalink.of(self.snapshot, self.id),
            "replaced_by": self.newest if self.newest != self.id else None,
            "commons": visible(self.snapshot.policy.commons.name),
            "revision": self.snapshot.revision,
            "hops": self.hops,
            "predicates": list(self.predicates),
            "results": [end.to_json(self.snapshot) for end in self.results],
            "known": self.known,
            "total": self.total,
            "truncated": self.truncated,
            "rest": self.rest or None,
            "cuts": [cut.to_json() for cut in self.cuts[:MAX_SHOWN_CUTS]],
            "next_cursor": self.next_cursor,
            "notice": NOTICE,
        }
        return {name: value for name, value in fields.items() if value is not None}


def find(
    snapshot: Snapshot,
    catalogue: Catalogue,
    pasted: str,
    *,
    hops: int = 1,
    predicates: Iterable[str] = (),
    filters: Filters = Filters(),
    limit: int = DEFAULT_RESULTS,
    cursor: str = "",
) -> RelatedRecords:
    """What links of these predicates (all but corrections, where none is named) lead to from the record whose id or address was pasted.

    Filters choose among the ends, and leave out addresses, of which nothing is known; the way there may lead through any record.
    ``catalogue`` is the snapshot's.

    Raises:
        UsageError: no record's id, ``hops`` outside 1 to 3, ``limit`` outside 1 to 200, a predicate (``predicate-unknown``) or a filter
            (``filter-unknown``) that there is not, or a cursor that is not of this question (``cursor-invalid``).
        CommonsError: there is no such record (``record-missing``).
    """
    if not 1 <= hops <= MAX_HOPS:
        raise UsageError(f"Links are followed over 1 to {MAX_HOPS} hops, not {hops}.")
    if not 1 <= limit <= MAX_RESULTS:
        raise UsageError(f"The limit must be between 1 and {MAX_RESULTS}, not {limit}.")
    followed = named_predicates(predicates) or FOLLOWED
    filter_check.refuse_unknown(catalogue, snapshot.policy, filters)
    reference = references.pasted(catalogue, pasted, snapshot.public_name)
    if not reference.is_record:
        raise UsageError(
            f"{reference.id} is the id of a {reference.kind}, and only records have links.",
            hint=f"commons record {reference.id} shows its records.",
        )
    question = _question(reference.id, hops, followed, filters)
    start = cursors.decode(cursor, snapshot.revision, question) if cursor else 0
    around = surroundings.of(catalogue, snapshot.people, reference.id, hops=hops, predicates=followed)
    ends = _passing(catalogue, around.ends, filters)
    stop = start + limit
    return RelatedRecords(
        id=reference.id,
        title=reference.title,
        newest=catalogue.states.newest(reference.id),
        snapshot=snapshot,
        hops=hops,
        predicates=followed,
        results=tuple(ends[start:stop]),
        known=len(ends),
        cuts=around.cuts,
        next_cursor=cursors.encode(snapshot.revision, question, stop) if stop < len(ends) else None,
    )


def named_predicates(written: Iterable[str]) -> tuple[str, ...]:
    """Predicates as CURIEs or by their last part, in the order of the table, each once.

    Raises:
        UsageError: there is none of that name (``predicate-unknown``).
    """
    by_name = {predicate.partition(":")[2]: predicate for predicate in PREDICATES}
    named = {by_name.get(name, name) for name in written}
    for name in sorted(named - set(PREDICATES)):
        meant = near_misses.question(name, [*PREDICATES, *by_name])
        raise UsageError(
            f"There is no predicate {name!r}{f'; {meant}' if meant else '.'}",
            hint="Predicates: " + ", ".join(PREDICATES),
            code="predicate-unknown",
        )
    return tuple(predicate for predicate in PREDICATES if predicate in named)


def _question(record_id: str, hops: int, predicates: Sequence[str], filters: Filters) -> str:
    asked = {name: str(value) for name, value in asdict(filters).items() if value}
    return cursors.question_digest(
        {"related": record_id, "hops": hops, "predicates": list(predicates), "filters": asked}
    )


def _passing(catalogue: Catalogue, ends: Sequence[RelatedEnd], filters: Filters) -> Sequence[RelatedEnd]:
    if not filters:
        return ends
    passing = catalogue.passing((end.end for end in ends if end.leads_on), filters)
    return [end for end in ends if end.end in passing]
