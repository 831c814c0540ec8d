#!/usr/bin/env python
"""How fast the ledger is, and how near to the limit: the same hashes without anything around them, in the same run.

Prints two Markdown tables, of the log and of ``commons verify`` on a folder; 0 leaves one out. Our last figures are in ledger.md.
The log's limit is what hashlib needs for as many hashes of the same lengths; that of verify is RFC 8785 and SHA-256 of the same rows,
which are in memory already, for their ids and commitments.
"""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shared import command_line, commons_folder, processes, tables
from shared.texts import with_id
from shared.timing import percentiles_ms, timed

from commons.cards import dataset_card
from commons.layout import Kind
from commons.ledger import merkle, tiles
from commons.records import identity, shards, summary
from commons.records.schema import SCHEMAS, Record, Source
from commons.snapshots import snapshot as snapshots

ENTRY = b'{"envelope":"%064x","kind":"contribution","v":1}'  # what a leaf of the commons looks like
NODE = b"\x01" + bytes(64)
SAMPLES = 2000

# The commons that is verified: contributions as large as the founding policy allows, texts as long as a short paragraph.
TEXT_BYTES = 300
WORDS = (
    "water",
    "boils",
    "at",
    "sea",
    "level",
    "granite",
    "cools",
    "slowly",
    "yeast",
    "makes",
    "gas",
    "bread",
)


@dataclass(frozen=True)
class LedgerFigure:
    what: str
    measured: str
    limit: str = ""
    ratio: str = ""

    @classmethod
    def of_seconds(cls, what: str, seconds: float, limit: float) -> LedgerFigure:
        return cls(what, f"{seconds:.2f} s", f"{limit:.2f} s", f"{seconds / limit:.1f}")

    @classmethod
    def of_samples(cls, what: str, samples_s: list[float]) -> LedgerFigure:
        median_ms, p99_ms = percentiles_ms(samples_s)
        return cls(what, f"p50 {median_ms:.3f} ms, p99 {p99_ms:.3f} ms")

    def cells(self) -> tuple[str, ...]:
        return self.what, self.measured, self.limit, self.ratio


# The log


def bench_log(leaves: int) -> Iterator[LedgerFigure]:
    entries = [ENTRY % number for number in range(leaves)]
    figures, log = bench_whole(entries)
    yield from figures
    yield from bench_proofs(log, entries)
    yield from bench_landings(log)
    megabytes = sum(map(len, log.files.values())) / 1e6
    yield LedgerFigure("files of the log", f"{len(log.files):,}, {megabytes:.0f} MB")
    yield LedgerFigure("peak memory, entries and files included", f"{processes.peak_mb():,.0f} MB")


def hashing_s(count: int, data: bytes) -> float:
    sha256 = hashlib.sha256
    return timed(lambda: [sha256(data).digest() for _ in range(count)]).wall_s


def bench_whole(entries: list[bytes]) -> tuple[list[LedgerFigure], tiles.Append]:
    size = len(entries)

    def limit_s() -> float:
        return hashing_s(size, entries[0]) + hashing_s(size, NODE)

    limit_before_s = limit_s()
    root = timed(lambda: merkle.root(entries))
    append = timed(lambda: tiles.append(tiles.empty(), entries))
    log = append.result
    reading = timed(lambda: sum(1 for _ in tiles.TileReader(log.files.get, size, root.result).entries()))
    assert (log.root, reading.result) == (root.result, size)
    limit = min(limit_before_s, limit_s())  # a shared machine changes its pace
    figures = [
        LedgerFigure.of_seconds("root of all entries, streaming", root.wall_s, limit),
        LedgerFigure.of_seconds("all entries appended to an empty log", append.wall_s, limit),
        LedgerFigure.of_seconds("all entries read back, every file proved", reading.wall_s, limit),
    ]
    return figures, log


def bench_proofs(log: tiles.Append, entries: list[bytes]) -> Iterator[LedgerFigure]:
    rng = random.Random(1)  # noqa: S311  (samples, not secrets)
    size, reader = log.size, tiles.TileReader(log.files.get, log.size, log.root)
    fresh_s, shared_s, verification_s, consistency_s = [], [], [], []

    def from_fresh_reader(index: int) -> list[bytes]:
        return merkle.inclusion_proof(tiles.TileReader(log.files.get, size, log.root).hash_at, index, size)

    # Every function is called at once, with the index and the size of its own round.
    for index in rng.sample(range(size), min(SAMPLES, size)):
        leaf = merkle.leaf_hash(entries[index])
        fresh_s.append(timed(lambda: from_fresh_reader(index)).wall_s)  # noqa: B023
        proof = timed(lambda: merkle.inclusion_proof(reader.hash_at, index, size))  # noqa: B023
        shared_s.append(proof.wall_s)
        verification_s.append(
            timed(lambda: merkle.verify_inclusion(leaf, index, size, proof.result, log.root)).wall_s  # noqa: B023
        )
        earlier = rng.randrange(1, size)
        consistency_s.append(timed(lambda: merkle.consistency_proof(reader.hash_at, earlier, size)).wall_s)  # noqa: B023
    yield LedgerFigure.of_samples("inclusion proof, reader opened for it", fresh_s)
    yield LedgerFigure.of_samples("inclusion proof, one reader for all", shared_s)
    yield LedgerFigure.of_samples("consistency proof, one reader for all", consistency_s)
    yield LedgerFigure.of_samples("inclusion proof verified", verification_s)


