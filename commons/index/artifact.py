"""The artifact on disk: nothing of it is parsed before its digest has been checked. Where its files lie is said in ``layout``."""

from __future__ import annotations

from pathlib import Path

from commons import digests
from commons.errors import IndexArtifactError


def refuse_other_bytes(path: Path, sha256: str) -> None:
    """Raise IndexArtifactError (``digest-mismatch``, or ``file-missing``) unless the file has this SHA-256."""
    try:
        actual_sha256 = digests.sha256_of(path)
    except OSError as error:
        raise IndexArtifactError(
            f"{path.name} is missing from the index.", hint="commons build --publish", code="file-missing"
        ) from error
    if actual_sha256 != sha256:
        raise IndexArtifactError(
            f"{path.name} is not the file its manifest names: the index and the data do not belong together, or it is damaged.",
            hint="Fetch it again, or rebuild it: commons build --publish",
            code="digest-mismatch",
        )
