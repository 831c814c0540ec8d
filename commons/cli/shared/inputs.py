"""The files that check and contribute read, and how they are read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from commons import extras, layout
from commons.cli.shared.mapping import mapping_from, mapping_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import err, plain
from commons.errors import UsageError
from commons.hub import dataset_import
from commons.intake.preparation import Input, PreparedRows
from commons.intake.raw_rows import ReadingOptions
from commons.layout import Kind

Command = TypeVar("Command", bound=Callable[..., Any])
ROW_KINDS = {"records": Kind.RECORD, "questions": Kind.QUESTION}
_DATASET_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def reading_options(function: Command) -> Command:
    """How foreign rows become records or questions; shared by check and contribute."""
    for option in (
        click.option("--revision", default="", help="Revision of the Hub dataset."),
        click.option("--split", default="train", show_default=True, help="Split of the Hub dataset."),
        click.option("--config", default="", help="Config of the Hub dataset."),
        click.option("--encoding", default="", help="Text encoding of the files.  [default: found out]"),
        click.option(
            "--kind",
            type=click.Choice(list(ROW_KINDS)),
            default="records",
            show_default=True,
            help="What the rows are: records, or questions that records of the commons answer.",
        ),
    ):
        function = option(function)
    return mapping_options(function)


def require_extras(files: tuple[str, ...]) -> None:
    """Raise MissingExtraError, before anything is fetched, when one of ``files`` is a dataset on the Hub that cannot be read here."""
    if any(_is_dataset(name) for name in files):
        extras.require("datasets")


def _is_dataset(name: str) -> bool:
    return not Path(name).exists() and _DATASET_ID.fullmatch(name) is not None


@contextmanager
def opened_inputs(files: tuple[str, ...], where: Where, reading: dict[str, Any]) -> Iterator[list[Input]]:
    """The inputs the arguments name; a Hub dataset is exported to a temporary file first."""
    mapping = mapping_from(reading, ROW_KINDS[reading["kind"]])
    with tempfile.TemporaryDirectory(prefix="commons-") as folder:
        inputs = []
        for number, name in enumerate(files):
            path = Path(name)
            label = ""
            if _is_dataset(name):
                label = name.replace("/", "--")
                path = Path(folder) / f"{number}.parquet"
                dataset_import.fetch(
                    name,
                    path,
                    endpoint=where.endpoint,
                    token=where.token,
                    config=reading["config"],
                    split=reading["split"],
                    revision=reading["revision"],
                )
            collection = reading["collection"] or _collection_of(label or path.name)
            options = ReadingOptions(encoding=reading["encoding"])
            inputs.append(Input(path, mapping, collection, options, label))
        yield inputs


def _collection_of(file_name: str) -> str:
    if name := layout.slug_of(file_name):
        return name
    raise UsageError(
        f"{file_name} has no letters or digits that could name a collection.",
        hint="Name it: --collection NAME",
    )


def print_refused(prepared: PreparedRows) -> None:
    counts: dict[str, int] = {}
    for rows in prepared.refused.values():
        for row in rows:
            counts[row.findings[0].code] = counts.get(row.findings[0].code, 0) + 1
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        first = next(r for rows in prepared.refused.values() for r in rows if r.findings[0].code == code)
        err.print(f"[red]✗[/] [bold]{code}[/] {count:,} rows, first row {first.number}: ", end="")
        err.print(f"{plain(first.findings[0].message)}. [dim]{plain(first.findings[0].hint)}[/]")
