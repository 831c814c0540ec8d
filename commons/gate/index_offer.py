"""What an index must be before anything of it is parsed, and what its manifest says beside the commons it is offered to.

An index proposal touches the folder of one embedder and nothing else, and may change what is there: an index is made again, not added to.
What it holds is for ``index_audit``; here are paths, sizes and the manifest's words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from commons import layout
from commons.gate.findings import Finding
from commons.index import coverage
from commons.index.manifest import Manifest
from commons.layout import Check

_MIB = 1024 * 1024
# A record takes its vector twice (8 bits a dimension, of 4,096 at most, and up to 16 in the index) and its words twice over.
_BYTES_A_RECORD = 16 * 1024
_BYTES_A_SHARD_IN_MANIFEST = 2 * 1024  # its path and digest and those of its vectors, with room
_FILES_A_POOL = 1000  # a keyword index has a few files for each run of records


@dataclass(frozen=True)
class IndexBounds:
    """What an index of so much data can need at most."""

    files: int
    total_bytes: int
    manifest_bytes: int

    @classmethod
    def of(cls, *, records: int, shards: int, data_bytes: int, pools: int) -> IndexBounds:
        return cls(
            files=shards + _FILES_A_POOL * pools,
            total_bytes=64 * _MIB + _BYTES_A_RECORD * records + 4 * data_bytes,
            manifest_bytes=_MIB + _BYTES_A_SHARD_IN_MANIFEST * shards,
        )


def slug_of(touched: Iterable[str]) -> str:
    """The embedder whose index a proposal offers that touches these paths; empty where it touches anything else."""
    slugs = {layout.index_of(path) for path in touched}
    return (slugs.pop() or "") if len(slugs) == 1 else ""


def precheck(slug: str, sizes: Mapping[str, int], bounds: IndexBounds) -> Iterator[Finding]:
    """What can be said from paths and sizes alone, before a byte is fetched; ``sizes`` are of all files in the folder as proposed."""
    for path in sizes:
        place = layout.place_of(path)
        if place is None or place.check is not Check.INDEX:
            yield Finding("path-forbidden", f"{path} is not a place for a file of an index", path)
    manifest = layout.manifest_path(slug)
    if manifest not in sizes:
        yield Finding("index-invalid", f"the index {slug} would be without its manifest")
    elif sizes[manifest] > bounds.manifest_bytes:
        yield Finding("index-too-large", f"its manifest has {sizes[manifest]:,} bytes", manifest)
    if len(sizes) > bounds.files:
        yield Finding("index-too-large", f"{len(sizes):,} files; {bounds.files:,} are allowed")
    total = sum(sizes.values())
    if total > bounds.total_bytes:
        yield Finding("index-too-large", f"{total:,} bytes; {bounds.total_bytes:,} are allowed")


def compare(
    slug: str, made: Manifest, published: Manifest | None, present: Collection[str]
) -> Iterator[Finding]:
    """The manifest beside the index that is there and the data shards (paths) that are ``present``.

    Older than the data is no harm as long as it knows more than what it takes the place of.
    """
    if made.embedder.slug != slug:
        place = layout.manifest_path(slug)
        yield Finding("index-invalid", f"{place} is the manifest of the index {made.embedder.slug}", place)
    if published and published.embedder.digest != made.embedder.digest:
        message = f"the index that is there was made with {published.embedder.model}, this one with {made.embedder.model}, by other weights"
        yield Finding("index-other-model", message)
    if len({data.path for data in made.data}) < len(made.data):
        yield Finding("index-invalid", "it names a file of data twice")
    newer = coverage.lacking(made, present)
    if published and newer and not coverage.is_behind(published, made, present):
        yield Finding(
            "index-older",
            f"it lacks {len(newer):,} files of data, and knows none that the present index does not",
        )
    elif coverage.is_behind(made, published, present):
        yield Finding("index-older", "the index that is there knows data that this one does not")
    elif newer:
        yield Finding("index-stale", f"it was built before {len(newer):,} files of data landed")
