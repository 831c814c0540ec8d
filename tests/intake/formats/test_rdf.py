"""Vocabularies in RDF: each concept is a row with its links, in each language that defines it; a broken statement costs itself alone."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from support.foreign_files import filled, read

from commons import errors
from commons.errors import InputError, MissingExtraError
from commons.intake import formats, readers
from commons.intake.formats import Form
from commons.intake.raw_rows import RawRow, UnreadableRow

PREFIXES = """
@prefix : <http://example.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix skosxl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
"""
CAT = "http://example.org/cat"


def turtle(folder: Path, text: str, **options: Any) -> tuple[str, list[RawRow | UnreadableRow]]:
    shape, rows = read(folder, "a.ttl", (PREFIXES + text).encode(), **options)
    return shape.read_as, rows


def test_a_concept_is_a_row_with_its_links_under_the_names_of_predicates(tmp_path: Path) -> None:
    said, rows = turtle(
        tmp_path,
        """
        :animals a skos:ConceptScheme ; skos:prefLabel "Animals"@en .
        :cat a skos:Concept ; skos:prefLabel "cat"@en ; skos:altLabel "tom"@en, "moggy"@en ;
            skos:definition "A small animal that purrs."@en ; skos:scopeNote "Only those at home."@en ;
            skos:broader :animal ; skos:narrower :kitten ; skos:related :mouse ; skos:notation "C1" ;
            skos:exactMatch <http://example.com/felis> ; dcterms:isPartOf :home ; dcterms:replaces :puss ;
            skos:inScheme :animals .
        :pussycat a skos:Concept ; skos:prefLabel "pussycat"@en ; owl:deprecated true ; dcterms:isReplacedBy :cat .
        """,
    )
    assert said == "Turtle, 2 concepts"
    assert [filled(row) for row in rows] == [
        {
            "id": CAT,
            "title": "cat",
            "text": "A small animal that purrs.",
            "lang": "en",
            "skos:broader": ["http://example.org/animal"],
            "skos:narrower": ["http://example.org/kitten"],
            "skos:related": ["http://example.org/mouse"],
            "skos:exactMatch": ["http://example.com/felis"],
            "dcterms:isPartOf": ["http://example.org/home"],
            "dcterms:replaces": ["http://example.org/puss", "http://example.org/pussycat"],
            "synonyms": ["tom", "moggy"],
            "notes": ["Only those at home."],
            "notation": ["C1"],
            "scheme": ["http://example.org/animals"],
        },
        {"id": "http://example.org/pussycat", "title": "pussycat", "lang": "en", "deprecated": True},
    ]


def test_each_language_with_a_definition_is_a_row_that_translates_the_first(tmp_path: Path) -> None:
    """German comes first, in which most of the file is defined; French has a label only, and no row."""
    _, rows = turtle(
        tmp_path,
        """
        :dog a skos:Concept ; skos:prefLabel "Hund"@de ; skos:definition "Ein Tier, das bellt."@de .
        :cat a skos:Concept ; skos:prefLabel "cat"@en, "Katze"@de, "chat"@fr ; skos:altLabel "tom"@en, "Kater"@de, "matou"@fr ;
            skos:definition "An animal that purrs."@en, "Ein Tier, das schnurrt."@de ; skos:broader :animal .
        """,
    )
    assert [filled(row) for row in rows[1:]] == [
        {
            "id": CAT,
            "title": "Katze",
            "text": "Ein Tier, das schnurrt.",
            "lang": "de",
            "skos:broader": ["http://example.org/animal"],
            "synonyms": ["Kater", "matou"],
            "labels": ["chat@fr"],
        },
        {
            "id": f"{CAT}@en",
            "title": "cat",
            "text": "An animal that purrs.",
            "lang": "en",
            "commons:translationOf": [CAT],
            "synonyms": ["tom"],
        },
    ]


# What is said of a concept -> its title, text and language
WORDED: dict[str, tuple[str, tuple[str | None, str | None, str | None]]] = {
    "no language": ('skos:prefLabel "cat" ; skos:definition "It purrs."', ("cat", "It purrs.", None)),
    "a label alone": ('skos:prefLabel "cat"@en', ("cat", None, "en")),
    "nothing": ("skos:notation 1", (None, None, None)),
    "a scope note": ('skos:prefLabel "cat"@en ; skos:scopeNote "It purrs."@en', ("cat", "It purrs.", "en")),
    "a description": ('skos:prefLabel "cat"@en ; dcterms:description "It purrs."@en', ("cat", "It purrs.", "en")),
    "a comment": ('rdfs:label "cat"@en ; rdfs:comment "It purrs."@en', ("cat", "It purrs.", "en")),
    "the definition of OBO": ('rdfs:label "cat" ; obo:IAO_0000115 "It purrs." ; rdfs:comment "no"', ("cat", "It purrs.", None)),
    "a label of a region": ('skos:prefLabel "cat"@en-GB ; skos:definition "It purrs."@en', ("cat", "It purrs.", "en")),
    "a label without a language": ('skos:prefLabel "cat" ; skos:definition "It purrs."@en', ("cat", "It purrs.", "en")),
    "a label in another language only": ('skos:prefLabel "Katze"@de ; skos:definition "It purrs."@en', ("Katze", "It purrs.", "en")),
    "labels that are things": ('skosxl:prefLabel [ skosxl:literalForm "cat"@en ]', ("cat", None, "en")),
    "definitions that are things": ('skos:prefLabel "cat"@en ; skos:definition [ rdf:value "It purrs."@en ]', ("cat", "It purrs.", "en")),
    "two definitions": ('rdfs:label "cat"@en ; skos:definition "It purrs."@en, "It bites."@en', ("cat", "It purrs.\n\nIt bites.", "en")),
}  # fmt: skip


@pytest.mark.parametrize("name", WORDED)
def test_a_concept_is_called_and_described_by_what_says_it_best(name: str, tmp_path: Path) -> None:
    said, expected = WORDED[name]
    _, (row,) = turtle(tmp_path, f":cat a skos:Concept ; {said} .")
    assert isinstance(row, RawRow)
    assert (row.values["title"], row.values["text"], row.values["lang"]) == expected


def test_classes_with_a_label_are_rows_and_what_stays_out_is_counted(tmp_path: Path) -> None:
    said, rows = turtle(
        tmp_path,
        """
        :leaf a owl:Class ; rdfs:label "leaf" ; rdfs:comment "It is green." ; rdfs:subClassOf :organ, owl:Thing,
            [ a owl:Restriction ; owl:onProperty obo:BFO_0000050 ; owl:someValuesFrom :plant ] ;
            obo:IAO_0100001 :blade .
        :blade a rdfs:Class ; rdfs:label "blade" .
        :organ a owl:Class .
        :partOf a owl:ObjectProperty ; rdfs:label "part of" .
        """,
    )
    assert said == (
        "Turtle, 2 concepts, without 1 other labelled thing, such as properties and individuals, "
        "without 1 thing typed as a class that nothing is said of"
    )
    assert [filled(row) for row in rows] == [
        {
            "id": "http://example.org/leaf",
            "title": "leaf",
            "text": "It is green.",
            "skos:broader": ["http://example.org/organ"],
            "dcterms:isPartOf": ["http://example.org/plant"],
        },
        {
            "id": "http://example.org/blade",
            "title": "blade",
            "dcterms:replaces": ["http://example.org/leaf"],
        },
    ]


def test_what_has_a_relation_that_only_concepts_have_is_a_concept(tmp_path: Path) -> None:
    _, rows = turtle(tmp_path, ':cat a :Topic ; skos:prefLabel "cat"@en ; skos:broader :animal .')
    assert [filled(row)["title"] for row in rows] == ["cat"]


def test_addresses_that_are_relative_stay_as_they_are_written(tmp_path: Path) -> None:
    _, (row,) = turtle(tmp_path, '<cat> a skos:Concept ; skos:prefLabel "cat" ; skos:broader <#animal> .')
    assert (filled(row)["id"], filled(row)["skos:broader"]) == ("cat", ["#animal"])


CONCEPT = "http://www.w3.org/2004/02/skos/core#"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
N_TRIPLES = f'<{CAT}> {TYPE} <{CONCEPT}Concept> .\n<{CAT}> <{CONCEPT}prefLabel> "cat"@en .\n'
RDF = (
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="{CONCEPT}">'
    f'<skos:Concept rdf:about="{CAT}"><skos:prefLabel xml:lang="en">%s</skos:prefLabel></skos:Concept></rdf:RDF>'
)
XML = RDF % "cat"
ENTITY = f'<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [<!ENTITY c "cat">]>{RDF % "&c;"}'
SYNTAXES = {
    "Turtle": ("a.ttl", N_TRIPLES, "Turtle"),
    "N-Triples": ("a.nt", N_TRIPLES, "N-Triples"),
    "RDF/XML": ("a.rdf", XML, "RDF/XML"),
    "RDF/XML with a declaration": ("a.owl", '<?xml version="1.0"?>\n' + XML, "RDF/XML"),
    "RDF/XML that begins with its document type": ("a.rdf", ENTITY.partition("\n")[2], "RDF/XML"),
    "RDF/XML with an entity of its own": ("a.owl", ENTITY, "RDF/XML"),
    "Turtle called .owl": ("a.owl", N_TRIPLES, "Turtle"),
    "RDF/XML called .ttl": ("a.ttl", XML, "RDF/XML"),
    "a byte order mark": ("a.rdf", "\ufeff" + XML, "RDF/XML"),
}


@pytest.mark.parametrize("name", SYNTAXES)
def test_each_syntax_gives_the_same_row(name: str, tmp_path: Path) -> None:
    file, text, syntax = SYNTAXES[name]
    shape, rows = read(tmp_path, file, text.encode())
    assert [filled(row) for row in rows] == [{"id": CAT, "title": "cat", "lang": "en"}]
    assert shape.read_as == f"{syntax}, 1 concept"


@pytest.mark.parametrize("name", ["a.ttl", "a.nt"])
def test_a_broken_statement_is_unreadable_with_its_line_and_the_others_stay(
    name: str, tmp_path: Path
) -> None:
    first, second = N_TRIPLES.splitlines()
    data = f"{first}\n<{CAT}> <http://example.org/x> .\n{second}\nno statement .\n"
    _, rows = read(tmp_path, name, data.encode())
    assert filled(rows[0]) == {"id": CAT, "title": "cat", "lang": "en"}
    assert [(row.number, row.line, row.text) for row in rows[1:] if isinstance(row, UnreadableRow)] == [
        (2, 2, f"<{CAT}> <http://example.org/x> ."),
        (3, 4, "no statement ."),
    ]


BROKEN = {
    "nothing in the place of an object": ":a skos:broader .",
    "in its second line": ":a skos:broader :b ;\n  skos:related .",
    "in its first line": ":a skos:broader ;\n  skos:related :b .",
    "an unknown prefix": ":a x:broader :b .",
    "a text that is not closed": ':a skos:prefLabel "a .',
    "a list that is not closed": ":a skos:broader ( :b .",
    "a thing that is not closed": ":a skos:broader [ :b :c .",
    "a long text that is not closed": ':a skos:prefLabel """a .',
    "not UTF-8": ':a skos:prefLabel "\udce4" .',
    "not Turtle": "a, b, c .",
}


