"""Foreign tables to raw rows: CSV, TSV, JSON Lines (each also gzip) and Parquet, read in a confined child process.

Nothing is interpreted here beyond the file format. A line that cannot be read becomes an ``UnreadableRow`` with its row number and the
text as found, so that no row is ever lost; a file that cannot be read at all is an ``InputError``. What a file is, is told by its first
bytes: an archive or a pickle under another name is refused, and so is a link, which may lead to what was never meant to be offered.

    for raw in readers.read(Path("notes.csv")):
        raw.number, raw.values

Why a child for a file of one's own: most were fetched from somewhere, a few kilobytes can unfold to more than the memory, and the library
that reads Parquet ends its process for some. What is in them is read by ``text_rows`` and ``parquet_rows``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from commons.errors import InputError
from commons.intake import file_formats, raw_rows
from commons.intake.raw_rows import RawRow, UnreadableRow
from commons.sandbox import confinement
from commons.sandbox.limits import MIB, OutOfBoundsError, ProcessLimits

# What a file may unfold to is bounded already; these leave room for that on a slow machine, and for a cell as large as a file.
_LIMITS = ProcessLimits(answer_bytes=2 * raw_rows.MAX_DECODED_BYTES + 64 * MIB)


def read(path: Path, *, encoding: str = "utf-8-sig") -> Iterator[RawRow | UnreadableRow]:
    """The rows of ``path`` in order. The format is told by the file name.

    Raises:
        InputError: ``file-missing``, ``file-format``, ``file-encoding``, ``file-empty``, ``file-damaged``, ``file-is-link``,
            ``file-disguised``, ``limit-exceeded`` or ``check-limit``.
    """
    form = file_formats.form(path)
    _refuse_link(path)
    module = f"commons.intake.{'parquet_rows' if form == file_formats.PARQUET else 'text_rows'}"
    context = {"name": str(path), "form": form, "packed": file_formats.is_packed(path), "encoding": encoding}
    try:
        if path.is_file():  # what else there may be is said better by what happens on opening it
            with path.open("rb") as file:
                file_formats.refuse_disguise(file.read(file_formats.HEAD_BYTES), path)
        yield from raw_rows.received(
            confinement.stream(module, {"file": path}, context=context, limits=_LIMITS),
            foreign=form == file_formats.PARQUET,
        )
    except OutOfBoundsError as error:
        raise _refusal(path, error) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", code="file-missing") from error


def _refusal(path: Path, error: OutOfBoundsError) -> InputError:
    if "decrypt" in error.message:  # Arrow ends its process for a file whose footer is plain
        return InputError(f"{path} is an encrypted Parquet file.", code="file-disguised")
    return InputError(f"{path} cannot be read within bounds: {error.message}.", code=error.code)


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
