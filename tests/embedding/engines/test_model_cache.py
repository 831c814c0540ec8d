"""Converted models: whole or not there, believed only after their digests, and two processes at once both end with one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.embedder import TinyEmbedder

from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.embedding.engines import model_cache, model_source
from commons.embedding.engines.model_source import ModelSource
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder


@pytest.fixture
def identity(embedder: TinyEmbedder) -> EmbedderIdentity:
    return embedder.identity


def fill(folder: Path, identity: EmbedderIdentity, content: bytes = b"weights") -> None:
    (folder / model_cache.WEIGHTS).write_bytes(content)
    model_cache.describe(folder, identity, Engine(name="openvino", precision="int8", version="1"), pad_id=0)


def test_what_was_written_is_read_again(tmp_path: Path, identity: EmbedderIdentity) -> None:
    with model_cache.staged(tmp_path / "place") as folder:
        fill(folder, identity)
    model = model_cache.read(tmp_path / "place")
    assert model is not None
    assert model.identity == identity


def test_nothing_is_there_after_a_failure(tmp_path: Path, identity: EmbedderIdentity) -> None:
    with pytest.raises(KeyboardInterrupt), model_cache.staged(tmp_path / "place") as folder:
        fill(folder, identity)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_any_flipped_or_missing_byte_makes_it_as_good_as_none(
    tmp_path: Path, small_fast: OpenVinoEmbedder, home: Path
) -> None:
    (whole,) = (path for path in home.iterdir() if model_cache.read(path))
    for name in (
        model_cache.MODEL,
        model_cache.WEIGHTS,
        model_cache.TOKENIZER,
        model_cache.CHECKS,
        "about.json",
    ):
        for damage in (lambda data: data[:-1], lambda data: bytes([data[0] ^ 1]) + data[1:], lambda _: b""):
            copy = tmp_path / "copy"
            shutil.copytree(whole, copy)
            data = (copy / name).read_bytes()
            (copy / name).write_bytes(damage(data))
            assert model_cache.read(copy) is None, name
            (copy / name).unlink()
            assert model_cache.read(copy) is None, name
            shutil.rmtree(copy)


def test_what_is_said_of_a_model_cannot_be_changed_beside_it(
    tmp_path: Path, identity: EmbedderIdentity
) -> None:
    fill(tmp_path, identity)
    written = json.loads((tmp_path / "about.json").read_text())
    written["about"]["identity"]["weights_sha256"] = "1" * 64
    (tmp_path / "about.json").write_text(json.dumps(written))
    assert model_cache.read(tmp_path) is None


def test_a_damaged_one_is_replaced_and_a_whole_one_left_alone(
    tmp_path: Path, identity: EmbedderIdentity
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    (place / "about.json").write_text("{")
    with model_cache.staged(place) as folder:
        fill(folder, identity, b"first")
    with model_cache.staged(place) as folder:  # another process that began before the first had ended
        fill(folder, identity, b"second")
    assert (place / model_cache.WEIGHTS).read_bytes() == b"first"
    assert model_cache.read(place) is not None
    assert list(tmp_path.iterdir()) == [place]


def test_its_folder_follows_from_everything_that_shapes_it(small: Path, tmp_path: Path) -> None:
    """Weights, precision, cut and prompts; not the name or place of the model."""
    copy = tmp_path / "multilingual-e5-small"
    shutil.copytree(small, copy)
    source = model_source.locate(str(small))
    places = {
        model_cache.folder_of(tmp_path, source, "float32", None).name.rpartition("-")[2],
        model_cache.folder_of(tmp_path, source, "int8", None).name.rpartition("-")[2],
        model_cache.folder_of(tmp_path, source, "float32", 32).name.rpartition("-")[2],
        model_cache.folder_of(tmp_path, model_source.locate(str(copy)), "float32", None).name.rpartition("-")[
            2
        ],
    }
    assert len(places) == 4
    renamed = ModelSource("org/model", small, "f" * 40)
    assert model_cache.folder_of(tmp_path, renamed, "int8", None).name.rpartition("-")[2] in places
