"""Foreign files in a process that is confined already: their rows are read where they are, whatever the format.

    table = handed_files.table(file, Path("notes.csv"))
    for raw in table.rows: …

Everybody else takes ``readers``, which confines a process of its own: as a program, this is that process.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from commons.intake import formats, raw_rows
from commons.intake.formats import Form, recognition, unpacking
from commons.intake.formats.recognition import Recognition
from commons.intake.formats.unpacking import Packing
from commons.intake.raw_rows import ForeignTable, RawRow, ReadingOptions, TableShape, UnreadableRow
from commons.sandbox import confinement


def table(file: BinaryIO, path: Path, options: ReadingOptions = ReadingOptions()) -> ForeignTable:
    """The table in an open file whose format its first bytes or ``path`` tell; errors call it so, and are those of ``readers.read``."""
    file.seek(0)
    recognised = recognition.recognise(file.read(recognition.HEAD_BYTES), path)
    return raw_rows.of(_rows(file, str(path), recognised, options))


def _rows(
    file: BinaryIO, name: str, recognised: Recognition, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    data = unpacking.unpack(file, recognised.packing, name)
    yield from formats.of(recognised.form).rows(data, name, options)


def load(*only: Form) -> None:
    """Read one file of each format, or of ``only`` these, for a process that can open nothing afterwards."""
    for form in only or tuple(Form):
        formats.of(form).load()


def _child() -> None:
    given = confinement.context()
    options = ReadingOptions(**given["options"])
    recognised = Recognition(Form(given["form"]), Packing(given["packing"]))

    def warm_up() -> None:
        with suppress(LookupError):  # said of the file itself
            codecs.lookup(options.encoding or "utf-8")
        load(recognised.form)

    file = confinement.enter(warm_up)["file"]
    raw_rows.send(_rows(file, given["name"], recognised, options), given["name"])


if __name__ == "__main__":
    _child()
