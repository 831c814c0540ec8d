"""The FAISS artifact: a pure function of its vectors, and never read before its digest is known."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commons.errors import IndexArtifactError, SchemaError
from commons.index import artifact, vectors

DIMENSION = 16


def some_vectors(count: int, seed: int = 0) -> Any:
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float16)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def opened(folder: Path, block: Any) -> Any:
    data = artifact.build_index([block], DIMENSION)
    path = folder / "index.faiss"
    path.write_bytes(data)
    return artifact.open_index(path, sha256=sha256(data), dimension=DIMENSION, size=len(block))


class TestVectors:
    def test_vectors_are_written_the_same_every_time_and_read_back(self) -> None:
        ids = [f"kr1{n}" for n in range(9)]
        block = some_vectors(9)
        data = vectors.write(ids, block.astype(np.float32))
        assert vectors.write(ids, block.astype(np.float32)) == data
        assert np.array_equal(vectors.read(data, dimension=DIMENSION, ids=ids, name="x"), block)

    def test_no_vectors_are_vectors_too(self) -> None:
        data = vectors.write([], np.zeros((0, DIMENSION), np.float32))
        assert vectors.read(data, dimension=DIMENSION, ids=[], name="x").shape == (0, DIMENSION)

    @pytest.mark.parametrize("ids", [["b", "a"], ["a"], ["a", "b", "c"], ["a", "x"]])
    def test_vectors_of_other_records_are_refused(self, ids: list[str]) -> None:
        data = vectors.write(["a", "b"], some_vectors(2).astype(np.float32))
        with pytest.raises(IndexArtifactError) as caught:
            vectors.read(data, dimension=DIMENSION, ids=ids, name="x")
        assert caught.value.code == "vectors-mismatch"

    def test_vectors_of_another_dimension_are_refused(self) -> None:
        data = vectors.write(["a"], some_vectors(1).astype(np.float32))
        with pytest.raises(SchemaError):
            vectors.read(data, dimension=DIMENSION + 1, ids=["a"], name="x")

    def test_half_precision_keeps_the_cosine(self) -> None:
        made = np.random.default_rng(1).normal(size=(50, 384)).astype(np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        ids = [str(n) for n in range(50)]
        back = vectors.read(vectors.write(ids, made), dimension=384, ids=ids, name="x").astype(np.float32)
        assert ((made * back).sum(axis=1) > 0.999999 * np.linalg.norm(back, axis=1)).all()


class TestTheIndex:
    def test_the_same_vectors_give_the_same_bytes(self) -> None:
        block = some_vectors(100)
        data = artifact.build_index([block], DIMENSION)
        assert artifact.build_index([block], DIMENSION) == data
        assert artifact.build_index([block[:40], block[40:]], DIMENSION) == data

    @settings(max_examples=25)
    @given(seed=st.integers(0, 99), k=st.integers(1, 70), share=st.floats(0, 1))
    def test_a_filter_acts_inside_the_search(
        self, seed: int, k: int, share: float, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """As many hits as asked for when as many exist, and exactly the best of those that are allowed."""
        block = some_vectors(60, seed)
        index = opened(tmp_path_factory.mktemp("index"), block)
        allowed = np.random.default_rng(seed).random(60) < share
        query = some_vectors(1, seed + 1000)[0].astype(np.float32)
        hits = artifact.search(index, query, k, allowed)
        assert len(hits) == min(k, int(allowed.sum()))
        assert all(allowed[position] for _, position in hits)
        scores = np.where(allowed, block.astype(np.float32) @ query, -np.inf)
        expected = np.sort(scores)[::-1][: len(hits)]
        assert np.allclose([score for score, _ in hits], expected, atol=1e-3)

    def test_an_empty_index_answers_with_nothing(self, tmp_path: Path) -> None:
        index = opened(tmp_path, some_vectors(0))
        assert artifact.search(index, some_vectors(1)[0].astype(np.float32), 5, None) == []

    def test_other_bytes_are_refused_before_faiss_reads_any(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        data = artifact.build_index([some_vectors(5)], DIMENSION)
        path = tmp_path / "index.faiss"
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read it"))
        with pytest.raises(IndexArtifactError) as caught:
            artifact.open_index(path, sha256=sha256(data), dimension=DIMENSION, size=5)
        assert caught.value.code == "digest-mismatch"

    @pytest.mark.parametrize("factory", ["Flat", "HNSW16", "IVF2,Flat"])
    def test_a_type_that_is_not_on_the_list_is_not_read_even_when_the_digest_fits(
        self, factory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = faiss.index_factory(DIMENSION, factory, faiss.METRIC_INNER_PRODUCT)
        block = some_vectors(400).astype(np.float32)
        index.train(block)
        index.add(block)
        data = faiss.serialize_index(index).tobytes()
        path = tmp_path / "index.faiss"
        path.write_bytes(data)
        monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read it"))
        with pytest.raises(IndexArtifactError) as caught:
            artifact.open_index(path, sha256=sha256(data), dimension=DIMENSION, size=400)
        assert caught.value.code == "index-type"

    @pytest.mark.parametrize(("dimension", "size"), [(DIMENSION + 1, 5), (DIMENSION, 4), (DIMENSION, 6)])
    def test_another_shape_than_the_manifest_says_is_refused(
        self, dimension: int, size: int, tmp_path: Path
    ) -> None:
        data = artifact.build_index([some_vectors(5)], DIMENSION)
        (tmp_path / "index.faiss").write_bytes(data)
        with pytest.raises(IndexArtifactError) as caught:
            artifact.open_index(tmp_path / "index.faiss", sha256=sha256(data), dimension=dimension, size=size)
        assert caught.value.code == "index-shape"

    def test_another_metric_is_refused(self, tmp_path: Path) -> None:
        index = faiss.index_factory(DIMENSION, artifact.FACTORY, faiss.METRIC_L2)
        index.add(some_vectors(5).astype(np.float32))
        data = faiss.serialize_index(index).tobytes()
        (tmp_path / "index.faiss").write_bytes(data)
        with pytest.raises(IndexArtifactError) as caught:
            artifact.open_index(tmp_path / "index.faiss", sha256=sha256(data), dimension=DIMENSION, size=5)
        assert caught.value.code == "index-shape"

    @pytest.mark.parametrize("data", [b"", b"IxSQ", b"IxSQ" + b"\xff" * 200])
    def test_bytes_that_only_begin_like_an_index_are_an_error_of_ours(
        self, data: bytes, tmp_path: Path
    ) -> None:
        """A manifest that names rubbish by its right digest is not our manifest, but it must not end in a traceback."""
        (tmp_path / "index.faiss").write_bytes(data)
        with pytest.raises(IndexArtifactError):
            artifact.open_index(tmp_path / "index.faiss", sha256=sha256(data), dimension=DIMENSION, size=5)

    def test_a_missing_file_says_how_to_get_it(self, tmp_path: Path) -> None:
        with pytest.raises(IndexArtifactError) as caught:
            artifact.open_index(tmp_path / "none.faiss", sha256="0" * 64, dimension=DIMENSION, size=5)
        assert caught.value.code == "file-missing"
        assert "commons build" in caught.value.hint
