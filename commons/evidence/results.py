"""Results: hits as the packet carries them, with links, state and terms.

    origin = EvidenceOrigin(snapshot, catalogue, facts)
    results.of(hits, origin)                       one Result a hit, in their order
    results.packet_of_rows([reference], origin)    the packet of what an id leads to, where nobody asked a question

Here every word of a record becomes visible text; the doors only write what they are handed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from commons import digests
from commons.errors import CommonsError
from commons.evidence import permalink, relations, terms
from commons.evidence import record as records
from commons.evidence.answerability import Band
from commons.evidence.citation import citation
from commons.evidence.harmless_text import visible, visible_line
from commons.evidence.hit import Hit
from commons.evidence.packet import (
    SHOWN_TITLE_CHARACTERS,
    CitedSource,
    CommonsRevision,
    Contributor,
    CorrectionStep,
    LinkedRecord,
    LogPlace,
    NamedLink,
    NamedRow,
    Packet,
    Result,
    Side,
    State,
    Status,
)
from commons.evidence.record import Replacement
from commons.evidence.reference import Reference
from commons.evidence.relations import Relation
from commons.records.catalogue import Catalogue
from commons.records.predicates import PREDICATES
from commons.records.schema import Link, Record, Source
from commons.snapshots.snapshot import Snapshot

MAX_LINKS = 10  # of one record in an answer; its own page shows all
NAMED_BY_ID = "These are the records that were named by id."
NOTHING_NAMED = "No record that it leads to is here, or passes the filters."
_SIDE_CHARACTERS = 300


@dataclass(frozen=True)
class IndexFacts:
    """What the index that was asked says of itself; of a record, its place in the log and the earliest one that says the same,
    in its language or another."""

    digest: str
    missing_records: int
    unread: tuple[str, ...]
    log_place: Callable[[str], LogPlace | None]
    near_duplicate_of: Callable[[str], str]
    translation_of: Callable[[str], str] = (
        str  # the earliest record of those that are translations of one another; itself where none are
    )


@dataclass(frozen=True)
class EvidenceOrigin:
    """What an answer is found in; ``catalogue`` is the snapshot's, ``index`` that of the library, where there is one."""

    snapshot: Snapshot
    catalogue: Catalogue
    index: IndexFacts | None = None

    def revision(self) -> CommonsRevision:
        index = self.index
        return CommonsRevision(
            name=visible(self.snapshot.policy.commons.name),
            dataset=visible(self.snapshot.public_name),
            revision=self.snapshot.revision,
            root=self._root(),
            index=index.digest if index else None,
            stale=bool(index and index.missing_records),
            missing_records=index.missing_records if index else 0,
        )

    def _root(self) -> str | None:
        try:
            return self.snapshot.root
        except CommonsError:  # records can be read all the same; verify says what is wrong with the log
            return None


def packet_of_rows(references: Sequence[Reference], origin: EvidenceOrigin) -> Packet:
    """The records that ids lead to, whole, with all their links and by whom they were corrected."""
    snapshot, catalogue = origin.snapshot, origin.catalogue
    hits = {
        hit.record.id: hit
        for reference in references
        for hit in reference.hits(snapshot.people, catalogue.states)
    }
    alone = len(hits) == 1
    results = tuple(
        _result(hit, origin, asked=False, history=alone, most_links=None if alone else MAX_LINKS)
        for hit in hits.values()
    )
    return Packet(
        answerable=bool(results),
        reason=NAMED_BY_ID if results else "None of the records it leads to is here.",
        band=Band.ANSWERS if results else Band.NOT_KNOWN,
        confidence=float(bool(results)),
        commons=origin.revision(),
        named=named_rows(references),
        results=results,
        terms=terms_of(results),
    )


def of(hits: Iterable[Hit], origin: EvidenceOrigin, *, asked: bool = True) -> tuple[Result, ...]:
    """One result a hit; ``asked``: a question ordered them, so that their scores say something."""
    return tuple(_result(hit, origin, asked=asked, history=False, most_links=MAX_LINKS) for hit in hits)


def terms_of(results: Iterable[Result]) -> terms.Terms:
    """What an answer of these inherits."""
    return terms.of(result.license for result in results)


def named_rows(references: Iterable[Reference]) -> tuple[NamedRow, ...]:
    """What was named, without the records it leads to."""
    return tuple(
        NamedRow(
            id=each.id,
            kind=each.kind,
            title=visible(each.title),
            link=_named_link(each.link) if each.link else None,
        )
        for each in references
    )


def _named_link(link: Link) -> NamedLink:
    return NamedLink(
        subject=link.subject, predicate=link.predicate, object=visible(link.object), license=link.license
    )


