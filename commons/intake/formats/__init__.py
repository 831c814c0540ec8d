"""The formats that people bring, each in a file of its own that is loaded only where such a file is read.

A format is a module with ``rows(data, name, options)``, which yields the table's shape and then its rows, and ``load()``, which tries on
bytes of our own all that ``rows`` is going to do, for a process that can open nothing afterwards. ``data`` is unpacked already and lies in
memory. A new format is one such file, a line in ``MODULES``, and what tells it in ``recognition``.
"""

from __future__ import annotations

import importlib
import importlib.util
import mmap
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from typing import Protocol, cast

from commons.errors import MissingExtraError
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

Data = bytes | mmap.mmap


class Form(StrEnum):
    """What the bytes of a file are, once they are unpacked, in words."""

    DELIMITED = "delimited text"
    JSON = "JSON"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    SHEETS = "sheets"
    OBO = "OBO"
    RDF = "RDF"


MODULES = {
    Form.DELIMITED: "commons.intake.formats.delimited",
    Form.JSON: "commons.intake.formats.json_rows",
    Form.PARQUET: "commons.intake.formats.parquet",
    Form.ARROW: "commons.intake.formats.arrow",
    Form.SHEETS: "commons.intake.formats.spreadsheets",
    Form.OBO: "commons.intake.formats.obo",
    Form.RDF: "commons.intake.formats.rdf",
}
_LIBRARIES = {Form.RDF: ("pyoxigraph", "graphs")}  # what a bare install lacks, and the extra that brings it


class ReadableFormat(Protocol):
    """What each of ``MODULES`` offers."""

    def rows(
        self, data: Data, name: str, options: ReadingOptions
    ) -> Iterator[TableShape | RawRow | UnreadableRow]:
        """The shape of the table that errors call ``name``, and its rows.

        Raises:
            InputError: ``file-encoding``, ``file-damaged``, ``file-format``, ``file-empty`` or ``limit-exceeded``.
        """

    def load(self) -> None:
        """Read one small table, so that nothing has to be loaded later."""


def refuse_missing(form: Form) -> None:
    """Raise MissingExtraError where the library that reads ``form`` is not installed."""
    if not is_installed(form):
        raise MissingExtraError(*_LIBRARIES[form])


@cache  # for a process that cannot look any more
def is_installed(form: Form) -> bool:
    """Whether the library that reads ``form`` is here."""
    return form not in _LIBRARIES or importlib.util.find_spec(_LIBRARIES[form][0]) is not None


def of(form: Form) -> ReadableFormat:
    return cast(ReadableFormat, importlib.import_module(MODULES[form]))
