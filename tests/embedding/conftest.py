"""Small true models, as they come and as they are converted, that several tests read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_models import make_model

from commons.embedding.engines import (
    model_cache,
    model_source,
    openvino_embedder,
    sentence_transformer_embedder,
)
from commons.embedding.engines.conversion import prepare
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that any engine runs; it wants its questions and passages told apart."""
    prompts = {"query": "the river ", "passage": "the report "}
    return make_model(tmp_path_factory.mktemp("small"), prompts=prompts)


@pytest.fixture(scope="session")
def small_reference(small: Path) -> SentenceTransformerEmbedder:
    return sentence_transformer_embedder.load(model_source.locate(str(small)))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where converted models are kept; shared by the tests that only read it."""
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="session")
def small_fast(small: Path, small_reference: SentenceTransformerEmbedder, home: Path) -> OpenVinoEmbedder:
    """``small`` converted in float32, and opened."""
    place = model_cache.folder_of(home, model_source.locate(str(small)), "float32", None)
    model, _ = prepare(small_reference, model_source.locate(str(small)), "float32", place)
    return openvino_embedder.open_model(place, model)
