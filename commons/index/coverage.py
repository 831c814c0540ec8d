"""Which data an index was built from, beside the data that is there: what it lacks, and whether another one covers more.

An index that lacks records is stale: it is announced in every answer and is not wrong. It is only ever replaced by one that lacks less.
"""

from __future__ import annotations

from collections.abc import Collection

from commons.index.manifest import Manifest


def lacking(made: Manifest, present: Collection[str]) -> set[str]:
    """The data shards (paths) among ``present`` that the index does not know."""
    return set(present) - {data.path for data in made.data}


def withdrawn(made: Manifest, present: Collection[str]) -> set[str]:
    """The data shards (paths) that it was built from and that are not there any more."""
    return {data.path for data in made.data} - set(present)


def is_behind(made: Manifest, other: Manifest | None, present: Collection[str]) -> bool:
    """Whether ``other`` knows data among ``present`` that this index does not."""
    return other is not None and bool(lacking(made, present) - lacking(other, present))


def is_made_twice(made: Manifest, other: Manifest | None) -> bool:
    """Whether ``other`` is the very same artifact, which cost its builder something else."""
    return other is not None and made != other and made.subject() == other.subject()
