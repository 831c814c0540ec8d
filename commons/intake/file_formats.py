"""What a foreign file is: by its name, and by first bytes that may say something else."""

from __future__ import annotations

from pathlib import Path

from commons.errors import InputError
from commons.records import file_kinds

PARQUET = ".parquet"
FORMATS = (".csv", ".tsv", ".jsonl", ".ndjson", PARQUET)
HEAD_BYTES = 512


def form(path: Path) -> str:
    """One of ``FORMATS``, told by the name with ``.gz`` taken off. Raises InputError (``file-format``)."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    if suffixes and suffixes[-1] in FORMATS:
        return suffixes[-1]
    raise InputError(
        f"{path} is of no format we read.",
        hint=f"Formats: {', '.join(FORMATS)}, text also as .gz.",
        code="file-format",
    )


def is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def refuse_disguise(head: bytes, path: Path) -> None:
    """Raise InputError (``file-disguised``) when the first ``HEAD_BYTES`` of a file are those of another kind than its name says."""
    kind = file_kinds.kind(head)
    expected = "gzip data" if is_packed(path) else "a Parquet file" if form(path) == PARQUET else ""
    if kind and kind != expected:
        raise InputError(
            f"{path} is {kind}.",
            hint="Name text that is packed with gzip .csv.gz or .jsonl.gz; unpack other archives first.",
            code="file-disguised",
        )
