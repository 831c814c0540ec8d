"""Which model: what was asked for, what the policy names, the index that is there, the default; and what differs is said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.embedder import TinyEmbedder

from commons import layout
from commons.embedding.embedder import DEFAULT_MODEL
from commons.errors import IndexArtifactError
from commons.index import manifest, model_choice
from commons.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")
COMMIT = "c" * 40


@pytest.fixture(scope="module")
def built(found_commons: Any) -> Snapshot:
    """Its index is by tests/tiny, and its policy names no model."""
    world: World = found_commons()
    world.add([{"text": "Ice floats."}])
    world.build(TinyEmbedder())
    return world.snapshot()


@pytest.fixture(scope="module")
def unbuilt(found_commons: Any) -> Snapshot:
    """Its policy names org/wanted."""
    world: World = found_commons({'embedder = ""': 'embedder = "org/wanted"'})
    return world.snapshot()


def naming(snapshot: Snapshot, model: str, folder: Path) -> Snapshot:
    """A copy of the commons, had its policy named this model."""
    shutil.copytree(snapshot.folder, folder)
    place = folder / layout.POLICY
    place.write_text(re.sub('embedder = ".*?"', f'embedder = "{model}"', place.read_text()))
    return Snapshot(folder, snapshot.revision, snapshot.name)


def made_by(snapshot: Snapshot, folder: Path, **changes: Any) -> Snapshot:
    """A copy of the commons, had its index been made by this embedder; only its manifest says so."""
    shutil.copytree(snapshot.folder, folder)
    place = folder / layout.manifest_path("tiny")
    made = manifest.parse(place.read_bytes())
    place.write_bytes(
        made.model_copy(update={"embedder": made.embedder.model_copy(update=changes)}).to_bytes()
    )
    return Snapshot(folder, snapshot.revision, snapshot.name)


class TestReading:
    def test_the_index_that_is_there_is_asked_and_that_is_said(self, built: Snapshot) -> None:
        choice = model_choice.for_reading(built)
        assert (choice.model, choice.hub_only) == ("tests/tiny", True)
        assert choice.note == (
            "The index here is by tests/tiny, which is not the default model; that index is asked."
        )

    def test_what_the_policy_names_needs_no_word(self, built: Snapshot, tmp_path: Path) -> None:
        choice = model_choice.for_reading(naming(built, "tests/tiny", tmp_path / "copy"))
        assert (choice.model, choice.note) == ("tests/tiny", "")

    @pytest.mark.parametrize("named", ["org/wanted", "org/tiny"], ids=["other-folder", "same-folder"])
    def test_an_index_by_another_model_than_the_policys_is_asked_all_the_same(
        self, named: str, built: Snapshot, tmp_path: Path
    ) -> None:
        choice = model_choice.for_reading(naming(built, named, tmp_path / "copy"))
        assert choice.model == "tests/tiny"
        assert f"the policy names {named}" in choice.note

    def test_a_model_that_is_asked_for_is_taken_as_it_is(self, built: Snapshot) -> None:
        choice = model_choice.for_reading(built, "tests/tiny")
        assert (choice.model, choice.hub_only, choice.note) == ("tests/tiny", False, "")

    def test_without_an_index_by_the_model_asked_for_those_that_are_there_are_named(
        self, built: Snapshot
    ) -> None:
        with pytest.raises(
            IndexArtifactError, match=r"no index by org/other here; .* by tests/tiny"
        ) as caught:
            model_choice.for_reading(built, "org/other")
        assert caught.value.code == "index-missing"

    def test_without_any_index_no_model_is_loaded(self, unbuilt: Snapshot) -> None:
        with pytest.raises(IndexArtifactError, match="no index yet") as caught:
            model_choice.for_reading(unbuilt)
        assert caught.value.code == "index-missing"

    def test_the_model_comes_at_the_commit_that_made_the_index(self, built: Snapshot, tmp_path: Path) -> None:
        pinned = made_by(built, tmp_path / "pinned", revision=COMMIT)
        assert model_choice.for_reading(pinned).revision == COMMIT
        assert model_choice.for_reading(pinned, "tests/tiny").revision == COMMIT
        branch = made_by(built, tmp_path / "branch", revision="refs/pr/1")
        assert model_choice.for_reading(branch).revision == "", "what is no commit pins nothing"

    @pytest.mark.parametrize("name", ["tiny", "/etc/tiny", "./tiny", "~/tiny", "a/b/tiny", "../tiny"])
    def test_a_manifest_that_names_a_folder_opens_none(
        self, name: str, built: Snapshot, tmp_path: Path
    ) -> None:
        strange = made_by(built, tmp_path / "strange", model=name)
        with pytest.raises(IndexArtifactError, match="in a folder") as caught:
            model_choice.for_reading(strange)
        assert caught.value.code == "model-missing"
        assert "--model FOLDER" in caught.value.hint
        assert model_choice.for_reading(strange, "./tiny").model == "./tiny"

    def test_a_damaged_manifest_is_said_before_a_model_is_loaded(
        self, built: Snapshot, tmp_path: Path
    ) -> None:
        copy = made_by(built, tmp_path / "damaged")
        (copy.folder / layout.manifest_path("tiny")).write_bytes(b"{}")
        with pytest.raises(IndexArtifactError) as caught:
            model_choice.for_reading(copy)
        assert caught.value.code == "manifest-malformed"
        assert model_choice.for_auditing(copy).model == DEFAULT_MODEL
        assert model_choice.for_building(copy).model == DEFAULT_MODEL


class TestBuilding:
    def test_it_follows_the_policy(self, built: Snapshot, unbuilt: Snapshot, tmp_path: Path) -> None:
        assert model_choice.for_building(unbuilt).model == "org/wanted"
        assert model_choice.for_building(naming(built, "org/wanted", tmp_path / "copy")).model == "org/wanted"

    def test_what_is_asked_for_wins(self, unbuilt: Snapshot) -> None:
        choice = model_choice.for_building(unbuilt, "./a-folder")
        assert (choice.model, choice.hub_only) == ("./a-folder", False)

    def test_the_only_index_goes_on_where_nobody_names_a_model(self, built: Snapshot) -> None:
        choice = model_choice.for_building(built)
        assert choice.model == "tests/tiny"
        assert "by tests/tiny" in choice.note

    def test_where_nobody_names_one_and_nothing_is_there_it_is_the_default(
        self, unbuilt: Snapshot, tmp_path: Path
    ) -> None:
        choice = model_choice.for_building(naming(unbuilt, "", tmp_path / "copy"))
        assert (choice.model, choice.note) == (DEFAULT_MODEL, "")


def test_who_checks_takes_the_model_of_the_index_and_without_one_that_of_the_policy(
    built: Snapshot, unbuilt: Snapshot
) -> None:
    assert model_choice.for_auditing(built).model == "tests/tiny"
    assert model_choice.for_auditing(unbuilt).model == "org/wanted"
    assert model_choice.for_auditing(unbuilt, "./mine").hub_only is False
