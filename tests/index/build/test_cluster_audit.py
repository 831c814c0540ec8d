"""The clusters of an artifact are grouped again by whoever checks it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support import audited
from support.audited import Audited
from support.commons_on_disk import CommonsOnDisk, link, record
from support.embedder import TinyEmbedder

from commons import digests, layout
from commons.errors import IndexArtifactError
from commons.index import clusters, manifest, retrieval
from commons.index.retrieval import Index
from commons.layout import Kind
from commons.records import shards

TEXT = "Granite is a coarse rock of quartz, feldspar and mica that cools slowly and deep below the ground of mountains."
PLACE = layout.clusters_path("tiny")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Two copies, a part of a whole, and a link that landed later than the index was built."""
    place = tmp_path_factory.mktemp("clusters")
    made = audited.with_log(place / "commons")
    first, second, third = list(made.landed)[:3]
    stone, copy = record(TEXT, contribution=first), record(TEXT.upper(), contribution=second)
    whole, part = record("A book of rocks.", contribution=first), record("Its part.", contribution=second)
    made.commons.put([copy, part], collection="copies")
    made.commons.put([stone, whole], collection="stones")
    made.commons.put([replace(link(part, "dcterms:isPartOf", whole), contribution=second)])
    made.commons.publish(made.commons.build(TinyEmbedder(), place / "work"))
    later = replace(link(stone, "dcterms:isPartOf", whole), contribution=third)
    made.commons.put([later], collection="later")
    return made


def table_of(made: Audited) -> pa.Table:
    return shards.read_table(made.commons.folder / PLACE, clusters.SCHEMA, name=PLACE)


def opened(made: Audited) -> Index:
    snapshot = made.commons.snapshot
    data = {str(shard): shards.row_count(snapshot.path(shard)) for shard in snapshot.shards(Kind.RECORD)}
    return retrieval.open_artifact(made.commons.folder, "tiny", data=data)


def write(made: Audited, table: pa.Table, **changes: Any) -> None:
    """Another table, which the manifest names."""
    value = json.loads(made.manifest_path.read_bytes())
    path = made.commons.folder / PLACE
    path.write_bytes(shards.to_parquet(table))
    value["clusters"] |= {"sha256": digests.sha256_of(path), "rows": table.num_rows}
    made.manifest_path.write_bytes(manifest.to_json(value | changes))


@pytest.fixture
def copy(built: Audited, tmp_path: Path) -> Audited:
    shutil.copytree(built.commons.folder, tmp_path / "commons")
    return replace(built, commons=CommonsOnDisk(tmp_path / "commons"))


def test_an_index_with_clusters_holds_though_links_landed_since(built: Audited) -> None:
    assert built.audit().problems == []
    assert table_of(built).num_rows == 4


def test_each_cluster_has_the_name_of_what_landed_first(built: Audited) -> None:
    index = opened(built)
    stone, whole = (
        record(text, contribution=next(iter(built.landed))).id for text in (TEXT, "A book of rocks.")
    )
    assert index.clusters.near_duplicate(record(TEXT.upper()).id) == stone
    assert index.clusters.near_duplicate(record("Its part.").id) == whole
    assert index.without([stone]).clusters is index.clusters


@pytest.mark.parametrize("other", ["kr1" + "z" * 52, None])
def test_a_cluster_of_strangers_is_a_problem(other: str | None, copy: Audited) -> None:
    rows = table_of(copy).to_pylist()
    rows[1]["near_duplicate"] = other
    write(copy, pa.Table.from_pylist(rows, clusters.SCHEMA))
    assert copy.audit().problems == [f"{PLACE} does not follow from the data"]


def test_other_links_than_there_ever_were_are_a_problem(copy: Audited) -> None:
    write(copy, table_of(copy), links_sha256="0" * 64)
    assert copy.audit().problems == [
        "links_sha256: these were not the links at any time at which it can have been built"
    ]


def test_an_index_without_clusters_is_a_problem(copy: Audited) -> None:
    write(copy, table_of(copy), clusters=None)
    assert "clusters: there are none, and every build makes them" in copy.audit().problems


@pytest.mark.parametrize(("damage", "code"), [(b"", "digest-mismatch"), (None, "file-missing")])
def test_other_bytes_are_refused_by_audit_and_reader(damage: bytes | None, code: str, copy: Audited) -> None:
    path = copy.commons.folder / PLACE
    path.unlink() if damage is None else path.write_bytes(damage)
    for check in (copy.audit, lambda: opened(copy)):
        with pytest.raises(IndexArtifactError) as error:
            check()
        assert error.value.code == code
