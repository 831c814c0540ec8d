"""Opening the commons, keeping it open, and opening it anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from support.embedder import TinyEmbedder
from support.model_repositories import ModelRepositories
from support.patience import PATIENCE_S
from support.small_models import make_model
from support.space_records import HEALTH, WORDS
from support.world import World

from commons import layout
from commons.embedding import loading
from commons.embedding.engines.model_source import ModelHub
from commons.errors import CommonsError, UnreachableError
from commons.index.editions import Keeper
from commons.layout import Need
from commons.local_hub import RunningHub
from commons.operations import verify
from commons.reader.model_loader import ModelLoader
from commons.settings import Settings, from_environment
from commons.snapshots import snapshot as snapshots
from commons.snapshots import source
from commons.snapshots.snapshot import Snapshot
from commons.snapshots.source import InFolder
from space_app import app, rendering, search_page

from .conftest import running_space

_APP = Path(__file__).parents[2] / "space_app" / "app.py"


def _settings(**environment: str) -> Settings:
    return from_environment(environment)


def _ask(keeper: Keeper, question: str) -> str:
    return search_page.answer(keeper, question, {}, 10)


def test_a_commons_is_usable_at_every_stage_of_its_life(
    hub: RunningHub, tokens: dict[str, str], tmp_path: Path
) -> None:
    """Founded, landed but not indexed, indexed, and behind: each is said as it is, and a refresh opens the next."""
    young = World.found(hub, tokens, "maya/young", tmp_path)
    keeper = Keeper(source.named("maya/young", endpoint=hub.url), lambda _: TinyEmbedder())
    assert keeper.refresh()
    assert "Nothing here yet" in _ask(keeper, "")
    assert "cannot be searched" in _ask(keeper, "saudade")

    young.add(WORDS, "words")
    assert keeper.refresh()
    assert len(keeper.edition.catalogue) == len(WORDS)
    assert "has no index yet" in _ask(keeper, "saudade")

    young.build(TinyEmbedder())
    assert keeper.refresh()
    assert not keeper.refresh()
    assert "saudade?" in _ask(keeper, "O que é saudade?")
    before = keeper.edition

    young.add(HEALTH[:2], "health")
    assert keeper.refresh()
    assert "The search index is behind" in _ask(keeper, "O que é saudade?")
    assert "2 records that landed lately" in _ask(keeper, "")
    assert len(before.catalogue) == len(WORDS)  # who was reading still reads the revision they began with


def test_while_the_hub_is_away_what_was_open_stays_open(library: World) -> None:
    place = source.named(library.repo_id, endpoint=library.url)
    keeper = Keeper(place, lambda _: TinyEmbedder())
    keeper.refresh()
    keeper.source = source.named(library.repo_id, endpoint="http://127.0.0.1:9")
    with pytest.raises(UnreachableError):
        keeper.refresh()
    assert isinstance(keeper.trouble, UnreachableError)
    assert "glaucoma" in _ask(keeper, "glaucoma")


def test_what_never_opened_says_why() -> None:
    keeper = Keeper(source.named("maya/library", endpoint="http://127.0.0.1:9"), lambda _: TinyEmbedder())
    with pytest.raises(UnreachableError):
        keeper.refresh()
    with pytest.raises(UnreachableError):
        _ = keeper.edition
    assert "no answer from" in _ask(keeper, "glaucoma")


def test_an_embedder_that_cannot_be_loaded_is_tried_again(library: World) -> None:
    answers = iter([CommonsError("The model is on its way.")])

    def load(_: Snapshot) -> TinyEmbedder:
        for error in answers:
            raise error
        return TinyEmbedder()

    place = source.named(library.repo_id, endpoint=library.url)
    keeper = Keeper(place, load)
    keeper.refresh()
    assert "The model is on its way." in _ask(keeper, "glaucoma")
    assert "57 records" in _ask(keeper, "")
    assert keeper.refresh()
    assert "Handbook of the tests" in _ask(keeper, "glaucoma")


def test_a_commons_on_a_local_hub_is_searched_by_a_model_that_is_on_another(
    hub: RunningHub, tokens: dict[str, str], models: ModelRepositories, tmp_path: Path
) -> None:
    """HF_ENDPOINT says where the data is. The model is asked of its own Hub, which is not shown the token of the first."""
    models.publish("org/searcher", make_model(tmp_path / "made"))
    world = World.found(hub, tokens, "maya/elsewhere", tmp_path)
    world.add(WORDS, "words")
    where = {"COMMONS_HOME": str(tmp_path / "home"), "COMMONS_ENGINE": "reference"}
    settings = _settings(
        HF_ENDPOINT=hub.url, COMMONS_MODEL_ENDPOINT=models.url, HF_TOKEN=tokens["maya"], **where
    )
    world.build(loading.load("org/searcher", engine="reference", hub=ModelHub(models.url)))
    place = source.named("maya/elsewhere", endpoint=hub.url)
    keeper = Keeper(place, ModelLoader(settings))
    assert keeper.refresh()
    assert keeper.edition.no_search is None
    assert keeper.edition.searchable().embedder.identity.model == "org/searcher"
    nowhere = replace(settings, model_endpoint="http://127.0.0.1:9", model="org/searcher-of-nobody")
    lost = Keeper(place, ModelLoader(nowhere))
    lost.refresh()
    assert "no index by org/searcher-of-nobody here; there is one by org/searcher" in _ask(lost, "saudade")


@pytest.fixture
def folder(library: World, tmp_path: Path) -> Path:
    """The commons as a plain folder."""
    snapshot = library.snapshot(need=Need.VERIFYING)
    return Path(shutil.copytree(snapshot.folder, tmp_path / "copy"))


def test_a_folder_is_opened_and_opened_anew_when_it_changes(folder: Path) -> None:
    keeper = Keeper(source.named(str(folder), endpoint=""), lambda _: TinyEmbedder())
    assert isinstance(keeper.source, InFolder)
    assert keeper.refresh()
    assert "Handbook of the tests" in _ask(keeper, "glaucoma")
    assert not keeper.refresh()
    shard = next(folder.glob("index/*/pools/*"), None) or next(folder.glob("index/*/*"))
    shard.write_bytes(b"other bytes")
    assert keeper.refresh()
    assert "Handbook of the tests" not in _ask(keeper, "glaucoma")
    assert "57 records" in _ask(keeper, "")


def test_every_page_says_by_which_root_this_commons_is_pinned(library: World, folder: Path) -> None:
    """The one that ``commons verify`` finds; a commons whose log does not hold is shown without."""
    keeper = Keeper(source.named(library.repo_id, endpoint=library.url), lambda _: TinyEmbedder())
    keeper.refresh()
    root = verify.verify(library.snapshot()).root
    assert re.fullmatch("[0-9a-f]{64}", root)
    assert keeper.edition.root == root
    page = rendering.render("api.html.j2", edition=keeper.edition, base="https://a.space")
    assert f"<code>{root}</code>" in page
    (folder / layout.CHECKPOINT).write_bytes(b"nothing\n")
    broken = Keeper(source.named(str(folder), endpoint=""), lambda _: TinyEmbedder())
    assert broken.refresh()
    assert broken.edition.root == ""
    assert "--root" not in rendering.render("api.html.j2", edition=broken.edition, base="https://a.space")


def test_the_space_itself_serves_a_folder_without_index_and_ends_on_sigterm(
    folder: Path, tmp_path: Path
) -> None:
    """The file that a Space runs, as it runs there: from elsewhere, with nothing but the environment."""
    shutil.rmtree(folder / "index")
    with running_space(str(_APP), log=tmp_path / "log", COMMONS_REPO=str(folder)) as space:
        health = space.get("/health").json()
        assert (health["records"], health["search"], health["revision"]) == (57, False, "folder")
        assert "has no index yet" in health["trouble"]
        assert health["root"] == snapshots.of_folder(folder).root
        assert "Page 1 of 3" in space.get("/browse").text
        assert str(folder) not in space.get("/browse").text
        assert space.get("/").status_code == 200
        space.process.terminate()
        space.process.wait(PATIENCE_S)
    assert space.process.returncode == 0
    assert "Traceback" not in space.log.read_text()
    with pytest.raises(httpx.TransportError):
        space.get("/health")


@pytest.mark.parametrize(
    ("repo", "said"),
    [("", "Which commons"), ("maya/missing", "there is no such dataset"), ("/", "is not a commons")],
)
def test_a_setting_that_cannot_work_ends_the_start(hub: RunningHub, repo: str, said: str) -> None:
    with pytest.raises(CommonsError, match=said):
        app.serve(
            _settings(COMMONS_REPO=repo, HF_ENDPOINT=hub.url),
            lambda _: TinyEmbedder(),
            host="127.0.0.1",
            port=0,
        )


def test_a_start_that_fails_says_what_to_set() -> None:
    done = subprocess.run(
        [sys.executable, str(_APP)],
        env={**os.environ, "COMMONS_REPO": "", "GRADIO_SERVER_PORT": "7861"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "COMMONS_REPO" in done.stderr
    assert "Traceback" not in done.stderr
