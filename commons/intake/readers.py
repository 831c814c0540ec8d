"""Foreign tables to raw rows, read in a confined child process, whatever their format (``formats``).

Nothing is interpreted here beyond the file format. A line that cannot be read becomes an ``UnreadableRow`` with its row number and the
text as found, so that no row is ever lost; a file that cannot be read at all is an ``InputError``. What a file is, is told by its first
bytes: a pickle or a program under another name is refused, and so is a link, which may lead to what was never meant to be offered.

    table = readers.read(Path("notes.csv"))
    table.shape.columns
    for raw in table.rows: raw.number, raw.line, raw.values

Why a child for a file of one's own: most were fetched from somewhere, a few kilobytes can unfold to more than the memory, and the library
that reads Parquet ends its process for some. The child is ``handed_files``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from commons.errors import InputError
from commons.intake import formats, raw_rows
from commons.intake.formats import recognition
from commons.intake.raw_rows import ForeignTable, RawRow, ReadingOptions, UnreadableRow
from commons.sandbox import confinement
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits

# What a file may unfold to is bounded already; these leave room for that on a slow machine, and for a cell as large as a file.
_LIMITS = ProcessLimits(answer_bytes=2 * raw_rows.MAX_DECODED_BYTES + 64 * MIB)


def read(path: Path, options: ReadingOptions = ReadingOptions(), *, name: str = "") -> ForeignTable:
    """The table in ``path``, its rows in order; errors call it ``name``, where the path is a temporary copy's.

    Raises:
        InputError: ``file-missing``, ``file-format``, ``file-encoding``, ``file-empty``, ``file-damaged``, ``file-is-link``,
            ``file-disguised``, ``limit-exceeded`` or ``check-limit``; while the rows are read too.
        MissingExtraError: a library that reads this format is not installed.
    """
    name = name or str(path)
    _refuse_link(path)
    with _refusing(name):
        with path.open("rb") as file:
            recognised = recognition.recognise(file.read(recognition.HEAD_BYTES), path)
        if len(recognised.forms) == 1:  # else it is known only where it is unpacked
            formats.refuse_missing(*recognised.forms)
        context = {
            "name": name,
            "packing": recognised.packing,
            "forms": recognised.forms,
            "options": asdict(options),
        }
        values = confinement.stream(
            "commons.intake.handed_files", {"file": path}, context=context, limits=_LIMITS
        )
        table = raw_rows.received(values)
    return replace(table, rows=_guarded(table.rows, name))


def _guarded(rows: Iterator[RawRow | UnreadableRow], name: str) -> Iterator[RawRow | UnreadableRow]:
    with _refusing(name):
        yield from rows


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """What goes wrong while the file is read becomes an InputError."""
    try:
        yield
    except OutOfBoundsError as error:
        raise _refusal(name, error) from error
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}.", code="file-missing") from error


def _refusal(name: str, error: OutOfBoundsError) -> InputError:
    if "decrypt" in error.message:  # Arrow ends its process for a file whose footer is plain
        return InputError(
            f"{name} has encrypted columns.",
            hint="Map only columns that are not encrypted; the others are not read then.",
            code="file-disguised",
        )
    return InputError(f"{name} cannot be read within bounds: {error.message}.", code=error.code)


def _refuse_link(path: Path) -> None:
    if path.is_symlink() and not _is_in_hub_cache(path):
        raise InputError(
            f"{path} is a link to {path.readlink()}.",
            hint="Name the file itself, if it is that one which you mean to offer.",
            code="file-is-link",
        )


def _is_in_hub_cache(path: Path) -> bool:
    """Whether this is a file of a snapshot as the Hub's clients keep them: a link to a blob of the same repository."""
    target = path.resolve()
    return target.parent.name == "blobs" and target.parents[1] in path.absolute().parents
