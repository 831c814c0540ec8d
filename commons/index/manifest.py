"""The manifest: what binds an index artifact to its data, its embedder and every one of its files, by content.

What it binds names no commit and no time, so the same data and log always give the same artifact, and data and index can live under one
tag. Beside that it keeps what was measured: recall, quality on the commons' own questions, and what the build cost. The last is the one
part that differs from build to build; what was measured may differ in the last digits, and ``binding`` leaves it all out.

Manifests of version 1 (float16 vectors, exact index, no keywords), 2 (one weight of meaning for all languages, keywords of a pool in one
index) and 3 (no places in the log, no clusters) are read as what they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from commons import layout
from commons.closed_model import ClosedModel
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.errors import IndexArtifactError
from commons.index import dense
from commons.index.figures import AnswerBands, Fusion, SearchQuality
from commons.index.quality import Quality, Share
from commons.index.vectors import Encoding
from commons.layout import Kind

# Far above what a build ever chooses; a reader's memory is not for a manifest to spend.
_Factor = Annotated[int, Field(ge=0, le=65_536)]


BY_LANGUAGE = 3  # the first version whose words and weights are those of each language
WITH_CLUSTERS = 4  # the first whose positions say where the log has a record, and that has clusters

_MAX_BYTES = 32 * 1024 * 1024  # half a kilobyte a shard


class File(ClosedModel):
    """A file by its repository path; ``rows`` is 0 where rows mean nothing."""

    path: str
    sha256: str
    rows: int = 0


class VectorFile(File):
    """A file of vectors, and which of the manifest's engines computed them."""

    engine: int = 0


class Recall(ClosedModel):
    """How many of the ten nearest vectors an index finds of those an exact comparison finds, over ``asked``."""

    at_10: Share
    queries: int
    asked: Literal["questions", "titles"]  # what stood for a reader's questions


class PoolIndex(ClosedModel):
    """One FAISS index, why it is of its kind, the table that says which record each position is, and the keyword index beside it."""

    index: File
    template: File | None = None  # its rows: how many the pool had when the template was learnt
    positions: File
    keywords: tuple[File, ...] = ()
    factory: str
    why: str = ""
    metric: Literal["inner_product"] = "inner_product"
    k_factor: _Factor = 0
    nprobe: _Factor = 0
    recall: Recall | None = None

    @property
    def files(self) -> tuple[File, ...]:
        template = (self.template,) if self.template else ()
        return (self.index, *template, self.positions, *self.keywords)

    @property
    def effort(self) -> dense.Effort:
        return dense.Effort(self.k_factor, self.nprobe)


class Cost(ClosedModel):
    """What the build that made this artifact took; energy is an estimate of the library named."""

    seconds: float
    cpu_seconds: float
    embedded: int
    energy_kwh: float | None = None
    energy_by: str = ""


