"""The manifest: what binds an index artifact to its data, its embedder and every one of its files, by content.

It names no commit and no time, so the same data always gives the same manifest, and data and index can live under one tag.
"""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from commons.errors import IndexArtifactError
from commons.index.embedder import EmbedderIdentity


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


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
    version: Literal[1] = 1
    embedder: EmbedderIdentity
    faiss: str
    records: int
    data: tuple[File, ...]  # in index order
    vectors: tuple[File, ...]
    pools: dict[str, PoolIndex]

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
