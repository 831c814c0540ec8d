#!/usr/bin/env python
"""How well the grouping of a build finds copies and leaves apart what only looks like one, beside two simple ways; and what it costs.

DATA holds the data sets named in the tables as gzip JSON Lines, one folder each. Natural repeats and labelled opposites are asked for, and
copies made here of real texts. Beside it stand equal folded words alone, and MinHash with the same sketches and threshold but no guard.
Prints Markdown tables; our last figures are in clusters.md.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import meaning_truth
import numpy as np
import pyarrow as pa
import repetition_truth
from shared import command_line, tables, texts
from shared.timing import timed

from commons.index import clusters
from commons.index.build import grouping
from commons.index.clusters import Clusters
from commons.layout import Kind
from commons.records import shards
from commons.records.likeness import sketches
from commons.records.likeness.similarity import NEAR, alike
from commons.records.likeness.sketches import Sketches, SketchIndex
from commons.records.schema import SCHEMAS, Record

DRAWN = 2000  # records of a set that are altered
LEAST_LETTERS = 6  # of a word that is mistyped
NO_LINKS = SCHEMAS[Kind.LINK].empty_table()
_NUMBER = re.compile(r"\d+")
_NEGATION = re.compile(r"\b(?:not|never|no)\s+", re.IGNORECASE)

Alteration = Callable[[str], str]
Pairs = list[tuple[Record, Record]]


@dataclass(frozen=True)
class Truth:
    """Pairs of records, and whether they should be one."""

    name: str
    pairs: Pairs
    goal: str


def truths(data: Path) -> Iterator[Truth]:
    sets = {name: _drawn(records) for name, records in repetition_truth.knowledge(data).items()}
    alterations: list[tuple[str, Alteration, str]] = [
        ("other case, marks and blanks", _restyled, "all"),
        ("a word mistyped", _mistyped, "most of the long"),
        ("a sentence of introduction put before", lambda text: f"Please note the following: {text}", "most of the long"),
        ("a number altered", _renumbered, "none"),
        ("a negation dropped", lambda text: _NEGATION.sub("", text, count=1), "none"),
    ]  # fmt: skip
    for (what, alter, goal), name in ((each, name) for each in alterations for name in ("medquad", "creak")):
        pairs = [(record, replace(record, text=alter(record.text))) for record in sets[name]]
        altered = [pair for pair in pairs if pair[0].text != pair[1].text]
        yield Truth(f"{name}: {what}", altered, goal)
    pairs = list(_word_for_word(repetition_truth.knowledge(data)["opentriviaqa"]))
    yield Truth("opentriviaqa: repeats, word for word", pairs, "all")
    claims = repetition_truth.rows(data, "creak/contrast_pairs")
    opposites = [
        (_record(claims[first]["sentence"]), _record(claims[second]["sentence"]))
        for first, second in sorted(meaning_truth.opposite_pairs(claims))
    ]
    yield Truth("CREAK: opposites of its contrast set", opposites, "none")
    reworded = repetition_truth.rows(data, "contamination-rephrased/gsm8k_pairs")
    yield Truth(
        "GSM8K: problems in other words",
        [(_record(r["original"]), _record(r["rephrased"])) for r in reworded],
        "need not",
    )


def _drawn(records: Sequence[Record]) -> list[Record]:
    return random.Random(1).sample(list(records), min(DRAWN, len(records)))  # noqa: S311 - no secret


def _record(text: str) -> Record:
    return repetition_truth.record(None, text)


def _restyled(text: str) -> str:
    return f"  {text.upper().replace(', ', ' ; ')} …"


def _mistyped(text: str) -> str:
    """Two letters inside the first long word after the tenth exchanged, or inside the last one there is."""
    words = list(re.finditer(rf"[a-z]{{{LEAST_LETTERS},}}", text))
    if not words:
        return text
    start = words[min(10, len(words) - 1)].start() + 2
    return text[:start] + text[start + 1] + text[start] + text[start + 2 :]


def _renumbered(text: str) -> str:
    return _NUMBER.sub(lambda number: str(int(number[0]) + 1), text, count=1)


def _word_for_word(records: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    first: dict[tuple[str | None, str], Record] = {}
    for record in records:
        key = (record.title, record.text)
        if key in first:
            yield first[key], record
        first.setdefault(key, record)


def show_truths(data: Path) -> None:
    tables.show(
        ("pairs", "of", "equal folded words", "MinHash >= 0.75, no guard", "this grouping", "asked for"),
        (_cells(truth) for truth in truths(data) if truth.pairs),
    )


def _cells(truth: Truth) -> tuple[str, ...]:
    records = [
        replace(record, id=f"{n:06}") for n, record in enumerate(chain(*zip(*truth.pairs, strict=True)))
    ]
    count, made = len(truth.pairs), _sketches(records)
    equal = int((made.whole[:count] == made.whole[count:]).sum())
    met = SketchIndex(made.signatures).before(count, at_least=NEAR - 0.12)
    near = sum(n in met[n] and alike(*pair) >= NEAR for n, pair in enumerate(truth.pairs))
    grouped = Clusters(grouping.table_of(_table(records), made, NO_LINKS, ()))
    ours = sum(
        grouped.near_duplicate(records[n].id) == grouped.near_duplicate(records[n + count].id)
        for n in range(count)
    )
    shares = (f"{hits / count:.1%}" for hits in (equal, near, ours))
    return truth.name, f"{count:,}", *shares, truth.goal


def _sketches(records: Sequence[Record]) -> Sketches:
    return sketches.make([r.lang for r in records], [r.title for r in records], [r.text for r in records])


def _table(records: Sequence[Record]) -> pa.Table:
    columns = [pa.array([getattr(record, name) for record in records]) for name in grouping.COLUMNS]
    places = [np.zeros(len(records), np.int64), np.arange(len(records), dtype=np.int32)]
    return pa.table([*columns, *places], schema=grouping.RECORDS)


def show_cost(data: Path, count: int) -> None:
    records = list(chain.from_iterable(texts.short_records(data, count).values()))
    table = _table(records)
    sketching = timed(lambda: _sketches(records))
    made = timed(lambda: grouping.table_of(table, sketching.result, NO_LINKS, ()))
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "clusters.parquet"
        everything = pa.table([table["id"], table["id"], table["id"]], schema=clusters.SCHEMA)
        path.write_bytes(shards.to_parquet(everything.slice(0, count // 20)))
        opened = timed(lambda: clusters.read(path, name=path.name))
    rows = [
        ("sketches, once for a shard", sketching),
        ("grouping, at every build", made),
        ("opening a table of a twentieth of the records", opened),
    ]
    print(f"{len(records):,} records, {made.result.num_rows:,} of them in clusters.\n")
    tables.show(
        ("step", "wall s", "processor s"),
        ((name, f"{timing.wall_s:.3f}", f"{timing.cpu_s:.3f}") for name, timing in rows),
    )


def main() -> None:
    parser = command_line.parser(__doc__, "clusters.py DATA", "clusters.py DATA --records 50000")
    parser.add_argument("--records", type=int, default=200_000, help="of which the cost is measured")
    options = parser.parse_args()
    print(tables.machine("numpy", "rensa", "pyarrow"), "\n")
    show_truths(options.data)
    print()
    show_cost(options.data, options.records)


if __name__ == "__main__":
    main()
