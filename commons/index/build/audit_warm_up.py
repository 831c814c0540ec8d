"""Everything the audit of an index uses, loaded and tried once on an index of our own: afterwards its process can load nothing more."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from commons import digests, layout
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.errors import MissingExtraError
from commons.files import write_whole
from commons.index import dense, keyword_fields, vectors
from commons.index.build import artifact_audit, assembly, cluster_assembly
from commons.index.build.assembly import Materials, Member
from commons.index.build.cache import BuildCache
from commons.index.figures import Fusion
from commons.index.manifest import File, Manifest, PoolIndex, VectorFile
from commons.index.positions import LogPlaces
from commons.layout import Kind, ShardPath
from commons.records import identity, shards
from commons.records.schema import SCHEMAS, Question, Record, Source
from commons.sandbox import landlock

_PATIENCE_S, _PAUSE_S = 10, 0.01
_IDENTITY = EmbedderIdentity(
    model="ours/warm-up",
    revision="",
    weights_sha256="0" * 64,
    dimension=8,
    max_tokens=1,
    pooling="mean",
    normalised=True,
    question_prompt="",
    passage_prompt="",
    text="title, newline, text",
)
_SENTENCES = (
    "Water that is cooled below its freezing point becomes ice, which is lighter than water and swims. " * 3
)
_RECORDS = [
    Record(
        f"kr{number}",
        None,
        f"Text number {number}.",
        lang,
        ("science",),
        "MIT",
        (Source(title="A notebook"),),
    )
    for number, lang in enumerate(("en", "ja", "xx"))
]
# Two that are nearly the same, so that texts are compared to the last.
_RECORDS += [
    Record(name, "A text", text, "en", ("science",), "MIT", (Source(title="A notebook"),))
    for name, text in (("kr3", f"{_SENTENCES}"), ("kr4", f"{_SENTENCES} That is all."))
]


def load_and_try() -> Iterator[tuple[Path, str, dict[str, int]]]:
    """Build a small index of each kind and audit it; where a library is missing, the audit will say so.

    For who wants to try more with it: (folder, slug, data) of each, as long as it is there.
    """
    identity.row_id(
        _RECORDS[0]
    )  # of questions that an index was measured on; RFC 8785 sorts names as UTF-16, a codec of its own
    with contextlib.suppress(MissingExtraError), tempfile.TemporaryDirectory() as name:
        # First one that no library has made: where there is none, what reads manifest and data is loaded all the same.
        for kind in ("", "exact", "rabitq"):
            folder = Path(name) / (kind or "none")
            data = _build(folder, kind)
            paths = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
            artifact_audit.audit(folder, _IDENTITY.slug, paths, {})
            if kind:
                yield folder, _IDENTITY.slug, data
    _wait_for_threads()


def _wait_for_threads() -> None:
    """Those of tantivy's writer end a moment after it, and a thread that is there already is one that Landlock does not bind."""
    until = time.monotonic() + _PATIENCE_S
    while landlock.free_threads() and time.monotonic() < until:
        time.sleep(_PAUSE_S)


def _build(folder: Path, kind: str) -> dict[str, int]:
    data = shards.write(Kind.RECORD, _RECORDS)
    shard = ShardPath(Kind.RECORD, "open", "ours", digests.sha256_hex(data))
    made = vectors.write([record.id for record in _RECORDS], np.eye(len(_RECORDS), 8, dtype=np.float32))
    place = layout.vectors_path(_IDENTITY.slug, shard.digest)
    write_whole(folder / str(shard), data)
    asked = shards.write(Kind.QUESTION, [Question("What is it?", "en", (_RECORDS[0].id,), "MIT")])
    questions = ShardPath(Kind.QUESTION, "", "ours", digests.sha256_hex(asked))
    write_whole(folder / str(questions), asked)
    write_whole(folder / place, made)
    count, sha256 = len(_RECORDS), digests.sha256_hex(made)
    member = Member(0, shard, folder / str(shard), folder / place, sha256, count)
    materials = Materials(_IDENTITY.slug, shard.pool, [member], 8, LogPlaces({}, folder))
    pool = _with_libraries(folder, materials, kind) if kind else _without_library(folder, materials)
    groups = shards.to_parquet(cluster_assembly.table_of([materials], SCHEMAS[Kind.LINK].empty_table()))
    write_whole(folder / layout.clusters_path(_IDENTITY.slug), groups)
    manifest = Manifest(
        embedder=_IDENTITY,
        engines=(Engine(name="ours", precision="float32", version="1"),),
        faiss=dense.version() if kind else "",
        tantivy=keyword_fields.version() if kind else "",
        records=count,
        data=(File(path=str(shard), sha256=shard.digest, rows=count),),
        vectors=(VectorFile(path=place, sha256=sha256, rows=count),),
        pools={shard.pool: pool},
        clusters=File(path=layout.clusters_path(_IDENTITY.slug), sha256=digests.sha256_hex(groups)),
        fusion=Fusion(dense_weight=0.5, tuned_on=0),
    )
    write_whole(folder / layout.manifest_path(_IDENTITY.slug), manifest.to_bytes())
    return {str(shard): count}


def _with_libraries(folder: Path, materials: Materials, kind: str) -> PoolIndex:
    cache = BuildCache(folder / "parts")
    return assembly.assemble(folder, materials, kind=kind, published=None, cache=cache)


def _without_library(folder: Path, materials: Materials) -> PoolIndex:
    """Positions as they should be, and nothing for FAISS to read."""
    files = {
        layout.faiss_path(materials.slug, materials.pool): b"",
        layout.positions_path(materials.slug, materials.pool): shards.to_parquet(materials.positions()),
    }
    for path, data in files.items():
        write_whole(folder / path, data)
    index, positions = (
        File(path=path, sha256=digests.sha256_hex(data), rows=materials.rows) for path, data in files.items()
    )
    return PoolIndex(index=index, positions=positions, factory=dense.EXACT)
