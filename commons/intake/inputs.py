"""Inputs: the files that are offered, each with how it is read, how its columns are mapped and where its rows go."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from commons.intake import handed_files, readers
from commons.intake.mapping import Mapping
from commons.intake.raw_rows import ForeignTable, ReadingOptions


@dataclass(frozen=True, eq=False)  # two inputs are never the same, even for one file
class Input:
    """A file, how to read it, and the collection its records go to."""

    path: Path
    mapping: Mapping
    collection: str
    options: ReadingOptions = field(default_factory=ReadingOptions)
    name: str = ""  # what to call it where the path is a temporary copy
    file: BinaryIO | None = None  # where it is open already, in a process that is confined itself
    must_say_all: bool = (
        False  # what no column and no default says is asked for, before each row is refused for it
    )
    columns: tuple[
        str, ...
    ] = ()  # of the table whose refused rows these are, for no row need have all of them
    local_ids: dict[str, str] = field(
        default_factory=dict
    )  # rows of that table, which links may name -> records

    @property
    def label(self) -> str:
        return self.name or self.path.name

    def table(self) -> ForeignTable:
        """What the file holds; see ``readers.read`` for the errors."""
        if self.file:
            return handed_files.table(self.file, Path(self.label), self.options)
        return readers.read(self.path, self.options, name=self.name)
