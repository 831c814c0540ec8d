"""Build: embeds only what is new, publishes only what changed, and loses nothing when it is killed."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.world import key_of

from commons import layout
from commons.errors import AccessError, CommonsError
from commons.index import manifest
from commons.layout import Kind
from commons.operations import build

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")


def build_in(world: World, embedder: Any, work: Path, **options: Any) -> build.BuiltIndex:
    """A build whose files stay where they can be looked at."""
    folder = Path(tempfile.mkdtemp(dir=world.folder))
    return build.build(world.snapshot(), embedder, work, folder, **options)


def contents(built: build.BuiltIndex) -> dict[str, Any]:
    """Every file by its bytes, and the manifest by what it binds."""
    files = {
        path: place.read_bytes() for path, place in built.files.items() if not path.endswith("manifest.json")
    }
    return {**files, "manifest": built.manifest.binding()}


@pytest.fixture(scope="module")
def landed(found_commons: Any) -> World:
    world: World = found_commons()
    rows = [{"text": f"Record number {number}."} for number in range(6)]
    shared = [{"text": f"Geteilter Text {number}.", "license": "CC-BY-SA-4.0"} for number in range(3)]
    world.add([*rows, *shared])
    return world


class TestWhatIsBuilt:
    def test_every_record_is_embedded_once_and_the_pools_are_kept_apart(
        self, landed: World, embedder: Any, tmp_path: Path
    ) -> None:
        built = build_in(landed, embedder, tmp_path)
        assert sum(embedder.calls) == built.embedded == built.manifest.records == 9
        assert {pool: p.index.rows for pool, p in built.manifest.pools.items()} == {"open": 6, "by-sa": 3}

    def test_the_same_data_gives_the_same_files_wherever_it_is_built(
        self, landed: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        one = build_in(landed, make_embedder(), tmp_path / "one")
        two = build_in(landed, make_embedder(), tmp_path / "two")
        assert contents(one) == contents(two)

    def test_the_manifest_names_every_file_by_its_digest(
        self, landed: World, embedder: Any, tmp_path: Path
    ) -> None:
        built = build_in(landed, embedder, tmp_path)
        made = manifest.parse(built.files[layout.manifest_path("tiny")].read_bytes())
        named = {file.path: file.sha256 for file in made.files}
        files = {path: place for path, place in built.files.items() if not path.endswith("manifest.json")}
        assert named == {
            path: hashlib.sha256(place.read_bytes()).hexdigest() for path, place in files.items()
        }
        shards = landed.snapshot().shards(Kind.RECORD)
        assert [(file.path, file.sha256) for file in made.data] == [(str(s), s.digest) for s in shards]

    def test_everything_lies_under_the_folder_of_the_embedder(
        self, landed: World, embedder: Any, tmp_path: Path
    ) -> None:
        built = build_in(landed, embedder, tmp_path)
        assert all(path.startswith("index/tiny/") for path in built.files)

    def test_an_empty_commons_can_be_built(self, shared: World, embedder: Any, tmp_path: Path) -> None:
        built = build_in(shared, embedder, tmp_path)
        assert (built.manifest.records, built.manifest.pools) == (0, {})


class TestTheWorkFolder:
    def test_what_was_embedded_here_is_not_embedded_again(
        self, landed: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        first, second = make_embedder(), make_embedder()
        once = build_in(landed, first, tmp_path)
        again = build_in(landed, second, tmp_path)
        assert second.calls == []
        assert again.embedded == 0
        assert contents(again) == contents(once)

    def test_a_kill_in_the_middle_keeps_what_was_finished(
        self, landed: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        first, second = make_embedder(), make_embedder()

        def die_at_the_second_shard(label: str, done: int, total: int) -> None:
            if len(first.calls) == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            build_in(landed, first, tmp_path, progress=die_at_the_second_shard)
        left = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert {path.name for path in left if path.suffix != ".parquet"} == {"engine.json"}
        built = build_in(landed, second, tmp_path)
        assert sum(second.calls) == 9 - first.calls[0]
        assert contents(built) == contents(build_in(landed, make_embedder(), tmp_path / "fresh"))

    def test_vectors_of_other_weights_are_not_mistaken_for_ours(
        self, landed: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        build_in(landed, make_embedder(), tmp_path)
        other = make_embedder(salt="other")
        build_in(landed, other, tmp_path)
        assert sum(other.calls) == 9

    @pytest.mark.parametrize("damage", [b"", b"rubbish", None])
    def test_a_damaged_file_in_it_is_made_again(
        self, damage: bytes | None, landed: World, make_embedder: Any, tmp_path: Path
    ) -> None:
        whole = build_in(landed, make_embedder(), tmp_path)
        for path in tmp_path.rglob("*.parquet"):
            path.write_bytes(path.read_bytes()[:-50] if damage is None else damage)
        again = make_embedder()
        assert contents(build_in(landed, again, tmp_path)) == contents(whole)
        assert sum(again.calls) == 9


class TestPublishing:
    def test_the_road_of_an_index(
        self, found_commons: Any, make_embedder: Any, tmp_path: Path, key: Any
    ) -> None:
        """First everything, then nothing, then only the new shard; whoever builds, wherever."""
        world: World = found_commons()
        world.add([{"text": "one"}, {"text": "two"}])
        first = make_embedder()
        published = world.build(first, tmp_path / "a")
        assert published.sha == world.head()
        assert sum(first.calls) == 2

        second = make_embedder()
        again = world.build(second, tmp_path / "b")
        assert (again.sha, again.added, again.removed) == ("", 0, 0)
        assert world.head() == published.sha, "nothing new, no commit"
        assert second.calls == [], "published vectors are taken from the repository"

        world.add([{"text": "three"}], "more")
        third = make_embedder()
        grown = world.build(third, tmp_path / "c")
        assert third.calls == [1]
        assert grown.built.manifest.records == 3
        assert world.files() >= set(grown.built.files)

        other = make_embedder(salt="other weights under the same name")
        world.build(other, tmp_path / "d")
        assert sum(other.calls) == 3, "published vectors of other weights are not taken"
        snapshot = world.snapshot()
        made = manifest.parse(snapshot.read(layout.manifest_path("tiny")))
        assert made.embedder == other.identity

    def test_published_vectors_whose_bytes_are_not_the_manifests_are_not_taken(
        self, found_commons: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        world: World = found_commons()
        world.add([{"text": "one"}])
        world.build(make_embedder(), tmp_path / "a")
        path = next(path for path in world.files() if "/vectors/" in path)
        forged = world.snapshot().read(path) + b"\0"
        world.repository().commit({path: forged}, message="Forge", parent=world.head())
        again = make_embedder()
        world.build(again, tmp_path / "b")
        assert again.calls == [1]
        assert world.snapshot().read(path) != forged

    def test_what_no_shard_needs_any_more_is_removed(
        self, found_commons: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        world: World = found_commons()
        world.add([{"text": "stays"}], "stays")
        world.add([{"text": "goes", "license": "ODbL-1.0"}], "goes")
        world.build(make_embedder(), tmp_path)
        gone = next(path for path in world.files() if path.startswith("data/odbl/"))
        world.repository().commit({}, deleted=[gone], message="Take down", parent=world.head())
        published = world.build(make_embedder(), tmp_path)
        left = {path for path in world.files() if path.startswith("index/")}
        assert left == set(published.built.files)
        assert not any("odbl" in path for path in left)

    def test_a_stranger_cannot_publish(self, landed: World, make_embedder: Any, tmp_path: Path) -> None:
        """Neither with a key that may not build, nor with one that may and an account that may not write."""
        before = landed.head()
        with pytest.raises(CommonsError) as caught:
            build.build_and_publish(landed.repository(), key_of("eve"), make_embedder(), tmp_path)
        assert caught.value.code == "not-a-builder"
        with pytest.raises(AccessError):
            build.build_and_publish(landed.repository("eve"), key_of("maya"), make_embedder(), tmp_path)
        assert landed.head() == before


def test_the_manifest_is_readable_json_with_the_embedders_identity(
    landed: World, embedder: Any, tmp_path: Path
) -> None:
    built = build_in(landed, embedder, tmp_path)
    value = json.loads(built.files[layout.manifest_path("tiny")].read_bytes())
    assert value["embedder"]["weights_sha256"] == embedder.identity.weights_sha256
    assert value["pools"]["open"]["factory"] == "SQfp16"
    assert value["faiss"]
