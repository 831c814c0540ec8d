"""A Hub that goes away, before the commons is open and in the middle of a call: said with what to do, and the next call works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from mcp import Client
from mcp_types import CallToolResult
from support import own_loop
from support.embedder import TinyEmbedder
from support.flaky_proxy import Fault, FlakyProxy, flaky_proxy
from support.world import World

from commons.index.editions import Keeper
from commons.mcp import server
from commons.mcp.opening import CommonsOpening
from commons.snapshots import source

from .test_tools import failure_of, value_of

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

_AWAY = Fault(501)  # what nobody asks again at once
_OFTEN = 50


@pytest.fixture(scope="module")
def world(found_commons: Any) -> World:
    """Indexed, and with a revision from before its last record."""
    made: World = found_commons()
    made.add([{"text": "Glaucoma is damage to the optic nerve.", "title": "Glaucoma"}])
    made.build(TinyEmbedder())
    return made


@pytest.fixture
def proxy(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyProxy]:
    """Before the Hub; nothing of it has been downloaded yet."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with flaky_proxy(world.url) as made:
        yield made


def opening(world: World, proxy: FlakyProxy) -> CommonsOpening:
    place = source.named(world.repo_id, endpoint=proxy.url)
    return CommonsOpening(lambda _: Keeper(place, lambda _: TinyEmbedder()))


def call(made: CommonsOpening, tool: str, **arguments: Any) -> CallToolResult:
    async def called() -> CallToolResult:
        async with Client(server.build(made)) as client:
            return await client.call_tool(tool, arguments)

    return own_loop.run(called)


def test_a_commons_that_cannot_be_opened_is_opened_at_the_next_call(world: World, proxy: FlakyProxy) -> None:
    made = opening(world, proxy)
    proxy.fail(".*", _AWAY, times=_OFTEN)
    failure = failure_of(call(made, "search", query="What is glaucoma?"))
    assert failure["error"].startswith("hub") and failure["hint"]
    proxy.forget()
    assert value_of(call(made, "search", query="What is glaucoma?"))["results"][0]["title"] == "Glaucoma"
    made.close()


def test_a_call_that_needs_the_hub_fails_and_the_others_go_on(world: World, proxy: FlakyProxy) -> None:
    made = opening(world, proxy)
    record = value_of(call(made, "search", query="What is glaucoma?"))["results"][0]["id"]
    earlier = world.repository().history("main")[-2]  # founded; the last is the Hub's own
    proxy.fail(".*", _AWAY, times=_OFTEN)
    cited = {"id": record, "quote": "the optic nerve"}
    assert failure_of(call(made, "verify_citation", **cited, revision=earlier))["error"].startswith("hub")
    assert value_of(call(made, "verify_citation", **cited))["verdict"] == "exact"
    proxy.forget()
    assert value_of(call(made, "verify_citation", **cited, revision=earlier))["verdict"] == "unknown_record"
    made.close()
