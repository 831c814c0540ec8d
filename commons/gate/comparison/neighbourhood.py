"""The neighbourhood of offered records by meaning: who is nearest, and whose answers change.

Vectors are compared with the index that was handed in, every record of it. The contribution is tried as if it had landed: its vectors are
put beside what the index finds, so that nothing has to be built.

    before, after = neighbourhood.nearest(asked, index, ids, vectors, k)      the nearest of each, as it is and as it would be
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

DEPTH = 10  # how many answers a reader looks at
_BLOCK = 512  # questions or records compared at a time: 512 x 5,000 products are 10 MB


class IndexHit(Protocol):
    """One result of an index."""

    @property
    def id(self) -> str: ...
    @property
    def score(self) -> float: ...


class RecordIndex(Protocol):
    """An opened index of the commons."""

    def neighbours(self, vectors: Vectors, k: int) -> Sequence[Sequence[IndexHit]]:
        """For each of (n, d) vectors the nearest ``k`` records, best first."""


@dataclass(frozen=True)
class Neighbour:
    """A record near to something, and the inner product. ``offered`` is its place in the contribution, None for one of the commons."""

    id: str
    cosine: float
    offered: int | None = None


def nearest(
    asked: Vectors,
    index: RecordIndex,
    ids: Sequence[str],
    vectors: Vectors,
    k: int,
    *,
    itself: bool = False,
    gone: Set[str] = frozenset(),
) -> tuple[list[list[Neighbour]], list[list[Neighbour]]]:
    """For each of (n, d) ``asked`` the nearest ``k`` before and after the contribution of ``vectors`` lands.

    With ``itself`` the asked are the offered ones, and nobody is near to itself. ``gone`` are records of the index that the contribution
    replaces.
    """
    before: list[list[Neighbour]] = []
    after: list[list[Neighbour]] = []
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        depth = 2 * k if gone else k  # what comes up in the place of those that go
        known = [[Neighbour(hit.id, hit.score) for hit in hits] for hits in index.neighbours(block, depth)]
        products = block @ vectors.T  # (block, offered)
        if itself:
            products[np.arange(len(block)), np.arange(start, start + len(block))] = -2
        take = min(k, products.shape[1])
        best = (
            np.argpartition(-products, take - 1, axis=1)[:, :take] if take else np.zeros((len(block), 0), int)
        )
        for row, neighbours in enumerate(known):
            new = [
                Neighbour(ids[i], float(products[row, i]), int(i))
                for i in best[row].tolist()
                if products[row, i] > -2
            ]
            before.append(neighbours[:k])
            remaining = [neighbour for neighbour in neighbours if neighbour.id not in gone]
            after.append(
                sorted([*remaining, *new], key=lambda neighbour: (-neighbour.cosine, neighbour.id))[:k]
            )
    return before, after


def appearances(after: Sequence[Sequence[Neighbour]], offered: int) -> npt.NDArray[np.int64]:
    """How often each of the ``offered`` records stands in these lists."""
    counts = np.zeros(offered, np.int64)
    for neighbours in after:
        for neighbour in neighbours:
            if neighbour.offered is not None:
                counts[neighbour.offered] += 1
    return counts
