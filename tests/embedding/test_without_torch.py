"""Where torch is not installed: what was converted before runs, else what the repository publishes, else the extra is named."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.exported_models import export
from support.small_models import make_model

from commons.arrays import Vectors
from commons.embedding import engines, loading
from commons.embedding.engines import machine, model_source, published_model
from commons.embedding.engines.model_source import ModelHub
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import CommonsError, HubError, IndexArtifactError, MissingExtraError

if TYPE_CHECKING:
    from support.model_repositories import ModelRepositories

TEXTS = ["water boils", "", "the river level was measured again"]


@pytest.fixture(scope="module")
def wanted(small_reference: SentenceTransformerEmbedder) -> Vectors:
    return small_reference.embed(TEXTS)


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nothing of it can be imported; what a test compares with was made before."""
    for name in ("torch", "transformers", "sentence_transformers"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture(scope="module")
def exported(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(small, tmp_path_factory.mktemp("exported") / small.name)


@pytest.mark.usefixtures("no_torch")
class TestWithoutTorch:
    def test_it_is_known_to_be_missing(self) -> None:
        assert not {"torch", "sentence-transformers"} & machine.versions().keys()
        for name in ("reference", "torch-bf16", "cuda"):
            assert engines.named(name).refusal(machine.this_machine(), machine.versions())

    def test_what_the_repository_publishes_runs(
        self,
        exported: Path,
        small_reference: SentenceTransformerEmbedder,
        wanted: Vectors,
        tmp_path: Path,
    ) -> None:
        made = loading.load(str(exported), home=tmp_path)
        assert made.identity == small_reference.identity
        assert (made.embed(TEXTS) * wanted).sum(axis=1).min() > 0.9999
        assert loading.load(str(exported)).engine == made.engine, "no folder to keep anything in is needed"
        assert list(tmp_path.iterdir()) == []

    def test_from_the_hub_it_is_fetched_beside_the_weights(
        self, exported: Path, models: ModelRepositories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        commit = models.publish("org/exported", exported)
        hub = ModelHub(models.url)
        made = loading.load("org/exported", hub=hub, home=tmp_path)
        assert (made.identity.revision, made.engine.name) == (commit, "openvino")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        assert loading.load("org/exported", hub=hub, home=tmp_path).identity == made.identity

    def test_what_was_converted_here_before_runs_first(
        self, small: Path, small_fast: OpenVinoEmbedder, home: Path
    ) -> None:
        made = loading.load(str(small), home=home)
        assert made.engine == small_fast.engine
        assert made.engine.digest == "", "nothing was published"

    def test_a_conversion_that_is_damaged_is_as_good_as_none(
        self, exported: Path, tmp_path: Path, home: Path, small_fast: OpenVinoEmbedder
    ) -> None:
        kept = shutil.copytree(home, tmp_path / "home")
        for path in kept.rglob("model.bin"):
            path.write_bytes(b"nothing of the kind")
        copy = shutil.copytree(exported, tmp_path / "model")
        assert loading.load(str(copy), home=kept).engine.digest

    def test_a_model_that_publishes_nothing_of_the_kind_names_the_extra(
        self, small: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(IndexArtifactError, match="has no OpenVINO or ONNX file") as caught:
            loading.load(str(small), home=tmp_path)
        assert "pip install 'hf-commons[index]'" in caught.value.hint

    @pytest.mark.parametrize("engine", ["reference", "openvino-fp32"])
    def test_an_engine_that_was_named_is_not_replaced(
        self, engine: str, exported: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(MissingExtraError) as caught:
            loading.load(str(exported), engine=engine, home=tmp_path)
        assert "[index]" in caught.value.hint

    @pytest.mark.parametrize("library", ["openvino", "tokenizers"])
    def test_without_openvino_the_smallest_extra_is_named(
        self, library: str, exported: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingExtraError, match=library) as caught:
            loading.load(str(exported))
        assert "[search]" in caught.value.hint

    def test_a_model_that_is_nowhere_is_that_first(self, models: ModelRepositories, tmp_path: Path) -> None:
        with pytest.raises(HubError, match="no model org/nowhere"):
            loading.load("org/nowhere", hub=ModelHub(models.url), home=tmp_path)
        (tmp_path / "empty").mkdir()
        with pytest.raises(CommonsError):
            loading.load(str(tmp_path / "empty"))


def test_with_torch_what_is_published_is_left_alone(exported: Path) -> None:
    assert loading.load(str(exported)).engine.name == "sentence-transformers"


def test_a_model_of_other_weights_is_another_identity_also_without_torch(
    exported: Path, small_reference: SentenceTransformerEmbedder, tmp_path: Path
) -> None:
    """The published file is the same; the weights beside it say that the index was made with others."""
    copy = Path(shutil.copytree(exported, tmp_path / "copy"))
    other = make_model(tmp_path / "made", width=32)
    shutil.copyfile(other / "model.safetensors", copy / "model.safetensors")
    identity = published_model.open_model(model_source.locate(str(copy))).identity
    assert identity.digest != small_reference.identity.digest
