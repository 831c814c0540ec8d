"""The FAISS artifact: building it from vectors, and opening it only after its digests have been checked.

The index of a pool is exact inner product over half-precision vectors ("SQfp16"): nothing to train, byte-identical from the same
vectors, and filters act inside the search. Parsing an index proves nothing about it (FAISS accepts most altered files), so a digest
from the manifest is checked before FAISS sees a byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from commons.errors import IndexArtifactError, MissingExtraError
from commons.records import shards

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FACTORY = "SQfp16"
_ALLOWED_TYPES = (b"IxSQ",)  # the four-character codes FAISS writes for the factories above

# Which record each position is, and what filters ask for. ``shard`` counts in the manifest's data list.
POSITIONS = pa.schema(
    [
        ("id", pa.string()),
        ("shard", pa.int32()),
        ("row", pa.int32()),
        ("collection", pa.string()),
        ("license", pa.string()),
        ("lang", pa.string()),
        ("topic", pa.list_(pa.field("element", pa.string()))),
    ]
)


def index_path(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.faiss"


def positions_path(slug: str, pool: str) -> str:
    return f"index/{slug}/pools/{pool}.parquet"


def build_index(vectors: Sequence[npt.NDArray[np.float16]], dimension: int) -> bytes:
    """Serialised FAISS index over the concatenation of ``vectors``, each (n, d)."""
    import numpy as np

    faiss = _faiss()
    index = faiss.index_factory(dimension, FACTORY, faiss.METRIC_INNER_PRODUCT)
    for block in vectors:
        index.add(np.ascontiguousarray(block, dtype=np.float32))
    return bytes(faiss.serialize_index(index).tobytes())


def faiss_version() -> str:
    return str(_faiss().__version__)


def open_index(path: Path, *, sha256: str, dimension: int, size: int) -> Any:
    """The index at ``path``, memory-mapped.

    Raises:
        IndexArtifactError: ``digest-mismatch`` before FAISS reads anything; ``index-type`` or ``index-shape`` otherwise.
    """
    refuse_other_bytes(path, sha256)
    with path.open("rb") as file:
        if file.read(4) not in _ALLOWED_TYPES:
            raise IndexArtifactError(
                f"{path.name} is of an index type that is not on our list.", code="index-type"
            )
    faiss = _faiss()
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise IndexArtifactError(
            f"{path.name} is no index that FAISS can read.", code="index-damaged"
        ) from error
    if index.d != dimension or index.ntotal != size or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        raise IndexArtifactError(f"{path.name} has another shape than its manifest says.", code="index-shape")
    return index


def refuse_other_bytes(path: Path, sha256: str) -> None:
    """Raise IndexArtifactError (``digest-mismatch``, or ``file-missing``) unless the file has this SHA-256."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
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


def positions(members: Iterable[tuple[int, str, pa.Table]]) -> pa.Table:
    """The positions table of a pool, from (number in the manifest's data list, collection, records) in index order."""
    parts = []
    for number, collection, table in members:
        columns = {
            "shard": pa.array([number] * table.num_rows, pa.int32()),
            "row": pa.array(range(table.num_rows), pa.int32()),
            "collection": pa.array([collection] * table.num_rows, pa.string()),
            **{name: table[name] for name in ("id", "license", "lang", "topic")},
        }
        parts.append(pa.table(columns, schema=POSITIONS))
    return pa.concat_tables(parts)


def write_positions(members: Iterable[tuple[int, str, pa.Table]]) -> bytes:
    """The Parquet bytes of ``positions``."""
    return shards.to_parquet(positions(members))


def search(
    index: Any, query: npt.NDArray[np.float32], k: int, allowed: npt.NDArray[np.bool_] | None
) -> list[tuple[float, int]]:
    """The best ``k`` (score, position) for one (d,) query; ``allowed`` (n,) filters inside the search."""
    import numpy as np

    faiss = _faiss()
    parameters = None
    if allowed is not None:
        k = min(k, int(allowed.sum()))
        bitmap = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bitmap)
        parameters = faiss.SearchParameters(sel=selector)
    k = min(k, index.ntotal)
    if k == 0:
        return []
    scores, positions = index.search(query.reshape(1, -1), k, params=parameters)
    return [(float(s), int(p)) for s, p in zip(scores[0], positions[0], strict=True) if p >= 0]


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError("faiss", "index") from error
    return faiss
