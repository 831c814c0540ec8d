"""What was replaced is on no page but its own, which says by what; a disputed record bears its mark."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from support.embedder import TinyEmbedder
from support.world import World

from commons.index.editions import Keeper
from commons.local_hub import RunningHub
from commons.snapshots import source
from space_app import browse_page, record_page, search_page

OLD, NEW = "The lake is 70 metres deep.", "The lake is 77 metres deep."
OTHER = "The lake is said to be 64 metres deep."


@pytest.fixture(scope="module")
def keeper(hub: RunningHub, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Keeper:
    world = World.found(hub, tokens, "maya/lakes", tmp_path_factory.mktemp("lakes"))
    world.add([{"text": OLD}, {"text": "Granite cools slowly."}])
    world.build(TinyEmbedder())
    opened = Keeper(source.named("maya/lakes", endpoint=hub.url), lambda _: TinyEmbedder())
    opened.refresh()
    old = id_of(opened, OLD)
    world.add([{"text": NEW, "links": [{"predicate": "dcterms:replaces", "object": old}]}])
    opened.refresh()
    new = id_of(opened, NEW)
    world.add([{"text": OTHER, "links": [{"predicate": "cito:disputes", "object": new}]}])
    world.build(TinyEmbedder())
    opened.refresh()
    return opened


def id_of(keeper: Keeper, text: str) -> str:
    rows = keeper.edition.catalogue.table.to_pylist()
    return str(next(row["id"] for row in rows if row["text"] == text))


def page(keeper: Keeper, record_id: str) -> str:
    request = Request({"type": "http", "path_params": {"record_id": record_id}})
    return bytes(record_page.show(keeper, request).body).decode()


def test_no_list_has_it(keeper: Keeper) -> None:
    request = Request({"type": "http", "query_string": b"words=lake", "path": "/browse", "headers": []})
    listed = bytes(browse_page.show(keeper, request).body).decode()
    assert NEW in listed
    assert OTHER in listed
    assert OLD not in listed
    assert OLD not in search_page.answer(keeper, "How deep is the lake?", {}, 10)


def test_its_own_page_says_what_replaced_it_by_whom_and_when(keeper: Keeper) -> None:
    old, new = id_of(keeper, OLD), id_of(keeper, NEW)
    shown = page(keeper, old)
    assert "Replaced by" in shown
    assert f"/record/{new}" in shown
    assert "by carl on 20" in shown
    assert "load_dataset(\n    &#34;maya/lakes&#34;, &#34;replaced&#34;" in shown
    after = page(keeper, new)
    assert "<dt>Replaces</dt>" in after
    assert f"/record/{old}" in after
    (twin,) = record_page.packet(keeper.edition, old).results
    assert twin.state.replaced_by == new
    assert twin.state.corrections[0].landed


def test_a_disputed_record_bears_its_mark_and_leads_to_the_other(keeper: Keeper) -> None:
    new, other = id_of(keeper, NEW), id_of(keeper, OTHER)
    for name, counterpart in ((new, other), (other, new)):
        shown = page(keeper, name)
        assert "disputed</span>" in shown
        assert f"/record/{counterpart}" in shown
    answer = search_page.answer(keeper, NEW, {}, 5)
    assert answer.count('title="Another record disputes this one; read both">disputed</a>') == 2


def test_what_stands_beside_a_hit_is_said_to(keeper: Keeper) -> None:
    answer = search_page.answer(keeper, NEW, {}, 1)
    assert "The 1 record nearest to your question, and 1 beside it" in answer
