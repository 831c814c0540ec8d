"""Sketches: what is kept of each text so that a repetition is found without reading the whole commons again.

Of a record remain two hashes (its folded words, and its folded text alone) and a MinHash signature of its shingles. Sketches of a shard
never change, so they are kept on disk by the shard's digest; a file that cannot be used is as good as none.

``rensa`` makes the signatures: MIT, no dependencies, wheels for all systems, the same numbers for the same seed, and a version of its
algorithm that goes into the name of what is kept. It takes two seconds for 200,000 records where datasketch takes minutes.

    known = sketches.of_shard(table, digest, memory)
    SketchIndex(known.signatures).before(first, at_least=0.6)      # who shares a band with whom, see there for the odds
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from commons.files import keep
from commons.records.languages import primary_subtag
from commons.records.likeness import words

# Texts that share 75 % of their shingles meet in at least one band with probability 1 - (1 - 0.75^5)^25 = 0.999, at 60 % with 0.87;
# those that share 20 %, as any two texts of a language may, with 0.008.
BANDS = 25
ROWS = 5
_SEED = 1
_BODY_CHARACTERS = 40  # a shorter text ("yes", "1969") is no repetition under another title
_VERSION = f"1-{words.SHINGLE_CHARACTERS}-{BANDS}x{ROWS}-{RMinHash.ALGORITHM_VERSION}"


@dataclass(frozen=True)
class Sketches:
    """Of n records: ``whole`` and ``body`` (n,) uint64, ``signatures`` (n, BANDS * ROWS) uint32.

    ``whole`` is a hash of language, title and text, ``body`` of language and text alone, both folded; ``body`` is 0 for a short text.
    """

    whole: npt.NDArray[np.uint64]
    body: npt.NDArray[np.uint64]
    signatures: npt.NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.whole)

    def of_rows(self, wanted: npt.NDArray[np.bool_]) -> Sketches:
        """Those of the ``wanted`` (n,) records."""
        if wanted.all():
            return self
        return Sketches(self.whole[wanted], self.body[wanted], self.signatures[wanted])

    def in_order(self, rows: npt.NDArray[np.int64]) -> Sketches:
        """Those of these rows, in their order."""
        return Sketches(self.whole[rows], self.body[rows], self.signatures[rows])

    @classmethod
    def concatenate(cls, parts: Sequence[Sketches]) -> Sketches:
        empty = cls(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros((0, BANDS * ROWS), np.uint32))
        chosen = list(parts) or [empty]
        return cls(
            np.concatenate([part.whole for part in chosen]),
            np.concatenate([part.body for part in chosen]),
            np.concatenate([part.signatures for part in chosen]),
        )


def make(langs: Sequence[str], titles: Sequence[str | None], texts: Sequence[str]) -> Sketches:
    """The sketches of records, from their columns."""
    folded = [(words.fold(title or ""), words.fold(text)) for title, text in zip(titles, texts, strict=True)]
    # A repetition is one within a language; a translation never is.
    subtags = [primary_subtag(lang) for lang in langs]
    whole = [_hash(lang, title, text) for lang, (title, text) in zip(subtags, folded, strict=True)]
    body = [
        _hash(lang, text) if len(text) >= _BODY_CHARACTERS else 0
        for lang, (_, text) in zip(subtags, folded, strict=True)
    ]
    shingles = words.shingles([f"{title} {text}".strip() for title, text in folded])
    rows = RMinHash.digest_matrix_from_flat_token_hashes(
        shingles.hashes, shingles.offsets, BANDS * ROWS, _SEED
    )
    signatures = np.array(rows.to_rows(), np.uint32).reshape(len(folded), BANDS * ROWS)
    return Sketches(np.array(whole, np.uint64), np.array(body, np.uint64), signatures)


def of_shard(table: Any, digest: str, memory: Path) -> Sketches:
    """The sketches of a shard of records, kept in ``memory`` from an earlier time or made now."""
    place = memory / _VERSION / f"{digest}.npz"
    sketches = _read(place)
    if sketches is None or len(sketches) != table.num_rows:
        sketches = make(*(table[name].to_pylist() for name in ("lang", "title", "text")))
        sink = io.BytesIO()
        np.savez(sink, whole=sketches.whole, body=sketches.body, signatures=sketches.signatures)
        keep(place, sink.getvalue())
    return sketches


def _read(path: Path) -> Sketches | None:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return Sketches(arrays["whole"], arrays["body"], arrays["signatures"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _hash(*parts: str) -> int:
    data = "\n".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little") or 1


class SketchIndex:
    """Who may repeat whom: for a record, those before it with which it shares a band."""

    def __init__(self, signatures: npt.NDArray[np.uint32]) -> None:
        self._signatures = signatures
        self._orders, self._keys = [], []
        for band in range(BANDS):
            keys = band_keys(signatures, band)
            order = np.argsort(keys, kind="stable").astype(np.int32)
            self._orders.append(order)
            self._keys.append(keys[order])

    def before(self, first: int, *, at_least: float) -> list[npt.NDArray[np.int64]]:
        """For each record from ``first`` on: the earlier ones whose signature is alike enough, most alike first."""
        bounds = []
        for band in range(BANDS):
            wanted = band_keys(self._signatures[first:], band)
            left = np.searchsorted(self._keys[band], wanted, "left")
            # A stable order lists equal keys by position, so what stands before the record itself comes first.
            right = np.searchsorted(self._keys[band], wanted, "right")
            bounds.append((left, right))
        return [self._alike(first, row, bounds, at_least) for row in range(len(self._signatures) - first)]

    def _alike(self, first: int, row: int, bounds: list[Any], at_least: float) -> npt.NDArray[np.int64]:
        slices = [
            order[left[row] : right[row]]
            for order, (left, right) in zip(self._orders, bounds, strict=True)
            if right[row] - left[row] > 1  # it always meets itself
        ]
        if not slices:
            return np.zeros(0, np.int64)
        met = np.concatenate(slices)
        near = np.flatnonzero(np.bincount(met)) if len(met) > _SPARSE else np.unique(met)
        near = near[near < first + row]
        estimate = (self._signatures[near] == self._signatures[first + row]).mean(axis=1)
        keep = estimate >= at_least
        candidates: npt.NDArray[np.int64] = near[keep][np.argsort(-estimate[keep], kind="stable")].astype(
            np.int64
        )
        return candidates


_SPARSE = 10_000  # beyond this counting positions is cheaper than sorting them


def band_keys(signatures: npt.NDArray[np.uint32], band: int) -> npt.NDArray[np.uint64]:
    """(n,) a key of each signature's rows in a band; who has the same meets there."""
    rows = signatures[:, band * ROWS : (band + 1) * ROWS]
    keys = np.zeros(len(rows), np.uint64)
    for place in range(rows.shape[1]):
        keys = (keys ^ rows[:, place]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    return keys
