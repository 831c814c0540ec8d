"""The vector store: found for a shard or record by record, never of another embedder, never of bytes nobody vouches for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import commons_on_disk
from support.commons_on_disk import CommonsOnDisk, record
from support.some_vectors import some_vectors

from commons import layout
from commons.embedding.embedder import Engine
from commons.index import vectors
from commons.index.build.vector_store import VectorStore

DIMENSION = 64
OTHER_ENGINE = Engine(name="openvino", precision="int8", version="2")


@pytest.fixture
def commons(tmp_path: Path) -> CommonsOnDisk:
    return commons_on_disk.founded(tmp_path / "commons")


@pytest.fixture
def store(commons: CommonsOnDisk, embedder: Any, tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "work", embedder.identity, commons.snapshot)


def write_vectors(store: VectorStore, name: str, ids: list[str], engine: Engine, seed: int = 0) -> Any:
    """Vectors written under ``name``, as they are read back."""
    return store.read(store.keep(name, ids, some_vectors(len(ids), DIMENSION, seed=seed), engine), ids)


class TestOfAShard:
    def test_its_file_is_found_with_the_engine_that_made_it(self, store: VectorStore, embedder: Any) -> None:
        write_vectors(store, "one", ["a", "b"], OTHER_ENGINE)
        file = store.of_shard("one", ["a", "b"])
        assert file
        assert file.engine == OTHER_ENGINE
        assert store.of_shard("two", ["a", "b"]) is None

    @pytest.mark.parametrize("ids", [["a"], ["b", "a"], ["a", "b", "c"], []])
    def test_not_when_it_holds_other_records(self, ids: list[str], store: VectorStore, embedder: Any) -> None:
        write_vectors(store, "one", ["a", "b"], embedder.engine)
        assert store.of_shard("one", ids) is None

    def test_of_two_engines_the_one_whose_file_is_whole(self, store: VectorStore, embedder: Any) -> None:
        files = [
            store.keep("one", ["a"], some_vectors(1, DIMENSION), e) for e in (embedder.engine, OTHER_ENGINE)
        ]
        for damaged, whole in (files, files[::-1]):
            content = damaged.path.read_bytes()
            damaged.path.write_bytes(content[:-9])
            assert store.of_shard("one", ["a"]) == whole
            damaged.path.write_bytes(content)


class TestOfRecords:
    def test_they_are_gathered_from_all_files_but_those_of_shards_that_are_here(
        self, store: VectorStore, embedder: Any
    ) -> None:
        first = write_vectors(store, "one", ["a", "b"], embedder.engine, seed=1)
        second = write_vectors(store, "two", ["c", "d"], OTHER_ENGINE, seed=2)
        write_vectors(store, "here", ["e"], embedder.engine)
        vectors_by_id, engines = store.of_records(["d", "a", "e", "nowhere"], {"here"})
        assert set(vectors_by_id) == {"a", "d"}
        assert np.array_equal(vectors_by_id["a"], first[0])
        assert np.array_equal(vectors_by_id["d"], second[1])
        assert {engine.precision for engine in engines} == {"float32", "int8"}

    def test_only_engines_whose_vectors_are_used_are_named(self, store: VectorStore, embedder: Any) -> None:
        write_vectors(store, "one", ["a"], embedder.engine)
        write_vectors(store, "two", ["b"], OTHER_ENGINE)
        assert store.of_records(["b"], set())[1] == [OTHER_ENGINE]
        assert store.of_records(["x"], set()) == ({}, [])

    def test_what_is_damaged_is_as_good_as_missing(self, store: VectorStore, embedder: Any) -> None:
        whole = store.keep("one", ["a"], some_vectors(1, DIMENSION), embedder.engine).path
        content = whole.read_bytes()
        other = vectors.write(["a"], some_vectors(1, DIMENSION + 1))
        for damage in (b"", b"PAR1", content[:-20], content[:50] + b"\xff" * (len(content) - 50), other):
            whole.write_bytes(damage)
            assert store.of_records(["a"], set()) == ({}, [])

    def test_an_engine_nobody_can_name_made_nothing(self, store: VectorStore, embedder: Any) -> None:
        path = store.keep("one", ["a"], some_vectors(1, DIMENSION), embedder.engine).path
        (path.parent / "engine.json").write_text("{")
        assert store.of_records(["a"], set()) == ({}, [])
        assert store.of_shard("one", ["a"]) is None

    def test_what_was_forgotten_is_gone(self, store: VectorStore, embedder: Any) -> None:
        for engine in (embedder.engine, OTHER_ENGINE):
            write_vectors(store, "slice-1", ["a"], engine)
        write_vectors(store, "whole", ["b"], embedder.engine)
        store.forget("slice-")
        assert set(store.of_records(["a", "b"], set())[0]) == {"b"}


class TestOtherEmbedders:
    def test_nothing_of_another_identity_is_taken(
        self, commons: CommonsOnDisk, store: VectorStore, embedder: Any, make_embedder: Any, tmp_path: Path
    ) -> None:
        write_vectors(store, "one", ["a"], embedder.engine)
        for other in (make_embedder(salt="x"), make_embedder(dimension=32)):
            theirs = VectorStore(tmp_path / "work", other.identity, commons.snapshot)
            assert theirs.of_shard("one", ["a"]) is None
            assert theirs.of_records(["a"], set()) == ({}, [])


class TestPublished:
    @pytest.fixture
    def published(self, commons: CommonsOnDisk, embedder: Any, tmp_path: Path) -> tuple[str, list[str], Path]:
        """A shard with an index: its digest, its record ids, its published vector file."""
        rows = [record("one"), record("two")]
        digest = commons.put(rows).stem
        commons.publish(commons.build(embedder, tmp_path / "builder"))
        return digest, [row.id for row in rows], commons.folder / layout.vectors_path("tiny", digest)

    def test_what_the_repository_holds_is_found(
        self, published: Any, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        digest, ids, path = published
        store = VectorStore(tmp_path / "work", embedder.identity, commons.snapshot)
        file = store.of_shard(digest, ids)
        assert file
        assert (file.path, file.engine) == (path, embedder.engine)
        assert set(store.of_records(ids[::-1], set())[0]) == set(ids)

    def test_not_when_its_bytes_are_not_the_manifests_though_they_could_be_read(
        self, published: Any, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        digest, ids, path = published
        path.write_bytes(vectors.write(ids, some_vectors(2, DIMENSION)))
        store = VectorStore(tmp_path / "work", embedder.identity, commons.snapshot)
        assert store.of_shard(digest, ids) is None
        assert store.of_records(ids, set()) == ({}, [])

    def test_nor_when_other_weights_made_it(
        self, published: Any, commons: CommonsOnDisk, make_embedder: Any, tmp_path: Path
    ) -> None:
        digest, ids, _ = published
        store = VectorStore(tmp_path / "work", make_embedder(salt="x").identity, commons.snapshot)
        assert store.published
        assert store.of_shard(digest, ids) is None

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 9}'])
    def test_a_manifest_that_cannot_be_read_publishes_nothing(
        self, text: str, published: Any, commons: CommonsOnDisk, embedder: Any, tmp_path: Path
    ) -> None:
        (commons.folder / "index/tiny/manifest.json").write_text(text)
        store = VectorStore(tmp_path / "work", embedder.identity, commons.snapshot)
        assert store.published is None
        assert store.of_shard(*published[:2]) is None
