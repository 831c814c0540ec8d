"""The artifact on disk: where its files lie, and that nothing is parsed before its digest has been checked.

index/<embedder>/manifest.json
index/<embedder>/vectors/<digest of the data shard>.parquet
index/<embedder>/pools/<pool>.faiss               the FAISS index
index/<embedder>/pools/<pool>.template.faiss      what was learnt for it: an index that is trained and empty
index/<embedder>/pools/<pool>.parquet             which record each position is
index/<embedder>/pools/<pool>.keywords/…          the keyword index
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from commons.errors import IndexArtifactError


def folder_of(slug: str) -> str:
    return f"index/{slug}/"


def index_path(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.faiss"


def template_path(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.template.faiss"


def positions_path(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.parquet"


def keywords_folder(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.keywords/"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_other_bytes(path: Path, sha256: str) -> None:
    """Raise IndexArtifactError (``digest-mismatch``, or ``file-missing``) unless the file has this SHA-256."""
    try:
        found = sha256_of(path)
    except OSError as error:
        raise IndexArtifactError(
            f"{path.name} is missing from the index.", hint="commons build --publish", code="file-missing"
        ) from error
    if found != sha256:
        raise IndexArtifactError(
            f"{path.name} is not the file its manifest names: the index and the data do not belong together, or it is damaged.",
            hint="Fetch it again, or rebuild it: commons build --publish",
            code="digest-mismatch",
        )
