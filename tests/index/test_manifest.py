"""The manifest: a closed table of digests, the same for the same artifact."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commons.errors import IndexArtifactError
from commons.index import manifest
from commons.index.manifest import File, Manifest, PoolIndex


@pytest.fixture
def made(embedder: Any) -> Manifest:
    def file(path: str) -> File:
        return File(path=path, sha256="0" * 64, rows=1)

    pool = PoolIndex(
        index=file("index/tiny/pools/open.faiss"),
        positions=file("index/tiny/pools/open.parquet"),
        factory="SQfp16",
    )
    return Manifest(
        embedder=embedder.identity,
        faiss="1.0",
        records=1,
        data=(file("data/open/x/" + "0" * 64 + ".parquet"),),
        vectors=(file("index/tiny/vectors/" + "0" * 64 + ".parquet"),),
        pools={"open": pool},
    )


def test_it_is_read_back_as_it_was(made: Manifest) -> None:
    assert manifest.parse(made.to_bytes()) == made
    assert manifest.parse(made.to_bytes()).to_bytes() == made.to_bytes()


def test_it_names_no_commit_and_no_time(made: Manifest) -> None:
    assert set(json.loads(made.to_bytes())) >= {"embedder", "faiss", "records", "data", "vectors", "pools"}
    assert not {"commit", "revision", "time", "created"} & set(json.loads(made.to_bytes()))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("data"),
        lambda v: v.pop("embedder"),
        lambda v: v.update(version=2),
        lambda v: v.update(pickle="x"),
        lambda v: v.update(records="many"),
        lambda v: v["pools"]["open"].update(metric="l2"),
        lambda v: v["pools"]["open"].pop("positions"),
        lambda v: v["data"].append("x"),
    ],
)
def test_anything_else_is_malformed(change: Any, made: Manifest) -> None:
    value = json.loads(made.to_bytes())
    change(value)
    with pytest.raises(IndexArtifactError) as caught:
        manifest.parse(json.dumps(value).encode())
    assert caught.value.code == "manifest-malformed"


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"{", b"null"])
def test_what_is_no_json_object_is_malformed(data: bytes) -> None:
    with pytest.raises(IndexArtifactError) as caught:
        manifest.parse(data)
    assert caught.value.code == "manifest-malformed"


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "index/tiny/pools/../../../x.faiss", "README.md"]
)
def test_a_manifest_that_points_out_of_its_place_is_malformed(path: str, made: Manifest) -> None:
    value = json.loads(made.to_bytes())
    value["pools"]["open"]["index"]["path"] = path
    with pytest.raises(IndexArtifactError) as caught:
        manifest.parse(json.dumps(value).encode())
    assert caught.value.code == "manifest-malformed"
