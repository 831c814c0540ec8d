"""Foreign files in a process that is confined already: their rows are read where they are, whatever the format.

    for raw in handed_files.rows(file, Path("notes.csv")): …

Everybody else takes ``readers``, which confines a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from commons.intake import file_formats, parquet_rows, text_rows
from commons.intake.raw_rows import RawRow, UnreadableRow


def rows(file: BinaryIO, path: Path) -> Iterator[RawRow | UnreadableRow]:
    """The rows of an open file whose format ``path`` tells; errors call it so, and are those of ``readers.read``."""
    form = file_formats.form(path)
    file.seek(0)
    file_formats.refuse_disguise(file.read(file_formats.HEAD_BYTES), path)
    if form == file_formats.PARQUET:
        yield from parquet_rows.rows(file, str(path))
    else:
        yield from text_rows.rows(file, str(path), form=form, packed=file_formats.is_packed(path))


def load() -> None:
    """Read one file of each format, for a process that can open nothing afterwards."""
    text_rows.load()
    parquet_rows.load()
