"""What a build meets that it should not: models that misbehave, disks that fill, others who build, files that were touched."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support import commons_on_disk, disks
from support.commons_on_disk import CommonsOnDisk, record
from support.patience import PATIENCE_S
from support.world import MAINTAINER, key_of

from commons import digests, layout
from commons.errors import CommonsError, IndexArtifactError, from_system
from commons.index import library as libraries
from commons.index.build import artifact_audit, missing_vectors
from commons.index.build.job import Job
from commons.index.build.model_audit import ModelChecks
from commons.operations import build, search
from commons.snapshots import snapshot as snapshots

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

DISK_BYTES = 192 * 1024


@pytest.fixture
def commons(tmp_path: Path) -> CommonsOnDisk:
    made = commons_on_disk.founded(tmp_path / "commons")
    made.put([record(f"Record number {number}.") for number in range(6)])
    return made


@dataclass(frozen=True)
class Misbehaving:
    """A true embedder whose vectors go through ``twist`` on their way out."""

    true: Any
    twist: Callable[[Any, Sequence[str]], Any]
    calls: list[int] = field(default_factory=list)

    @property
    def identity(self) -> Any:
        return self.true.identity

    @property
    def engine(self) -> Any:
        return self.true.engine

    def embed(self, texts: Sequence[str], **said: Any) -> Any:
        self.calls.append(len(texts))
        return self.twist(self.true.embed(texts, **said), texts)

    def embed_questions(self, texts: Sequence[str], **said: Any) -> Any:
        return self.true.embed_questions(texts, **said)


def refused(commons: CommonsOnDisk, embedder: Any, work: Path) -> IndexArtifactError:
    with pytest.raises(IndexArtifactError) as caught:
        commons.build(embedder, work)
    return caught.value


class TestAModelThatMisbehaves:
    @pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
    def test_what_is_no_vector_names_the_record_and_leaves_everything_as_it_was(
        self, value: float, commons: CommonsOnDisk, embedder: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        commons.publish(commons.build(make_embedder(), tmp_path / "work"))
        before = {
            path: path.read_bytes() for path in (commons.folder / "index").rglob("*.*") if path.is_file()
        }
        wrong = record("This one it cannot do.")
        commons.put([record("This one it can."), wrong])

        def twist(made: Any, texts: Sequence[str]) -> Any:
            made[list(texts).index(wrong.text)] = value
            return made

        error = refused(commons, Misbehaving(embedder, twist), tmp_path / "work")
        assert error.code == "vector-not-finite"
        assert wrong.id in error.message
        assert error.hint
        after = {
            path: path.read_bytes() for path in (commons.folder / "index").rglob("*.*") if path.is_file()
        }
        assert after == before
        mended = make_embedder()
        assert commons.build(mended, tmp_path / "work").manifest.records == 8
        assert mended.calls == [2], "what the first six were worth was kept"

    @pytest.mark.parametrize(
        "twist",
        [
            lambda made, texts: made[:, :-1],
            lambda made, texts: np.concatenate([made, made], axis=1),
            lambda made, texts: made[:-1],
            lambda made, texts: made[0],
        ],
    )
    def test_other_shapes_than_it_said_are_refused(
        self, twist: Any, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        assert refused(commons, Misbehaving(embedder, twist), tmp_path / "work").code == "embedder-mismatch"
        assert not list((tmp_path / "work").rglob("*.parquet"))

    def test_a_model_that_was_changed_gets_vectors_of_its_own(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        """Under the same name and on the same work folder."""
        commons.publish(commons.build(make_embedder(), tmp_path / "work"))
        other = make_embedder(dimension=32)
        built = commons.build(other, tmp_path / "work")
        assert sum(other.calls) == 6
        commons.publish(built)
        assert search.find(libraries.open_library(commons.snapshot, other), "Record number 3.", k=1).hits
        with pytest.raises(IndexArtifactError) as caught:
            libraries.open_library(commons.snapshot, make_embedder())
        assert caught.value.code == "embedder-mismatch"

    def test_vectors_of_another_model_under_our_name_are_not_taken(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        commons.build(make_embedder(), tmp_path / "work")
        commons.build(make_embedder(dimension=32), tmp_path / "work")
        whole, other = (
            next(path for path in (tmp_path / "work").rglob("*.parquet") if _dimension(path) == size)
            for size in (64, 32)
        )
        for path in whole.parent.glob("*.parquet"):
            path.write_bytes(other.read_bytes())
        again = make_embedder()
        commons.build(again, tmp_path / "work")
        assert sum(again.calls) == 6


def _dimension(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_schema(path).field("vector").type.list_size)


class TestTexts:
    def test_long_and_empty_ones_are_embedded_found_and_verified(
        self, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        """The gate lets neither pass, but a build does not rest on that."""
        strange = [
            record("x" * 100_000),
            record("word " * 20_000),
            record(""),
            record("水" * 30_000, lang="ja"),
            record("😀"),
            record("\0\u202e", title=""),
        ]
        commons.put(strange, pool="odbl")
        commons.publish(commons.build(embedder, tmp_path / "work"))
        assert problems(commons, embedder) == []
        library = libraries.open_library(commons.snapshot, embedder)
        assert len(search.find(library, "word", k=50).hits) == 12

    def test_records_that_are_all_alike_are_no_dead_index(
        self, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        """Of three hundred that say the same no search can find the one, and need not."""
        commons.put([record("Licensed to nobody.", license=name) for name in ("CC0-1.0", "MIT")], pool="odbl")
        alike = [record("The same words.", sources=_source(number)) for number in range(300)]
        commons.put(alike, pool="by-sa")
        assert commons.build(embedder, tmp_path / "work").manifest.records == 308


def _source(number: int) -> Any:
    from commons.records.schema import Source

    return (Source(title=f"Notebook {number}"),)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with disks.small_disk(tmp_path / "disk", DISK_BYTES) as disk:
        yield disk


class TestADiskThatFills:
    @pytest.mark.parametrize("free", [*range(0, 72 * 1024, 12 * 1024), DISK_BYTES])
    def test_wherever_it_does_the_error_is_ours_and_the_next_run_succeeds(
        self, free: int, small_disk: Path, commons: CommonsOnDisk, make_embedder: Any
    ) -> None:
        """The disk holds vectors and artifact; ``free`` bytes of it are left when the build starts."""
        filler, work, folder = small_disk / "filler", small_disk / "work", small_disk / "made"
        commons.put([record(f"Number {number} of {number * 7919}.") for number in range(60)])
        filler.write_bytes(bytes(DISK_BYTES - free))
        try:
            whole = build.build(commons.snapshot, make_embedder(), work, folder)
        except OSError as error:
            assert from_system(error).code == "disk-full"
        except CommonsError as error:
            assert error.code == "disk-full", error.message
        else:
            assert free == DISK_BYTES, "there was room for everything"
            assert whole.manifest.records == 66
        filler.unlink()
        parts = work / "parts" / "tiny"
        for path in work.rglob("*"):
            kept = path.suffix in (".parquet", ".json", ".npz") or path.is_relative_to(parts)
            assert path.is_dir() or kept, f"{path} was left half written"
        for path in work.rglob("*.npz"):
            with np.load(path) as arrays:
                assert len(arrays["signatures"]) in (6, 60)
        for place in parts.glob("*/"):
            whole_ones = json.loads((place / "digests.json").read_bytes())
            assert {path.name for path in place.iterdir()} == {*whole_ones, "digests.json"}
            for name, digest in whole_ones.items():
                assert digests.sha256_of(place / name) == digest
        again = build.build(commons.snapshot, make_embedder(), work, folder)
        assert again.manifest.records == 66


class TestTwoAtOnce:
    def test_one_publishes_and_the_other_finds_it_done(
        self, found_commons: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        """On one work folder, both starting from the same commit."""
        world: World = found_commons()
        world.add([{"text": f"Record number {number}."} for number in range(5)])
        barrier = threading.Barrier(2)
        waited: set[int] = set()
        published: list[build.Publication] = []

        def meet(label: str, done: int, total: int) -> None:
            if label == "Indexing" and done == total and threading.get_ident() not in waited:
                waited.add(threading.get_ident())
                barrier.wait(timeout=PATIENCE_S)

        def run() -> None:
            repository = world.repository()
            published.append(
                build.build_and_publish(
                    repository, key_of(MAINTAINER), make_embedder(), tmp_path, progress=meet
                )
            )

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=PATIENCE_S)
        # Two that commit the same in the same second make the same commit, and both may call it theirs.
        assert len({one.sha for one in published if one.sha}) == 1
        one, two = published
        assert one.built.manifest.to_bytes() == two.built.manifest.to_bytes()
        assert world.head() in (one.sha, two.sha)
        assert not list(tmp_path.glob("staging-*"))

    def test_slices_that_another_build_tidied_away_are_not_missed(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the moment when work was found and the moment when it is done, the other one finishes."""
        monkeypatch.setattr(missing_vectors, "_SLICE_RECORDS", 2)
        first = make_embedder()

        def die(label: str, done: int, total: int) -> None:
            if len(first.calls) == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            commons.build(first, tmp_path / "work", progress=die)
        slow = Job(commons.snapshot, make_embedder(), tmp_path / "work", tmp_path / "slow", "auto")
        assert [len(one.missing) for one in slow.works] == [2]
        commons.build(make_embedder(), tmp_path / "work")
        made, _ = slow.embedded()
        assert slow.embedder.calls == []
        assert all(found.path.is_file() for found in made.values())


