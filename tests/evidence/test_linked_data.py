"""A record as JSON-LD: a real processor reads it without a network, and nothing that a record says becomes more than a value."""

from __future__ import annotations

from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, link, record

from commons.errors import UsageError
from commons.evidence import linked_data
from commons.evidence.harmless_text import json_text, visible
from commons.evidence.reference import Reference
from commons.layout import Kind, ShardPath
from commons.records.catalogue import Catalogue
from commons.records.predicates import PREDICATES
from commons.records.schema import Link, Record, Source
from commons.snapshots.snapshot import Snapshot

SCHEMA, SKOS, DCTERMS = (
    "https://schema.org/",
    "http://www.w3.org/2004/02/skos/core#",
    "http://purl.org/dc/terms/",
)
CITO, RDF = "http://purl.org/spar/cito/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SPACES = (SCHEMA, SKOS, DCTERMS, CITO, RDF, linked_data.VOCABULARY)
OUTSIDE = "https://www.wikidata.org/entity/Q159701"
GLAUCOMA = record(
    "Die Nerven leiden.\n<b>\u2028</b>",
    title="Glaukom",
    lang="de",
    license="CC-BY-4.0",
    sources=(Source("A book", "https://example.org/a?b=c#d", "A. Nurse", "CC-BY-4.0", "2026-01-31"),),
)
BROADER, OLD, PLAIN = record("Eyes."), record("Old."), record("Nothing is linked.", license="CC0-1.0")
LINKS = [
    link(GLAUCOMA, "skos:broader", BROADER),
    link(GLAUCOMA, "schema:about", OUTSIDE),
    link(GLAUCOMA, "schema:about", "javascript:alert(1)"),
    link(GLAUCOMA, "dcterms:replaces", OLD),
    link(OLD, "cito:supports", PLAIN),
]

Opened = tuple[Snapshot, Catalogue]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> CommonsOnDisk:
    return commons_on_disk.founded(tmp_path_factory.mktemp("linked") / "commons")


@pytest.fixture(scope="module")
def opened(place: CommonsOnDisk) -> Opened:
    return opened_with(place, [GLAUCOMA, BROADER, OLD, PLAIN], LINKS)


def opened_with(place: CommonsOnDisk, records: list[Record], links: list[Link]) -> Opened:
    """The snapshot of the place, and a catalogue of these rows alone."""
    shards = [
        [ShardPath(kind, "open", "notes", place.put(rows).stem)] if rows else []
        for kind, rows in ((Kind.RECORD, records), (Kind.LINK, links))
    ]
    return place.snapshot, Catalogue(place.folder, *shards)


def document(opened: Opened, row: Record, permalink: str = "") -> dict[str, Any]:
    snapshot, catalogue = opened
    entry = catalogue.get(row.id)
    assert entry
    (hit,) = Reference(row.id, (entry,), "").hits(snapshot.people, catalogue.states)
    return linked_data.to_json_ld(snapshot, catalogue, hit, permalink)


def statements(value: dict[str, Any]) -> list[Any]:
    return list(pyoxigraph.parse(json_text(value).encode(), RdfFormat.JSON_LD))


def about(quads: list[Any], row: Record) -> set[tuple[str, Any]]:
    return {(quad.predicate.value, quad.object) for quad in quads if quad.subject == node(row)}


def node(row: Record) -> NamedNode:
    return NamedNode(f"urn:hf-commons:record:{row.id}")


def test_a_processor_reads_what_the_record_says(opened: Opened) -> None:
    quads = statements(document(opened, GLAUCOMA, f"https://example.org/record/{GLAUCOMA.id}"))
    expected = {
        (f"{RDF}type", NamedNode(f"{SCHEMA}CreativeWork")),
        (f"{RDF}type", NamedNode(f"{SKOS}Concept")),
        (f"{SCHEMA}name", Literal("Glaukom", language="de")),
        (f"{SCHEMA}text", Literal(visible(GLAUCOMA.text), language="de")),
        (f"{SCHEMA}inLanguage", Literal("de")),
        (f"{SCHEMA}keywords", Literal("science")),
        (f"{SCHEMA}identifier", Literal(GLAUCOMA.id)),
        (f"{SCHEMA}license", NamedNode("https://spdx.org/licenses/CC-BY-4.0")),
        (f"{SCHEMA}url", NamedNode(f"https://example.org/record/{GLAUCOMA.id}")),
        (f"{SCHEMA}contributor", NamedNode(f"urn:hf-commons:key:{GLAUCOMA.contributor}")),
        (
            f"{linked_data.VOCABULARY}contribution",
            NamedNode(f"urn:hf-commons:contribution:{GLAUCOMA.contribution}"),
        ),
        (f"{SKOS}broader", node(BROADER)),
        (f"{SCHEMA}about", NamedNode(OUTSIDE)),
        (f"{DCTERMS}replaces", node(OLD)),
    }
    assert expected <= about(quads, GLAUCOMA)
    values = {quad.object.value for quad in quads}
    assert {"A. Nurse", "https://example.org/a?b=c#d", "2026-01-31", "A book"} <= values
    assert not any("javascript" in value for value in values)


def test_a_link_to_the_record_is_a_statement_of_the_other(opened: Opened) -> None:
    quads = statements(document(opened, BROADER))
    assert (f"{SKOS}broader", node(BROADER)) in about(quads, GLAUCOMA)
    assert (f"{RDF}type", NamedNode(f"{SKOS}Concept")) in about(quads, BROADER)


