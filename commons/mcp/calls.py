"""Calls: what each tool does with an open commons. The functions carry the names of the tools; what they give is plain JSON.

calls.search(opening, SearchArguments(query="What causes glaucoma?"))
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from commons.errors import UsageError
from commons.evidence import budget, written_filters
from commons.evidence import cursor as cursors
from commons.evidence.harmless_text import json_text
from commons.evidence.packet import Packet, Result
from commons.evidence.text_parts import CuttableText
from commons.evidence.tokens import utf8_thirds
from commons.index.editions import Edition
from commons.mcp import collections, prompts, proposal, records, verdicts
from commons.mcp.arguments import (
    MAX_RESULTS,
    CitationArguments,
    ContextArguments,
    FetchArguments,
    FilterArguments,
    ListingArguments,
    ProposalArguments,
    RecordArguments,
    RelatedArguments,
    SearchArguments,
    VerificationArguments,
)
from commons.mcp.opening import CommonsOpening
from commons.mcp.outputs import (
    CitationList,
    DocumentMetadata,
    FetchedDocument,
    ListedReference,
    RelatedList,
    shown,
)
from commons.operations import cite as citing
from commons.operations import related as related_operation
from commons.operations import search as search_operation
from commons.operations import verify_citation as verification
from commons.operations.search import Answer
from commons.records.catalogue import Filters


def search(opening: CommonsOpening, arguments: SearchArguments) -> dict[str, Any]:
    edition = opening.searchable()
    filters = _filters(edition, arguments)
    question = cursors.question_digest(
        {
            "search": arguments.query,
            "filters": {name: str(value) for name, value in asdict(filters).items() if value},
            "include_replaced": arguments.include_replaced,
        }
    )
    revision = edition.snapshot.revision
    start = cursors.decode(arguments.cursor, revision, question) if arguments.cursor else 0
    if start >= MAX_RESULTS:
        raise UsageError("The cursor is past the last result.", code="cursor-invalid")

    def cursor_after(number: int) -> str:
        return cursors.encode(revision, question, start + number)

    most = min(start + arguments.limit, MAX_RESULTS)
    answer = search_operation.find(
        edition.searchable(),
        arguments.query,
        k=most,
        filters=filters,
        include_replaced=arguments.include_replaced,
    )
    asked = sum(not hit.beside for hit in answer.hits)
    packet = _from(answer, start).packet
    if asked == most < MAX_RESULTS and not answer.references:
        packet = packet.model_copy(update={"next_cursor": cursor_after(asked - start)})
    return budget.fit(
        packet,
        arguments.max_tokens,
        brief=arguments.brief,
        cursor_after=None if answer.references else cursor_after,
    ).to_json()


def _from(answer: Answer, start: int) -> Answer:
    """Without the first hits and what stands beside them."""
    position = 0
    for number, hit in enumerate(answer.hits):
        position += not hit.beside
        if position > start:
            return replace(answer, hits=answer.hits[number:])
    return replace(answer, hits=())


def fetch(opening: CommonsOpening, arguments: FetchArguments) -> dict[str, Any]:
    packet = records.packet_of(opening.edition(), arguments.id)
    if not packet.results:
        raise UsageError(packet.reason, code="record-missing")
    first = packet.results[0]
    document = FetchedDocument(
        id=first.id, title=first.title, text=first.text, url=first.url, metadata=_metadata(first, packet)
    )
    return _cut(document).to_json()


def _cut(document: FetchedDocument) -> FetchedDocument:
    """The document in no more than a default answer has; connectors name no budget."""
    text, most = CuttableText(document.text), len(document.text)
    whole = document
    while most > 1 and (over := _tokens(document.to_json()) - budget.DEFAULT_TOKENS) > 0:
        most = max(1, len(document.text) - max(over, 100))  # a character has a third of a token at least
        head = text.head(most)
        missing = f"{len(whole.text) - len(head):,} more characters: get_record with offset={len(head)}"
        metadata = whole.metadata.model_copy(update={"text_cut": missing})
        document = whole.model_copy(update={"text": head, "metadata": metadata})
    return document


def _tokens(value: Any) -> int:
    return utf8_thirds(json_text(value))


def _metadata(result: Result, packet: Packet) -> DocumentMetadata:
    return DocumentMetadata(
        license=result.license,
        attribution=result.attribution,
        contributor=result.contributor,
        contribution=result.contribution,
        sources=result.sources,
        lang=result.lang,
        topic=result.topic,
        collection=result.collection,
        pool=result.pool,
        state=result.state,
        content_hash=result.content_hash,
        made_visible=result.made_visible,
        commons=packet.commons,
        terms=packet.terms,
    )


def get_record(opening: CommonsOpening, arguments: RecordArguments) -> dict[str, Any]:
    packet = records.packet_of(opening.edition(), arguments.id)
    return budget.fit(packet, arguments.max_tokens, offset=arguments.offset).to_json()


def related(opening: CommonsOpening, arguments: RelatedArguments) -> dict[str, Any]:
    edition = opening.edition()
    answer = related_operation.find(
        edition.snapshot,
        edition.catalogue,
        arguments.id,
        hops=arguments.hops,
        predicates=arguments.predicates,
        limit=arguments.limit,
        cursor=arguments.cursor,
    )
    return RelatedList.model_validate(shown(answer.to_json())).model_dump(mode="json", exclude_none=True)


def verify_citation(opening: CommonsOpening, arguments: VerificationArguments) -> dict[str, Any]:
    edition = opening.edition()
    verdict = verification.verify(
        edition.snapshot, edition.catalogue, arguments.id, arguments.quote, asked_revision=arguments.revision
    )
    return verdicts.shortened(shown(verdict.to_json())).model_dump(mode="json", exclude_none=True)


def cite(opening: CommonsOpening, arguments: CitationArguments) -> dict[str, Any]:
    """As many references as a default answer holds, and which to ask for next."""
    for count in range(len(arguments.ids), 0, -1):
        listed = _cited(opening.edition(), arguments, count)
        if count == 1 or _tokens(listed) <= budget.DEFAULT_TOKENS:
            break
    return listed


def _cited(edition: Edition, arguments: CitationArguments, count: int) -> dict[str, Any]:
    made = citing.cite(edition.snapshot, edition.catalogue, arguments.ids[:count], style=arguments.style)
    references = tuple(
        ListedReference(
            id=each.id,
            url=each.url,
            license=each.license,
            replaced_by=each.replaced_by or None,
            disputed=each.disputed,
        )
        for each in made.references
    )
    waiting = arguments.ids[count:]
    listed = CitationList(
        style=made.style.value,
        text=made.text,
        notes=made.notes,
        references=references,
        truncated=bool(waiting),
        rest=f"{len(waiting)} ids were left out, from {waiting[0]} on: call cite with those."
        if waiting
        else None,
    )
    plain: dict[str, Any] = shown(listed.model_dump(mode="json", exclude_none=True))
    return plain


def context(opening: CommonsOpening, arguments: ContextArguments) -> dict[str, Any]:
    edition = opening.searchable()
    return prompts.packed(edition.searchable(), arguments, _filters(edition, arguments)).to_json()


def list_collections(opening: CommonsOpening, arguments: ListingArguments) -> dict[str, Any]:
    return collections.of(opening.edition(), offset=arguments.offset, limit=arguments.limit).to_json()


def propose_record(opening: CommonsOpening, arguments: ProposalArguments) -> dict[str, Any]:
    return proposal.prepared(opening.edition(), arguments).to_json()


def _filters(edition: Edition, arguments: FilterArguments) -> Filters:
    return Filters(
        license=written_filters.allowed_licenses(arguments.licenses),
        lang=arguments.langs,
        topic=arguments.topics,
        collection=arguments.collections,
        contributor=written_filters.contributor_keys(arguments.contributors, edition.snapshot.people),
        since=arguments.since,
        until=arguments.until,
    )
