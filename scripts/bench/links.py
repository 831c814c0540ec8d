#!/usr/bin/env python
"""What it costs to look up records by id, their titles and their links, as it was and as it is, in one run.

Records and links are made: ids as the commons makes them, texts of about 400 characters, two links a record between any two of them, in
shards of 50,000 rows. "Before" is a dict of all ids, a scan of all links for each record, and ``Table.take``; it gives the same answers, or
the bench fails. Prints Markdown; our last figures are in links.md.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from shared import command_line, tables
from shared.timing import timed

from commons import digests
from commons.evidence import surroundings
from commons.layout import Kind, ShardPath
from commons.records import shards
from commons.records.catalogue import Catalogue
from commons.records.predicates import PREDICATES
from commons.records.schema import SCHEMAS, Link

SHARD_ROWS = 50_000
ASKED = 200  # records, drawn anew for each figure
SCANNED = 20  # of them, by the scan of all links
PAGE = 25
HUB = "kr1" + "h" * 52  # what every twentieth record is linked to
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_WORDS = (
    "pressure",
    "inside",
    "an",
    "eye",
    "rises",
    "where",
    "its",
    "fluid",
    "drains",
    "away",
    "too",
    "slowly",
)


def main() -> None:
    options = command_line.parser(
        __doc__, "links.py", "links.py --records 200000 --records 1000000", data=False
    )
    options.add_argument(
        "--records", type=int, action="append", help="how many, with twice as many links; may be repeated"
    )
    sizes = options.parse_args().records or [200_000, 1_000_000]
    print(tables.machine("pyarrow", "numpy"))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            catalogue = made(Path(folder), size)
            print(f"## {size:,} records, {2 * size:,} links\n")
            tables.show(["milliseconds of processor time", "before", "now"], figures(catalogue))
        gc.collect()


def made(folder: Path, size: int) -> Catalogue:
    random = np.random.default_rng(size)
    ids = random_ids("kr1", size, random)
    paths: dict[Kind, list[ShardPath]] = {Kind.RECORD: [], Kind.LINK: []}
    for start in range(0, size, SHARD_ROWS):
        put(folder, Kind.RECORD, records(ids.slice(start, SHARD_ROWS), random), paths)
    for start in range(0, 2 * size, SHARD_ROWS):
        put(folder, Kind.LINK, links(ids, min(SHARD_ROWS, 2 * size - start), random), paths)
    spokes = links(ids, size // 20, random)
    put(folder, Kind.LINK, {**spokes, "object": [HUB] * (size // 20)}, paths)
    return Catalogue(folder, paths[Kind.RECORD], paths[Kind.LINK])


def put(folder: Path, kind: Kind, columns: dict[str, Any], paths: dict[Kind, list[ShardPath]]) -> None:
    data = shards.to_parquet(pa.table(columns, schema=SCHEMAS[kind]), level=1)
    shard = ShardPath(kind, "open", "made", digests.sha256_hex(data))
    (folder / str(shard)).parent.mkdir(parents=True, exist_ok=True)
    (folder / str(shard)).write_bytes(data)
    paths[kind].append(shard)


def random_ids(prefix: str, number: int, random: np.random.Generator) -> pa.StringArray:
    letters = _LETTERS[random.integers(0, 32, (number, 55))]
    letters[:, :3] = np.frombuffer(prefix.encode(), np.uint8)
    offsets = (np.arange(number + 1) * 55).astype(np.int32)
    return pa.StringArray.from_buffers(number, pa.py_buffer(offsets), pa.py_buffer(letters.tobytes()))


def records(ids: pa.StringArray, random: np.random.Generator) -> dict[str, Any]:
    rows = len(ids)
    texts = [" ".join(_WORDS[n] for n in line) for line in random.integers(0, len(_WORDS), (rows, 75))]
    source = {"title": "A notebook", "url": None, "author": None, "license": None, "retrieved": None}
    return {
        "id": ids,
        "title": [text[:40] if n % 3 else None for n, text in enumerate(texts)],
        "text": texts,
        "lang": ["en"] * rows,
        "topic": [["science"]] * rows,
        "license": ["CC0-1.0"] * rows,
        "sources": [[source]] * rows,
        "contributor": ["kk1" + "a" * 52] * rows,
        "contribution": ["kc1" + "a" * 52] * rows,
    }


def links(ids: pa.StringArray, rows: int, random: np.random.Generator) -> dict[str, Any]:
    telling = [name for name in PREDICATES if name != "dcterms:replaces"]  # all stay live
    return {
        "subject": ids.take(pa.array(random.integers(0, len(ids), rows))),
        "predicate": [telling[n] for n in random.integers(0, len(telling), rows)],
        "object": ids.take(pa.array(random.integers(0, len(ids), rows))),
        "license": ["CC0-1.0"] * rows,
        "contributor": ["kk1" + "a" * 52] * rows,
        "contribution": ["kc1" + "a" * 52] * rows,
    }


def figures(catalogue: Catalogue) -> Iterator[list[object]]:
    before = Before(catalogue)
    random = np.random.default_rng(1)
    names = before.table["id"].combine_chunks()

    def draw(number: int) -> list[str]:
        drawn: list[str] = names.take(pa.array(random.integers(0, len(names), number))).to_pylist()
        return drawn

    some = draw(1)
    yield compared("the first record by its id", lambda: before.get(some[0]), lambda: catalogue.get(some[0]))
    some = draw(ASKED)
    yield compared(
        "each after it",
        lambda: [before.get(name) for name in some],
        lambda: [catalogue.get(name) for name in some],
        each=ASKED,
    )
    yield compared(
        f"titles of {PAGE}", lambda: before.titles(some[:PAGE]), lambda: catalogue.titles(some[:PAGE])
    )
    yield compared(
        f"a page of {PAGE} records",
        lambda: before.page(PAGE),
        lambda: [entry.record.id for entry in catalogue.page(limit=PAGE).entries],
    )
    assert len(catalogue.links.of_contribution("none")) == 0  # the table is read
    yield [
        "the links of the first record that is asked for",
        *(
            f"{1000 * timed(lambda of=of: of(some[0])).cpu_s:,.1f}"
            for of in (before.links_of, catalogue.links_of)
        ),  # type: ignore[misc]
    ]
    some = draw(ASKED)
    yield compared(
        "of each after it",
        lambda: {name: before.links_of(name) for name in some[:SCANNED]},
        lambda: catalogue.links_of_all(some[:SCANNED]),
        each=SCANNED,
    )
    asked = statistics.median(timed(lambda: catalogue.links_of_all(some)).cpu_s for _ in range(5))
    yield [f"of {ASKED} records at once", "", f"{1000 * asked:,.1f}"]
    for hops in (1, 2, 3):
        around = timed(lambda hops=hops: surroundings.of(catalogue, {}, some[0], hops=hops))  # type: ignore[misc]
        yield [
            f"to what links lead, within {hops}: {len(around.result.ends):,}",
            "",
            f"{1000 * around.cpu_s:,.1f}",
        ]
    hub = timed(lambda: surroundings.of(catalogue, {}, HUB, hops=3))
    cut = hub.result.cuts[0]
    yield [
        f"3 hops from a hub, {cut.followed:,} of its {cut.links:,} links, {len(hub.result.ends):,} ends",
        "",
        f"{1000 * hub.cpu_s:,.1f}",
    ]


def compared(what: str, old: Callable[[], Any], new: Callable[[], Any], *, each: int = 1) -> list[object]:
    slow, fast = timed(old), timed(new)
    if slow.result != fast.result:
        raise SystemExit(f"{what}: not what it was before")
    return [what, *(f"{1000 * timing.cpu_s / each:,.2f}" for timing in (slow, fast))]


class Before:
    """The catalogue as it was (commit df3efc7), on the same tables."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.table = catalogue.table
        self._rows: dict[str, int] = {}

    def get(self, name: str) -> Any:
        self._rows = self._rows or {name: row for row, name in enumerate(self.table["id"].to_pylist())}
        return self.catalogue.at(self._rows[name])

    def titles(self, names: list[str]) -> dict[str, str]:
        rows = pa.array([self._rows[name] for name in names], pa.int64())
        taken = self.table.select(["id", "title", "text"]).take(rows).to_pylist()
        return {row["id"]: row["title"] or row["text"][:80] for row in taken}

    def page(self, limit: int) -> list[str]:
        keep = pc.invert(self.catalogue.states.replaced_rows(self.table)).combine_chunks()
        rows = self.table.take(pc.indices_nonzero(keep).slice(0, limit)).to_pylist()
        return [row["id"] for row in rows]

    def links_of(self, name: str) -> tuple[list[Link], list[Link]]:
        links = self.catalogue.links.table
        outgoing = links.filter(pc.equal(links["subject"], name)).to_pylist()
        incoming = links.filter(pc.equal(links["object"], name)).to_pylist()
        return [Link(**row) for row in outgoing], [Link(**row) for row in incoming]


if __name__ == "__main__":
    main()
