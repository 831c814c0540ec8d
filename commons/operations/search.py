"""Search: a question to evidence.

    library = search.open_library(snapshot, embedder)
    answer = search.find(library, "What causes glaucoma?", k=5)
    answer.hits[0].record.text, answer.hits[0].record.license, answer.stale

Every hit carries what a reader needs to trust and cite it: sources, licence, contributor, collection, revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from commons.embedding.embedder import Embedder
from commons.errors import IndexArtifactError, UsageError
from commons.governance import licenses, roles
from commons.governance.roles import Person
from commons.index import retrieval
from commons.index.retrieval import Index
from commons.records import shards
from commons.records.catalogue import Catalogue, Entry, Filters
from commons.records.schema import Kind, Link, Record
from commons.snapshots.snapshot import Snapshot

DEFAULT_HITS = 10
MAX_HITS = 50
MAX_QUESTION_CHARACTERS = 2000


@dataclass(frozen=True)
class Library:
    """A snapshot made ready to answer: its records, its index, and the embedder the index was built with."""

    snapshot: Snapshot
    catalogue: Catalogue
    index: Index
    embedder: Embedder


@dataclass(frozen=True)
class Hit:
    """A record found; ``score`` is what hits are ordered by, ``cosine`` the likeness in meaning with the question."""

    record: Record
    collection: str
    pool: str
    score: float
    cosine: float
    contributor: str  # a name to show; the key id is in the record

    def citation(self) -> str:
        return citation(self.record)


@dataclass(frozen=True)
class Answer:
    """Hits, best first, and what they were found in."""

    question: str
    hits: tuple[Hit, ...]
    commons: str
    revision: str
    index: str  # SHA-256 of the index manifest
    missing_records: int

    @property
    def stale(self) -> bool:
        return self.missing_records > 0

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question,
            "commons": self.commons,
            "revision": self.revision,
            "index": self.index,
            "stale": self.stale,
            "missing_records": self.missing_records,
            "hits": [hit_json(hit, self.revision) for hit in self.hits],
        }


def hit_json(hit: Hit, revision: str) -> dict[str, Any]:
    """One hit as plain JSON values."""
    record = hit.record
    return {
        "id": record.id,
        "title": record.title,
        "text": record.text,
        "score": round(hit.score, 4),
        "cosine": round(hit.cosine, 4),
        "lang": record.lang,
        "topic": list(record.topic),
        "license": record.license,
        "license_url": licenses.url_of(record.license),
        "sources": [{k: v for k, v in asdict(source).items() if v is not None} for source in record.sources],
        "citation": hit.citation(),
        "contributor": {"key": record.contributor, "name": hit.contributor},
        "contribution": record.contribution,
        "collection": hit.collection,
        "pool": hit.pool,
        "revision": revision,
    }


def open_catalogue(snapshot: Snapshot) -> Catalogue:
    return Catalogue(snapshot.folder, snapshot.shards(Kind.RECORD), snapshot.shards(Kind.LINK))


def open_library(snapshot: Snapshot, embedder: Embedder) -> Library:
    """Check that index, data and embedder belong together and open them.

    Raises:
        IndexArtifactError: no index by this embedder, one of other data, or one made with other weights (``embedder-mismatch``).
    """
    data = {str(shard): shards.row_count(snapshot.path(shard)) for shard in snapshot.shards(Kind.RECORD)}
    index = retrieval.open_artifact(snapshot.folder, embedder.identity.slug, data=data)
    made_by = index.manifest.embedder
    if made_by.digest != embedder.identity.digest:
        raise IndexArtifactError(
            f"The index was built with other weights of {made_by.model}, or another use of them, than are loaded here.",
            hint="Rebuild it with this model: commons build --publish",
            code="embedder-mismatch",
        )
    return Library(snapshot, open_catalogue(snapshot), index, embedder)


def find(library: Library, question: str, *, k: int = DEFAULT_HITS, filters: Filters = Filters()) -> Answer:
    """The ``k`` records that fit the question best, by meaning and by words, among those that pass the filters.

    Raises:
        UsageError: an empty or over-long question, or ``k`` outside 1 to 50.
    """
    if not question.strip():
        raise UsageError("The question is empty.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise UsageError(
            f"The question has {len(question):,} characters; {MAX_QUESTION_CHARACTERS:,} are allowed."
        )
    if not 1 <= k <= MAX_HITS:
        raise UsageError(f"k must be between 1 and {MAX_HITS}, not {k}.")
    # Half of a surrogate pair can come in with a shell argument and has no UTF-8 form.
    clean = question.encode("utf-8", "replace").decode("utf-8")
    query = library.embedder.embed_questions([clean])[0]
    hits = []
    for found in library.index.search(query, k, filters, question=clean):
        entry = library.catalogue.get(found.id)
        if entry is None:
            raise IndexArtifactError(
                f"The index names a record that is not in the data: {found.id}.", code="index-of-other-data"
            )
        hits.append(as_hit(entry, found.score, library.snapshot.people, cosine=found.cosine))
    return Answer(
        question=clean,
        hits=tuple(hits),
        commons=library.snapshot.policy.commons.name,
        revision=library.snapshot.revision,
        index=library.index.digest,
        missing_records=library.index.missing_records,
    )


def as_hit(entry: Entry, score: float, people: dict[str, Person], *, cosine: float = 1.0) -> Hit:
    name = roles.credited(people, entry.record.contributor, entry.record.contribution)
    return Hit(entry.record, entry.collection, entry.pool, score, cosine, name)


def citation(record: Record) -> str:
    """One line: title, authors, sources, licence."""
    named = [
        ", ".join(part for part in (source.author, source.title, source.url) if part)
        for source in record.sources
    ]
    head = f"“{record.title}”. " if record.title else ""
    return f"{head}{'; '.join(named)}. {licenses.name_of(record.license)}. {record.id}"


def record_json(catalogue: Catalogue, hit: Hit, revision: str) -> dict[str, Any]:
    """A record with its links as plain JSON values; what a hit has, without what a question adds."""
    shown = hit_json(hit, revision)
    del shown["score"], shown["cosine"]
    links = neighbours(catalogue, hit.record.id)
    return {
        **shown,
        "links": [{"direction": way, **asdict(link), "title": title} for way, link, title in links],
    }


def neighbours(catalogue: Catalogue, record_id: str) -> list[tuple[str, Link, str]]:
    """Links from and to a record as (direction "from" or "to", link, title of the other end or its address)."""
    outgoing, incoming = catalogue.links_of(record_id)
    titles = catalogue.titles([link.object for link in outgoing] + [link.subject for link in incoming])
    return [("from", link, titles.get(link.object, link.object)) for link in outgoing] + [
        ("to", link, titles.get(link.subject, link.subject)) for link in incoming
    ]


def allowed_licenses(written: Iterable[str]) -> tuple[str, ...]:
    """SPDX ids from what people write.

    Raises:
        UsageError: a licence no commons takes.
    """
    spdx = []
    for one in written:
        verdict = licenses.resolve(one)
        if verdict.license is None:
            raise UsageError(
                f"{one!r} cannot be searched for: {verdict.reason}.", hint="For example cc0-1.0,cc-by-4.0"
            )
        spdx.append(verdict.license.spdx)
    return tuple(spdx)


def contributor_keys(written: Iterable[str], people: Mapping[str, Person]) -> tuple[str, ...]:
    """Key ids from what people write: a key id, a Hub user or a name.

    Raises:
        UsageError: nobody of that name has contributed.
    """
    keys: list[str] = []
    for one in written:
        named = [key for key, person in people.items() if one in (person.hub_user, person.display())]
        if one.startswith("kk1"):  # a key id, also of somebody whose name was erased
            named = [one]
        if not named:
            raise UsageError(
                f"{one!r} has not contributed here.",
                hint="Give a key id, a Hub user or a name as hits show it.",
            )
        keys += named
    return tuple(keys)