def bench_landings(log: tiles.Append) -> Iterator[LedgerFigure]:
    """One entry at a time on top of the log, each time opening it as a landing does."""
    files, seconds, file_counts = dict(log.files), [], []

    def land(on: tiles.Append) -> tiles.Append:
        return tiles.append(tiles.TileReader(files.get, on.size, on.root), [ENTRY % on.size])

    for _ in range(SAMPLES):
        landing = timed(lambda: land(log))  # noqa: B023  (called at once)
        log = landing.result
        files.update(log.files)
        seconds.append(landing.wall_s)
        file_counts.append(len(log.files))
    # Most files are written where several tiles fill at once; that is just below a power of the tile width.
    worst = max(len(tiles.tiles_written(256**level - 1, 256**level)) for level in range(1, 7))
    yield LedgerFigure.of_samples("one entry appended, log opened for it", seconds)
    yield LedgerFigure(
        "files an append of one entry writes",
        f"mean {statistics.mean(file_counts):.2f}, most {max(file_counts)}",
    )
    yield LedgerFigure("the same, worst case up to 2**48 entries", str(worst))


# Verify


def bench_verify(count: int) -> Iterator[LedgerFigure]:
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as name:
        folder = Path(name)
        written_s = timed(lambda: write_commons(folder, count)).wall_s
        megabytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
        limit_before_s = canonical_hashing_s(folder)
        verification = processes.run_command("verify", "--repo", name, "--forget")
        assert verification.result == 0
        limit_s = min(limit_before_s, canonical_hashing_s(folder))
    yield LedgerFigure.of_seconds("wall time of `commons verify`", verification.wall_s, limit_s)
    yield LedgerFigure.of_seconds("processor time", verification.cpu_s, limit_s)
    yield LedgerFigure("peak memory", f"{verification.peak_mb:,.0f} MB")
    yield LedgerFigure("the folder", f"{megabytes:,.0f} MB")
    yield LedgerFigure("sealing, signing and landing it in the folder", f"{written_s:.2f} s")


def write_commons(folder: Path, count: int) -> None:
    """A commons of ``count`` records, a collection for each contribution, with its card."""
    each = commons_folder.RECORDS_EACH
    collections = {
        f"part-{first // each}": [record(number) for number in range(first, min(first + each, count))]
        for first in range(0, count, each)
    }
    commons_folder.write_commons(folder, collections)
    snapshot = snapshots.of_folder(folder)
    by_shard = {
        shard: (
            shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD]),
            snapshot.path(shard).stat().st_size,
        )
        for shard in snapshot.shards(Kind.RECORD)
    }
    pages = dataset_card.render(
        "bench/commons",
        snapshot.policy,
        summary.summarise(by_shard),
        snapshot.people,
        root=snapshot.rules.root,
    )
    commons_folder.commit(folder, pages)


def record(number: int) -> Record:
    rng = random.Random(number)  # noqa: S311  (texts, not secrets)
    text = f"Number {number}:"
    while len(text) < TEXT_BYTES:
        text += f" {rng.choice(WORDS)}"
    return with_id(
        Record(
            id="",
            title=f"Record {number}",
            text=text,
            lang="en",
            topic=("science",),
            license="CC-BY-4.0",
            sources=(Source(title="A notebook", url=f"https://example.org/{number}"),),
        )
    )


def canonical_hashing_s(folder: Path) -> float:
    """The least that checking every row's id and commitment can cost, reading left out."""

    def hashing(cores: list[dict[str, object]]) -> None:
        for core in cores:
            identity.record_id(core)
            hashlib.sha256(bytes(40) + identity.canonical(core)).digest()

    total_s = 0.0
    for shard in sorted(folder.glob("data/*/*/*.parquet")):
        cores = [row.core() for row in shards.read(Kind.RECORD, shard)]
        total_s += timed(lambda: hashing(cores)).wall_s  # noqa: B023  (called at once)
    return total_s


def show(title: str, limit: str, figures: Iterator[LedgerFigure]) -> None:
    print(f"{title}\n")
    tables.show(("what", "measured", f"limit ({limit})", "ratio"), (figure.cells() for figure in figures))


def main() -> None:
    parser = command_line.parser(__doc__, "ledger.py --leaves 100000 --records 0", data=False)
    parser.add_argument(
        "--leaves", type=int, default=1_000_000, help="size of the log (default: %(default)s)"
    )
    parser.add_argument(
        "--records", type=int, default=200_000, help="records to verify (default: %(default)s)"
    )
    options = parser.parse_args()
    print(tables.machine("pyarrow", "cryptography", "rfc8785", "securesystemslib", "pydantic"))
    if options.leaves:
        size = len(ENTRY % 0)
        show(
            f"A log of {options.leaves:,} leaves of {size} bytes.", "hashlib alone", bench_log(options.leaves)
        )
    if options.records:
        title = (
            f"A folder of {options.records:,} records in contributions of {commons_folder.RECORDS_EACH:,}, "
            "verified in a child process."
        )
        show(title, "RFC 8785 and SHA-256 alone", bench_verify(options.records))


if __name__ == "__main__":
    main()
