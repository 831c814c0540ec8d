"""Relations: every predicate reads as words from either end."""

from __future__ import annotations

import pytest
from support import commons_on_disk
from support.commons_on_disk import link, record

from commons.evidence import relations
from commons.evidence.relations import Direction, EndState
from commons.records.catalogue import Catalogue
from commons.records.predicates import PREDICATES

HERE, OTHER, OLD, NEW = (record(f"{name}.", title=name) for name in ("Here", "Other", "Old", "New"))
UNTITLED = record("Ohne Titel " * 20, lang="de")
GONE = "kr1" + "g" * 52
OUTSIDE = "https://www.wikidata.org/entity/Q1"
LINKS = [
    link(HERE, "schema:about", OUTSIDE),
    link(OTHER, "skos:narrower", HERE),
    link(HERE, "skos:narrower", OTHER),
    link(HERE, "skos:related", OLD),
    link(HERE, "skos:related", GONE),
    link(HERE, "cito:disputes", UNTITLED),
    link(NEW, "dcterms:replaces", OLD),
]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    made = commons_on_disk.founded(tmp_path_factory.mktemp("relations") / "commons")
    made.put([HERE, OTHER, OLD, NEW, UNTITLED])
    made.put(LINKS)
    return made.snapshot.catalogue()


def test_every_predicate_has_words_and_symmetric_ones_the_same() -> None:
    assert tuple(relations.WORDS) == PREDICATES
    symmetric = {predicate for predicate, (forth, back) in relations.WORDS.items() if forth == back}
    assert symmetric == {"skos:related", "skos:exactMatch"}


def test_broader_and_narrower_are_each_others_other_side() -> None:
    assert relations.WORDS["skos:broader"] == relations.WORDS["skos:narrower"][::-1]


def test_a_foreign_predicate_is_its_own_name() -> None:
    assert relations.words("ex:eats", Direction.TO) == "ex:eats"
    assert relations.place("ex:eats") == len(PREDICATES)


def test_relations_read_from_the_side_of_the_record(catalogue: Catalogue) -> None:
    lines = [
        (relation.words, relation.title, relation.lang, relation.state)
        for relation in relations.of(catalogue, {}, HERE.id)
    ]
    assert lines == [
        ("narrower", "Other", "en", EndState.LIVE),
        ("broader", "Other", "en", EndState.LIVE),
        ("related", "Old", "en", EndState.REPLACED),
        ("related", GONE, "", EndState.MISSING),
        ("disputes", UNTITLED.text[:80], "de", EndState.LIVE),
        ("about", OUTSIDE, "", EndState.OUTSIDE),
    ]


def test_a_replaced_end_names_its_newest_but_a_correction_what_it_corrected(catalogue: Catalogue) -> None:
    (old,) = (r for r in relations.of(catalogue, {}, HERE.id) if r.id == OLD.id)
    assert (old.newest, old.is_superseded) == (NEW.id, True)
    (correction,) = relations.of(catalogue, {}, NEW.id)
    assert (correction.words, correction.id, correction.is_superseded) == ("replaces", OLD.id, False)
    assert {r.words for r in relations.of(catalogue, {}, OLD.id)} == {"related", "replaced by"}


def test_an_address_outside_is_no_id(catalogue: Catalogue) -> None:
    about = relations.of(catalogue, {}, HERE.id)[-1]
    assert (about.id, about.iri, about.license, about.contributor) == (
        "",
        OUTSIDE,
        "CC0-1.0",
        "kk1" + "a" * 52,
    )
