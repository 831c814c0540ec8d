"""What lies in a zip archive: a workbook, or files of which one is the table."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

from commons.errors import InputError
from commons.intake.formats import suffixes

# Members that tell what is a zip archive beneath: Excel's sheets, binary or not, and OpenDocument's.
_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin"}
_OPEN_DOCUMENT, _SHEETS = "mimetype", b"application/vnd.oasis.opendocument.spreadsheet"
_COMPANIONS = (
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "citation",
    "changelog",
    "changes",
    "datapackage",
)
_SHOWN = 10


def is_workbook(archive: zipfile.ZipFile) -> bool:
    names = set(archive.namelist())
    if _WORKBOOKS & names:
        return True
    if _OPEN_DOCUMENT not in names:
        return False
    with archive.open(_OPEN_DOCUMENT) as file:
        return file.read(len(_SHEETS)) == _SHEETS


def only_table(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one file in it that is a table by its name; or the one file. Raises InputError (``file-format``)."""
    members = [
        member for member in archive.infolist() if not member.is_dir() and not _is_companion(member.filename)
    ]
    tables = [member for member in members if suffixes.form_of(member.filename)]
    candidates = tables or members
    if len(candidates) == 1:
        return candidates[0]
    names = ", ".join(member.filename for member in candidates[:_SHOWN])
    more = f" and {len(candidates) - _SHOWN:,} more" if len(candidates) > _SHOWN else ""
    raise InputError(
        f"{name} is a zip archive with {len(candidates)} {'tables' if tables else 'files'} in it: {names}{more}."
        if candidates
        else f"{name} is a zip archive without a table in it.",
        hint="Unpack it, and name the file with the rows.",
        code="file-format",
    )


def _is_companion(name: str) -> bool:
    """Whether a file only goes with a table: what says how it came about, and what systems leave beside it."""
    path = PurePosixPath(name)
    return (
        any(part.startswith((".", "__MACOSX")) for part in path.parts)
        or path.name.lower().startswith(_COMPANIONS)
        or path.name.lower() in ("thumbs.db", "desktop.ini")
    )