class Manifest(ClosedModel):
    """``data`` is in index order; ``vectors`` are those of ``data``, one by one."""

    version: Literal[1, 2, 3, 4] = 4
    embedder: EmbedderIdentity
    engines: tuple[Engine, ...]
    encoding: Encoding = Encoding.INT8
    faiss: str
    tantivy: str = ""
    records: int
    data: tuple[File, ...]
    vectors: tuple[VectorFile, ...]
    pools: dict[str, PoolIndex]
    clusters: File | None = None
    links_sha256: str = ""  # of the links that clusters follow from; empty where there were none
    questions_sha256: str = ""  # of the ids of the questions it was measured on; empty where there were none
    fusion: Fusion | None = None
    quality: dict[str, SearchQuality] = Field(default_factory=dict)  # by collection of questions, and "all"
    bands: AnswerBands | None = None  # none in an artifact that is older
    before: dict[str, Quality] = Field(
        default_factory=dict, description="hybrid quality of the artifact this one replaced"
    )
    cost: Cost | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        """Every path is the one its subject has, and every record of every pool is counted once."""
        slug = self.embedder.slug
        by_pool: Counter[str] = Counter()
        for data, made in zip(self.data, self.vectors, strict=True):
            shard = layout.parse_shard(data.path)
            if (
                shard is None
                or shard.kind is not Kind.RECORD
                or shard.replaced
                or shard.digest != data.sha256
            ):
                raise ValueError(f"{data.path} is no data shard")
            if made.path != layout.vectors_path(slug, shard.digest) or made.rows != data.rows:
                raise ValueError(f"{made.path} does not belong to {data.path}")
            if not 0 <= made.engine < len(self.engines):
                raise ValueError(f"{made.path} names an engine that is not listed")
            by_pool[shard.pool] += data.rows
        indexed = {name: pool.positions.rows for name, pool in self.pools.items()}
        if indexed != dict(by_pool) or self.records != by_pool.total():
            raise ValueError("the pools do not cover the data")
        for name, pool in self.pools.items():
            _refuse_other_files(slug, name, pool)
        if self.clusters and (
            self.version < WITH_CLUSTERS or self.clusters.path != layout.clusters_path(slug)
        ):
            raise ValueError(f"{self.clusters.path} are no clusters of this index")
        return self

    @property
    def files(self) -> Iterator[File]:
        """Every file of the artifact but the manifest itself."""
        yield from self.vectors
        for pool in self.pools.values():
            yield from pool.files
        if self.clusters:
            yield self.clusters

    def binding(self) -> dict[str, Any]:
        """All but what was measured: equal for two builds of the same thing."""
        measured: Any = {
            **{"cost": True, "before": True, "quality": True, "fusion": True, "bands": True},
            "pools": {"__all__": {"recall"}},
        }
        return self.model_dump(mode="json", exclude=measured)

    def subject(self) -> dict[str, Any]:
        """What is known before anything is measured: equal where another build would find out nothing new."""
        measured = {"recall": True, "k_factor": True, "nprobe": True}
        left_out: Any = {
            "cost": True,
            "before": True,
            "quality": True,
            "fusion": True,
            "bands": True,
            "pools": {"__all__": measured},
        }
        return self.model_dump(mode="json", exclude=left_out)

    def to_bytes(self) -> bytes:
        unstated = {"bands"} if self.bands is None else set()  # as it was written before there were any
        if self.version < WITH_CLUSTERS:
            unstated |= {"clusters", "links_sha256"}
        return to_json(self.model_dump(mode="json", exclude=unstated))


def to_json(value: Any) -> bytes:
    """The one form in which a manifest is written."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _refuse_other_files(slug: str, name: str, pool: PoolIndex) -> None:
    expected = (layout.faiss_path(slug, name), layout.positions_path(slug, name))
    words = (layout.is_keywords_file(slug, name, file.path) for file in pool.keywords)
    if (pool.index.path, pool.positions.path) != expected or not all(words):
        raise ValueError(f"the pool {name} names other files than its own")
    if pool.template and pool.template.path != layout.template_path(slug, name):
        raise ValueError(f"the pool {name} names another template than its own")
    if not dense.is_known(pool.factory) or (pool.template is not None) != dense.is_trained(pool.factory):
        raise ValueError(f"{pool.factory!r} is no index we make")


def parse(data: bytes) -> Manifest:
    """Raises IndexArtifactError (``manifest-malformed``)."""
    try:
        if len(data) > _MAX_BYTES:
            raise ValueError(f"for it has {len(data):,} bytes")
        return Manifest.model_validate(_current(json.loads(data)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = f"at {where}: {first['msg']}" if where else first["msg"]
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        reason = f"({error})"
    raise IndexArtifactError(
        f"The manifest is malformed {reason}.",
        hint="Build it again: commons build --publish",
        code="manifest-malformed",
    )


def _current(written: Any) -> Any:
    """A manifest of version 1 in today's words; anything else as it is."""
    if not isinstance(written, dict) or written.get("version", 1) != 1:
        return written
    embedder = dict(written["embedder"])
    precision = embedder.pop("precision")
    # Version 1 knew one engine and models without prompts; MiniLM and its kin take the mean.
    embedder = {"pooling": "mean", "question_prompt": "", "passage_prompt": "", **embedder}
    engine = {"name": "sentence-transformers", "precision": precision, "version": "", "digest": ""}
    return {
        **written,
        "version": 1,
        "embedder": embedder,
        "engines": [engine],
        "encoding": Encoding.FLOAT16.value,
    }
