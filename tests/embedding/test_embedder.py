"""Embedders: the packaged model works offline, and its identity says everything that shapes a vector."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commons.embedding import embedder as embedders
from commons.embedding import loading
from commons.embedding.embedder import Embedder, EmbedderIdentity, Engine
from commons.errors import CommonsError, IndexArtifactError, UsageError


def identity(model: str = "org/Model-X", **changes: Any) -> EmbedderIdentity:
    fields = {
        "revision": "",
        "weights_sha256": "0" * 64,
        "dimension": 4,
        "max_tokens": 256,
        "pooling": "mean",
        "normalised": True,
        "question_prompt": "",
        "passage_prompt": "",
        "text": "title, newline, text",
    }
    return EmbedderIdentity(model=model, **{**fields, **changes})


@pytest.mark.parametrize(
    ("model", "slug"),
    [
        ("sentence-transformers/all-MiniLM-L6-v2", "all-minilm-l6-v2"),
        ("org/Model-X", "model-x"),
        ("./models/mini/", "mini"),
        ("/home/me/My Model", "my-model"),
    ],
)
def test_the_folder_of_an_index_is_named_by_the_model(model: str, slug: str) -> None:
    assert identity(model).slug == slug


@pytest.mark.parametrize("model", ["", "/", "..", "../..", "./", "日本"])
def test_a_model_whose_name_makes_no_folder_is_refused(model: str) -> None:
    with pytest.raises(CommonsError):
        _ = identity(model).slug


def test_what_is_embedded_of_a_record() -> None:
    assert embedders.passage("Title", "text") == "Title\ntext"
    assert embedders.passage(None, "text") == "text"
    assert embedders.passage("", "text") == "text"


def test_a_model_that_is_nowhere_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(IndexArtifactError) as caught:
        loading.load(str(tmp_path / "empty"))
    assert caught.value.code == "model-missing"
    assert "--model" in caught.value.hint


def test_vectors_are_filed_under_what_shapes_them_not_under_names() -> None:
    plain = identity()
    assert plain.digest == identity("another/name", revision="f" * 40).digest
    for change in (
        {"weights_sha256": "1" * 64},
        {"dimension": 3},
        {"max_tokens": 128},
        {"pooling": "cls"},
        {"normalised": False},
        {"question_prompt": "query: "},
        {"passage_prompt": "passage: "},
        {"text": "text"},
    ):
        assert identity(**change).digest != plain.digest, change


@pytest.mark.parametrize(("precision", "least"), [("float32", 0.999), ("bfloat16", 0.999), ("int8", 0.97)])
def test_an_engine_says_how_near_its_vectors_must_be(precision: str, least: float) -> None:
    assert Engine(name="any", precision=precision, version="1").tolerance == least


def test_an_engine_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        loading.load(engine="quantum")
    assert "openvino-bf16" in caught.value.hint


class TestThePackagedModel:
    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> Embedder:
        return loading.load()

    def test_its_vectors_have_length_1_in_the_order_of_the_texts(self, model: Embedder) -> None:
        texts = ["Water boils.", "The capital of France is Paris. " * 40, "", "水"]
        made = model.embed(texts)
        assert made.shape == (4, 384)
        assert made.dtype == np.float32
        assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
        for row, text in enumerate(texts):
            assert np.allclose(model.embed([text])[0], made[row], atol=1e-4)

    def test_near_texts_are_near(self, model: Embedder) -> None:
        question, answer, other = model.embed(
            ["When does water boil?", "Water boils at 100 degrees.", "Paris is a city."]
        )
        assert question @ answer > question @ other + 0.3

    def test_its_identity_names_weights_and_bounds(self, model: Embedder) -> None:
        named = model.identity
        assert named.model == embedders.DEFAULT_MODEL
        assert (named.dimension, named.max_tokens, named.normalised) == (384, 256, True)
        assert (named.pooling, named.question_prompt, named.passage_prompt) == ("mean", "", "")
        assert len(named.weights_sha256) == 64

    def test_nothing_to_embed_is_no_work(self, model: Embedder) -> None:
        assert model.embed([]).shape == (0, 384)

    def test_progress_counts_to_the_end(self, model: Embedder) -> None:
        seen: list[tuple[int, int]] = []
        model.embed(
            ["x"] * 3, progress=lambda label, done, total: seen.append((done, total)), label="Embedding"
        )
        assert seen[-1] == (3, 3)


def test_what_an_embedder_is_knows_no_engine() -> None:
    program = (
        "import sys; import commons.embedding.embedder\n"
        "assert not [name for name in sys.modules if name.startswith(('commons.embedding.engines', 'torch', 'openvino'))]"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
