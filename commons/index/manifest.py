"""The manifest: what binds an index artifact to its data, its embedder and every one of its files, by content.

It names no commit and no time, so the same data always gives the same manifest, and data and index can live under one tag.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from commons.errors import IndexArtifactError
from commons.index import artifact, vectors
from commons.index.embedder import EmbedderIdentity
from commons.records import layout
from commons.records.schema import Kind


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# Version 1 was written before these were said of an embedder; all models that it was written for were mean-pooled, without prompts.
_UNSAID_IN_1 = {"pooling": "mean", "question_prompt": "", "passage_prompt": ""}


class File(_Closed):
    """A file by its repository path; ``rows`` is 0 where rows mean nothing."""

    path: str
    sha256: str
    rows: int = 0


class PoolIndex(_Closed):
    """One FAISS index and the table that says which record each of its positions is."""

    index: File
    positions: File
    factory: str
    metric: Literal["inner_product"] = "inner_product"


class Manifest(_Closed):
    """``data`` is in index order; ``vectors`` are those of ``data``, one by one."""

    version: Literal[1] = 1
    embedder: EmbedderIdentity
    faiss: str
    records: int
    data: tuple[File, ...]
    vectors: tuple[File, ...]
    pools: dict[str, PoolIndex]

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_first_written(cls, value: Any) -> Any:
        embedder = value.get("embedder") if isinstance(value, dict) else None
        if not (isinstance(embedder, dict) and "precision" in embedder):
            return value
        kept = {name: said for name, said in embedder.items() if name != "precision"}
        return {**value, "embedder": _UNSAID_IN_1 | kept}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        """Every path is the one its subject has, and every record of every pool is counted once."""
        slug = self.embedder.slug
        by_pool: Counter[str] = Counter()
        for data, made in zip(self.data, self.vectors, strict=True):
            shard = layout.parse_shard(data.path)
            if shard is None or shard.kind is not Kind.RECORD or shard.digest != data.sha256:
                raise ValueError(f"{data.path} is no data shard")
            if made.path != vectors.path_of(slug, shard.digest) or made.rows != data.rows:
                raise ValueError(f"{made.path} does not belong to {data.path}")
            by_pool[shard.pool] += data.rows
        indexed = {name: pool.positions.rows for name, pool in self.pools.items()}
        if indexed != dict(by_pool) or self.records != by_pool.total():
            raise ValueError("the pools do not cover the data")
        for name, pool in self.pools.items():
            paths = (pool.index.path, pool.positions.path)
            if paths != (artifact.index_path(slug, name), artifact.positions_path(slug, name)):
                raise ValueError(f"the pool {name} names other files than its own")
        return self

    def to_bytes(self) -> bytes:
        return (json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n").encode()


def path_of(slug: str) -> str:
    return f"index/{slug}/manifest.json"


def parse(data: bytes) -> Manifest:
    """Raises IndexArtifactError (``manifest-malformed``)."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise IndexArtifactError(
            f"The manifest is malformed at {where}: {first['msg']}.", code="manifest-malformed"
        ) from error
