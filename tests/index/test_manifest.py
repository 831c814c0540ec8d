"""The manifest: a closed table of digests, the same for the same artifact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commons.errors import IndexArtifactError
from commons.index import manifest
from commons.index.manifest import Cost, File, Manifest, PoolIndex, Recall, VectorFile


@pytest.fixture
def made(embedder: Any) -> Manifest:
    def file(path: str) -> File:
        return File(path=path, sha256="0" * 64, rows=1)

    pool = PoolIndex(
        index=file("index/tiny/pools/open.faiss"),
        positions=file("index/tiny/pools/open.parquet"),
        factory="SQfp16",
        why="it is small",
        recall=Recall(at_10=1, queries=30, asked="titles"),
    )
    return Manifest(
        embedder=embedder.identity,
        engines=(embedder.engine,),
        faiss="1.0",
        tantivy="1.0",
        records=1,
        data=(file("data/open/x/" + "0" * 64 + ".parquet"),),
        vectors=(VectorFile(**file("index/tiny/vectors/" + "0" * 64 + ".parquet").model_dump()),),
        pools={"open": pool},
    )


def test_it_is_read_back_as_it_was(made: Manifest) -> None:
    assert manifest.parse(made.to_bytes()) == made
    assert manifest.parse(made.to_bytes()).to_bytes() == made.to_bytes()


def test_what_it_binds_names_no_commit_no_time_and_no_measurement(made: Manifest) -> None:
    assert set(made.binding()) >= {"embedder", "faiss", "records", "data", "vectors", "pools"}
    assert not {"commit", "revision", "time", "created", "cost", "quality"} & set(made.binding())
    dearer = made.model_copy(update={"cost": Cost(seconds=9, cpu_seconds=8, embedded=7)})
    assert dearer.binding() == made.binding()
    assert dearer.to_bytes() != made.to_bytes()


def test_one_of_version_1_is_read_as_what_it_is(made: Manifest) -> None:
    old = (Path(__file__).parents[1] / "golden/format-1/index/tiny/manifest.json").read_bytes()
    read = manifest.parse(old)
    assert (read.version, read.encoding, read.fusion) == (1, "float16", None)
    assert [engine.precision for engine in read.engines] == ["float32"]
    assert all(pool.factory == "SQfp16" and not pool.keywords for pool in read.pools.values())


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("data"),
        lambda v: v.pop("embedder"),
        lambda v: v.update(version=5),
        lambda v: v["vectors"][0].update(engine=1),
        lambda v: v["pools"]["open"].update(factory="HNSW32"),
        lambda v: v["pools"]["open"].update(factory="RaBitQfs,Refine(SQ8)"),  # which needs a template
        lambda v: v.update(pickle="x"),
        lambda v: v.update(records="many"),
        lambda v: v["pools"]["open"].update(metric="l2"),
        lambda v: v["pools"]["open"].pop("positions"),
        lambda v: v["pools"]["open"].update(k_factor=10**9),  # a search would ask for all memory there is
        lambda v: v["pools"]["open"].update(nprobe=-1),
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
