"""Answers: a question to hits, and whether they answer it.

    answer = answers.find(library, "What causes glaucoma?", k=5)
    answer.hits[0].record.text, answer.hits[0].record.license, answer.stale
    answer.band, answer.assessment.confidence          whether the hits answer, are related, or nothing here is known of it
    answer.packet.to_json()                            the same as evidence for programs and agents

Every hit carries what a reader needs to trust and cite it: sources, licence, contributor, collection, revision. What was replaced is not
found; a record that another disputes comes with that one right after it, so that an answer may hold more than ``k``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from commons.errors import CommonsError, IndexArtifactError, UsageError
from commons.evidence import filter_check, results
from commons.evidence import hit as hits
from commons.evidence import reference as references
from commons.evidence.answerability import HEAD, Band
from commons.evidence.harmless_text import visible
from commons.evidence.hit import Hit
from commons.evidence.packet import Packet
from commons.evidence.reference import Reference
from commons.evidence.results import EvidenceOrigin
from commons.index import answer_bands, figures
from commons.index.answer_bands import Assessment
from commons.index.keyword_fields import Text
from commons.index.library import Library
from commons.index.retrieval import RankedRecord
from commons.records.catalogue import CatalogueEntry, Filters
from commons.records.identity import ids_in, is_nothing_but_ids
from commons.records.languages import primary_subtag

DEFAULT_HITS = 10
MAX_HITS = 50
MAX_QUESTION_CHARACTERS = 2000
MAX_BESIDE = 10  # records that stand after one hit; its state names all


@dataclass(frozen=True)
class Answer:
    """Hits, best first, and what they were found in."""

    question: str
    hits: tuple[Hit, ...]
    origin: EvidenceOrigin
    assessment: Assessment
    # What the question names by ids; then the hits are what these lead to.
    references: tuple[Reference, ...] = ()
    next_cursor: str | None = None  # with which the same question goes on; None where nothing follows

    @property
    def revision(self) -> str:
        return self.origin.snapshot.revision

    @property
    def unread(self) -> tuple[str, ...]:
        """The languages of the commons that the model of the index hardly reads."""
        return self.origin.index.unread if self.origin.index else ()

    @property
    def unread_here(self) -> list[str]:
        """Those of them that a hit is in."""
        here = {primary_subtag(hit.record.lang) for hit in self.hits}
        return [language for language in self.unread if language in here]

    @property
    def missing_records(self) -> int:
        return self.origin.index.missing_records if self.origin.index else 0

    @property
    def stale(self) -> bool:
        return self.missing_records > 0

    @property
    def band(self) -> Band:
        return self.assessment.band

    @property
    def reason(self) -> str:
        """Why the hits answer, or do not, in words."""
        if self.references:
            return results.NAMED_BY_ID if self.hits else results.NOTHING_NAMED
        if not self.hits:
            return "No record passes these filters."
        sentences = [self.assessment.sentence, self.assessment.caveat]
        if self.unread_here:
            sentences.append(figures.unread_sentence(self.unread_here))
        return " ".join(filter(None, sentences))

    @cached_property
    def packet(self) -> Packet:
        """The answer as evidence for whoever asked."""
        listed = results.of(self.hits, self.origin, asked=not self.references)
        return Packet(
            question=visible(self.question),
            answerable=self.band is Band.ANSWERS and bool(self.hits),
            reason=self.reason,
            band=self.band,
            confidence=round(self.assessment.confidence, 4),
            calibrated_on=self.assessment.calibrated_on,
            commons=self.origin.revision(),
            named=results.named_rows(self.references),
            results=listed,
            terms=results.terms_of(listed),
            next_cursor=self.next_cursor,
            unread_languages=self.unread,
        )


def find(
    library: Library,
    question: str,
    *,
    k: int = DEFAULT_HITS,
    filters: Filters = Filters(),
    include_replaced: bool = False,
) -> Answer:
    """The ``k`` records that fit the question best, by meaning and by words, among those that pass the filters; and whether they answer it.

    That is judged by the same first records whatever ``k`` is. After each come the live records that dispute it or that it disputes, and
    with ``include_replaced`` those that it replaced, as far as they pass the filters too. A question that names records, links or
    contributions by their ids, or holds the addresses of their pages, is answered with these.

    Raises:
        UsageError: an empty or over-long question, ``k`` outside 1 to 50, or a filter that nothing here can pass (``filter-unknown``).
        CommonsError: it is an id and nothing else, of a row that is not here (``record-missing``).
    """
    if not question.strip():
        raise UsageError("The question is empty.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise UsageError(
            f"The question has {len(question):,} characters; {MAX_QUESTION_CHARACTERS:,} are allowed."
        )
    if not 1 <= k <= MAX_HITS:
        raise UsageError(f"k must be between 1 and {MAX_HITS}, not {k}.")
    filter_check.refuse_unknown(library.catalogue, library.snapshot.policy, filters)
    # Half of a surrogate pair can come in with a shell argument and has no UTF-8 form.
    clean = question.encode("utf-8", "replace").decode("utf-8")
    named = _references(library, clean)
    if named:
        ranked = _hits_of(library, named, filters)[:k]
        assessment = answer_bands.certain(library.index, Band.ANSWERS if ranked else Band.NOT_KNOWN)
    else:
        ranked, assessment = _ranked(library, clean, k, filters)
    return Answer(
        question=clean,
        hits=tuple(_with_others(library, ranked, filters, include_replaced)),
        origin=library.origin,
        assessment=assessment,
        references=tuple(named),
    )


def _references(library: Library, question: str) -> list[Reference]:
    """What the question names by ids; nothing when it is a question."""
    named = references.in_text(library.catalogue, question)
    if not named and is_nothing_but_ids(question):
        missing = ids_in(question)[0]
        raise CommonsError(
            f"{library.snapshot.public_name} has no {references.kind_of(missing)} {missing}.",
            hint="It may have been corrected or withdrawn since; search for words of it.",
            code="record-missing",
        )
    return named


def _hits_of(library: Library, named: Sequence[Reference], filters: Filters) -> list[Hit]:
    """The records that the references lead to, each once, as far as they pass the filters."""
    people, states = library.snapshot.people, library.catalogue.states
    named_hits = {hit.record.id: hit for reference in named for hit in reference.hits(people, states)}
    passing = library.catalogue.passing(named_hits, filters)
    return [hit for name, hit in named_hits.items() if name in passing]


def _hit(library: Library, entry: CatalogueEntry, **scores: float) -> Hit:
    return hits.of(entry, library.snapshot.people, library.catalogue.states.state(entry.record.id), **scores)


def _ranked(library: Library, clean: str, k: int, filters: Filters) -> tuple[list[Hit], Assessment]:
    query = library.embedder.embed_questions([clean])[0]
    matches = library.index.search(query, max(k, HEAD), filters, question=clean)
    assessment = answer_bands.assess(library.index, clean, matches, lambda match: _text(library, match))
    ranked = [
        _hit(library, _entry(library, match), score=match.score, cosine=match.cosine) for match in matches[:k]
    ]
    return ranked, assessment


def _text(library: Library, match: RankedRecord) -> Text:
    record = _entry(library, match).record
    return Text(record.title, record.text, record.lang)


def _entry(library: Library, match: RankedRecord) -> CatalogueEntry:
    entry = library.catalogue.get(match.id)
    if entry is None:
        raise IndexArtifactError(
            f"The index names a record that is not in the data: {match.id}.", code="index-of-other-data"
        )
    return entry


def _with_others(
    library: Library, ranked: Sequence[Hit], filters: Filters, include_replaced: bool
) -> Iterator[Hit]:
    """Each hit, and after it what belongs beside it and is nowhere in the answer yet."""
    shown = {hit.record.id for hit in ranked}
    for hit in ranked:
        yield hit
        predecessors = library.catalogue.states.predecessors(hit.record.id) if include_replaced else ()
        others = [name for name in (*hit.state.disputed_by, *predecessors) if name not in shown]
        passing = library.catalogue.passing(others, filters)
        for name in [name for name in others if name in passing][:MAX_BESIDE]:
            shown.add(name)
            if entry := library.catalogue.get(name):
                yield replace(_hit(library, entry, score=0.0, cosine=0.0), beside=hit.record.id)
