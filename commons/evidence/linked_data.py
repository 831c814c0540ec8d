"""Linked data: a record as JSON-LD 1.1, which any processor reads without asking anybody for a context.

    linked_data.to_json_ld(snapshot, catalogue, hit, "https://example.org/record/kr1…")

Decisions:
1. The record's name is ``urn:hf-commons:record:<id>``: the same in every copy, on every host; ``url`` is where it can be looked at. Our own
   terms are ``urn:hf-commons:vocab#…``, for the same reason.
2. It is a ``schema:CreativeWork``, and a ``skos:Concept`` too where a SKOS link joins it, since SKOS says that of both ends of such links.
3. A link is a statement with the IRI of its predicate; one to the record stands under ``@reverse``.
4. What a record says stands in values alone; keys and the context are ours. What is no well-formed IRI of http, https or urn never becomes
   one: a link to it is left out, and the address of a source too.

Standards: https://www.w3.org/TR/json-ld11/, https://schema.org/, https://www.w3.org/TR/skos-reference/.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from commons.errors import UsageError
from commons.evidence import permalink as permalinks
from commons.evidence import relations
from commons.evidence.harmless_text import visible
from commons.evidence.hit import Hit
from commons.evidence.reference import Reference
from commons.evidence.relations import Direction, Relation
from commons.governance import licenses
from commons.records.catalogue import Catalogue
from commons.records.identity import is_record_id
from commons.records.schema import Source
from commons.snapshots.snapshot import Snapshot

MEDIA_TYPE = "application/ld+json"
VOCABULARY = "urn:hf-commons:vocab#"
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "@vocab": "https://schema.org/",
    "cito": "http://purl.org/spar/cito/",
    "commons": VOCABULARY,
    "dcterms": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_BLANKS: tuple[Any, ...] = (None, "", [], {})
_NAMES = {"kr1": "record", "kc1": "contribution", "kk1": "key"}
_OUR_ID = re.compile(r"k[rck]1[a-z2-7]{52}")
# RFC 5646 without extensions, private use and second variants: what a processor need not understand, it may drop, and the text with it.
_LANGUAGE = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3})?|[A-Za-z]{5,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))?",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)
# RFC 3987 without user names and IPv6 hosts, of which the commons has none.
_CHARACTERS = r"[A-Za-z0-9._~!$&'()*+,;=:@/\-\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd]|%[0-9A-Fa-f]{2}"
_QUERY = rf"(?:\?(?:{_CHARACTERS}|\?)*)?(?:\#(?:{_CHARACTERS}|\?)*)?"
_IRI = re.compile(
    rf"https?://[A-Za-z0-9\u00a1-\ud7ff](?:[A-Za-z0-9.\-\u00a1-\ud7ff])*(?::\d{{1,5}})?(?:/(?:{_CHARACTERS})*)?{_QUERY}"
    rf"|urn:[A-Za-z0-9][A-Za-z0-9\-]{{1,31}}:(?:{_CHARACTERS})+{_QUERY}"
)


def to_json_ld(snapshot: Snapshot, catalogue: Catalogue, hit: Hit, permalink: str = "") -> dict[str, Any]:
    """The record of ``hit`` with its links; ``catalogue`` is the snapshot's, ``permalink`` the address of its page."""
    record = hit.record
    around = relations.of(catalogue, snapshot.people, record.id)
    linked = [relation for relation in around if relation.predicate in relations.WORDS]
    fields: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": name(record.id),
        "@type": ["CreativeWork", *(["skos:Concept"] if any(map(_is_of_skos, linked)) else [])],
        "identifier": record.id,
        "name": _in_language(record.title, record.lang),
        "text": _in_language(record.text, record.lang),
        "inLanguage": record.lang,
        "keywords": list(record.topic),
        "license": _license(record.license),
        "isBasedOn": [_source(source) for source in record.sources],
        "creditText": hit.citation(),
        "contributor": {"@id": name(record.contributor), "name": hit.contributor},
        "isPartOf": {"@type": "Dataset", "name": snapshot.policy.commons.name, "version": snapshot.revision},
        "commons:contribution": _reference(name(record.contribution)),
        "url": _reference(iri(permalink)),
        "dcterms:isReplacedBy": _references(link.subject for link in hit.state.replaced_by),
        **_statements(relation for relation in linked if relation.direction is Direction.FROM),
        "@reverse": _statements(relation for relation in linked if relation.direction is Direction.TO),
    }
    shown: dict[str, Any] = _without_blanks(fields)
    return shown


def of(snapshot: Snapshot, catalogue: Catalogue, reference: Reference) -> dict[str, Any]:
    """``to_json_ld`` of the record that an id leads to.

    Raises:
        UsageError: the id is of a link or a contribution.
    """
    if not reference.is_record:
        raise UsageError(
            f"Only records are there as JSON-LD, and {reference.id} is the id of a {reference.kind}.",
            hint="Ask for one of the records it leads to.",
        )
    (hit,) = reference.hits(snapshot.people, catalogue.states)
    return to_json_ld(snapshot, catalogue, hit, permalinks.of(snapshot, reference.id))


def name(row_id: str) -> str:
    """The name of a record, contribution or key in linked data; empty for what is none of our ids."""
    return f"urn:hf-commons:{_NAMES[row_id[:3]]}:{row_id}" if _OUR_ID.fullmatch(row_id) else ""


def iri(address: str | None) -> str:
    """The address where it is a well-formed IRI of http, https or urn, else nothing."""
    return address if address and _IRI.fullmatch(address) else ""


def _statements(around: Iterable[Relation]) -> dict[str, list[dict[str, str]]]:
    """Predicate -> the other ends."""
    ends: dict[str, list[str]] = {}
    for relation in around:
        ends.setdefault(relation.predicate, []).append(relation.other)
    return {predicate: _references(others) for predicate, others in ends.items()}


def _references(ends: Iterable[str]) -> list[dict[str, str]]:
    names = [name(end) if is_record_id(end) else iri(end) for end in dict.fromkeys(ends)]
    return [reference for known in names if (reference := _reference(known))]


def _reference(known: str) -> dict[str, str]:
    return {"@id": known} if known else {}


def _is_of_skos(relation: Relation) -> bool:
    return relation.predicate.startswith("skos:")


def _in_language(text: str | None, lang: str) -> dict[str, str] | str | None:
    """A text with its language; of a tag that is none, without."""
    return {"@value": text, "@language": lang} if text and _LANGUAGE.fullmatch(lang) else text


def _license(spdx: str) -> dict[str, str] | str:
    """By the address that SPDX gives it, with the text's own; one that we do not know by its name."""
    known = licenses.BY_SPDX.get(spdx)
    if known is None:
        return spdx
    address = f"https://spdx.org/licenses/{known.spdx}"
    return {"@id": address, "@type": "CreativeWork", "name": known.name, "sameAs": known.url}


def _source(source: Source) -> dict[str, Any]:
    retrieved = source.retrieved or ""
    return {
        "@type": "CreativeWork",
        "name": source.title,
        "url": _reference(iri(source.url)),
        "author": source.author,
        "license": source.license,
        "commons:retrieved": {"@value": retrieved, "@type": "xsd:date"}
        if _DAY.fullmatch(retrieved)
        else None,
    }


def _without_blanks(value: Any) -> Any:
    """Without fields that say nothing; texts made visible."""
    if isinstance(value, dict):
        fields = {key: _without_blanks(field) for key, field in value.items()}
        return {key: field for key, field in fields.items() if field not in _BLANKS}
    if isinstance(value, list):
        return [_without_blanks(item) for item in value]
    return visible(value) if isinstance(value, str) else value
