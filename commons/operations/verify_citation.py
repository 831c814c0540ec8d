"""Verify a citation: whether a quotation stands in the record it names, and whether that record still counts.

    verdict = verify_citation.verify(snapshot, catalogue, "kr1…", "the words that somebody cites")
    verdict.verdict          exact, near, not_found, withdrawn, replaced or unknown_record: what a program acts on
    verdict.match            what differs, whatever became of the record
    verdict.words()          sentences for people

A record's state comes before the words: who cites one that was replaced or withdrawn has to know it even where every word is right.
So ``verdict`` is the state where that is not live, and ``match.verdict`` always tells of the words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from commons.errors import CommonsError, UsageError
from commons.evidence import reference as references
from commons.evidence.citation import citation
from commons.evidence.harmless_text import visible
from commons.evidence.quotations import quotation
from commons.evidence.quotations.quote_match import QuoteMatch, QuoteVerdict
from commons.layout import Need
from commons.records import identity
from commons.records.catalogue import Catalogue
from commons.records.languages import primary_subtag
from commons.records.schema import Record
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot


class CitationOutcome(StrEnum):
    EXACT = "exact"
    NEAR = "near"
    NOT_FOUND = "not_found"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    UNKNOWN_RECORD = "unknown_record"


class RecordStanding(StrEnum):
    """What became of a record; ``unknown`` is one that nobody can say anything of here."""

    LIVE = "live"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CitationVerdict:
    """``match`` is None where there is no text to compare with; ``newest_match`` where the record is live, or the newest is not here.

    ``revision`` is where the record was looked for, ``present`` the revision that tells its state.
    """

    record_id: str
    standing: RecordStanding
    revision: str
    present: str
    asked_revision: str = ""
    record: Record | None = None
    match: QuoteMatch | None = None
    newest: str = ""  # where it was replaced
    newest_match: QuoteMatch | None = None
    disputed_by: tuple[str, ...] = ()
    came_later: bool = False  # it is here at present, but was not at the revision that was asked for

    @property
    def verdict(self) -> CitationOutcome:
        match self.standing:
            case RecordStanding.WITHDRAWN:
                return CitationOutcome.WITHDRAWN
            case RecordStanding.REPLACED:
                return CitationOutcome.REPLACED
            case _ if self.match:
                return CitationOutcome(self.match.verdict.value)
            case _:
                return CitationOutcome.UNKNOWN_RECORD

    def words(self) -> tuple[str, ...]:
        """Sentences for people, what matters most first."""
        return tuple(_sentences(self))

    def to_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "words": list(self.words()),
            "record": {
                "id": self.record_id,
                "standing": self.standing.value,
                "title": self.record.title if self.record else None,
                "citation": citation(self.record) if self.record else None,
                "replaced_by": self.newest or None,
                "disputed_by": list(self.disputed_by),
            },
            "quotation": self.match.to_json() if self.match else None,
            "in_newest": self.newest_match.to_json() if self.newest_match else None,
            "revision": self.revision,
            "asked_revision": self.asked_revision or None,
            "present_revision": self.present,
        }


def verify(
    snapshot: Snapshot, catalogue: Catalogue, record_id: str, quote: str, *, asked_revision: str = ""
) -> CitationVerdict:
    """Whether ``quote`` stands in the record.

    Args:
        snapshot: the commons as it is at present, which tells what became of the record; ``catalogue`` is its.
        record_id: an id, or the address of a page that has it.
        asked_revision: where the record is looked for, when it is cited at a revision.

    Raises:
        CommonsError: no record's id (``record-missing``, ``usage``), no such revision (``revision-missing``), one that never
            landed (``revision-not-landed``), or one in which the record has other words than its id names (``record-altered``).
        UsageError: a quotation that cannot be compared (``quote-empty``, ``quote-too-long``).
    """
    name = references.id_in(record_id)
    if (kind := references.kind_of(name)) != "record":
        raise UsageError(
            f"{name} is the id of a {kind}, and quotations stand in records.",
            hint=f"commons record {name} shows its records.",
        )
    quotation.refuse_uncomparable(quote)
    then = _at(snapshot, asked_revision)
    entry = (catalogue if then is snapshot else then.catalogue()).get(name)
    now = catalogue.get(name)
    verdict = CitationVerdict(name, RecordStanding.UNKNOWN, then.revision, snapshot.revision, asked_revision)
    if entry is None:
        return _of_missing(verdict, snapshot, is_here=now is not None)
    if then is not snapshot:
        _refuse_altered(entry.record, asked_revision)
    return _of_record(verdict, catalogue, entry.record, quote, is_here=now is not None)


def _at(snapshot: Snapshot, revision: str) -> Snapshot:
    if revision in ("", snapshot.revision):
        return snapshot
    if snapshot.repository is None:
        raise UsageError(
            f"{snapshot.public_name} is a folder, which has no revision {revision}.",
            hint="Leave the revision out, or name the repository on its Hub.",
            code="revision-missing",
        )
    sha = snapshot.repository.head(revision)
    if sha not in snapshot.repository.history("main"):
        raise CommonsError(
            f"{visible(revision)} is no revision of {snapshot.public_name} as it landed: what is only proposed proves nothing.",
            hint="Leave the revision out, or name a release or a commit of main.",
            code="revision-not-landed",
        )
    # Records and links, without the index.
    return snapshots.take(snapshot.repository, sha, need=Need.CORRECTING)


def _refuse_altered(record: Record, revision: str) -> None:
    """Whoever may write to ``main`` writes what they like under any id."""
    if identity.row_id(record) != record.id:
        raise CommonsError(
            f"At {visible(revision)} the record {record.id} has other words than its id names: somebody altered it.",
            hint="Leave the revision out, or name a release.",
            code="record-altered",
        )


def _of_missing(verdict: CitationVerdict, snapshot: Snapshot, *, is_here: bool) -> CitationVerdict:
    """Withdrawn where the log's openings still know the id, as far as they are here; an erased one they know no more."""
    if is_here:
        return replace(verdict, came_later=True)
    known = verdict.record_id in snapshot.row_ids()
    return replace(verdict, standing=RecordStanding.WITHDRAWN if known else RecordStanding.UNKNOWN)