def title_of(record: Record) -> str:
    """Never empty: the title, how the text begins, or the id where all of both is invisible."""
    shown = visible_line(record.title or "")
    return shown or visible_line(record.text)[:SHOWN_TITLE_CHARACTERS] or record.id


def content_hash(record: Record) -> str:
    """``sha256:`` and the hex digest of the stored text in UTF-8."""
    return "sha256:" + digests.sha256_hex(record.text.encode("utf-8", "surrogatepass"))


def _result(
    hit: Hit, origin: EvidenceOrigin, *, asked: bool, history: bool, most_links: int | None
) -> Result:
    record, index = hit.record, origin.index
    shown = visible(record.text)
    earliest = index.near_duplicate_of(record.id) if index else record.id
    links, links_total = _links(origin, record.id, most_links)
    return Result(
        id=record.id,
        title=title_of(record),
        url=permalink.of(origin.snapshot, record.id),
        text=shown,
        lang=visible(record.lang),
        topic=tuple(map(visible, record.topic)),
        license=visible(record.license),
        attribution=visible_line(citation(record)),
        sources=tuple(map(_source, record.sources)),
        contributor=Contributor(name=visible(hit.contributor), key=record.contributor),
        contribution=record.contribution,
        collection=hit.collection,
        pool=hit.pool,
        state=_state(hit, origin, history=history),
        links=links,
        links_total=links_total,
        content_hash=content_hash(record),
        made_visible=shown != record.text,
        log=index.log_place(record.id) if index else None,
        score=round(hit.score, 4) if asked and not hit.beside else None,
        cosine=round(hit.cosine, 4) if asked and not hit.beside else None,
        beside=hit.beside or None,
        near_duplicate_of=earliest if earliest != record.id else None,
    )


def _source(source: Source) -> CitedSource:
    return CitedSource(
        **{name: visible(value) for name, value in asdict(source).items() if value is not None}
    )


def _links(origin: EvidenceOrigin, record_id: str, most: int | None) -> tuple[tuple[LinkedRecord, ...], int]:
    """The first links of a record, and how many it has."""
    snapshot, catalogue = origin.snapshot, origin.catalogue
    if most is None:
        around = relations.of(catalogue, snapshot.people, record_id)
        total = len(around)
    else:
        some = catalogue.links.some_of(record_id, PREDICATES, most=2 * most)
        around = relations.once(relations.read(catalogue, snapshot.people, some.outgoing, some.incoming))[
            :most
        ]
        total = some.total
    return tuple(_linked_record(snapshot, relation) for relation in around), total


def _linked_record(snapshot: Snapshot, relation: Relation) -> LinkedRecord:
    return LinkedRecord(
        relation=visible(relation.words),
        predicate=visible(relation.predicate),
        direction=relation.direction.value,
        title=visible_line(relation.title) or visible(relation.other),
        lang=visible(relation.lang) or None,
        id=relation.id or None,
        replaced_by=relation.newest if relation.is_superseded else None,
        url=permalink.of(snapshot, relation.id) if relation.id else visible(relation.iri),
        link=relation.link_id,
    )


def _state(hit: Hit, origin: EvidenceOrigin, *, history: bool) -> State:
    state = hit.state
    live = Status.DISPUTED if state.disputed_by else Status.LIVE
    return State(
        status=live if state.is_live else Status.REPLACED,
        replaced_by=None if state.is_live else state.newest,
        replaced_by_url=None if state.is_live else permalink.of(origin.snapshot, state.newest),
        disputed_by=tuple(_side(origin, other) for other in state.disputed_by),
        corrections=_corrections(hit, origin) if history else (),
    )


def _side(origin: EvidenceOrigin, record_id: str) -> Side:
    entry = origin.catalogue.get(record_id)
    says = visible_line(entry.record.text)[:_SIDE_CHARACTERS] if entry else ""
    return Side(
        id=record_id,
        title=title_of(entry.record) if entry else record_id,
        url=permalink.of(origin.snapshot, record_id),
        says=says,
    )


def _corrections(hit: Hit, origin: EvidenceOrigin) -> tuple[CorrectionStep, ...]:
    past = records.history(origin.snapshot, origin.catalogue, hit)
    return (
        *(_step("replaced_by", step) for step in past.replaced_by),
        *(_step("replaces", step) for step in past.replaces),
    )


def _step(direction: str, step: Replacement) -> CorrectionStep:
    return CorrectionStep.model_validate(
        {
            "direction": direction,
            "id": step.id,
            "title": visible(step.title),
            "contributor": Contributor(name=visible(step.contributor), key=step.key),
            "contribution": step.contribution,
            "landed": step.landed,
        }
    )
