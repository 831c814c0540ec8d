"""What a file's name says of its format."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from commons.intake.formats import Form

SUFFIXES = {
    ".csv": Form.DELIMITED,
    ".tsv": Form.DELIMITED,
    ".tab": Form.DELIMITED,
    ".psv": Form.DELIMITED,
    ".json": Form.JSON,
    ".jsonl": Form.JSON,
    ".ndjson": Form.JSON,
    ".parquet": Form.PARQUET,
    ".arrow": Form.ARROW,
    ".feather": Form.ARROW,
    ".ipc": Form.ARROW,
    ".xlsx": Form.SHEETS,
    ".xlsm": Form.SHEETS,
    ".xlsb": Form.SHEETS,
    ".xls": Form.SHEETS,
    ".ods": Form.SHEETS,
    ".obo": Form.OBO,
    ".ttl": Form.RDF,
    ".nt": Form.RDF,
    ".rdf": Form.RDF,
    ".owl": Form.RDF,
}
_PACKINGS = (".gz", ".bz2", ".xz", ".zst", ".zip")
# Names that say no more than that there is text in it, or nothing at all: a number or a copy's suffix behind a point is no format.
_TEXT = re.compile(r"|\.(txt|dat|data|asc|text|log|\d+)", re.IGNORECASE)
_COPY = re.compile(r"\.(bak|old|orig|part|tmp|copy|\d+)|\.txt", re.IGNORECASE)


def table(name: str) -> str:
    """The end of a file's name that tells its format, in lower case: ".csv", ".jsonl.gz"; empty when none does."""
    suffixes = [part.lower() for part in PurePosixPath(name).suffixes]
    packing = suffixes.pop() if suffixes[-1:] and suffixes[-1] in _PACKINGS else ""
    return f"{suffixes[-1]}{packing}" if suffixes and suffixes[-1] in SUFFIXES else ""


def form_of(name: str) -> Form | None:
    """The format that the name of an unpacked file says, also where a copy of it was named: ``notes.csv.bak``."""
    suffixes = [part.lower() for part in PurePosixPath(name).suffixes]
    while len(suffixes) > 1 and suffixes[-1] not in SUFFIXES and _COPY.fullmatch(suffixes[-1]):
        suffixes.pop()
    return SUFFIXES.get(suffixes[-1]) if suffixes else None


def may_be_text(name: str) -> bool:
    """Whether the name leaves it open what is in the file."""
    return _TEXT.fullmatch(PurePosixPath(name).suffix) is not None