def _of_record(
    verdict: CitationVerdict, catalogue: Catalogue, record: Record, quote: str, *, is_here: bool
) -> CitationVerdict:
    state = catalogue.states.state(record.id)
    match = _match(record, quote)
    if not is_here:
        return replace(verdict, standing=RecordStanding.WITHDRAWN, record=record, match=match)
    if state.is_live:
        return replace(
            verdict, standing=RecordStanding.LIVE, record=record, match=match, disputed_by=state.disputed_by
        )
    newest = catalogue.get(state.newest)
    return replace(
        verdict,
        standing=RecordStanding.REPLACED,
        record=record,
        match=match,
        newest=state.newest,
        newest_match=_match(newest.record, quote) if newest else None,
    )


def _match(record: Record, quote: str) -> QuoteMatch:
    return quotation.compare(quote, record.text, record.title, lang=primary_subtag(record.lang))


def _sentences(verdict: CitationVerdict) -> Iterator[str]:
    match verdict.standing:
        case RecordStanding.WITHDRAWN:
            yield "The record was withdrawn; do not cite it."
        case RecordStanding.REPLACED:
            yield f"The record was replaced; cite the newest instead: {verdict.newest}"
        case RecordStanding.UNKNOWN if verdict.came_later:
            yield f"There was no such record yet at {verdict.asked_revision}; it came later."
        case RecordStanding.UNKNOWN:
            yield "There is no such record here, and nobody can say whether there was."
    if verdict.match:
        yield from verdict.match.words()
    if verdict.standing is RecordStanding.REPLACED:
        yield _of_newest(verdict.newest_match)
    if verdict.disputed_by:
        yield f"Other records dispute this one: {', '.join(verdict.disputed_by)}"


def _of_newest(match: QuoteMatch | None) -> str:
    if match is None:
        return "The newest is not here, so nobody can say whether it has these words."
    return {
        QuoteVerdict.EXACT: "The newest has these words too.",
        QuoteVerdict.NEAR: "The newest has nearly these words.",
        QuoteVerdict.NOT_FOUND: "The newest does not have these words.",
    }[match.verdict]