class TestFilesThatWereTouched:
    @pytest.fixture(scope="class")
    @classmethod
    def whole(cls, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory) -> CommonsOnDisk:
        """An artifact with every kind of file there is: two pools, a template, keywords in two languages."""
        place = tmp_path_factory.mktemp("whole")
        made = commons_on_disk.founded(place / "commons")
        made.put([record(f"Record number {number} of many.") for number in range(40)])
        made.put([record("Eis schwimmt.", lang="de", license="CC-BY-SA-4.0")], pool="by-sa")
        made.publish(made.build(make_embedder(), place / "work", kind="rabitq"))
        return made

    def test_every_file_of_the_artifact_is_missed_by_name_when_a_byte_of_it_is_not_its_own(
        self, whole: CommonsOnDisk, embedder: Any
    ) -> None:
        files = [path for path in (whole.folder / "index").rglob("*") if path.is_file()]
        assert {path.name.partition(".")[2] for path in files} >= {
            *("json", "parquet", "faiss", "template.faiss", "term", "idx", "fast")
        }
        for path in files:
            content = path.read_bytes()
            middle = len(content) // 2
            damage = [b"", content[:middle], _flipped(content, 0)]
            if path.name != "manifest.json":  # which nothing vouches for but its own form
                damage += [content[:-1], _flipped(content, middle)]
            for spoiled in damage:
                path.write_bytes(spoiled)
                try:
                    with pytest.raises(IndexArtifactError) as caught:
                        problems(whole, embedder)
                    if path.name == "manifest.json":
                        assert caught.value.code == "manifest-malformed"
                    else:
                        assert caught.value.code == "digest-mismatch"
                        assert path.name in caught.value.message
                    if "/pools/" in path.as_posix() and "template" not in path.name:
                        with pytest.raises(IndexArtifactError) as caught:
                            libraries.open_library(snapshots.of_folder(whole.folder), embedder)
                        assert caught.value.code == "digest-mismatch"
                finally:
                    path.write_bytes(content)
        assert problems(whole, embedder) == []

    def test_a_template_that_was_touched_is_not_built_on(
        self, whole: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        path = next((whole.folder / "index").rglob("open.template.faiss"))
        content = path.read_bytes()
        path.write_bytes(_flipped(content, 100))
        try:
            built = whole.build(embedder, tmp_path / "work", kind="rabitq")
        finally:
            path.write_bytes(content)
        assert built.files["index/tiny/pools/open.template.faiss"].read_bytes() == content

    def test_a_manifest_that_cannot_be_read_is_replaced(
        self, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        built = commons.build(make_embedder(), tmp_path / "work")
        commons.publish(built)
        (commons.folder / layout.manifest_path("tiny")).write_bytes(b"{")
        again = commons.build(make_embedder(), tmp_path / "elsewhere")
        assert again.manifest.subject() == built.manifest.subject()


def _flipped(content: bytes, place: int) -> bytes:
    spoiled = bytearray(content)
    spoiled[place] ^= 0x04
    return bytes(spoiled)


def problems(commons: CommonsOnDisk, embedder: Any) -> list[str]:
    """What verifying the artifact finds."""
    snapshot = commons.snapshot
    landed = snapshot.landings
    return artifact_audit.audit(
        snapshot.folder, "tiny", snapshot.paths(), landed, ModelChecks(embedder)
    ).problems
