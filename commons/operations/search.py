"""Search: a question to evidence.

    answer = search.find(library, "What causes glaucoma?", k=5)
    answer.hits[0].record.text, answer.hits[0].record.license, answer.stale
    answer.band, answer.assessment.confidence          whether the hits answer, are related, or nothing here is known of it

Every hit carries what a reader needs to trust and cite it: sources, licence, contributor, collection, revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from commons.errors import CommonsError, IndexArtifactError, UsageError
from commons.evidence import filter_check
from commons.evidence import hit as hits
from commons.evidence.answerability import HEAD, Band
from commons.evidence.hit import Hit
from commons.governance import licenses
from commons.governance.people import Person
from commons.index import answer_bands
from commons.index.answer_bands import Assessment
from commons.index.keyword_fields import Text
from commons.index.library import Library
from commons.index.retrieval import RankedRecord
from commons.records.catalogue import CatalogueEntry, Filters
from commons.records.identity import record_ids_in

DEFAULT_HITS = 10
MAX_HITS = 50
MAX_QUESTION_CHARACTERS = 2000


@dataclass(frozen=True)
class Answer:
    """Hits, best first, and what they were found in."""

    question: str
    hits: tuple[Hit, ...]
    commons: str
    revision: str
    index: str  # SHA-256 of the index manifest
    missing_records: int
    assessment: Assessment

    @property
    def stale(self) -> bool:
        return self.missing_records > 0

    @property
    def band(self) -> Band:
        return self.assessment.band

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "commons": self.commons,
            "revision": self.revision,
            "index": self.index,
            "stale": self.stale,
            "missing_records": self.missing_records,
            "band": self.band.value,
            "confidence": round(self.assessment.confidence, 4),
            "calibrated_on": self.assessment.calibrated_on,
            "hits": [hits.to_json(hit, self.revision) for hit in self.hits],
        }


def find(library: Library, question: str, *, k: int = DEFAULT_HITS, filters: Filters = Filters()) -> Answer:
    """The ``k`` records that fit the question best, by meaning and by words, among those that pass the filters; and whether they answer it.

    That is judged by the same first records whatever ``k`` is. A question that names records by their ids, or holds the addresses of
    their pages, is answered with these.

    Raises:
        UsageError: an empty or over-long question, ``k`` outside 1 to 50, or a filter that nothing here can pass (``filter-unknown``).
        CommonsError: it is an id and nothing else, of a record that is not here (``record-missing``).
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
    named = _named_records(library, clean, filters)
    if named is None:
        ranked, assessment = _ranked(library, clean, k, filters)
    else:
        ranked = named[:k]
        assessment = answer_bands.certain(library.index, Band.ANSWERS if ranked else Band.NOT_KNOWN)
    return Answer(
        question=clean,
        hits=tuple(ranked),
        commons=library.snapshot.policy.commons.name,
        revision=library.snapshot.revision,
        index=library.index.digest,
        missing_records=library.index.missing_records,
        assessment=assessment,
    )


def _named_records(library: Library, question: str, filters: Filters) -> list[Hit] | None:
    """The records whose ids the question holds, as far as they pass the filters; None when it is a question."""
    ids = record_ids_in(question)
    entries = [entry for name in ids if (entry := library.catalogue.get(name))]
    if not entries:
        if ids and len(question.split()) == 1:
            raise CommonsError(
                f"{library.snapshot.name} has no record {ids[0]}.",
                hint="It may have been corrected or withdrawn since; search for words of it.",
                code="record-missing",
            )
        return None
    passing = library.catalogue.passing([entry.record.id for entry in entries], filters)
    return [hits.of(entry, library.snapshot.people) for entry in entries if entry.record.id in passing]


def _ranked(library: Library, clean: str, k: int, filters: Filters) -> tuple[list[Hit], Assessment]:
    query = library.embedder.embed_questions([clean])[0]
    matches = library.index.search(query, max(k, HEAD), filters, question=clean)
    assessment = answer_bands.assess(library.index, clean, matches, lambda match: _text(library, match))
    people = library.snapshot.people
    ranked = [
        hits.of(_entry(library, match), people, score=match.score, cosine=match.cosine)
        for match in matches[:k]
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


def allowed_licenses(written: Iterable[str]) -> tuple[str, ...]:
    """SPDX ids from what people write.

    Raises:
        UsageError: a licence no commons takes.
    """
    spdx = []
    for name in written:
        resolved = licenses.resolve(name)
        if resolved.license is None:
            raise UsageError(
                f"{name!r} cannot be searched for: {resolved.reason}.", hint="For example cc0-1.0,cc-by-4.0"
            )
        spdx.append(resolved.license.spdx)
    return tuple(spdx)


def contributor_keys(written: Iterable[str], people: Mapping[str, Person]) -> tuple[str, ...]:
    """Key ids from what people write: a key id, a Hub user or a name.

    Raises:
        UsageError: nobody of that name has contributed.
    """
    keys: list[str] = []
    for name in written:
        named = [key for key, person in people.items() if name in (person.user, person.id, person.display())]
        if name.startswith("kk1"):  # a key id, also of somebody whose name was erased
            named = [name]
        if not named:
            raise UsageError(
                f"{name!r} has not contributed here.",
                hint="Give a key id, a Hub user or a name as hits show it.",
            )
        keys += named
    return tuple(keys)
