"""The FAISS index of a pool: built from vectors alone, and opened only when its digest is known.

Three kinds, by size, all inner product over vectors of length 1:

* exact: half-precision codes, every one compared; up to a size where that takes about a millisecond;
* rabitq: one bit a dimension scanned first (RaBitQ, Gao and Long, SIGMOD 2024), the best of them compared again by 8-bit codes;
* ivf: the same codes in the cells of k-means centroids, of which only the nearest are scanned.

What the last two must learn first (centre, value ranges, centroids) is stored as a *template*: an index that is trained and empty.
Templates are published and stay as they are while a pool grows, so the index is a pure function of template and vectors, whatever
the number of threads or the size of the blocks, a landing appends codes instead of changing them, and k-means, which no two machines
repeat alike, is never asked to. ``FAISS`` parses most altered files without complaint, so digests come first and types are held
against a list.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commons.arrays import Mask, Positions, Vectors
from commons.errors import IndexArtifactError, MissingExtraError, UsageError
from commons.index import artifact

EXACT, RABITQ = "SQfp16", "RaBitQfs,Refine(SQ8)"
KINDS = ("auto", "exact", "rabitq", "ivf")
# The exact scan takes about half a millisecond at the first size (scripts/bench/index.md), one-bit codes some 25 ms at the second.
EXACT_UP_TO, RABITQ_UP_TO = 10_000, 2_000_000
_TRAINING_ROWS = 65_536  # centre and ranges are means and bounds; more rows do not move them
_ROWS_PER_CENTROID = 64
_RETRAIN_AT_GROWTH = 4  # a template serves until its pool has this many times the rows it was learnt from
_KMEANS_ROUNDS = 10

# Below this share of rows that pass a filter, scanning exactly those is quicker than fetching more and dropping most of them.
_SCAN_BELOW_SHARE = 0.2
_MEASURED_HITS = 10  # the effort is what it takes to find this many
_LEAST_FACTOR = 2.0  # a long list is compared again at least this many times over
_SPARE_SHARE = 1.3  # fetched beyond the expected number, so that one round is usually enough

_IVF = re.compile(r"IVF(\d{1,6}),RaBitQfs,Refine\(SQ8\)")
# The four-character codes FAISS writes: of the outer index, and of the one inside a refining index, 37 bytes in.
_OUTER_TYPES, _INNER_TYPES = (b"IxSQ", b"IxRF"), (b"Irfn", b"Iwrn")
_INNER_AT = 37


@dataclass(frozen=True)
class IndexChoice:
    """A factory string and the reason for it, as the manifest states it."""

    factory: str
    why: str


@dataclass(frozen=True)
class Effort:
    """How hard an approximate search tries: for ten hits, ``k_factor`` times as many are compared again, from ``nprobe`` cells."""

    k_factor: int = 8
    nprobe: int = 0


def efforts(factory: str) -> tuple[Effort, ...]:
    """From the least to the most that is worth trying."""
    if cells := _cells(factory):
        probes = sorted({max(1, cells // share) for share in (32, 16, 8, 4, 2)})
        return tuple(Effort(10, probe) for probe in probes)
    return tuple(Effort(factor) for factor in (8, 16, 32, 64)) if factory == RABITQ else (Effort(0),)


def choose(rows: int, wanted: str = "auto") -> IndexChoice:
    """The kind of index for a pool of this size, or the one that is wanted.

    Raises:
        UsageError: no such kind.
    """
    if wanted not in KINDS:
        raise UsageError(f"{wanted!r} is no kind of index.", hint=f"One of {', '.join(KINDS)}.")
    size = f"{rows:,} records"
    if not rows:
        return IndexChoice(EXACT, f"{size}: there is nothing to learn from")
    if wanted == "exact" or (wanted == "auto" and rows <= EXACT_UP_TO):
        return IndexChoice(EXACT, _why(wanted, f"{size}: comparing all of them takes about a millisecond"))
    if wanted == "rabitq" or (wanted == "auto" and rows <= RABITQ_UP_TO):
        return IndexChoice(
            RABITQ, _why(wanted, f"{size}: one-bit codes are scanned in milliseconds and need no centroids")
        )
    cells = 2 ** min(round(math.log2(4 * math.sqrt(rows))), math.floor(math.log2(rows)))
    return IndexChoice(
        f"IVF{cells},{RABITQ}",
        _why(wanted, f"{size}: {cells:,} cells, so that only some of the codes are scanned"),
    )


def _why(wanted: str, reason: str) -> str:
    return f"asked for {wanted}" if wanted != "auto" else reason


def is_trained(factory: str) -> bool:
    """Whether this kind of index has a template."""
    return factory != EXACT


def may_reuse(template_rows: int, rows: int) -> bool:
    """Whether a template learnt from a pool of ``template_rows`` still serves one of ``rows``."""
    return rows < _RETRAIN_AT_GROWTH * template_rows


def training_rows(factory: str, rows: int) -> int:
    """How many of a pool's rows, evenly spread, a template is learnt from."""
    return min(rows, max(_TRAINING_ROWS, _ROWS_PER_CENTROID * _cells(factory)))


