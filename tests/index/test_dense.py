"""The FAISS index: a pure function of template and vectors, never read before its digest is known, and honest about filters."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.some_vectors import some_vectors

from commons.errors import IndexArtifactError, UsageError
from commons.index import dense
from commons.index.dense import EXACT, RABITQ, Dense, Effort

DIMENSION = 128
IVF = f"IVF8,{RABITQ}"
FACTORIES = (EXACT, RABITQ, IVF)
COUNT = 600


def template_of(factory: str, block: Any) -> bytes | None:
    return dense.train(factory, block) if dense.is_trained(factory) else None


def built(path: Path, factory: str, blocks: list[Any], template: bytes | None = None) -> bytes:
    dense.build(path, factory, DIMENSION, blocks, template)
    return path.read_bytes()


def opened(folder: Path, factory: str, block: Any, effort: Effort = Effort(8, 8)) -> Dense:
    path = folder / "index.faiss"
    data = built(path, factory, [block], template_of(factory, block))
    return open_bytes(path, data, factory, len(block), effort)


def open_bytes(
    path: Path, data: bytes, factory: str = EXACT, size: int = 5, effort: Effort = Effort()
) -> Dense:
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return dense.open_index(
        path, sha256=digest, factory=factory, dimension=DIMENSION, size=size, effort=effort
    )


@pytest.fixture(scope="module", params=FACTORIES)
def searched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Dense, Any]:
    block = some_vectors(COUNT)
    return opened(tmp_path_factory.mktemp("index"), request.param, block), block


class TestTheSameBytes:
    @pytest.mark.parametrize("factory", FACTORIES)
    def test_whatever_the_threads_and_the_blocks(self, factory: str, tmp_path: Path) -> None:
        block = some_vectors(COUNT)
        template = template_of(factory, block[:300])
        digests = set()
        before = faiss.omp_get_max_threads()
        try:
            for threads in (1, 2):
                faiss.omp_set_num_threads(threads)
                for cuts in ([], [1], [32, 33, 500], list(range(50, COUNT, 50)), [300, 300]):
                    blocks = np.split(block, cuts)
                    data = built(tmp_path / "x.faiss", factory, blocks, template)
                    digests.add(hashlib.sha256(data).hexdigest())
        finally:
            faiss.omp_set_num_threads(before)
        assert len(digests) == 1

    @pytest.mark.parametrize("factory", FACTORIES)
    @pytest.mark.parametrize("cut", [0, 1, 31, 32, 500, COUNT])
    def test_whether_it_is_written_and_read_again_on_the_way(
        self, cut: int, factory: str, tmp_path: Path
    ) -> None:
        block = some_vectors(COUNT)
        template = template_of(factory, block[:300])
        whole = built(tmp_path / "whole", factory, [block], template)
        built(tmp_path / "begun", factory, [block[:cut]], template)
        begun = dense.BegunIndex(tmp_path / "begun", cut)
        dense.build(tmp_path / "grown", factory, DIMENSION, [block[cut:]], template, begun)
        assert (tmp_path / "grown").read_bytes() == whole

    @pytest.mark.parametrize("rows", [0, 599, 601])
    def test_what_was_begun_has_as_many_rows_as_is_said(self, rows: int, tmp_path: Path) -> None:
        built(tmp_path / "begun", EXACT, [some_vectors(COUNT)])
        with pytest.raises(IndexArtifactError) as refused:
            dense.build(
                tmp_path / "x", EXACT, DIMENSION, [], None, dense.BegunIndex(tmp_path / "begun", rows)
            )
        assert refused.value.code == "index-shape"

    @pytest.mark.parametrize("factory", [RABITQ, IVF])
    def test_a_landing_appends_and_learns_nothing_new(self, factory: str, tmp_path: Path) -> None:
        """With the template of before, the old codes stay as they are; the refining codes of old rows stand at the same place."""
        block = some_vectors(COUNT)
        template = template_of(factory, block[:400])
        before = open_bytes(
            tmp_path / "a", built(tmp_path / "a", factory, [block[:400]], template), factory, 400
        )
        after = open_bytes(tmp_path / "b", built(tmp_path / "b", factory, [block], template), factory, COUNT)
        assert np.array_equal(before.decoded(0, 400), after.decoded(0, 400))


class TestSearching:
    def test_ten_nearest_are_found(self, searched: tuple[Dense, Any]) -> None:
        index, block = searched
        hits = 0
        for query in some_vectors(40, seed=5):
            truth = set(np.argsort(-(block @ query))[:10].tolist())
            hits += len(truth & {row for _, row in index.search(query, 10)})
        assert hits / 400 >= 0.95

    @settings(max_examples=30)
    @given(seed=st.integers(0, 99), k=st.integers(1, 70), share=st.floats(0, 1))
    def test_a_filter_gives_as_many_as_there_are_and_only_what_is_allowed(
        self, searched: tuple[Dense, Any], seed: int, k: int, share: float
    ) -> None:
        index, block = searched
        allowed = np.random.default_rng(seed).random(COUNT) < share
        query = some_vectors(1, seed=seed + 1000)[0]
        hits = index.search(query, k, allowed)
        assert len(hits) == min(k, int(allowed.sum()))
        assert all(allowed[row] for _, row in hits)
        assert len({row for _, row in hits}) == len(hits)
        assert [score for score, _ in hits] == sorted((score for score, _ in hits), reverse=True)
        assert np.allclose([score for score, _ in hits], block[[row for _, row in hits]] @ query, atol=0.03)

    @pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
    def test_recall_does_not_fall_under_filters(self, searched: tuple[Dense, Any], share: float) -> None:
        index, block = searched
        hits = wanted = 0
        for number, query in enumerate(some_vectors(40, seed=6)):
            allowed = np.random.default_rng(number).random(COUNT) < share
            truth = set(
                np.argsort(-np.where(allowed, block @ query, -9))[: min(10, int(allowed.sum()))].tolist()
            )
            hits += len(truth & {row for _, row in index.search(query, 10, allowed)})
            wanted += len(truth)
        assert hits / wanted >= 0.95

    @pytest.mark.parametrize("factory", FACTORIES)
    def test_cells_that_are_not_probed_do_not_cost_hits(self, factory: str, tmp_path: Path) -> None:
        index = opened(tmp_path, factory, some_vectors(COUNT), Effort(8, 1 if factory == IVF else 0))
        assert len(index.search(some_vectors(1, seed=3)[0], COUNT)) == COUNT

    @pytest.mark.parametrize("factory", [EXACT, RABITQ])
    def test_an_empty_index_answers_with_nothing(self, factory: str, tmp_path: Path) -> None:
        template = template_of(factory, some_vectors(50))
        data = built(tmp_path / "x", factory, [some_vectors(0)], template)
        assert open_bytes(tmp_path / "x", data, factory, 0).search(some_vectors(1)[0], 5) == []

    def test_scores_are_those_of_the_vectors(self, searched: tuple[Dense, Any]) -> None:
        index, block = searched
        query, rows = some_vectors(1, seed=9)[0], np.array([5, 3, 599])
        assert np.allclose(index.scores(query, rows), block[rows] @ query, atol=0.03)


class TestChoosing:
    @pytest.mark.parametrize(
        ("rows", "factory"),
        [
            (0, EXACT),
            (10_000, EXACT),
            (10_001, RABITQ),
            (2_000_000, RABITQ),
            (2_000_001, f"IVF4096,{RABITQ}"),
        ],
    )
    def test_the_size_decides_and_the_reason_is_given(self, rows: int, factory: str) -> None:
        choice = dense.choose(rows)
        assert choice.factory == factory
        assert f"{rows:,}" in choice.why
        assert dense.is_known(choice.factory)

    @pytest.mark.parametrize("wanted", ["exact", "rabitq", "ivf"])
    def test_who_asks_for_one_gets_it(self, wanted: str) -> None:
        assert wanted in dense.choose(1000, wanted).why
        with pytest.raises(UsageError):
            dense.choose(1000, "hnsw")

    def test_a_template_serves_until_the_pool_has_outgrown_it(self) -> None:
        assert dense.may_reuse(10_000, 39_999)
        assert not dense.may_reuse(10_000, 40_000)


class TestWhatIsNotOpened:
    def test_other_bytes_are_refused_before_faiss_reads_any(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "index.faiss"
        data = built(path, EXACT, [some_vectors(5)])
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read it"))
        with pytest.raises(IndexArtifactError) as caught:
            dense.open_index(
                path, sha256=hashlib.sha256(data).hexdigest(), factory=EXACT, dimension=DIMENSION, size=5
            )
        assert caught.value.code == "digest-mismatch"

    @pytest.mark.parametrize("factory", ["Flat", "HNSW16", "IVF2,Flat", "Flat,Refine(SQ8)", "SQ8,RFlat"])
    def test_a_type_that_is_not_on_the_list_is_not_read_even_when_the_digest_fits(
        self, factory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = faiss.index_factory(DIMENSION, factory, faiss.METRIC_INNER_PRODUCT)
        index.train(some_vectors(400))
        index.add(some_vectors(400))
        data = faiss.serialize_index(index).tobytes()
        monkeypatch.setattr(faiss, "read_index", lambda *_: pytest.fail("FAISS was asked to read it"))
        with pytest.raises(IndexArtifactError) as caught:
            open_bytes(tmp_path / "x", data, EXACT, 400)
        assert caught.value.code == "index-type"

    @pytest.mark.parametrize(
        ("made", "claimed"), [(EXACT, RABITQ), (RABITQ, EXACT), (RABITQ, IVF), (IVF, RABITQ)]
    )
    def test_another_type_than_the_manifest_says_is_refused(
        self, made: str, claimed: str, tmp_path: Path
    ) -> None:
        block = some_vectors(400)
        data = built(tmp_path / "x", made, [block], template_of(made, block))
        with pytest.raises(IndexArtifactError) as caught:
            open_bytes(tmp_path / "x", data, claimed, 400)
        assert caught.value.code == "index-type"

    @pytest.mark.parametrize(("dimension", "size"), [(DIMENSION + 1, 5), (DIMENSION, 4), (DIMENSION, 6)])
    def test_another_shape_than_the_manifest_says_is_refused(
        self, dimension: int, size: int, tmp_path: Path
    ) -> None:
        path = tmp_path / "index.faiss"
        data = built(path, EXACT, [some_vectors(5)])
        with pytest.raises(IndexArtifactError) as caught:
            dense.open_index(
                path, sha256=hashlib.sha256(data).hexdigest(), factory=EXACT, dimension=dimension, size=size
            )
        assert caught.value.code == "index-shape"

    def test_another_metric_is_refused(self, tmp_path: Path) -> None:
        index = faiss.index_factory(DIMENSION, EXACT, faiss.METRIC_L2)
        index.add(some_vectors(5))
        with pytest.raises(IndexArtifactError) as caught:
            open_bytes(tmp_path / "x", faiss.serialize_index(index).tobytes())
        assert caught.value.code == "index-shape"

    @pytest.mark.parametrize(
        "data", [b"", b"IxSQ", b"IxSQ" + b"\xff" * 200, b"IxRF" + b"\0" * 33 + b"Irfn" + b"\xff" * 90]
    )
    def test_bytes_that_only_begin_like_an_index_are_an_error_of_ours(
        self, data: bytes, tmp_path: Path
    ) -> None:
        """A manifest that names rubbish by its right digest is not our manifest, but it must not end in a traceback."""
        with pytest.raises(IndexArtifactError):
            open_bytes(tmp_path / "x", data)

    def test_a_template_of_another_type_or_with_vectors_in_it_is_refused(self, tmp_path: Path) -> None:
        block = some_vectors(400)
        filled = built(tmp_path / "x", RABITQ, [block], template_of(RABITQ, block))
        for template, code in (
            (template_of(IVF, block), "index-type"),
            (filled, "index-shape"),
            (b"IxFl", "index-type"),
        ):
            with pytest.raises(IndexArtifactError) as caught:
                dense.build(tmp_path / "y", RABITQ, DIMENSION, [block], template)
            assert caught.value.code == code

    def test_a_missing_file_says_how_to_get_it(self, tmp_path: Path) -> None:
        with pytest.raises(IndexArtifactError) as caught:
            dense.open_index(
                tmp_path / "none.faiss", sha256="0" * 64, factory=EXACT, dimension=DIMENSION, size=5
            )
        assert caught.value.code == "file-missing"
        assert "commons build" in caught.value.hint
