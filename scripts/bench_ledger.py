#!/usr/bin/env python
"""How fast the log is, and how near to the limit: the same hashes from hashlib alone, in the same run.

    python scripts/bench_ledger.py [--leaves 1000000]

Prints a Markdown table. One process, one core; the limit is what hashlib needs for as many hashes of the same lengths.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from commons.ledger import merkle, tiles

ENTRY = b'{"envelope":"%064x","kind":"contribution","v":1}'  # what a leaf of the commons looks like
NODE = b"\x01" + bytes(64)
SAMPLES = 2000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Row:
    what: str
    measured: str
    limit: str = ""
    ratio: str = ""

    @classmethod
    def of_seconds(cls, what: str, seconds: float, limit: float) -> Row:
        return cls(what, f"{seconds:.2f} s", f"{limit:.2f} s", f"{seconds / limit:.1f}")

    @classmethod
    def of_samples(cls, what: str, samples: list[float]) -> Row:
        cuts = statistics.quantiles(samples, n=100)
        return cls(what, f"p50 {cuts[49] * 1000:.3f} ms, p99 {cuts[98] * 1000:.3f} ms")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def hashing_s(count: int, data: bytes) -> float:
    sha256 = hashlib.sha256
    return timed(lambda: [sha256(data).digest() for _ in range(count)])[0]


def bench_whole(entries: list[bytes]) -> tuple[list[Row], tiles.Append]:
    size = len(entries)
    limit = hashing_s(size, entries[0]) + hashing_s(size, NODE)
    root_s, root = timed(lambda: merkle.root(entries))
    append_s, log = timed(lambda: tiles.append(tiles.empty(), entries))
    read_s, count = timed(lambda: sum(1 for _ in tiles.TileReader(log.files.get, size, root).entries()))
    assert (log.root, count) == (root, size)
    rows = [
        Row.of_seconds("root of all entries, streaming", root_s, limit),
        Row.of_seconds("all entries appended to an empty log", append_s, limit),
        Row.of_seconds("all entries read back, every file proved", read_s, limit),
    ]
    return rows, log


def bench_proofs(log: tiles.Append, entries: list[bytes]) -> list[Row]:
    rng = random.Random(1)  # noqa: S311  (samples, not secrets)
    size, held = log.size, tiles.TileReader(log.files.get, log.size, log.root)
    fresh, same, verified, consistent = [], [], [], []

    def from_fresh_reader(index: int) -> list[bytes]:
        return merkle.inclusion_proof(tiles.TileReader(log.files.get, size, log.root).hash_at, index, size)

    for index in rng.sample(range(size), SAMPLES):
        leaf = merkle.leaf_hash(entries[index])
        seconds, _ = timed(lambda: from_fresh_reader(index))  # noqa: B023  (called at once)
        fresh.append(seconds)
        seconds, proof = timed(lambda: merkle.inclusion_proof(held.hash_at, index, size))  # noqa: B023
        same.append(seconds)
        seconds, _ = timed(lambda: merkle.verify_inclusion(leaf, index, size, proof, log.root))  # noqa: B023
        verified.append(seconds)
        old = rng.randrange(1, size)
        seconds, _ = timed(lambda: merkle.consistency_proof(held.hash_at, old, size))  # noqa: B023
        consistent.append(seconds)
    return [
        Row.of_samples("inclusion proof, reader opened for it", fresh),
        Row.of_samples("inclusion proof, one reader for all", same),
        Row.of_samples("consistency proof, one reader for all", consistent),
        Row.of_samples("inclusion proof verified", verified),
    ]


def bench_landings(log: tiles.Append) -> list[Row]:
    """One entry at a time on top of the log, each time opening it as a landing does."""
    files, seconds, touched = dict(log.files), [], []

    def land(on: tiles.Append) -> tiles.Append:
        return tiles.append(tiles.TileReader(files.get, on.size, on.root), [ENTRY % on.size])

    for _ in range(SAMPLES):
        took, log = timed(lambda: land(log))  # noqa: B023
        files.update(log.files)
        seconds.append(took)
        touched.append(len(log.files))
    # Most files are written where several tiles fill at once; that is just below a power of the tile width.
    worst = max(len(tiles.tiles_written(256**level - 1, 256**level)) for level in range(1, 7))
    return [
        Row.of_samples("one entry appended, log opened for it", seconds),
        Row(
            "files an append of one entry writes", f"mean {statistics.mean(touched):.2f}, most {max(touched)}"
        ),
        Row("the same, worst case up to 2**48 entries", str(worst)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--leaves", type=int, default=1_000_000, help="size of the log (default: %(default)s)"
    )
    entries = [ENTRY % number for number in range(parser.parse_args().leaves)]

    rows, log = bench_whole(entries)
    rows += bench_proofs(log, entries) + bench_landings(log)
    rows.append(
        Row("files of the log", f"{len(log.files):,}, {sum(map(len, log.files.values())) / 1e6:.0f} MB")
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(Row("peak memory, entries and files included", f"{peak_mb:,.0f} MB"))

    print(f"Python {sys.version.split()[0]}, {len(entries):,} leaves of {len(entries[0])} bytes.\n")
    print("| what | measured | limit (hashlib alone) | ratio |\n| --- | ---: | ---: | ---: |")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.limit} | {row.ratio} |")


if __name__ == "__main__":
    main()
