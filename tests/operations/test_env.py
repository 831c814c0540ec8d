"""Env: what is here and what is missing, in words that help whoever reads a report of a fault, and without any secret."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commons import extras
from commons.cli import run
from commons.embedding.embedder import DEFAULT_MODEL
from commons.operations import env, verify
from commons.operations.env import Surroundings

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


@pytest.fixture
def place(shared: World, tmp_path: Path) -> Surroundings:
    return Surroundings(
        repo=shared.repo_id,
        endpoint=shared.url,
        token=shared.tokens["carl"],
        home=tmp_path / "home",
        key_file=str(tmp_path / "key.pem"),
        key="kk1example",
        key_trouble="",
        model="",
        model_endpoint="https://models.example",
        engine="",
    )


def test_it_names_versions_the_hub_the_login_and_the_commons(place: Surroundings, shared: World) -> None:
    environment = env.describe(place)
    assert environment.libraries["pyarrow"]
    assert set(environment.extras) == set(extras.LIBRARIES)
    assert environment.hub.answers
    assert environment.hub.user == "carl"
    assert environment.root == shared.snapshot().root
    assert environment.engine == "auto"
    assert "reference" in environment.engines


def test_it_names_the_model_who_names_it_and_the_hub_it_comes_from(
    place: Surroundings, found_commons: Any
) -> None:
    environment = env.describe(place)
    assert (environment.model, environment.model_by) == (DEFAULT_MODEL, "the default")
    assert environment.model_hub == "https://models.example"
    assert environment.model_is_here, "it comes with a package"
    world: World = found_commons({'embedder = ""': 'embedder = "org/named"'})
    there = replace(place, repo=world.repo_id, endpoint=world.url)
    environment = env.describe(there)
    assert (environment.model, environment.model_by) == ("org/named", "the policy of the commons")
    assert not environment.model_is_here
    environment = env.describe(replace(there, model="org/mine"))
    assert (environment.model, environment.model_by) == ("org/mine", "COMMONS_MODEL")


def test_only_engines_that_can_run_are_named_and_where_none_can_what_brings_one(
    place: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert env.describe(place).engines
    for name in ("torch", "openvino"):
        monkeypatch.setitem(sys.modules, name, None)
    environment = env.describe(place)
    assert environment.engines == []
    assert any("computes vectors" in lack.what and "[search]" in lack.command for lack in environment.missing)


def test_it_makes_nothing(place: Surroundings, tmp_path: Path) -> None:
    environment = env.describe(place)
    assert list(tmp_path.iterdir()) == []
    assert environment.home.bytes is None


def test_the_root_of_each_commons_that_was_verified_stands_beside_its_address(
    place: Surroundings, shared: World
) -> None:
    snapshot = shared.snapshot()
    assert verify.verify(snapshot, memory=place.home / "checkpoints").ok
    environment = env.describe(place)
    assert environment.roots == {f"{shared.url}/{shared.repo_id}": snapshot.root}
    assert environment.home.bytes


def test_what_is_missing_comes_with_the_command_that_brings_it(
    place: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.LIBRARIES, "energy", ("a_library_of_nobody",))
    bare = replace(place, repo="", token=None, key="", key_trouble="There is none.")
    environment = env.describe(bare)
    commands = {lack.command for lack in environment.missing}
    assert {
        "pip install 'hf-commons[energy]'",
        "export COMMONS_REPO=NAMESPACE/NAME",
        "hf auth login",
        "commons key new",
    } <= commands
    assert environment.extras["energy"] == ["a_library_of_nobody"]


def test_a_hub_that_does_not_answer_is_said_and_the_rest_still_stands(place: Surroundings) -> None:
    environment = env.describe(replace(place, endpoint="http://127.0.0.1:9"))
    assert not environment.hub.answers
    assert "no answer" in environment.hub.trouble
    assert environment.repo_trouble
    assert environment.libraries["pyarrow"]


def test_a_folder_is_a_commons_too(place: Surroundings, shared: World) -> None:
    folder = str(shared.snapshot().folder)
    assert env.describe(replace(place, repo=folder)).root == shared.snapshot().root


def test_the_command_prints_no_secret_in_any_format(
    shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", shared.url)
    monkeypatch.setenv("HF_TOKEN", shared.tokens["carl"])
    monkeypatch.setenv("COMMONS_REPO", shared.repo_id)
    monkeypatch.setenv("COMMONS_KEY_FILE", str(tmp_path / "key.pem"))
    monkeypatch.setenv("COMMONS_HOME", str(tmp_path / "home"))
    assert run(["key", "new"]) == 0
    capsys.readouterr()
    printed = ""
    for style in ("human", "json", "quiet"):
        assert run(["env", "--format", style]) == 0
        printed += capsys.readouterr().out
        if style == "json":
            assert json.loads(printed[printed.index("{") :])["hub"]["user"] == "carl"
    assert "kk1" in printed
    assert shared.tokens["carl"] not in printed
    assert "PRIVATE" not in printed