@pytest.mark.parametrize("name", BROKEN)
def test_whatever_is_broken_in_turtle_the_concepts_before_and_behind_it_are_rows(
    name: str, tmp_path: Path
) -> None:
    concepts = [f':c{n} a skos:Concept ;\n skos:prefLabel "{n}" .' for n in range(4)]
    text = "\n".join((*concepts[:2], BROKEN[name], *concepts[2:]))
    _, rows = read(tmp_path, "a.ttl", (PREFIXES + text).encode(errors="surrogateescape"))
    titles = [row.values["title"] for row in rows if isinstance(row, RawRow)]
    assert [title for title in titles if title] == ["0", "1", "2", "3"]
    (broken,) = [row for row in rows if isinstance(row, UnreadableRow)]
    said = BROKEN[name].encode(errors="surrogateescape").decode(errors="backslashreplace").splitlines()
    assert broken.line in (14, 15)
    assert (
        said[broken.line - 14 :] == [line.rstrip() for line in broken.text.splitlines()]
        or broken.text == said[-1].strip()
    )


def test_a_file_of_many_broken_statements_is_read_in_time_that_grows_with_its_size(tmp_path: Path) -> None:
    text = ':c a skos:Concept ; skos:prefLabel "c" .\n' + "no statement .\n" * 20_000
    _, rows = turtle(tmp_path, text)
    assert [row.line for row in rows[1:]] == list(range(11, 20_011))


