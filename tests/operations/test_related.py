"""Related: what links lead to, over several steps, in an order that does not change."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, link, record

from commons.cli import run
from commons.errors import CommonsError, UsageError
from commons.evidence import surroundings
from commons.operations import related
from commons.operations.related import RelatedRecords
from commons.records.catalogue import Filters
from commons.records.predicates import PREDICATES
from commons.records.schema import Link
from commons.snapshots.snapshot import Snapshot

EYE, GLAUCOMA, CLOSURE, BLINDNESS, OLD, NEW = (
    record(f"About {name}.", title=name)
    for name in ("Eye", "Glaucoma", "Angle closure", "Blindness", "Old nerve", "Optic nerve")
)
GERMAN = record("Über das Glaukom.", title="Glaukom", lang="de", license="CC-BY-4.0")
HUB = record("About medicine.", title="Medicine")
SPOKES = [record(f"Spoke {n}.", title=f"Spoke {n:04}") for n in range(30)]
ALONE = record("Nothing is linked to this.", title="Alone")
OUTSIDE = "https://www.wikidata.org/entity/Q159701"
LINKS = [
    link(GLAUCOMA, "skos:narrower", CLOSURE),
    link(CLOSURE, "commons:causes", BLINDNESS),
    link(BLINDNESS, "skos:related", GLAUCOMA),  # a circle
    link(GERMAN, "commons:translationOf", GLAUCOMA),
    link(GLAUCOMA, "schema:about", OUTSIDE),
    link(EYE, "schema:about", OUTSIDE),
    link(GLAUCOMA, "skos:related", OLD),
    link(NEW, "dcterms:replaces", OLD),
    link(NEW, "dcterms:isPartOf", EYE),
    *(link(spoke, "skos:broader", HUB) for spoke in SPOKES),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> CommonsOnDisk:
    made = commons_on_disk.founded(tmp_path_factory.mktemp("related") / "commons")
    made.put([EYE, GLAUCOMA, CLOSURE, BLINDNESS, OLD, NEW, HUB, ALONE, *SPOKES])
    made.put([GERMAN], collection="german")
    made.put(LINKS)
    return made


@pytest.fixture(scope="module")
def snapshot(place: CommonsOnDisk) -> Snapshot:
    return place.snapshot


@pytest.fixture(scope="module")
def ask(snapshot: Snapshot) -> Callable[..., RelatedRecords]:
    catalogue = snapshot.catalogue()

    def ask(pasted: str, **options: Any) -> RelatedRecords:
        return related.find(snapshot, catalogue, pasted, **options)

    return ask


Ask = Callable[..., RelatedRecords]


def lines(answer: RelatedRecords) -> list[tuple[int, str, str]]:
    return [(end.hop, end.path_words, end.title) for end in answer.results]


def test_links_are_followed_step_by_step_and_each_end_comes_once(ask: Ask) -> None:
    answer = ask(GLAUCOMA.id, hops=3)
    assert lines(answer) == [
        (1, "narrower", "Angle closure"),
        (1, "related", "Blindness"),
        (1, "related", "Optic nerve"),
        (1, "translation", "Glaukom"),
        (1, "about", OUTSIDE),
        (2, "related → part of", "Eye"),
    ]
    assert (answer.total, answer.truncated, answer.rest, answer.next_cursor) == (6, False, "", None)


def test_one_hop_is_what_is_linked(ask: Ask) -> None:
    assert lines(ask(BLINDNESS.id)) == [(1, "related", "Glaucoma"), (1, "caused by", "Angle closure")]


def test_a_replaced_end_is_shown_as_its_newest_and_the_way_goes_on_from_there(ask: Ask) -> None:
    nerve = next(end for end in ask(GLAUCOMA.id).results if end.title == "Optic nerve")
    assert (nerve.end, nerve.linked_as, nerve.state) == (NEW.id, OLD.id, "live")
    answer = ask(OLD.id)
    assert (answer.id, answer.newest) == (OLD.id, NEW.id)


def test_what_is_linked_to_an_old_version_is_reached_from_its_newest(ask: Ask) -> None:
    assert lines(ask(NEW.id)) == [(1, "related", "Glaucoma"), (1, "part of", "Eye")]


def test_corrections_are_followed_only_where_they_are_asked_for(ask: Ask) -> None:
    assert "Old nerve" not in {end.title for end in ask(NEW.id, hops=3).results}
    (old,) = ask(NEW.id, predicates=["replaces"]).results
    assert (old.end, old.state, old.linked_as) == (OLD.id, "replaced", "")


def test_an_address_outside_leads_no_further(ask: Ask) -> None:
    """Eye and Glaucoma are about the same thing, which does not make one a neighbour of the other."""
    assert "Glaucoma" not in {end.title for end in ask(EYE.id, hops=2, predicates=["schema:about"]).results}
    outside = ask(EYE.id, predicates=["about"]).to_json()["results"][0]
    assert (outside["url"], outside["state"]) == (OUTSIDE, "outside")
    assert {"id", "lang", "license", "linked_as"} & set(outside) == set()


def test_predicates_narrow_the_way_and_filters_the_ends(ask: Ask) -> None:
    answer = ask(GLAUCOMA.id, hops=2, predicates=["commons:causes", "narrower"])
    assert lines(answer) == [(1, "narrower", "Angle closure"), (2, "narrower → causes", "Blindness")]
    assert answer.predicates == ("skos:narrower", "commons:causes")
    german = Filters(lang=("de",))
    assert lines(ask(EYE.id, hops=3, filters=german)) == [(3, "has part → related → translation", "Glaukom")]
    assert [end.title for end in ask(GLAUCOMA.id, filters=Filters(license=("CC-BY-4.0",))).results] == [
        "Glaukom"
    ]


def test_pages_join_to_the_whole_and_the_cursor_is_of_this_question(ask: Ask) -> None:
    whole = ask(HUB.id, limit=200)
    assert [end.title for end in whole.results] == [spoke.title for spoke in SPOKES]
    pages, cursor = [ask(HUB.id, limit=7)], ""
    while cursor := pages[-1].next_cursor or "":
        assert pages[-1].truncated
        assert "30 were reached" in pages[-1].rest
        pages.append(ask(HUB.id, limit=7, cursor=cursor))
    assert [end for page in pages for end in page.results] == list(whole.results)
    assert {page.total for page in pages} == {30}
    cursor = pages[0].next_cursor or ""
    for options in ({"hops": 2}, {"predicates": ["broader"]}, {"filters": Filters(lang=("en",))}):
        with pytest.raises(UsageError) as caught:
            ask(HUB.id, cursor=cursor, **options)
        assert caught.value.code == "cursor-invalid"


def test_a_hub_is_cut_and_says_so(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MAX_LINKS_OF_RECORD", 10)
    answer = ask(SPOKES[3].id, hops=2)
    assert (answer.total, answer.truncated, answer.next_cursor) == (None, True, None)
    (cut,) = answer.cuts
    assert (cut.id, cut.title, cut.links, cut.followed) == (HUB.id, "Medicine", 30, 10)
    assert "30 links, of which 10" in answer.rest
    assert answer.to_json()["cuts"] == [cut.to_json()]


def test_very_many_links_in_all_are_cut_too(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MAX_LINKS", 1)
    answer = ask(SPOKES[3].id, hops=3)
    assert lines(answer) == [(1, "broader", "Medicine")]
    assert [(cut.links, cut.followed) for cut in answer.cuts] == [(30, 0)]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"hops": 0}, "usage"),
        ({"hops": 4}, "usage"),
        ({"limit": 0}, "usage"),
        ({"limit": 201}, "usage"),
        ({"predicates": ["skos:brodaer"]}, "predicate-unknown"),
        ({"filters": Filters(lang=("tlh",))}, "filter-unknown"),
        ({"cursor": "nonsense"}, "cursor-invalid"),
    ],
    ids=str,
)
def test_wrong_usage_has_a_code_and_says_what_to_do(options: dict[str, Any], code: str, ask: Ask) -> None:
    with pytest.raises(UsageError) as caught:
        ask(GLAUCOMA.id, **options)
    assert caught.value.code == code
    assert code == "usage" or caught.value.hint


def test_only_records_have_links(ask: Ask) -> None:
    with pytest.raises(CommonsError) as caught:
        ask("kr1" + "z" * 52)
    assert caught.value.code == "record-missing"
    with pytest.raises(UsageError):
        ask(GLAUCOMA.contribution)


ends = st.integers(0, 5)
graphs = st.lists(st.tuples(ends, st.sampled_from(PREDICATES), ends), max_size=14)


@settings(max_examples=30)
@given(graph=graphs, hops=st.integers(1, 3))
def test_the_hop_of_an_end_is_its_distance(
    graph: list[tuple[int, str, int]], hops: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A plain breadth-first search over pairs of ends says the same, whatever the order of the links."""
    nodes = [EYE, GLAUCOMA, CLOSURE, BLINDNESS, HUB, ALONE]
    rows = [
        link(nodes[a], predicate, nodes[b]) for a, predicate, b in graph if predicate != "dcterms:replaces"
    ]
    made = commons_on_disk.founded(tmp_path_factory.mktemp("graph") / "commons")
    made.put(nodes)
    for part in (rows[::2], rows[1::2]):
        if part:
            made.put(part, collection=f"part{len(part)}")
    around = surroundings.of(made.snapshot.catalogue(), {}, EYE.id, hops=hops)
    assert {end.end: end.hop for end in around.ends} == distances(rows, EYE.id, hops)
    for end in around.ends:
        assert_is_way(end, EYE.id)


