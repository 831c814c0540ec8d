"""The weights' digest: from the files, what it was from the loaded model, and the same wherever the files lie."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import struct
from pathlib import Path

import pytest

from commons.embedding.embedder import DEFAULT_MODEL
from commons.embedding.engines import model_source, sentence_transformer_embedder, weights_digest
from commons.embedding.engines.sentence_transformer_embedder import SentenceTransformerEmbedder
from commons.errors import IndexArtifactError

# What indexes that are published say of the default model.
OF_THE_DEFAULT_MODEL = "2c705a5e3279febcd4b210fc95a6231ced10be71e400e863ab41b623d5799508"


def of_the_loaded(embedder: SentenceTransformerEmbedder) -> str:
    """Over the parameters as torch has them, which is how indexes were signed before."""
    digest = hashlib.sha256()
    for name, tensor in sorted(embedder.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def test_the_default_model_is_the_one_that_published_indexes_name() -> None:
    source = model_source.locate(DEFAULT_MODEL)
    assert weights_digest.of(source.folder) == OF_THE_DEFAULT_MODEL
    assert of_the_loaded(sentence_transformer_embedder.load(source)) == OF_THE_DEFAULT_MODEL


def test_it_is_that_of_the_loaded_model(small: Path, small_reference: SentenceTransformerEmbedder) -> None:
    assert weights_digest.of(small) == of_the_loaded(small_reference)
    assert small_reference.identity.weights_sha256 == weights_digest.of(small)


def test_modules_of_their_own_weights_count(small: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = SentenceTransformer(str(small), device="cpu")
    model.append(Dense(64, 16))
    model.save(str(tmp_path / "dense"))
    made = sentence_transformer_embedder.load(model_source.locate(str(tmp_path / "dense")))
    assert made.identity.weights_sha256 == of_the_loaded(made)
    assert made.identity.weights_sha256 != weights_digest.of(small)


def test_one_bit_of_a_weight_is_another_digest_and_a_description_is_not(small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "README.md").write_text("Another description.")
    assert weights_digest.of(copy) == weights_digest.of(small)
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert weights_digest.of(copy) != weights_digest.of(small)


def header(**tensors: object) -> bytes:
    written = json.dumps(tensors).encode()
    return struct.pack("<Q", len(written)) + written


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff" * 8,
        b"\xff" * 64,
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{",
        struct.pack("<Q", 4) + b"\xff\xfe\xfd\xfc",
        header(a=None),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}) + bytes(8),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [-9, 0]}) + bytes(8),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [0]}) + bytes(8),
        header(a={"dtype": "F32", "shape": "x", "data_offsets": [0, 4]}) + bytes(8),
        header(a={"dtype": "F32", "shape": [math.inf], "data_offsets": [0, 4]}) + bytes(8),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [0, 10**30]}) + bytes(8),
    ],
)
def test_damaged_weights_are_an_error_that_says_so(data: bytes, small: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(small, tmp_path / "copy")
    (copy / "model.safetensors").write_bytes(data)
    with pytest.raises(IndexArtifactError, match="damaged") as caught:
        weights_digest.of(copy)
    assert caught.value.code == "model-damaged"
