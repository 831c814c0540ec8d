#!/usr/bin/env python
"""How fast the ledger is, and how near to the limit: the same hashes without anything around them, in the same run.

    python scripts/bench_ledger.py [--leaves 1000000] [--records 200000]

Prints two Markdown tables, of the log and of ``commons verify`` on a folder; 0 leaves one out. Our last figures are in bench_ledger.md.
The log's limit is what hashlib needs for as many hashes of the same lengths; that of verify is RFC 8785 and SHA-256 of the same rows,
which are in memory already, for their ids and commitments.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons import digests, layout
from commons.cards import dataset_card
from commons.governance.roles import RoleKey, Roles
from commons.layout import Kind
from commons.ledger import contributions, log, merkle, tiles
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.statements import Signer, StatementKind
from commons.records import identity, shards, summary
from commons.records.schema import SCHEMAS, Record, Source
from commons.snapshots import snapshot as snapshots

ENTRY = b'{"envelope":"%064x","kind":"contribution","v":1}'  # what a leaf of the commons looks like
NODE = b"\x01" + bytes(64)
SAMPLES = 2000

# The commons that is verified: contributions as large as the founding policy allows, texts as long as a short paragraph.
ORIGIN = "knowledge-commons/bench/0123456789abcdef"
RECORDS_EACH = 5000
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

CHILD = """
import sys, time
from commons.cli import run
code = run(sys.argv[1:])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(time.process_time(), status["VmHWM"].split()[0])
sys.exit(code)
"""

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
    before = hashing_s(size, entries[0]) + hashing_s(size, NODE)
    root_s, root = timed(lambda: merkle.root(entries))
    append_s, log = timed(lambda: tiles.append(tiles.empty(), entries))
    read_s, count = timed(lambda: sum(1 for _ in tiles.TileReader(log.files.get, size, root).entries()))
    assert (log.root, count) == (root, size)
    limit = min(
        before, hashing_s(size, entries[0]) + hashing_s(size, NODE)
    )  # a shared machine changes its pace
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


@dataclass(frozen=True)
class Ran:
    """What a child process took, the start of its interpreter included."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def bench_verify(count: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as folder:
        place = Path(folder)
        written_s, _ = timed(lambda: write_commons(place, count))
        megabytes = sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) / 1e6
        before_s = canonical_hashing_s(place)
        ran = run_child("verify", "--repo", folder, "--forget")
        limit_s = min(before_s, canonical_hashing_s(place))
    return [
        Row.of_seconds("wall time of `commons verify`", ran.wall_s, limit_s),
        Row.of_seconds("processor time", ran.cpu_s, limit_s),
        Row("peak memory", f"{ran.peak_mb:,.0f} MB"),
        Row("the folder", f"{megabytes:,.0f} MB"),
        Row("sealing, signing and landing it in the folder", f"{written_s:.2f} s"),
    ]


def write_commons(folder: Path, count: int) -> None:
    """A commons of ``count`` records in contributions of ``RECORDS_EACH``, each landed by review and decision."""
    founder, contributor = key(1), key(2)
    found(folder, founder)
    for start in range(0, count, RECORDS_EACH):
        rows = [record(number) for number in range(start, min(start + RECORDS_EACH, count))]
        group = (Kind.RECORD, "open", f"part-{start // RECORDS_EACH}")
        land(folder, contributions.seal({group: rows}, contributor, commons=ORIGIN), founder)
    snapshot = snapshots.of_folder(folder)
    tables = {
        shard: (
            shards.read_table(snapshot.path(shard), SCHEMAS[Kind.RECORD]),
            snapshot.path(shard).stat().st_size,
        )
        for shard in snapshot.shards(Kind.RECORD)
    }
    write(folder, dataset_card.render("bench/commons", snapshot.policy, summary.summarise(tables), {}))


def key(seed: int) -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


def found(folder: Path, founder: SigningKey) -> None:
    """Policy, roles and the first entry of a log, as ``commons init`` commits them."""
    policy = dataset_card.founding_policy("Bench", ORIGIN)
    maintainer = RoleKey(key_id=founder.public.key_id, public_key=founder.public.raw.hex())
    roles = Roles(maintainers=(maintainer,)).to_bytes()
    statement = Signer(founder, ORIGIN).policy(policy, digests.sha256_hex(policy), roles)
    write(
        folder,
        {
            layout.POLICY: policy,
            layout.ROLES: roles,
            layout.envelope_path(digests.sha256_hex(statement)): statement,
            **log.create(ORIGIN, [Leaf(StatementKind.POLICY, digests.sha256_hex(statement))], founder).files,
        },
    )