def distances(rows: list[Link], start: str, hops: int) -> dict[str, int]:
    known, edge = {start: 0}, {start}
    for hop in range(1, hops + 1):
        edge = {
            far
            for row in rows
            for near, far in ((row.subject, row.object), (row.object, row.subject))
            if near in edge and far not in known
        }
        known |= dict.fromkeys(edge, hop)
    del known[start]
    return known


def assert_is_way(end: surroundings.RelatedEnd, start: str) -> None:
    here = start
    for step in end.path:
        near = step.link.subject if step.direction == "from" else step.link.object
        assert near == here
        here = step.other
    assert here == end.end


class TestCommand:
    def test_json_people_and_programs(
        self, place: CommonsOnDisk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def commons(*words: str) -> tuple[int, str, str]:
            code = run(["related", *words, "--repo", str(place.folder)])
            return code, *capsys.readouterr()

        code, out, _ = commons(GLAUCOMA.id, "--hops", "2", "--format", "json")
        value = json.loads(out)
        assert (code, value["total"], value["results"][0]["relation"]) == (0, 6, "narrower")
        assert value["results"][-1]["path"][1]["predicate"] == "dcterms:isPartOf"
        code, out, err = commons(f"https://example.org/record/{HUB.id}", "--limit", "2")
        assert out.splitlines()[:2] == ["Medicine", f"narrower: Spoke 0000 {SPOKES[0].id} en CC0-1.0"]
        cursor = err.split("--cursor ")[1].split()[0]
        code, out, _ = commons(HUB.id, "--limit", "2", "--cursor", cursor, "--format", "quiet")
        assert out.split() == [SPOKES[2].id, SPOKES[3].id]
        assert commons(HUB.id, "--cursor", "x" + cursor)[0] == 64
        assert commons(ALONE.id)[:2] == (0, "Alone\nNo links lead from here to such records.\n")
        _, out, _ = commons(GLAUCOMA.id, "--predicate", "related,about,translationOf", "--lang", "en")
        assert f"in the place of {OLD.id}" in out
        assert "Glaukom" not in out
        assert "Replaced; the newest is" in commons(OLD.id)[1]