EXTERNAL = f'<?xml version="1.0"?><!DOCTYPE rdf:RDF [<!ENTITY c SYSTEM "file:///etc/passwd">]>{RDF % "&c;"}'
REFUSED = {
    "nothing": ("a.ttl", "", "file-empty"),
    "no concept": ("a.ttl", '<http://example.org/x> <http://example.org/y> "z" .', "file-empty"),
    "text": ("a.ttl", "title,text\n" * 1000, "file-damaged"),
    "cut RDF/XML": ("a.rdf", XML[:-40], "file-damaged"),
    "an entity of another file": ("a.rdf", EXTERNAL, "file-damaged"),
    "a web page": ("a.rdf", "<!DOCTYPE html><html></html>", "file-disguised"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_an_error_with_its_code(name: str, tmp_path: Path) -> None:
    file, text, code = REFUSED[name]
    with pytest.raises(InputError, match=file) as caught:
        read(tmp_path, file, text.encode())
    assert caught.value.code == code


@pytest.mark.parametrize("depth", [6, 9])
def test_entities_that_unfold_without_end_are_refused(depth: int, tmp_path: Path) -> None:
    """A billion characters and more in a kilobyte, each entity ten times the one before."""
    letters = "abcdefghijk"[: depth + 1]
    entities = f'<!ENTITY a "{"x" * 1000}">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise(letters)
    )
    text = f'<?xml version="1.0"?><!DOCTYPE rdf:RDF [{entities}]>{RDF % f"&{letters[-1]};"}'
    with pytest.raises(InputError, match="memory") as caught:
        read(tmp_path, "a.rdf", text.encode())
    assert caught.value.code == "check-limit"


def test_another_encoding_is_read_when_it_is_named(tmp_path: Path) -> None:
    data = (PREFIXES + ':cat a skos:Concept ; skos:prefLabel "kätt" .').encode("latin-1")
    _, (row,) = read(tmp_path, "a.ttl", data, encoding="latin-1")
    assert filled(row)["title"] == "kätt"


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-16", "utf-8"])
def test_the_encoding_that_a_file_names_is_used(encoding: str, tmp_path: Path) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n{RDF % "kätt"}'
    _, (row,) = read(tmp_path, "a.rdf", text.encode(encoding))
    assert filled(row)["title"] == "kätt"


def test_only_columns_in_which_some_concept_says_something_are_there(tmp_path: Path) -> None:
    shape, _ = read(tmp_path, "a.nt", N_TRIPLES.encode())
    assert shape.columns == ("id", "title", "text", "lang")


def test_no_more_concepts_are_read_than_are_asked_for(tmp_path: Path) -> None:
    concepts = "".join(f':c{n} a skos:Concept ; skos:prefLabel "{n}" .\n' for n in range(9))
    assert len(turtle(tmp_path, concepts, head=2)[1]) == 2


def test_where_the_library_is_missing_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a bare install is: nothing else of the commons may fail for it."""
    monkeypatch.setitem(formats._LIBRARIES, Form.RDF, ("no_such_library", "graphs"))
    formats.is_installed.cache_clear()
    try:
        (tmp_path / "a.ttl").write_text(N_TRIPLES)
        with pytest.raises(MissingExtraError) as caught:
            readers.read(tmp_path / "a.ttl")
        assert caught.value.hint == f"pip install '{errors.DISTRIBUTION}[graphs]'"
        assert [form for form in Form if not formats.is_installed(form)] == [Form.RDF]
    finally:
        formats.is_installed.cache_clear()
