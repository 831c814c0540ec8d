"""Make the published list of protected benchmark sets that the gate compares contributions with.

    python scripts/protected_sets.py DATA_FOLDER

DATA_FOLDER holds the sets as gzip JSON Lines: gsm8k/test.jsonl.gz, truthfulqa/truthfulqa.jsonl.gz and xcopa/xcopa.jsonl.gz. What is written
holds hashes of terms, never the text of a test, so that the list itself spreads no benchmark. A new set is a new entry in SETS.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.files import write_whole
from commons.gate.comparison import protected_sets
from commons.gate.comparison.protected_sets import Item


@dataclass(frozen=True)
class BenchmarkSet:
    """Where a set is read from, and how a row of it becomes the texts of an item."""

    name: str
    file: str
    text: Callable[[dict[str, Any]], str]
    split: str = ""  # only rows of this split


SETS = (
    BenchmarkSet("gsm8k-test", "gsm8k/test.jsonl.gz", lambda row: row["question"]),
    BenchmarkSet("truthfulqa", "truthfulqa/truthfulqa.jsonl.gz", lambda row: row["Question"]),
    BenchmarkSet(
        "xcopa-test",
        "xcopa/xcopa.jsonl.gz",
        lambda row: " ".join((row["premise"], row["choice1"], row["choice2"])),
        split="test",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, metavar="DATA_FOLDER")
    folder = parser.parse_args().data
    items = [item for benchmark in SETS for item in read(benchmark, folder)]
    data = protected_sets.to_bytes(items)
    write_whole(protected_sets.PATH, data)
    for benchmark in SETS:
        print(f"{benchmark.name:<12} {sum(item.set == benchmark.name for item in items):>6,} items")
    print(f"{protected_sets.PATH.name}: {len(data):,} bytes")


def read(benchmark: BenchmarkSet, folder: Path) -> Iterator[Item]:
    with gzip.open(folder / benchmark.file, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(json.loads(line) for line in lines):
            if not benchmark.split or row["split"] == benchmark.split:
                yield Item(
                    benchmark.name, str(row.get("id", number)), protected_sets.marks(benchmark.text(row))
                )


if __name__ == "__main__":
    main()