def land(folder: Path, made: Contribution, founder: SigningKey) -> None:
    """The files that ``commons land`` would commit, but for the pages."""
    snapshot, signer = snapshots.of_folder(folder), Signer(founder, ORIGIN)
    offered = next(digest for path in made.files if (digest := layout.parse_envelope(path)))
    head = "1" * 40
    review = signer.review(made.id, offered, head=head, approve=True)
    decision = signer.decision(
        made.id,
        offered,
        head=head,
        opened=datetime.now(UTC),
        policy=digests.sha256_hex(snapshot.policy_bytes),
        reviews=[digests.sha256_hex(review)],
    )
    leaves = [
        Leaf(StatementKind.CONTRIBUTION, offered),
        Leaf(StatementKind.REVIEW, digests.sha256_hex(review)),
        Leaf(StatementKind.DECISION, digests.sha256_hex(decision)),
    ]
    grown = log.append(snapshot.log(), leaves, founder)
    envelopes = {layout.envelope_path(digests.sha256_hex(data)): data for data in (review, decision)}
    write(folder, {**made.files, **grown.files, **envelopes})
    for path in grown.removed:
        (folder / path).unlink()


def record(number: int) -> Record:
    rng = random.Random(number)  # noqa: S311  (texts, not secrets)
    text = f"Number {number}:"
    while len(text) < TEXT_BYTES:
        text += f" {rng.choice(WORDS)}"
    made = Record(
        id="",
        title=f"Record {number}",
        text=text,
        lang="en",
        topic=("science",),
        license="CC-BY-4.0",
        sources=(Source(title="A notebook", url=f"https://example.org/{number}"),),
    )
    return replace(made, id=identity.record_id(made.core()))


def write(folder: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def canonical_hashing_s(folder: Path) -> float:
    """The least that checking every row's id and commitment can cost, reading left out."""

    def cores() -> Iterator[list[dict[str, object]]]:
        for shard in sorted(folder.glob("data/*/*/*.parquet")):
            yield [row.core() for row in shards.read(Kind.RECORD, shard)]

    return sum(
        timed(
            lambda: [
                (identity.record_id(core), hashlib.sha256(bytes(40) + identity.canonical(core)).digest())
                for core in part  # noqa: B023  (called at once)
            ]
        )[0]
        for part in cores()
    )


def run_child(*arguments: str) -> Ran:
    """The peak is the child's own: what the kernel says of a child to its parent includes the parent before exec."""
    start = time.perf_counter()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], stdout=subprocess.PIPE, check=True, text=True
    )
    wall_s = time.perf_counter() - start
    cpu_s, peak_kb = child.stdout.split()[-2:]
    return Ran(wall_s, float(cpu_s), int(peak_kb) / 1024)


def bench_log(leaves: int) -> list[Row]:
    entries = [ENTRY % number for number in range(leaves)]
    rows, held = bench_whole(entries)
    rows += bench_proofs(held, entries) + bench_landings(held)
    rows.append(
        Row("files of the log", f"{len(held.files):,}, {sum(map(len, held.files.values())) / 1e6:.0f} MB")
    )
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, Row("peak memory, entries and files included", f"{peak_mb:,.0f} MB")]


def show(title: str, limit: str, rows: list[Row]) -> None:
    print(f"{title}\n\n| what | measured | limit ({limit}) | ratio |\n| --- | ---: | ---: | ---: |")
    for row in rows:
        print(f"| {row.what} | {row.measured} | {row.limit} | {row.ratio} |")
    print()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--leaves", type=int, default=1_000_000, help="size of the log (default: %(default)s)"
    )
    parser.add_argument(
        "--records", type=int, default=200_000, help="records to verify (default: %(default)s)"
    )
    asked = parser.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores.\n")
    if asked.leaves:
        size = len(ENTRY % 0)
        show(f"A log of {asked.leaves:,} leaves of {size} bytes.", "hashlib alone", bench_log(asked.leaves))
    if asked.records:
        title = f"A folder of {asked.records:,} records in contributions of {RECORDS_EACH:,}, verified in a child process."
        show(title, "RFC 8785 and SHA-256 alone", bench_verify(asked.records))


if __name__ == "__main__":
    main()
