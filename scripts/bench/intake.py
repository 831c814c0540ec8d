#!/usr/bin/env python
"""How many tries it takes until a published file is a proposal, and how fast rows are read and checked.

DATA holds published data sets, one folder each. Each source is written in the form in which its publisher gives it and offered to a
commons on a local Hub by ``commons check --quick``. The first try says licence, language, topic and where it comes from, and columns
only where a person wants something that no error proposes, such as links. A try that ends with a question counts; the next one adds what
its hint proposes, word for word. Then the speed: 5,000 rows in four formats, with dialect, mapping and all checks of single rows, without
the comparison.

CASES holds folders with a file and a text EXPECT that ends with the command to try; one line is printed for each, to be read beside it.
Prints Markdown tables; our last figures are in intake.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from published_forms import SOURCES, Source, workbooks
from shared import command_line, commons_folder, tables, texts
from shared.timing import fastest, timed

from commons.intake import offering
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.intake.prepared_rows import PreparedRows
from commons.local_hub import running
from commons.snapshots import snapshot as snapshots

REPO = "ada/commons"
ROWS = 5_000
ROWS_A_SECOND = 2_000  # what we ask for, on one core
ROUNDS = 3
TIMEOUT_S = 300
MOST_CHARACTERS = 100  # of what a case says


@dataclass(frozen=True)
class Answer:
    """What a command said, how it ended and how long it took."""

    exit_code: int
    output: str
    errors: str
    wall_s: float

    @property
    def account(self) -> dict[str, Any] | None:
        """What became of the rows; None where the command ended before."""
        return json.loads(self.output) if self.output.startswith("{") else None

    @property
    def error(self) -> str:
        lines = self.errors.splitlines()
        return next((line for line in lines if line.startswith("Error")), lines[-1] if lines else "")

    @property
    def proposed(self) -> tuple[str, ...]:
        """The options that the hint of an error says to add."""
        hint = re.search(r"→ .*?for example:? (--.*?)(?: \(its columns|\. They begin so)", self.errors)
        return tuple(shlex.split(hint[1])) if hint else ()


@dataclass(frozen=True)
class FoundedCommons:
    """A commons on a Hub of this machine, and the environment in which somebody meets it who may only propose."""

    environment: dict[str, str]

    def run(self, *words: str, folder: Path | None = None) -> Answer:
        command = str(Path(sys.executable).with_name("commons"))
        ran = timed(
            lambda: subprocess.run(
                [command, *words],
                capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment, cwd=folder,
                timeout=TIMEOUT_S, check=False,
            )
        )  # fmt: skip
        return Answer(ran.result.returncode, ran.result.stdout, ran.result.stderr, ran.wall_s)


def main() -> None:
    options = arguments()
    print(tables.machine("pyarrow", "python-calamine", "pyoxigraph", "charset-normalizer"))
    with tempfile.TemporaryDirectory(prefix="commons-bench-") as temporary:
        folder = Path(temporary)
        with founded(folder) as commons:
            print("## Published files\n")
            tables.show(
                ("file", "shape", "tries", "the first try said", "rows", "offered", "repeated", "refused",
                 "links given", "offered", "dropped", "seconds"),
                (source_row(commons, source, options.data, folder) for source in SOURCES),
            )  # fmt: skip
            if options.cases:
                print("## Cases\n")
                for line in cases(commons, options.cases):
                    print(line, flush=True)
                print()
        print("## Speed\n")
        tables.show(
            ("format", "rows", "processor seconds", "rows a second", "asked for"),
            speeds(options.data, folder),
        )


def arguments() -> argparse.Namespace:
    parser = command_line.parser(__doc__, "intake.py DATA", "intake.py DATA --cases CASES")
    parser.add_argument("--cases", type=Path, help="folder with a folder a case")
    return parser.parse_args()


@contextmanager
def founded(folder: Path) -> Iterator[FoundedCommons]:
    with running(folder / "hub") as hub:
        hub.hub.create_user("ada")
        environment = {
            **os.environ,
            "HF_ENDPOINT": hub.url,
            "HF_TOKEN": hub.hub.create_token("ada"),
            "HF_HOME": str(folder / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "COMMONS_REPO": REPO,
            "COMMONS_HOME": str(folder / "home"),
            "COLUMNS": "200",
        }
        commons = FoundedCommons(environment)
        founding = commons.run("init", "--name", "Bench")
        if founding.exit_code:
            raise RuntimeError(founding.errors)
        yield commons


# Published files


def source_row(commons: FoundedCommons, source: Source, data: Path, folder: Path) -> list[object]:
    path = folder / source.file
    source.write(data, path)
    answers = list(tries(commons, source, path))
    answer = answers[-1]
    first = answers[0].error if len(answers) > 1 else ""
    head = [f"`{source.file}`", source.shape, len(answers), escaped(without_folder(first, folder))]
    account = answer.account
    if account is None:
        return [
            *head,
            "failed: " + escaped(without_folder(answer.error, folder)),
            *[""] * 6,
            f"{answer.wall_s:.1f}",
        ]
    rows, links = account["rows"], account["links"]
    if rows["read"] != rows["offered"] + rows["repeated"] + rows["refused"]:
        raise RuntimeError(f"the account of {source.file} does not balance: {rows}")
    dropped = sum(links["dropped"].values())
    if links["given"] != links["offered"] + links["repeated"] + dropped:
        raise RuntimeError(f"the links of {source.file} do not balance: {links}")
    counts = [rows[name] for name in ("read", "offered", "repeated", "refused")]
    counts += [links["given"], links["offered"], dropped]
    return [*head, *(f"{count:,}" for count in counts), f"{answer.wall_s:.1f}"]


def tries(commons: FoundedCommons, source: Source, path: Path) -> Iterator[Answer]:
    """The first as somebody who knows the format; as long as it only asks, the next adds what its hint proposes."""
    words = ("check", str(path), *source.told, *source.wanted, "--quick", "--format", "json")
    while True:
        answer = commons.run(*words)
        yield answer
        if answer.account is not None or not answer.proposed or set(answer.proposed) <= set(words):
            return
        words += answer.proposed


def without_folder(text: str, folder: Path) -> str:
    return text.replace(f"{folder}/", "")


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


# Cases


def cases(commons: FoundedCommons, folder: Path) -> Iterator[str]:
    for case in sorted(folder.iterdir()):
        expectation = case / "EXPECT.md"
        if not expectation.is_file():
            continue
        command = re.search(r"^Try: `commons ((?:check|license) .*)`", expectation.read_text(), re.MULTILINE)
        if command is None:
            yield f"- {case.name}: no command of one line; by hand"
            continue
        for words in with_files(shlex.split(command[1]), case):
            answer = commons.run(*words, folder=case)
            yield f"- {case.name}: exit {answer.exit_code}: {first_word(answer)}"


def with_files(words: Sequence[str], case: Path) -> Iterator[list[str]]:
    """The command for each file of the case that it does not name itself."""
    if "FILE" not in words:
        yield list(words)
        return
    for path in sorted(case.iterdir()):
        if path.name != "EXPECT.md" and path.is_file():
            yield [path.name if word == "FILE" else word for word in words]


def first_word(answer: Answer) -> str:
    """The first finding that stands against a row, else the verdict, else the error."""
    if answer.errors.strip() and not answer.output.strip():
        return answer.error[:MOST_CHARACTERS]
    lines = [line.strip() for line in answer.output.splitlines() if line.strip()]
    marked = next((line for line in lines if line.startswith(("✗", "::error", "::warning"))), None)
    said = marked or next((line for line in lines if "new record" in line), lines[0] if lines else "")
    return said[:MOST_CHARACTERS]


# Speed


def speeds(data: Path, folder: Path) -> Iterator[list[object]]:
    commons_folder.start(folder / "commons")
    snapshot = snapshots.of_folder(folder / "commons")
    for path in in_each_format(list(islice(prose(data), ROWS)), folder):
        source = Input(path, Mapping(), "speed")
        timing = fastest(lambda source=source: checked(snapshot, source), ROUNDS)
        speed = timing.result.read / timing.cpu_s
        yield [
            path.suffix.removeprefix(".").upper(),
            f"{timing.result.read:,}",
            f"{timing.cpu_s:.2f}",
            f"{speed:,.0f}",
            f"{ROWS_A_SECOND:,}",
        ]


def checked(snapshot: snapshots.Snapshot, source: Input) -> PreparedRows:
    prepared = offering.prepare(snapshot, [source])
    if prepared.refused_count:
        raise RuntimeError(f"{prepared.refused_count} rows of {source.path} were refused")
    return prepared


def prose(data: Path) -> Iterator[dict[str, str]]:
    """Answers of doctors, facts of countries and word senses in equal parts."""
    sets = [texts.titled_texts(data, name) for name in ("medquad", "factbook", "oewn")]
    for titled in zip(*sets, strict=False):
        for title, text in titled:
            if (
                title
                and len(title) <= texts.MAX_TITLE_CHARACTERS
                and 4 < len(text.encode()) <= texts.MAX_TEXT_BYTES
            ):
                yield {
                    "title": title, "text": text, "lang": "en", "license": "CC0-1.0", "topic": "science",
                    "source.title": "A book",
                }  # fmt: skip


def in_each_format(rows: list[dict[str, str]], folder: Path) -> Iterator[Path]:
    names = list(rows[0])
    cells = [names, *([row[name] for name in names] for row in rows)]
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(cells)
    lines = (json.dumps({**row, "topic": [row["topic"]]}, ensure_ascii=False) for row in rows)
    (folder / "rows.jsonl").write_text("\n".join(lines), "utf-8")
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    (folder / "rows.xlsx").write_bytes(workbooks.xlsx(workbooks.Sheet("Rows", cells)))
    for suffix in ("csv", "jsonl", "parquet", "xlsx"):
        yield folder / f"rows.{suffix}"


if __name__ == "__main__":
    main()
