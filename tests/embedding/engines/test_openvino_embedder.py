"""The OpenVINO engines: the reference's vectors, whatever the text, the thread or the moment of an interruption."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from support.small_models import make_model

from commons.embedding import loading
from commons.embedding.engines import (
    benchmark,
    conversion,
    model_cache,
    model_source,
    openvino_embedder,
    sentence_transformer_embedder,
)
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import IndexArtifactError

WORDS = [
    "the",
    "of",
    "water",
    "boils",
    "at",
    "degrees",
    "heart",
    "pumps",
    "blood",
    "river",
    "level",
    "was",
    "measured",
    "again",
    "xyz",
]


def texts(count: int) -> list[str]:
    drawn = random.Random(7)  # noqa: S311
    return [" ".join(drawn.choices(WORDS, k=drawn.randint(0, 40))) for _ in range(count)]


def same(these: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.einsum("ij,ij->i", these, other).min() > 0.9999)


def test_vectors_are_those_of_the_reference_in_the_order_of_the_texts(
    small_fast: OpenVinoEmbedder, small_reference: SentenceTransformerEmbedder
) -> None:
    many = texts(openvino_embedder._SLICE_TEXTS + 100)
    made = small_fast.embed(many)
    assert made.shape == (len(many), 64)
    assert made.dtype == np.float32
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert same(made, small_reference.embed(many))


def test_questions_and_passages_are_told_apart_as_the_model_wants(
    small_fast: OpenVinoEmbedder, small_reference: SentenceTransformerEmbedder
) -> None:
    asked = ["water boils", "heart"]
    assert same(small_fast.embed_questions(asked), small_reference.embed_questions(asked))
    assert not same(small_fast.embed_questions(asked), small_fast.embed(asked))
    assert same(
        small_fast.embed_questions(["water"]), small_fast._embed("", ["the river water"], _silent, "")
    )


def _silent(label: str, done: int, total: int) -> None: ...


def test_nothing_to_embed_is_no_work(small_fast: OpenVinoEmbedder) -> None:
    assert small_fast.embed([]).shape == (0, 64)


def test_texts_of_no_and_of_a_hundred_thousand_characters(
    small_fast: OpenVinoEmbedder, small_reference: SentenceTransformerEmbedder
) -> None:
    odd = ["", " \n ", "\0", "water " * 16_667, "x" * 100_000, "水" * 100_000, " " * 100_000 + "water"]
    made = small_fast.embed(odd)
    assert same(made, small_reference.embed(odd))
    assert same(made[3:4], small_fast.embed(["water " * 40])), "cut at the model's greatest length"


def test_progress_counts_to_the_end(small_fast: OpenVinoEmbedder) -> None:
    seen: list[tuple[str, int, int]] = []
    count = openvino_embedder._SLICE_TEXTS + 1
    small_fast.embed(["water"] * count, progress=lambda *step: seen.append(step), label="Reading")
    assert seen[-1] == ("Reading", count, count)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)


def test_many_threads_get_what_one_gets(small_fast: OpenVinoEmbedder) -> None:
    asked = texts(200)
    alone = [small_fast.embed_questions([text])[0] for text in asked]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: small_fast.embed_questions([text])[0], asked))
        bulk = list(threads.map(lambda _: small_fast.embed(asked), range(4)))
    assert same(np.array(together), np.array(alone))
    assert all(same(made, bulk[0]) for made in bulk)


def test_an_interruption_leaves_it_usable(small_fast: OpenVinoEmbedder) -> None:
    def interrupt(label: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    before = small_fast.embed(["water"])
    with pytest.raises(KeyboardInterrupt):
        small_fast.embed(texts(100), progress=interrupt)
    results = small_fast._run([[2, 5, 3]] * 500)
    next(results)
    results.close()  # an interruption while others are being computed
    assert same(small_fast.embed(["water"]), before)


def test_a_kept_model_opens_without_torch_and_transformers(
    small: Path, small_fast: OpenVinoEmbedder, home: Path
) -> None:
    program = (
        "import sys; from pathlib import Path; from commons.embedding import loading\n"
        f"made = loading.load({str(small)!r}, engine='openvino-fp32', home=Path({str(home)!r}))\n"
        "assert made.embed_questions(['water']).shape == (1, 64)\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'nncf', 'openvino_telemetry.main'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_damaged_one_is_made_again(
    small: Path, small_fast: OpenVinoEmbedder, home: Path, tmp_path: Path
) -> None:
    place = model_cache.folder_of(home, model_source.locate(str(small)), "float32", None)
    damaged = tmp_path / place.name
    damaged.mkdir()
    (damaged / model_cache.WEIGHTS).write_bytes(b"nothing of the kind")
    messages: list[str] = []
    made = loading.load(str(small), engine="openvino-fp32", home=tmp_path, say=messages.append)
    assert same(made.embed(["water"]), small_fast.embed(["water"]))
    assert ["once" in line for line in messages] == [True]
    assert loading.load(str(small), engine="openvino-fp32", home=tmp_path, say=messages.append).engine
    assert len(messages) == 1


def test_dimensions_are_cut_as_the_reference_cuts_them(small: Path, tmp_path: Path) -> None:
    cut = loading.load(str(small), engine="openvino-fp32", home=tmp_path, truncate_dim=16)
    wanted = loading.load(str(small), engine="reference", truncate_dim=16)
    assert cut.identity == wanted.identity
    assert cut.identity.dimension == 16
    assert same(cut.embed(texts(20)), wanted.embed(texts(20)))


def test_a_model_that_changed_in_its_place_is_noticed(small: Path, tmp_path: Path) -> None:
    """Weights and dimension; what compares identities refuses the old vectors then."""
    place = tmp_path / "model"
    shutil.copytree(small, place)
    before = loading.load(str(place), engine="openvino-fp32", home=tmp_path / "home").identity
    shutil.rmtree(place)
    make_model(tmp_path / "other", width=32).rename(place)
    after = loading.load(str(place), engine="openvino-fp32", home=tmp_path / "home")
    assert (before.dimension, after.identity.dimension) == (64, 32)
    assert before.weights_sha256 != after.identity.weights_sha256
    assert before.digest != after.identity.digest
    assert after.embed(["water"]).shape == (1, 32)


@pytest.mark.parametrize("pooling", ["cls", "max"])
def test_other_poolings_are_reproduced(pooling: str, tmp_path: Path) -> None:
    model = str(make_model(tmp_path, pooling=pooling))
    made = loading.load(model, engine="openvino-fp32", home=tmp_path / "home")
    wanted = loading.load(model, engine="reference")
    assert made.identity == wanted.identity
    assert made.identity.pooling == pooling
    assert same(made.embed(texts(20)), wanted.embed(texts(20)))


def test_a_pooling_that_is_not_known_is_refused_by_name(tmp_path: Path) -> None:
    model = str(make_model(tmp_path, pooling="weightedmean"))
    with pytest.raises(IndexArtifactError, match="weightedmean") as caught:
        loading.load(model, engine="openvino-fp32", home=tmp_path / "home")
    assert caught.value.code == "engine-unavailable"
    assert len(loading.load(model, engine="reference").embed(["water"])) == 1


class TestAModelThatGivesNaN:
    TEXTS = ("water", "heart", "a glass", "water", "glass")

    @pytest.fixture(scope="class")
    @classmethod
    def broken(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return make_model(tmp_path_factory.mktemp("broken"), broken=True)

    @pytest.mark.parametrize("engine", ["reference", "openvino-fp32"])
    def test_the_first_such_text_is_named(self, engine: str, broken: Path, tmp_path: Path) -> None:
        made = loading.load(str(broken), engine=engine, home=tmp_path)
        with pytest.raises(IndexArtifactError, match="text 3 of 5") as caught:
            made.embed(self.TEXTS)
        assert caught.value.code == "vector-not-finite"
        with pytest.raises(IndexArtifactError, match="text 1 of 1"):
            made.embed_questions(["glass"])
        assert len(made.embed(["water"])) == 1


class TestConversion:
    def test_what_gives_other_vectors_than_the_reference_is_not_kept(
        self, small: Path, small_reference: SentenceTransformerEmbedder, tmp_path: Path
    ) -> None:
        """The reference of another model stands for a conversion that went wrong."""
        other = sentence_transformer_embedder.load(
            model_source.locate(str(make_model(tmp_path / "other", pooling="max")))
        )
        mixed = SentenceTransformerEmbedder(other.model, small_reference.identity, small_reference.engine)
        place = tmp_path / "home" / "place"
        with model_cache.staged(place) as folder:
            conversion._write(folder, mixed, "float32")
            model = model_cache.read(folder)
            assert model is not None
            np.savez(
                folder / model_cache.CHECKS,
                passages=small_reference.embed(benchmark.CHECKS),
                questions=small_reference.embed_questions(benchmark.CHECKS),
            )
            model_cache.describe(folder, model.identity, model.engine, model.pad_id)
            assert benchmark.run(folder).cosine < 0.99

    @pytest.mark.parametrize("precision", ["int8", "bfloat16"])
    def test_narrow_precisions_come_near_the_reference(
        self, precision: str, small: Path, small_reference: SentenceTransformerEmbedder, tmp_path: Path
    ) -> None:
        """bfloat16 may be emulated here, so it runs only where it can be stopped: in the benchmark's own process, on a small model."""
        place = tmp_path / precision
        model, result = conversion.prepare(small_reference, model_source.locate(str(small)), precision, place)
        assert result.cosine > 0.999
        assert model.engine.precision == precision
        assert bool(model.engine.digest) == (precision == "int8")

    def test_the_same_weights_always_give_the_same_int8_bytes(
        self, small: Path, small_reference: SentenceTransformerEmbedder, tmp_path: Path
    ) -> None:
        digests = {
            conversion.prepare(small_reference, model_source.locate(str(small)), "int8", tmp_path / name)[
                0
            ].engine
            for name in ("one", "two")
        }
        assert len(digests) == 1

    def test_a_trial_that_takes_too_long_is_stopped(
        self, small: Path, small_fast: OpenVinoEmbedder, home: Path
    ) -> None:
        place = model_cache.folder_of(home, model_source.locate(str(small)), "float32", None)
        with pytest.raises(IndexArtifactError, match="no answer") as caught:
            benchmark.run(place, limit_s=0.01)
        assert caught.value.code == "engine-unavailable"

    def test_a_benchmark_that_fails_says_why(self, tmp_path: Path) -> None:
        with pytest.raises(IndexArtifactError, match="is damaged"):
            benchmark.run(tmp_path)