def train(factory: str, sample: Vectors) -> bytes:
    """The template: a trained, empty index, serialised. ``sample`` is (n, d)."""
    faiss = library()
    index = faiss.index_factory(sample.shape[1], factory, faiss.METRIC_INNER_PRODUCT)
    if _cells(factory):
        cells = faiss.extract_index_ivf(index).cp
        cells.niter, cells.max_points_per_centroid = _KMEANS_ROUNDS, _ROWS_PER_CENTROID
        # Tests have few; auto never gives a pool fewer than hundreds a cell.
        cells.min_points_per_centroid = 1
    index.train(sample)
    return bytes(faiss.serialize_index(index).tobytes())


@dataclass(frozen=True)
class BegunIndex:
    """The index of a pool's first ``rows``, in a file that was checked."""

    path: Path
    rows: int


def build(
    path: Path,
    factory: str,
    dimension: int,
    blocks: Iterable[Vectors],
    template: bytes | None = None,
    begun: BegunIndex | None = None,
) -> None:
    """Write the index over the concatenation of ``blocks``, each (n, d) float32, to ``path``; they come after what was ``begun``.

    Raises:
        IndexArtifactError: template or beginning is of another type than the factory (``index-type``) or shape (``index-shape``).
    """
    faiss = library()
    if begun:
        index = _read(begun.path)
        _refuse_other(index, factory, dimension, begun.rows, begun.path.name)
    elif template:
        _refuse_other_start(template[: _INNER_AT + 4], "the template")
        index = _parsed(lambda: faiss.deserialize_index(np.frombuffer(template, np.uint8)), "the template")
        _refuse_other(index, factory, dimension, 0, "the template")
    else:
        index = faiss.index_factory(dimension, factory, faiss.METRIC_INNER_PRODUCT)
    for block in blocks:
        if len(block):  # the fast-scan kind ends the process when it is handed nothing
            index.add(np.ascontiguousarray(block, dtype=np.float32))
    # Through Python's file, which says when the disk is full; what FAISS's own loses on closing it only prints.
    with path.open("wb") as file:
        faiss.write_index(index, faiss.PyCallbackIOWriter(file.write))


def open_index(
    path: Path, *, sha256: str, factory: str, dimension: int, size: int, effort: Effort = Effort()
) -> Dense:
    """The index at ``path``, memory-mapped.

    Raises:
        IndexArtifactError: ``digest-mismatch`` before FAISS reads anything; ``index-type``, ``index-shape`` or ``index-damaged`` otherwise.
    """
    artifact.refuse_other_bytes(path, sha256)
    index = _read(path, library().IO_FLAG_MMAP_IFC)
    _refuse_other(index, factory, dimension, size, path.name)
    return Dense(index, effort)


