"""Record: one record by its id, with what is needed to trust and cite it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commons.errors import CommonsError, UsageError
from commons.layout import Kind
from commons.operations import record
from commons.records import identity, shards
from commons.records.schema import Record
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


@pytest.fixture(scope="module")
def snapshot(shared: World) -> Snapshot:
    outside = {"predicate": "schema:about", "object": "https://www.wikidata.org/entity/Q41177"}
    granite = {"text": "Granite cools.", "license": "CC-BY-SA-4.0", "links": [outside]}
    shared.add_collections({"ice": [{"text": "Ice floats."}], "stones": [granite]})
    return shared.snapshot()


def test_every_record_is_found_as_it_lies_in_its_shard(snapshot: Snapshot) -> None:
    """There is no index, and none is needed."""
    opened = snapshot.catalogue()
    rows = [
        (shard, row)
        for shard in snapshot.shards(Kind.RECORD)
        for row in shards.read(Kind.RECORD, snapshot.path(shard))
        if isinstance(row, Record)
    ]
    assert {row.text for _, row in rows} == {"Ice floats.", "Granite cools."}
    for shard, row in rows:
        reference = record.find(snapshot, opened, row.id)
        assert reference.is_record
        (hit,) = reference.hits(snapshot.people, opened.states)
        assert (hit.record, hit.collection, hit.pool) == (row, shard.collection, shard.pool)
        assert hit.contributor == "carl"
        assert row.id in hit.citation()


@pytest.mark.parametrize("name", ["kr1" + "a" * 52, "", "../README.md", "kr1"])
def test_one_that_is_not_there_is_an_error_that_says_how_to_go_on(name: str, snapshot: Snapshot) -> None:
    with pytest.raises(CommonsError) as caught:
        record.find(snapshot, snapshot.catalogue(), name)
    assert caught.value.code == "record-missing"
    assert "commons search" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "written",
    [
        "{ID}",
        " {id} ",
        "https://example.org/record/{id}",
        "{id}.json",
        "<{id}>",
        "“{id}”,",
        "see {ID}; it says so",
        "https://example.org/?q=%22{id}%22",
    ],
)
def test_an_id_is_known_however_it_was_pasted(written: str, snapshot: Snapshot) -> None:
    opened = snapshot.catalogue()
    name = str(opened.table["id"][0].as_py())
    assert record.find(snapshot, opened, written.format(id=name, ID=name.upper())).id == name


def test_two_ids_are_not_one_record_and_no_id_is_said_to_be_none(snapshot: Snapshot) -> None:
    opened = snapshot.catalogue()
    with pytest.raises(UsageError):
        record.find(snapshot, opened, " ".join(map(str, opened.table["id"].to_pylist()[:2])))
    with pytest.raises(CommonsError) as caught:
        record.find(snapshot, opened, "kr1notanid")
    assert "not the id of a record" in caught.value.message


def test_a_contribution_leads_to_its_records(snapshot: Snapshot) -> None:
    opened = snapshot.catalogue()
    contribution = str(opened.table["contribution"][0].as_py())
    reference = record.find(snapshot, opened, f"contribution {contribution.upper()}.")
    assert (reference.kind, reference.title) == ("contribution", "A contribution of 2 records and 1 link")
    hits = reference.hits(snapshot.people, opened.states)
    assert {hit.record.text for hit in hits} == {"Ice floats.", "Granite cools."}


def test_a_link_leads_to_the_records_it_joins_and_names_the_end_that_lies_outside(snapshot: Snapshot) -> None:
    opened = snapshot.catalogue()
    (granite,) = (e.record for e in opened.page().entries if e.record.text == "Granite cools.")
    ((link,), _) = opened.links_of(granite.id)
    reference = record.find(snapshot, opened, identity.link_id(link.core()).upper())
    assert reference.title == "Granite cools. → schema:about → https://www.wikidata.org/entity/Q41177"
    assert reference.link == link
    assert [entry.record for entry in reference.entries] == [granite]


@pytest.mark.parametrize(("prefix", "kind"), [("KL1", "link"), ("kc1", "contribution"), ("KR1", "record")])
def test_what_an_unknown_id_would_be_of_is_said(prefix: str, kind: str, snapshot: Snapshot) -> None:
    with pytest.raises(CommonsError) as caught:
        record.find(snapshot, snapshot.catalogue(), prefix + "a" * 52)
    assert caught.value.code == "record-missing"
    assert f"has no {kind} {prefix.lower()}aaa" in caught.value.message
