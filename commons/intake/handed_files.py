"""Foreign files in a process that is confined already: their rows are read where they are, whatever the format.

    table = handed_files.table(file, Path("notes.csv"))
    for raw in table.rows: …

Everybody else takes ``readers``, which confines a process of its own: as a program, this is that process.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from commons.errors import InputError
from commons.intake import formats, raw_rows
from commons.intake.formats import Form, recognition, unpacking
from commons.intake.formats.recognition import Recognition
from commons.intake.formats.unpacking import Packing
from commons.intake.raw_rows import ForeignTable, RawRow, ReadingOptions, TableShape, UnreadableRow
from commons.sandbox import confinement


def table(file: BinaryIO, path: Path, options: ReadingOptions = ReadingOptions()) -> ForeignTable:
    """The table in an open file whose format its first bytes or ``path`` tell; errors call it so.

    Raises:
        InputError, MissingExtraError: as ``readers.read``.
    """
    file.seek(0)
    recognised = recognition.recognise(file.read(recognition.HEAD_BYTES), path)
    return raw_rows.of(
        _rows(file, str(path), Recognition(recognised.packing, tuple(formats.MODULES)), options)
    )


def _rows(
    file: BinaryIO, name: str, recognised: Recognition, options: ReadingOptions
) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """The table, and in its shape what its name does not say; no more rows than are asked for."""
    content = unpacking.unpack(file, recognised.packing, name)
    form = recognition.form_of(content.data, content.name)
    if form not in recognised.forms:
        raise InputError(
            f"{name} holds {form}, which its name does not say.",
            hint="Unpack it, or give it the name of what is in it.",
            code="file-format",
        )
    formats.refuse_missing(form)
    rows = formats.of(form).rows(content.data, name, options)
    left = options.head or None
    for row in rows:
        if isinstance(row, TableShape):
            member = f"{content.member!r} of the archive" if content.member else ""
            misnomer = recognition.misnomer(name, form, recognised.packing)
            yield replace(row, read_as=", ".join(filter(None, (row.read_as, member, misnomer))))
        else:
            yield row
            left = left - 1 if left else None
            if left == 0:
                return


def load(*only: Form) -> None:
    """Read one file of each format, or of ``only`` these, for a process that can open nothing afterwards."""
    recognition.load()
    for form in filter(formats.is_installed, only or tuple(formats.MODULES)):
        formats.of(form).load()
    for packing in () if only else tuple(Packing):
        unpacking.load(packing)


def _child() -> None:
    given = confinement.context()
    options = ReadingOptions(**given["options"])
    recognised = Recognition(Packing(given["packing"]), tuple(map(Form, given["forms"])))

    def warm_up() -> None:
        with suppress(LookupError):  # said of the file itself
            codecs.lookup(options.encoding or "utf-8")
        load(*recognised.forms)
        unpacking.load(recognised.packing)

    file = confinement.enter(warm_up)["file"]
    raw_rows.send(_rows(file, given["name"], recognised, options), given["name"])


if __name__ == "__main__":
    _child()
