"""A program and a Hub: revisions, what is fetched when, and a Hub that goes away in the middle."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from huggingface_hub import constants
from support import own_loop
from support.embedder import TinyEmbedder
from support.flaky_proxy import Fault, FlakyProxy, flaky_proxy

import commons
from commons.errors import CommonsError, HubError
from commons.snapshots import source

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

ROOT = Path(__file__).parents[2]
QUESTION = "What causes glaucoma?"
FIRST = [
    {"text": "Glaucoma is caused by pressure in the eye.", "title": "Glaucoma", "topic": ["medicine"]},
    {"text": "Ice floats on water."},
]
LATER = [{"text": "Stones sink in water."}]
_INDEX_FILES = r"/index/tiny/"
AWAY = Fault(501)  # what nobody asks again at once
_TABLES = r"/v2/reconstructions/"  # by which the Hub's client fetches Parquet files


@pytest.fixture(scope="module")
def world(found_commons: Any) -> World:
    """Indexed and tagged, and one record later."""
    made: World = found_commons()
    made.add(FIRST)
    made.build(TinyEmbedder())
    made.api().create_tag(made.repo_id, tag="v1.0.0", repo_type="dataset")
    made.add(LATER, "stones")
    return made


@pytest.fixture
def proxy(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlakyProxy]:
    """Before the Hub; nothing of it has been downloaded yet."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with flaky_proxy(world.url) as made:
        yield made


def opened(world: World, revision: str = "main", *, endpoint: str = "") -> commons.Reader:
    return commons.open(world.repo_id, revision, endpoint=endpoint or world.url, using=TinyEmbedder())


def test_a_branch_a_tag_a_commit_and_the_address_of_a_page_are_opened(world: World) -> None:
    newest, tagged = opened(world), opened(world, "v1.0.0")
    assert (len(newest), len(tagged)) == (3, 2)
    assert newest.revision == world.head()
    assert newest.search(QUESTION).stale
    assert newest.search(QUESTION).missing_records == 1
    assert not tagged.search(QUESTION).stale
    assert opened(world, tagged.revision).revision == tagged.revision
    page = f"{world.url}/datasets/{world.repo_id}/tree/v1.0.0"
    assert commons.open(page, using=TinyEmbedder()).revision == tagged.revision
    assert repr(newest) == f"<Reader of {world.repo_id!r}, revision {newest.revision[:12]}>"
    assert newest.root == world.snapshot().root


