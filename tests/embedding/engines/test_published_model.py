"""A file that a repository publishes for OpenVINO or ONNX runs as it is, gives the reference's vectors, and is refused where it cannot."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.exported_models import export
from support.onnx_files import lookup
from support.small_models import make_model

from commons.embedding import loading
from commons.embedding.engines import (
    model_description,
    model_source,
    published_model,
    sentence_transformer_embedder,
    weights_digest,
)
from commons.embedding.engines.benchmark import CHECKS
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import IndexArtifactError


def opened(folder: Path, truncate_dim: int | None = None) -> OpenVinoEmbedder:
    return published_model.open_model(model_source.locate(str(folder)), truncate_dim)


def cosine(these: np.ndarray, other: np.ndarray) -> float:
    return float((these * other).sum(axis=1).min())


@pytest.fixture(scope="module")
def exported(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(small, tmp_path_factory.mktemp("exported") / small.name)


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported, tmp_path / "copy"))


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_vectors_and_identity_are_those_of_the_reference(
    exported: Path, small_reference: SentenceTransformerEmbedder
) -> None:
    made = opened(exported)
    assert made.identity == small_reference.identity
    assert cosine(made.embed(CHECKS), small_reference.embed(CHECKS)) > 0.9999
    assert cosine(made.embed_questions(CHECKS), small_reference.embed_questions(CHECKS)) > 0.9999
    assert (made.engine.name, made.engine.precision) == ("openvino", "float32")


def test_its_engine_names_the_file_by_its_digest(exported: Path, copy: Path) -> None:
    digest = opened(exported).engine.digest
    assert len(digest) == 64
    assert opened(copy).engine.digest == digest
    with (copy / "openvino" / "openvino_model.xml").open("a") as file:
        file.write("<!-- another file -->")
    assert opened(copy).engine.digest != digest


@pytest.mark.parametrize("pooling", ["cls", "max"])
def test_other_poolings_are_those_of_the_reference(pooling: str, tmp_path: Path) -> None:
    folder = export(make_model(tmp_path, pooling=pooling), tmp_path / "exported")
    made, wanted = opened(folder), sentence_transformer_embedder.load(model_source.locate(str(folder)))
    assert made.identity == wanted.identity
    assert cosine(made.embed(CHECKS), wanted.embed(CHECKS)) > 0.9999


def test_dimensions_are_cut(exported: Path) -> None:
    made = opened(exported, 16)
    wanted = loading.load(str(exported), engine="reference", truncate_dim=16)
    assert made.identity == wanted.identity
    assert cosine(made.embed(CHECKS), wanted.embed(CHECKS)) > 0.9999


def test_one_that_gives_other_vectors_than_its_weights_is_refused_where_torch_can_tell(
    exported: Path, small: Path, tmp_path: Path
) -> None:
    assert loading.load(str(exported), engine="openvino-published").engine.digest
    other = Path(shutil.copytree(small, tmp_path / "other"))
    table = np.random.default_rng(1).normal(size=(160, 64)).astype(np.float32)
    (other / "model.onnx").write_bytes(lookup(table, ("input_ids", "attention_mask"), "last_hidden_state"))
    with pytest.raises(IndexArtifactError, match="gives other vectors") as caught:
        loading.load(str(other), engine="openvino-published")
    assert caught.value.code == "engine-unavailable"


class TestOnnx:
    @pytest.fixture
    def folder(self, small: Path, tmp_path: Path) -> Path:
        """The small model, whose ONNX file is one that can be reckoned by hand."""
        folder = Path(shutil.copytree(small, tmp_path / "onnx-model"))
        (folder / "onnx").mkdir()
        return folder

    @pytest.mark.parametrize("output", ["last_hidden_state", "token_embeddings"])
    @pytest.mark.parametrize("types", [(), ("token_type_ids",)], ids=["two-inputs", "three-inputs"])
    @pytest.mark.parametrize("place", ["onnx/model.onnx", "model.onnx"])
    def test_it_is_read_as_well(self, output: str, types: tuple[str, ...], place: str, folder: Path) -> None:
        table = np.random.default_rng(1).normal(size=(160, 64)).astype(np.float32)
        (folder / place).write_bytes(lookup(table, ("input_ids", "attention_mask", *types), output))
        made = opened(folder)
        ids = made._tokenizer.encode("the report " + "water boils").ids
        wanted = table[ids].mean(axis=0)
        vector = made.embed(["water boils", "a longer one, so that there is padding"])[0]
        assert np.allclose(vector, wanted / np.linalg.norm(wanted), atol=1e-5)

    @pytest.mark.parametrize(
        ("inputs", "output", "reason"),
        [
            (("input_ids", "attention_mask", "pixel_values"), "last_hidden_state", "wants .*pixel_values"),
            (("input_ids",), "last_hidden_state", "wants input_ids"),
            (("input_ids", "attention_mask"), "logits", "gives logits"),
        ],
    )
    def test_a_graph_of_another_kind_is_refused_by_what_it_wants_or_gives(
        self, inputs: tuple[str, ...], output: str, reason: str, folder: Path
    ) -> None:
        (folder / "onnx" / "model.onnx").write_bytes(lookup(np.ones((160, 64), np.float32), inputs, output))
        with pytest.raises(IndexArtifactError, match=reason) as caught:
            opened(folder)
        assert caught.value.code == "engine-unavailable"

    def test_vectors_of_another_width_than_described_are_refused(self, folder: Path) -> None:
        inputs = ("input_ids", "attention_mask")
        table = np.ones((160, 32), np.float32)
        (folder / "model.onnx").write_bytes(lookup(table, inputs, "last_hidden_state"))
        with pytest.raises(IndexArtifactError, match="of 32 dimensions and its description 64"):
            opened(folder)

    def test_a_graph_that_gives_nothing_finite_is_refused_as_it_is_opened(self, folder: Path) -> None:
        inputs = ("input_ids", "attention_mask")
        table = np.full((160, 64), np.nan, np.float32)
        (folder / "model.onnx").write_bytes(lookup(table, inputs, "last_hidden_state"))
        with pytest.raises(IndexArtifactError, match="not finite"):
            opened(folder)

    def test_the_file_for_openvino_is_taken_first(self, copy: Path) -> None:
        (copy / "onnx").mkdir()
        (copy / "onnx" / "model.onnx").write_bytes(b"nothing of the kind")
        assert opened(copy).engine.digest


class TestRefusals:
    @pytest.mark.parametrize("data", [b"", b"<net/>", b"\0" * 100], ids=["empty", "another", "zeros"])
    def test_a_file_that_is_none(self, data: bytes, copy: Path) -> None:
        (copy / "openvino" / "openvino_model.xml").write_bytes(data)
        with pytest.raises(IndexArtifactError, match="cannot be read") as caught:
            opened(copy)
        assert caught.value.code == "engine-unavailable"
        assert str(copy) not in caught.value.message

    def test_weights_of_few_bits(self, copy: Path) -> None:
        nncf = pytest.importorskip("nncf")
        import openvino as ov

        path = copy / "openvino" / "openvino_model.xml"
        graph = ov.Core().read_model(path)
        narrow = nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_SYM)
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        ov.save_model(narrow, path)
        with pytest.raises(IndexArtifactError, match="holds weights in i8"):
            opened(copy)

    def test_no_such_file_and_no_tokenizer(self, small: Path, copy: Path) -> None:
        with pytest.raises(IndexArtifactError, match="has no OpenVINO or ONNX file") as caught:
            opened(small)
        assert "[index]" in caught.value.hint
        (copy / "tokenizer.json").unlink()
        with pytest.raises(IndexArtifactError, match=r"has no tokenizer\.json"):
            opened(copy)

    @pytest.mark.parametrize("data", [b"", b"{}", b"\xff"])
    def test_a_tokenizer_that_is_none(self, data: bytes, copy: Path) -> None:
        (copy / "tokenizer.json").write_bytes(data)
        with pytest.raises(IndexArtifactError, match="tokenizer"):
            opened(copy)

    def test_modules_that_are_not_written_here(self, copy: Path) -> None:
        modules = json.loads((copy / "modules.json").read_text())
        dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
        (copy / "modules.json").write_text(json.dumps([*modules, dense]))
        with pytest.raises(
            IndexArtifactError, match="made of Transformer, Pooling, Normalize, Dense"
        ) as caught:
            opened(copy)
        assert "[index]" in caught.value.hint

    @pytest.mark.parametrize(
        ("file", "changes", "reason"),
        [
            ("1_Pooling/config.json", {"pooling_mode": "weightedmean"}, "weightedmean"),
            ("1_Pooling/config.json", {"pooling_mode": ["mean", "max"]}, "mean and max"),
            ("1_Pooling/config.json", {"include_prompt": False}, "without its prompt"),
            ("sentence_bert_config.json", {"do_lower_case": True}, "lower case"),
        ],
    )
    def test_uses_that_are_not_written_here(
        self, file: str, changes: dict[str, Any], reason: str, copy: Path
    ) -> None:
        rewrite(copy / file, **changes)
        with pytest.raises(IndexArtifactError, match=reason) as caught:
            opened(copy)
        assert caught.value.code == "engine-unavailable"

    @pytest.mark.parametrize("name", ["config.json", "modules.json", "1_Pooling/config.json"])
    @pytest.mark.parametrize("data", [b"", b"[1]", b'"x"', b"{}", b"\xff"])
    def test_descriptions_that_are_none(self, name: str, data: bytes, copy: Path) -> None:
        (copy / name).write_bytes(data)
        if (name, data) == ("1_Pooling/config.json", b"{}"):
            assert opened(copy).identity.pooling == "mean", "what sentence-transformers takes without a word"
            return
        with pytest.raises(IndexArtifactError):
            opened(copy)

    @pytest.mark.parametrize(
        ("file", "changes"),
        [
            ("config.json", {"hidden_size": math.inf}),
            ("sentence_bert_config.json", {"max_seq_length": math.inf}),
            ("config_sentence_transformers.json", {"prompts": ["query: "]}),
        ],
    )
    def test_values_of_another_kind(self, file: str, changes: dict[str, Any], copy: Path) -> None:
        rewrite(copy / file, **changes)
        with pytest.raises(IndexArtifactError) as caught:
            opened(copy)
        assert caught.value.code == "model-missing"


class TestTheDescription:
    def test_switches_of_older_versions_name_the_pooling(self, copy: Path) -> None:
        (copy / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
        assert model_description.read(copy, "a model").pooling == "cls"

    def test_the_greatest_length_is_the_models_own_else_the_tokenizers_within_the_positions(
        self, copy: Path
    ) -> None:
        assert model_description.read(copy, "a model").max_tokens == 32
        rewrite(copy / "tokenizer_config.json", model_max_length=10**30)
        assert model_description.read(copy, "a model").max_tokens == 64
        rewrite(copy / "sentence_bert_config.json", max_seq_length=16)
        assert model_description.read(copy, "a model").max_tokens == 16

    def test_a_bare_transformer_takes_the_mean(self, copy: Path) -> None:
        (copy / "modules.json").unlink()
        shutil.rmtree(copy / "1_Pooling")
        assert model_description.read(copy, "a model").pooling == "mean"
        assert len(weights_digest.of(copy)) == 64
