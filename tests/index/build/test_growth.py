"""Growth: what a landing adds comes after what is there, and a build that adds to the last one ends with the bytes of one from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, record

from commons.index import dense
from commons.index.build import assembly, keyword_segments
from commons.index.dense import BegunIndex
from commons.ledger.landings import Acceptance
from commons.snapshots.snapshot import Snapshot

OLD, NEW = 300, 20


def rows(first: int, count: int, **changes: Any) -> list[Any]:
    return [record(f"Stone {n} is of colour {n % 7}.", **changes) for n in range(first, first + count)]


@pytest.fixture
def commons(tmp_path: Path) -> CommonsOnDisk:
    return commons_on_disk.founded(tmp_path / "commons")


@pytest.fixture
def contributions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two that the log is said to know, in the order in which they landed."""
    names = ["kc1" + "z" * 52, "kc1" + "b" * 52]
    times = {
        name: Acceptance(datetime(2026, 1, day, tzinfo=UTC), day) for day, name in enumerate(names, start=1)
    }
    monkeypatch.setattr(Snapshot, "landings", times)
    return names


class TestOrder:
    def test_shards_stand_as_they_landed_and_those_the_log_does_not_know_come_last(
        self, commons: CommonsOnDisk, contributions: list[str], embedder: Any, tmp_path: Path
    ) -> None:
        unknown = commons.put(rows(0, 2), collection="a")
        last = commons.put(rows(2, 2, contribution=contributions[1]), collection="b")
        first = commons.put(rows(4, 2, contribution=contributions[0]), collection="c")
        both = [*rows(6, 2, contribution=contributions[1]), *rows(8, 2, contribution=contributions[0])]
        merged = commons.put(both, collection="d")
        made = commons.build(embedder, tmp_path / "work").manifest
        order = [Path(file.path).stem for file in made.data]
        assert order == [path.stem for path in (first, merged, last, unknown)]

    def test_a_rebuild_elsewhere_has_the_same(
        self, commons: CommonsOnDisk, contributions: list[str], make_embedder: Any, tmp_path: Path
    ) -> None:
        for number, contribution in enumerate(contributions):
            commons.put(rows(9 * number, 9, contribution=contribution))
        made = [commons.build(make_embedder(), tmp_path / name).manifest.binding() for name in "ab"]
        assert made[0] == made[1]


class TestAdding:
    @pytest.fixture(params=["exact", "rabitq", "ivf"])
    def kind(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def grown(
        self,
        commons: CommonsOnDisk,
        contributions: list[str],
        kind: str,
        make_embedder: Any,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> CommonsOnDisk:
        """An index of old records is published, its work folder kept, and new ones have landed."""
        monkeypatch.setattr(assembly, "RUN_ROWS", 100)
        for start in range(0, OLD, 50):
            commons.put(rows(start, 50, contribution=contributions[0]), collection=f"c{start}")
        commons.publish(commons.build(make_embedder(), tmp_path / "work", kind=kind))
        # "a" would come first by its name.
        commons.put(rows(OLD, NEW, contribution=contributions[1]), collection="a")
        return commons

    @pytest.fixture
    def done(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[int]]]:
        """How many rows each index began with, and the first row of each segment that was written."""
        seen: dict[str, list[int]] = {"begun": [], "segments": []}
        build, write = dense.build, keyword_segments._write

        def noted_build(*given: Any) -> None:
            seen["begun"].append(given[-1].rows if isinstance(given[-1], BegunIndex) else 0)
            build(*given)

        def noted_write(folder: Path, run: Any) -> None:
            first, _ = next(iter(run.texts()))
            seen["segments"].append(first)
            write(folder, run)

        monkeypatch.setattr(dense, "build", noted_build)
        monkeypatch.setattr(keyword_segments, "_write", noted_write)
        yield seen

    def test_only_what_is_new_is_made_and_the_bytes_are_those_of_a_build_from_nothing(
        self,
        grown: CommonsOnDisk,
        kind: str,
        make_embedder: Any,
        done: dict[str, list[int]],
        tmp_path: Path,
    ) -> None:
        added = grown.build(make_embedder(), tmp_path / "work", kind=kind)
        assert done == {"begun": [OLD], "segments": [OLD]}
        fresh = grown.build(make_embedder(), tmp_path / "elsewhere", kind=kind)
        assert done == {"begun": [OLD, 0], "segments": [OLD, 0, 100, 200, OLD]}
        assert added.manifest.binding() == fresh.manifest.binding()
        for path, file in fresh.files.items():
            if not path.endswith("manifest.json"):  # it also says what the build cost
                assert added.files[path].read_bytes() == file.read_bytes(), path

    def test_a_record_that_is_withdrawn_leaves_nothing_behind(
        self,
        grown: CommonsOnDisk,
        kind: str,
        contributions: list[str],
        make_embedder: Any,
        done: dict[str, list[int]],
        tmp_path: Path,
    ) -> None:
        (shard,) = (grown.folder / "data/open/c100").glob("*.parquet")
        shard.unlink()
        grown.put(rows(100, 49, contribution=contributions[0]), collection="c100")
        after = grown.build(make_embedder(), tmp_path / "work", kind=kind)
        fresh = grown.build(make_embedder(), tmp_path / "elsewhere", kind=kind)
        assert done["begun"] == [0, 0]
        assert after.manifest.binding() == fresh.manifest.binding()

    def test_damage_to_what_was_kept_is_seen(
        self, grown: CommonsOnDisk, kind: str, make_embedder: Any, tmp_path: Path
    ) -> None:
        fresh = grown.build(make_embedder(), tmp_path / "elsewhere", kind=kind).manifest.binding()
        for path in (tmp_path / "work" / "parts").rglob("*"):
            if path.is_file():
                content = bytearray(path.read_bytes())
                path.unlink()
                content[len(content) // 2] ^= 1
                path.write_bytes(content)
        assert grown.build(make_embedder(), tmp_path / "work", kind=kind).manifest.binding() == fresh
