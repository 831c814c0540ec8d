"""How foreign files are written, as options say it, and tables that come through a pipe. What no option says is found out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from commons.errors import UsageError
from commons.intake import raw_rows
from commons.intake.raw_rows import ReadingOptions

Command = TypeVar("Command", bound=Callable[..., Any])
PIPE = "-"
_BUFFER_BYTES = 1024**2
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


def table_reading(reading: dict[str, Any]) -> ReadingOptions:
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


def copied_pipe(folder: Path, *, collection: str | None) -> Path:
    """What is piped into this command, as a file in ``folder``: it is read more than once, and by another process.

    Raises:
        UsageError: nothing names the collection, or nothing is piped; InputError: it is too large (``limit-exceeded``).
    """
    if not collection:
        raise UsageError("A pipe has no name for its collection.", hint="Name it: --collection NAME")
    path = folder / "stdin"
    if path.exists() or sys.stdin.isatty():
        raise UsageError(
            "Nothing is piped into this command." if sys.stdin.isatty() else "A pipe can be read only once.",
            hint="Pipe one table into it, for example: zcat notes.csv.gz | commons check - --collection notes",
        )
    left = raw_rows.MAX_DECODED_BYTES
    with path.open("wb") as file:
        while block := sys.stdin.buffer.read(_BUFFER_BYTES):
            left -= len(block)
            if left < 0:
                raise raw_rows.too_large("The pipe", f"{raw_rows.MAX_DECODED_BYTES:,} bytes")
            file.write(block)
    return path