class Dense:
    """An opened index. Searching is safe from many threads."""

    def __init__(self, index: Any, effort: Effort) -> None:
        faiss = library()
        self.effort = effort
        self.index = index
        self._refines = isinstance(index, faiss.IndexRefine)
        # The codes that are exact, or nearly: scores and neighbours are taken from them.
        self._store = faiss.downcast_index(index.refine_index) if self._refines else index
        self._has_cells = self._refines and isinstance(
            faiss.downcast_index(index.base_index), faiss.IndexIVFRaBitQFastScan
        )

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def search(self, query: Vectors, k: int, allowed: Mask | None = None) -> list[tuple[float, int]]:
        """The best ``k`` (score, position) for one (d,) query among the ``allowed`` (n,): as many as there are, up to ``k``."""
        size = len(self)
        passing = size if allowed is None else int(allowed.sum())
        k = min(k, passing)
        if k == 0:
            return []
        if not self._refines or (allowed is not None and passing <= _SCAN_BELOW_SHARE * size):
            return self._scan(query, k, allowed)
        fetched = k if allowed is None else math.ceil(_SPARE_SHARE * k * size / passing)
        # The effort is for the best ten; where only some pass the filter, as many more are compared again.
        compared = math.ceil(self.effort.k_factor * _MEASURED_HITS * size / passing)
        while True:
            hits = self._approximate(query, min(fetched, size), compared)
            if allowed is not None:
                hits = [hit for hit in hits if allowed[hit[1]]]
            if len(hits) >= k:
                return hits[:k]
            if fetched >= size:  # cells that were not probed may hold the rest
                return self._scan(query, k, allowed)
            fetched *= 4

    def scores(self, query: Vectors, positions: Positions) -> Vectors:
        """(n,) inner products of one (d,) query with the vectors at ``positions`` (n,)."""
        products: Vectors = self._store.reconstruct_batch(positions) @ query
        return products

    def decoded(self, start: int, stop: int) -> Vectors:
        """(stop - start, d) float32: the vectors as the index holds them."""
        rows: Vectors = self._store.reconstruct_n(start, stop - start)
        return rows

    def _scan(self, query: Vectors, k: int, allowed: Mask | None) -> list[tuple[float, int]]:
        faiss = library()
        parameters = None
        if allowed is not None:
            bitmap = np.packbits(allowed, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
        with _single_thread():
            return _hits(self._store.search(query.reshape(1, -1), k, params=parameters))

    def _approximate(self, query: Vectors, k: int, compared: int) -> list[tuple[float, int]]:
        faiss = library()
        cells = faiss.SearchParametersIVF(nprobe=max(1, self.effort.nprobe)) if self._has_cells else None
        factor = max(_LEAST_FACTOR, compared / k)
        parameters = faiss.IndexRefineSearchParameters(k_factor=factor, base_index_params=cells)
        with _single_thread():
            return _hits(self.index.search(query.reshape(1, -1), k, params=parameters))


def library() -> Any:
    """The FAISS module.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError("faiss", "search") from error
    return faiss


@contextmanager
def _single_thread() -> Iterator[None]:
    """One question is no work to share: waking other threads costs more than the search, and much more on a busy machine."""
    faiss = library()
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def version() -> str:
    return str(library().__version__)


def _hits(result: tuple[Any, Any]) -> list[tuple[float, int]]:
    scores, positions = result
    return [(float(s), int(p)) for s, p in zip(scores[0], positions[0], strict=True) if p >= 0]


def _cells(factory: str) -> int:
    ivf = _IVF.fullmatch(factory)
    return int(ivf[1]) if ivf else 0


def is_known(factory: str) -> bool:
    """Whether we would make, and so open, an index by this factory string."""
    return factory in (EXACT, RABITQ) or _cells(factory) > 0


def _refuse_other_start(start: bytes, name: str) -> None:
    outer, inner = start[:4], start[_INNER_AT:]
    if outer not in _OUTER_TYPES or (outer == b"IxRF" and inner not in _INNER_TYPES):
        raise IndexArtifactError(f"{name} is of an index type that is not on our list.", code="index-type")


def _read(path: Path, flags: int = 0) -> Any:
    with path.open("rb") as file:
        _refuse_other_start(file.read(_INNER_AT + 4), path.name)
    faiss = library()
    return _parsed(lambda: faiss.read_index(str(path), flags), path.name)


def _parsed(parse: Any, name: str) -> Any:
    try:
        return parse()
    except RuntimeError as error:
        raise IndexArtifactError(f"{name} is no index that FAISS can read.", code="index-damaged") from error


def _refuse_other(index: Any, factory: str, dimension: int, size: int, name: str) -> None:
    _refuse_other_type(index, factory, name)
    _refuse_other_shape(index, dimension, size, name)


def _refuse_other_type(index: Any, factory: str, name: str) -> None:
    faiss = library()
    if factory == EXACT:
        fits = isinstance(index, faiss.IndexScalarQuantizer)
    else:
        base = faiss.IndexIVFRaBitQFastScan if _cells(factory) else faiss.IndexRaBitQFastScan
        fits = (
            isinstance(index, faiss.IndexRefine)
            and isinstance(faiss.downcast_index(index.base_index), base)
            and isinstance(faiss.downcast_index(index.refine_index), faiss.IndexScalarQuantizer)
            and index.refine_index.ntotal == index.base_index.ntotal == index.ntotal
        )
    if not (fits and is_known(factory)):
        raise IndexArtifactError(f"{name} is of another index type than {factory}.", code="index-type")


def _refuse_other_shape(index: Any, dimension: int, size: int, name: str) -> None:
    metric = library().METRIC_INNER_PRODUCT
    if index.d != dimension or index.ntotal != size or index.metric_type != metric:
        raise IndexArtifactError(f"{name} has another shape than its manifest says.", code="index-shape")
