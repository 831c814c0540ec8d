"""What a foreign file is: by its first bytes, and where these say nothing by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from commons.errors import InputError
from commons.intake.formats import Form
from commons.intake.formats.unpacking import Packing
from commons.records import file_kinds

SUFFIXES = {
    ".csv": Form.DELIMITED,
    ".tsv": Form.DELIMITED,
    ".jsonl": Form.JSON,
    ".ndjson": Form.JSON,
    ".parquet": Form.PARQUET,
}
HEAD_BYTES = 512


@dataclass(frozen=True)
class Recognition:
    """How a file is packed, and what lies in it."""

    form: Form
    packing: Packing


def recognise(head: bytes, path: Path) -> Recognition:
    """What the file is that begins with ``head``, its first ``HEAD_BYTES``.

    Raises:
        InputError: ``file-format`` for what we do not read, ``file-disguised`` for what only pretends to be it.
    """
    form = form_by_name(path)
    packing = Packing.GZIP if path.suffix.lower() == ".gz" else Packing.NONE
    kind = file_kinds.kind(head)
    expected = "gzip data" if packing else "a Parquet file" if form is Form.PARQUET else ""
    if kind and kind != expected:
        raise InputError(
            f"{path} is {kind}.",
            hint="Name text that is packed with gzip .csv.gz or .jsonl.gz; unpack other archives first.",
            code="file-disguised",
        )
    return Recognition(form, packing)


def form_by_name(path: Path) -> Form:
    """What the name says, with ``.gz`` taken off. Raises InputError (``file-format``)."""
    if name := suffix(path.name):
        return SUFFIXES[name.removesuffix(".gz")]
    raise InputError(
        f"{path} is of no format we read.",
        hint=f"Formats: {', '.join(SUFFIXES)}, text also as .gz.",
        code="file-format",
    )


def suffix(name: str) -> str:
    """The end of a file's name that tells its format, in lower case: ".csv", ".jsonl.gz"; empty when none does."""
    suffixes = [part.lower() for part in PurePosixPath(name).suffixes]
    packing = suffixes.pop() if suffixes[-1:] == [".gz"] else ""
    return f"{suffixes[-1]}{packing}" if suffixes and suffixes[-1] in SUFFIXES else ""
