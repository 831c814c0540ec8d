"""How foreign files are written, as options say it, and tables that come through a pipe. What no option says is found out."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from commons.errors import UsageError
from commons.intake import raw_rows
from commons.intake.raw_rows import ReadingOptions

Command = TypeVar("Command", bound=Callable[..., Any])
PIPE = "-"
_BUFFER_BYTES = 1024**2
_WAIT_S = 0.2
# Signs that are hard to type.
_SIGNS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}
_NO_QUOTE = "none"


def table_options(function: Command) -> Command:
    """What may be said of how a table is written; shared by all commands that read one."""
    for option in (
        click.option("--sheet", default="", metavar="NAME", help="The sheet, or the list of a JSON object, that has the rows."),
        click.option("--skip", type=click.IntRange(min=0), default=0, metavar="N", help="Lines above the table."),
        click.option(
            "--header-row", type=click.IntRange(min=0), metavar="N",
            help="The line with the names of the columns, from 1; 0 says that there is none.  [default: found out]",
        ),
        click.option("--quote", metavar="SIGN", help="What quotes cells, or none.  [default: found out]"),
        click.option("--delimiter", default="", metavar="SIGN", help="What parts cells, such as ';' or tab.  [default: found out]"),
        click.option("--encoding", default="", metavar="NAME", help="Text encoding of the files.  [default: found out]"),
    ):  # fmt: skip
        function = option(function)
    return function


def options_from(reading: dict[str, Any]) -> ReadingOptions:
    """What the options say."""
    quote = reading["quote"]
    return ReadingOptions(
        encoding=reading["encoding"],
        delimiter=_SIGNS.get(reading["delimiter"].lower(), reading["delimiter"]),
        quote="" if quote == _NO_QUOTE else quote,
        header_row=reading["header_row"],
        skip=reading["skip"],
        sheet=reading["sheet"],
    )


def piped(collection: str | None) -> BufferedReader:
    """What is piped into this command. Raises UsageError where nothing is, or nothing names its collection."""
    if not collection:
        raise UsageError("A pipe has no name for its collection.", hint="Name it: --collection NAME")
    if sys.stdin.isatty():
        raise UsageError(
            "Nothing is piped into this command.",
            hint="Pipe a table into it, for example: zcat notes.csv.gz | commons check - --collection notes",
        )
    return cast(BufferedReader, sys.stdin.buffer)


def copy(pipe: BufferedReader, path: Path) -> None:
    """Write what comes through a pipe to a file: it is read more than once, and by another process.

    Raises:
        InputError: ``limit-exceeded``.
    """
    left = raw_rows.MAX_DECODED_BYTES
    with path.open("wb") as file:
        for block in _blocks(pipe):
            left -= len(block)
            if left < 0:
                raise raw_rows.too_large("The pipe", f"{raw_rows.MAX_DECODED_BYTES:,} bytes")
            file.write(block)


def _blocks(pipe: BufferedReader) -> Iterator[bytes]:
    """What comes, as it comes. Only ever waited for a moment: libraries of the Hub let a read go on after Ctrl-C."""
    while True:
        ready, _, _ = select.select([pipe], [], [], _WAIT_S)
        if ready:
            block = pipe.read1(_BUFFER_BYTES)
            if not block:
                return
            yield block