def test_what_was_replaced_says_by_what_and_what_has_no_skos_link_is_no_concept(opened: Opened) -> None:
    said = about(statements(document(opened, OLD)), OLD)
    assert (f"{DCTERMS}isReplacedBy", node(GLAUCOMA)) in said
    assert (f"{CITO}supports", node(PLAIN)) in said
    assert (f"{RDF}type", NamedNode(f"{SKOS}Concept")) not in said


def test_a_record_without_links_or_permalink_has_no_empty_fields(opened: Opened) -> None:
    value = document(opened, PLAIN)
    assert {"url", "name", "skos:related"} & set(value) == set()
    assert (value["@type"], value["@reverse"]) == (
        ["CreativeWork"],
        {"cito:supports": [{"@id": node(OLD).value}]},
    )


def test_only_records_are_linked_data(opened: Opened) -> None:
    with pytest.raises(UsageError, match="contribution"):
        linked_data.of(*opened, Reference("kc1" + "a" * 52, (), ""))


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://www.wikidata.org/entity/Q1", True),
        ("http://例え.jp/パス?a=b#c", True),
        ("https://example.org/a%20b", True),
        ("urn:isbn:0451450523", True),
        *[
            (bad, False)
            for bad in ("", None, "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd")
        ],
        *[(bad, False) for bad in ("https://", "https:///x", "http://[::1]/", "https://user@evil.example/")],
        *[(bad, False) for bad in ("https://a.b/ c", "https://a.b/<x>", 'https://a.b/"', "https://a.b/%zz")],
        *[
            (bad, False)
            for bad in ("HTTPS://a.b", "//a.b/c", "@id", "_:b0", "https://a.b/\n", "urn:x", "urn:a:")
        ],
    ],
)
def test_only_well_formed_addresses_become_iris(address: str | None, good: bool) -> None:
    assert linked_data.iri(address) == (address if good else "")


HOSTILE = (
    *("@id", "@context", "@type", "@value", "_:b0", "schema:name", "commons:causes", "</script><script>"),
    *('","@id":"https://evil.example/', "\0", "\u2028", "\ufffe", "https://a.b/\u202e", "urn:x:\ue000", "de-", "de-x y"),
    *("http://" + "a" * 300, "https://a..b/", "https://a.b:99999/", "https://-/", "http://%41/", "https://xn--/", "http://1.2.3/"),
    *("urn:a-:b", "urn:ab:%", "urn:ab:/a?b#c#d", "https://a.b/?[]", "https://a.b/\\", "https://a.b/{x}", "https://.a/"),
)  # fmt: skip
TAGS = (
    "A",
    "en",
    "zh-yue-Hant-HK",
    "de-CH-1901",
    "sl-rozaj-biske",
    "en-u-ca-buddhist",
    "x-ours",
    "abcd",
    "a-b",
    "en_GB",
    "de-1901-1901",
)
nearly_addresses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://", "http://a.b", "https://a:8", "urn:", "urn:ab:", "urn:isbn:1"]),
    st.text("a.-:@/é例%", max_size=4),
    st.text("/?#[]%4f&=é<\ue000\u200e '\\", max_size=6),
)
anything = st.sampled_from(HOSTILE) | st.text(max_size=12) | nearly_addresses
sources = st.builds(Source, anything | st.none(), anything, anything | st.none(), anything, anything)
hostile_records = st.builds(
    lambda text, others: record(text, **others),
    anything,
    st.fixed_dictionaries(
        {
            "title": anything,
            "lang": anything | st.sampled_from(TAGS),
            "license": anything,
            "topic": st.tuples(anything),
            "sources": st.tuples(sources),
            "contributor": anything,
            "contribution": anything,
        }
    ),
)


@settings(max_examples=40)
@given(
    row=hostile_records,
    links=st.lists(st.tuples(st.sampled_from([*PREDICATES, "@id", "@context"]), anything), max_size=5),
    permalink=anything,
)
def test_whatever_a_record_says_stays_a_value(
    row: Record, links: list[tuple[str, str]], permalink: str, place: CommonsOnDisk
) -> None:
    rows = [link(row, predicate, end) for predicate, end in links]
    value = document(opened_with(place, [row], rows), row, permalink)
    assert value["@context"] == linked_data.CONTEXT
    assert keys_of({**value, "@context": {}}) <= KEYS
    quads = statements(value)
    said = about(quads, row)
    assert {predicate.startswith(SPACES) for predicate, _ in said} == {True}
    texts = {object_.value for predicate, object_ in said if predicate == f"{SCHEMA}text"}
    assert texts == ({visible(row.text)} if visible(row.text) else set())
    ends = [quad.object.value for quad in quads if isinstance(quad.object, NamedNode)]
    assert all(end.startswith(("http://", "https://", "urn:")) for end in ends)


KEYS = {
    *("@context", "@id", "@type", "@value", "@language", "@reverse", *PREDICATES),
    *(
        "identifier",
        "name",
        "text",
        "inLanguage",
        "keywords",
        "license",
        "isBasedOn",
        "creditText",
        "contributor",
    ),
    *("isPartOf", "version", "url", "author", "sameAs", "commons:contribution", "commons:retrieved"),
    "dcterms:isReplacedBy",
}


def keys_of(value: Any) -> set[str]:
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    if not isinstance(value, dict):
        return set()
    return {*value, *(key for field in value.values() for key in keys_of(field))}
