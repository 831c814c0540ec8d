"""The source: found without loading a model, and told apart by its bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commons.embedding import embedder
from commons.embedding.engines import model_source
from commons.errors import CommonsError


def test_the_default_model_comes_with_its_package() -> None:
    source = model_source.locate(embedder.DEFAULT_MODEL)
    assert (source.folder / "model.safetensors").is_file()
    assert source.revision == ""


def test_the_digest_follows_the_bytes_and_not_the_place(small: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(small, copy)
    before = model_source.locate(str(small)).digest
    assert model_source.locate(str(copy)).digest == before
    (copy / "README.md").write_text("Another description.")
    assert model_source.locate(str(copy)).digest == before
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert model_source.locate(str(copy)).digest != before


@pytest.mark.parametrize("model", ["nobody/nothing-here", "not a name", "a/b/c", "/no/such/folder"])
def test_a_model_that_is_nowhere_is_an_error_with_the_next_step(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CommonsError) as caught:
        model_source.locate(model)
    assert caught.value.code == "model-missing"
    assert "--model" in caught.value.hint
