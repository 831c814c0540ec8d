"""Which model a command works with, where it comes from, and what of it is published."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal
from support.small_models import make_model

import commons
from commons import layout
from commons.cli import run
from commons.cli.shared import options
from commons.index import manifest
from commons.layout import Need

if TYPE_CHECKING:
    from support.model_repositories import ModelRepositories
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")
TELL_TALE = "home-of-a-maintainer"


@dataclass(frozen=True)
class Output:
    code: int
    out: str
    err: str


Type = Callable[..., Output]


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a true model."""
    return make_model(tmp_path_factory.mktemp(TELL_TALE)).rename(
        tmp_path_factory.mktemp(TELL_TALE) / "little-model"
    )


@pytest.fixture
def typed(
    world: World,
    models: ModelRepositories,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Type:
    """A function: what Maya types, whose data is on one Hub and whose models come from another."""
    terminal.sit_down(monkeypatch, world, "maya", tmp_path)
    monkeypatch.setenv("COMMONS_MODEL_ENDPOINT", models.url)
    options.load_embedder.cache_clear()

    def typed(*words: Any) -> Output:
        capsys.readouterr()
        code = run([str(word) for word in words])
        captured = capsys.readouterr()
        return Output(code, captured.out, captured.err)

    return typed


def policy_of(world: World, repo: str) -> dict[str, Any]:
    repository = world.api().hf_hub_download(repo, layout.POLICY, repo_type="dataset")
    return tomllib.loads(Path(repository).read_text())


class TestInit:
    def test_the_policy_names_the_model(
        self, typed: Type, world: World, models: ModelRepositories, little: Path
    ) -> None:
        models.publish("org/founders-choice", little)
        done = typed("init", "--repo", "maya/chosen", "--name", "Chosen", "--model", "org/founders-choice")
        assert done.code == 0, done.err
        assert policy_of(world, "maya/chosen")["commons"]["embedder"] == "org/founders-choice"

    def test_without_one_it_names_none(self, typed: Type, world: World) -> None:
        assert typed("init", "--repo", "maya/plain", "--name", "Plain").code == 0
        assert policy_of(world, "maya/plain")["commons"]["embedder"] == ""

    @pytest.mark.parametrize(
        "written",
        ["./model", "/srv/model", "~/model", "a/b/c", "model", "org/", "a b/c", "org/mo\ndel", "C:\\m"],
    )
    def test_what_cannot_be_an_id_is_refused_before_anything_is_created(
        self, written: str, typed: Type, world: World
    ) -> None:
        done = typed("init", "--repo", "maya/none", "--name", "None", "--model", written)
        assert done.code == 64
        assert "is not the id of a model" in done.err
        assert not world.api().repo_exists("maya/none", repo_type="dataset")

    def test_a_folder_is_refused_whatever_it_is_called(self, typed: Type, tmp_path: Path) -> None:
        (tmp_path / "org" / "model").mkdir(parents=True)
        done = typed("init", "--repo", "maya/none", "--name", "None", "--model", "org/model")
        assert done.code == 64
        assert "is a folder of this machine" in done.err

    def test_a_model_that_the_hub_does_not_have_is_refused_with_the_host(
        self, typed: Type, world: World, models: ModelRepositories
    ) -> None:
        done = typed("init", "--repo", "maya/none", "--name", "None", "--model", "org/tpyo")
        assert done.code == 1
        assert f"no model org/tpyo on {models.url}" in done.err
        assert not world.api().repo_exists("maya/none", repo_type="dataset")

    def test_where_no_hub_answers_that_is_said(self, typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COMMONS_MODEL_ENDPOINT", "http://127.0.0.1:9")
        done = typed("init", "--repo", "maya/unasked", "--name", "Unasked", "--model", "org/unasked")
        assert done.code == 0
        assert "http://127.0.0.1:9 cannot be asked now" in done.err


def test_every_command_follows_the_policy_and_fetches_its_model_from_the_hub_of_models(
    typed: Type, world: World, models: ModelRepositories, little: Path
) -> None:
    """The data's Hub has no such model, and its token is none of the other Hub's: 404 and 401, were they mixed up."""
    commit = models.publish("org/of-the-policy", little)
    world.change_policy({'embedder = ""': 'embedder = "org/of-the-policy"'})
    world.add([{"text": "The river level was measured again.", "title": "River"}])
    built = typed("build", "--publish")
    assert built.code == 0, built.err
    made = manifest.parse(world.snapshot().read(layout.manifest_path("of-the-policy"))).embedder
    assert (made.model, made.revision) == ("org/of-the-policy", commit)
    found = typed("search", "river", "--format", "quiet")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("kr1")
    asked = typed("search", "river", "--model", "org/another")
    assert asked.code == 1
    assert "index-missing" in asked.err
    assert "by org/of-the-policy" in asked.err
    checked = typed("verify", "--embed", "all")
    assert "not checked" not in checked.out.lower(), checked.out


def test_an_index_by_another_model_than_the_policys_is_searched_and_that_is_one_line(
    typed: Type, world: World, models: ModelRepositories, little: Path
) -> None:
    models.publish("org/first", little)
    world.add([{"text": "The river level was measured again.", "title": "River"}])
    assert typed("build", "--publish", "--model", "org/first").code == 0
    world.change_policy({'embedder = ""': 'embedder = "org/second"'})
    found = typed("search", "river", "--format", "quiet")
    assert found.code == 0, found.err
    assert found.err.count("\n") == 1
    assert "by org/first, and the policy names org/second" in found.err


def test_of_a_model_from_a_folder_its_name_is_published_and_never_the_way_there(
    typed: Type, world: World, little: Path, tmp_path: Path
) -> None:
    assert TELL_TALE in str(little)
    world.add([{"text": "The river level was measured again.", "title": "River"}])
    for index, way in enumerate((["--publish"], ["--propose"])):
        world.add([{"text": f"The report agrees {index}."}], f"more-{index}")
        done = typed("build", *way, "--model", little)
        assert done.code == 0, done.err
    (proposal,) = world.repository().proposals()
    refs = ["main", f"refs/pr/{proposal.number}"]
    made = manifest.parse(world.snapshot().read(layout.manifest_path("little-model")))
    assert made.embedder.model == "little-model"
    for ref in refs:
        snapshot = world.snapshot(ref, need=Need.VERIFYING)
        published = [path for path in snapshot.folder.rglob("*") if path.is_file()]
        assert any(path.name == "manifest.json" for path in published)
        for path in published:
            assert TELL_TALE.encode() not in path.read_bytes(), path
        for commit in world.api().list_repo_commits(world.repo_id, repo_type="dataset", revision=ref):
            assert TELL_TALE not in commit.title + commit.message
    details = world.api().get_discussion_details(world.repo_id, proposal.number, repo_type="dataset")
    assert TELL_TALE not in str(vars(details)) + "".join(str(vars(event)) for event in details.events)
    found = typed("search", "river", "--model", little, "--format", "quiet")
    assert found.out.startswith("kr1"), found.err
    unnamed = typed("search", "river")
    assert unnamed.code == 1
    assert "made with little-model, a model that somebody had in a folder" in unnamed.err


def test_a_folder_that_holds_no_model_is_called_by_its_name_where_others_read_it(
    typed: Type, world: World, little: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of a proposal says why meaning was not compared, and is published."""
    world.add([{"text": "The river level was measured again.", "title": "River"}])
    assert typed("build", "--publish", "--model", little).code == 0
    empty = tmp_path / TELL_TALE / "little-model"
    empty.mkdir(parents=True)
    number = world.propose([{"text": "The heart pumps blood."}], "others").number
    monkeypatch.setenv("COMMONS_MODEL", str(empty))
    options.load_embedder.cache_clear()
    done = typed("show", number, "--format", "json")
    assert "little-model cannot be loaded" in done.out
    assert TELL_TALE not in done.out
    shutil.rmtree(empty)


def test_a_policy_cannot_make_a_reader_open_a_folder(
    typed: Type, world: World, little: Path, tmp_path: Path
) -> None:
    """A folder of that name lies where the command is run."""
    shutil.copytree(little, tmp_path / "org" / "local")
    world.change_policy({'embedder = ""': 'embedder = "org/local"'})
    world.add([{"text": "Ice floats."}])
    done = typed("build")
    assert done.code == 1
    assert "no model org/local on http" in done.err


def test_a_program_follows_the_index_as_a_command_does(
    typed: Type, world: World, models: ModelRepositories, little: Path
) -> None:
    models.publish("org/for-programs", little)
    world.add([{"text": "The river level was measured again.", "title": "River"}])
    assert typed("build", "--publish", "--model", "org/for-programs").code == 0
    library = commons.open(world.repo_id)
    assert library.search("river").results[0].title == "River"
