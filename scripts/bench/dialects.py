#!/usr/bin/env python
"""How often the dialect of a table is found out, and how long that takes: ours beside clevercsv, where that is installed.

DATA holds data sets as gzip JSON Lines, one folder each. Their first rows are written by Python's csv in each delimiter and each way of
quoting, once with the names that the columns have, once with names that say nothing. A dialect is right when the cells that it tells apart
are those that were written. Prints Markdown tables; our last figures are in dialects.md.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import importlib.util
import io
import json
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import Any

from shared import command_line, tables
from shared.timing import timed

from commons.intake.formats import dialects
from commons.intake.formats.line_records import Dialect, LineRecords
from commons.intake.raw_rows import ReadingOptions

ROWS = 200
COLUMNS = 6
DELIMITERS = ",;\t|"
PEER_CHARACTERS = 20_000  # what clevercsv is shown: its time grows faster than the text
QUOTING: dict[str, dict[str, Any]] = {
    "where needed": {"quoting": csv.QUOTE_MINIMAL},
    "always": {"quoting": csv.QUOTE_ALL},
    "always, with backslashes": {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
}


@dataclass(frozen=True)
class WrittenTable:
    """A table in one dialect, and what its cells are."""

    text: str
    quoting: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def lines(self) -> list[str]:
        return io.StringIO(self.text, newline="").readlines()


def main() -> None:
    options = arguments()
    sets = list(islice(published(options.data), options.sets))
    print(f"{len(sets)} data sets. {tables.machine('clevercsv')}")
    for names in ("their own", "c1, c2, …"):
        written = [table for rows in sets for table in in_each_dialect(rows, own=names == "their own")]
        print(f"## Columns with names: {names}\n")
        show(written)


def arguments() -> argparse.Namespace:
    parser = command_line.parser(__doc__, "dialects.py DATA", "dialects.py DATA --sets 3")
    parser.add_argument("--sets", type=int, default=None, help="so many data sets only")
    return parser.parse_args()


def published(data: Path) -> Iterator[list[dict[str, Any]]]:
    """The first rows of each data set, with columns of plain values."""
    for path in sorted(data.glob("*/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in islice(file, ROWS)]
        plain = [name for name, value in rows[0].items() if isinstance(value, str | int | float | None)]
        if len(plain) > 1:
            yield [{name: row.get(name) for name in plain[:COLUMNS]} for row in rows]


def in_each_dialect(rows: list[dict[str, Any]], *, own: bool) -> Iterator[WrittenTable]:
    names = list(rows[0]) if own else [f"c{number}" for number in range(1, len(rows[0]) + 1)]
    cells = [["" if value is None else str(value) for value in row.values()] for row in rows]
    for delimiter, (quoting, form) in product(DELIMITERS, QUOTING.items()):
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter, lineterminator="\r\n", **form).writerows([names, *cells])
        yield WrittenTable(text.getvalue(), quoting, tuple(map(tuple, [names, *cells])))


def show(written: list[WrittenTable]) -> None:
    sniffers = {"ours": ours}
    if importlib.util.find_spec("clevercsv"):
        sniffers["clevercsv"] = peer
    heads = ["quoted", "tables", *sniffers, *(f"{name}, ms a table" for name in sniffers)]
    tables.show(heads, figures(written, sniffers))


def figures(
    written: list[WrittenTable], sniffers: dict[str, Callable[[WrittenTable], Dialect | None]]
) -> Iterator[list[object]]:
    for quoting in QUOTING:
        group = [table for table in written if table.quoting == quoting]
        right, times_ms = [], []
        for sniffer in sniffers.values():
            timings = [timed(partial(sniffer, table)) for table in group]
            answers = [timing.result for timing in timings]
            right.append(sum(map(is_right, group, answers)))
            times_ms.append(f"{statistics.mean(1000 * timing.cpu_s for timing in timings):.1f}")
        yield [quoting, len(group), *right, *times_ms]


def is_right(table: WrittenTable, dialect: Dialect | None) -> bool:
    if dialect is None:
        return False
    return tuple(record.cells for record in LineRecords(table.lines, dialect, first=1)) == table.rows


def ours(table: WrittenTable) -> Dialect:
    sample = sampled(table, dialects.SAMPLE_CHARACTERS)
    return dialects.find(sample, "a.csv", ReadingOptions(), is_whole=len(sample) == len(table.lines))


def peer(table: WrittenTable) -> Dialect | None:
    from clevercsv.detect import Detector

    try:
        dialect = Detector().detect("".join(sampled(table, PEER_CHARACTERS)), delimiters=list(DELIMITERS))
    except Exception:  # whatever a peer raises, it has not told the dialect
        return None
    return dialect and Dialect(dialect.delimiter, dialect.quotechar, bool(dialect.escapechar))


def sampled(table: WrittenTable, characters: int) -> list[str]:
    lines, size = [], 0
    for line in table.lines:
        lines.append(line)
        size += len(line)
        if size >= characters:
            break
    return lines


if __name__ == "__main__":
    main()