def test_the_five_lines_of_the_readme_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here with another repository, its Hub and an embedder of tests."""
    (block,) = re.findall(r"```python\n(import commons\n[\s\S]*?)```", (ROOT / "README.md").read_text())
    named = re.search(r'commons\.open\("([^"]+)"\)', block)
    assert named
    monkeypatch.setenv("HF_ENDPOINT", world.url)
    monkeypatch.setattr(commons, "open", partial(commons.open, using=TinyEmbedder()), raising=False)
    exec(block.replace(named[1], world.repo_id), {})  # noqa: S102
    assert "Glaucoma" in capsys.readouterr().out


def test_a_result_names_its_page_and_its_revision(world: World) -> None:
    answer = opened(world).search(QUESTION)
    first = answer.results[0]
    assert first.url == f"{world.url}/datasets/{world.repo_id}?record={first.id}"
    assert answer.to_arrow()["revision"].to_pylist() == [world.head()] * len(answer)
    assert opened(world).get(first.url).text == first.text


def test_what_is_not_there_is_said_when_it_is_opened(world: World) -> None:
    for name, revision in ((world.repo_id, "v9.9.9"), ("maya/nowhere", "main")):
        with pytest.raises(HubError):
            commons.open(name, revision, endpoint=world.url)


def test_records_are_fetched_before_the_index_and_each_when_it_is_needed(
    world: World, proxy: FlakyProxy
) -> None:
    library = opened(world, "v1.0.0", endpoint=proxy.url)
    before = proxy.count(_TABLES)
    assert len(library) == 2
    assert proxy.count(_TABLES) > before
    assert not proxy.count(_INDEX_FILES)
    assert library.search(QUESTION).answerable
    assert proxy.count(_INDEX_FILES)
    asked = len(proxy.requests)
    assert library.search("Does ice float?").results
    assert library.get(library.search(QUESTION).results[0].id).title == "Glaucoma"
    assert len(proxy.requests) == asked


def test_eight_threads_fetch_an_index_once(world: World, proxy: FlakyProxy) -> None:
    library = opened(world, "v1.0.0", endpoint=proxy.url)
    together = threading.Barrier(8)

    def search(_: int) -> str:
        together.wait()
        return library.search(QUESTION).results[0].title

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(search, range(8))) == {"Glaucoma"}
    fetched = [path for method, path in proxy.requests if method == "GET" and "/index/tiny/" in path]
    assert len(fetched) == len(set(fetched)) > 0


def test_a_hub_that_goes_away_in_the_middle_leaves_what_is_open_and_is_asked_again(
    world: World, proxy: FlakyProxy
) -> None:
    library = opened(world, "v1.0.0", endpoint=proxy.url)
    assert len(library) == 2
    proxy.fail(_INDEX_FILES, AWAY, times=1_000)
    with pytest.raises(HubError):
        library.search(QUESTION)
    assert len(library.collections()) == 1
    proxy.forget()
    answer = library.search(QUESTION)
    assert answer.answerable
    proxy.fail("", AWAY, times=1_000)
    assert library.search(QUESTION).packet == answer.packet
    assert library.get(answer.results[0].id).title == "Glaucoma"
    with pytest.raises(HubError):
        library.refresh()
    assert library.search(QUESTION).packet == answer.packet


def test_a_refresh_opens_what_has_landed_since(world: World, found_commons: Any) -> None:
    young: World = found_commons()
    library = opened(young)
    assert len(library) == 0
    assert library
    with pytest.raises(CommonsError) as refused:
        library.search(QUESTION)
    assert refused.value.code == "index-missing"
    young.add(FIRST)
    young.build(TinyEmbedder())
    assert len(library) == 0
    assert library.refresh()
    assert library.search(QUESTION).answerable
    young.add(LATER, "stones")
    assert library.refresh()
    assert (len(library), library.search(QUESTION).stale) == (3, True)
    assert not library.refresh()


def test_a_program_of_asyncio_asks_many_things_at_once(world: World) -> None:
    async def program() -> tuple[list[str], str, int, bool]:
        library = await commons.aopen(world.repo_id, "v1.0.0", endpoint=world.url, using=TinyEmbedder())
        answers = await asyncio.gather(*(library.asearch(QUESTION, k=1, topic="medicine") for _ in range(8)))
        first = answers[0].results[0]
        record = await library.aget(first.id)
        packet = await library.anamed(first.contribution)
        assert record.id in {result.id for result in packet.results}
        counts = await library.acollections()
        assert (await library.averify_citation(first.id, record.text)).verdict == "exact"
        assert record.id in (await library.acite(first.id)).text
        assert (await library.arelated(first.id)).results == ()
        passages = await library.acontext(QUESTION, topic="medicine")
        assert passages.packet.hash == (await answers[0].acontext()).packet.hash
        return (
            [answer.results[0].title for answer in answers],
            record.text,
            counts[0].records,
            await library.arefresh(),
        )

    titles, text, records, refreshed = own_loop.run(program)
    assert titles == ["Glaucoma"] * 8
    assert (text, records, refreshed) == (FIRST[0]["text"], 2, False)


def test_who_cancels_a_search_waits_no_longer_and_harms_nobody(world: World) -> None:
    loading, may_go_on = threading.Event(), threading.Event()

    def load(_: object) -> TinyEmbedder:
        loading.set()
        assert may_go_on.wait()
        return TinyEmbedder()

    async def program() -> bool:
        library = commons.Reader(source.named(world.repo_id, endpoint=world.url), load, revision="v1.0.0")
        search = asyncio.create_task(library.asearch(QUESTION))
        await asyncio.to_thread(loading.wait)
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        may_go_on.set()
        return (await library.asearch(QUESTION)).answerable

    assert own_loop.run(program)
