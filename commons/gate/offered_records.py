"""Rows of a contribution that passed every check of their own, as plain values that may leave the sandbox.

Comparing needs what is offered beside what the commons holds, which the sandbox never sees. So the child hands back the rows: bounded
strings by now, with only of their sources what comparing asks for. A report never contains them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from commons.gate.findings import Finding
from commons.records.schema import Record, Source

MAX_BYTES = 40 * 1024 * 1024  # of JSON, which is what the sandbox may answer, less its findings
_SOURCE_CHARACTERS = 80


@dataclass(frozen=True)
class OfferedRecord:
    """A record and where it stands; ``row`` counts from 1 within ``file``."""

    file: str
    row: int
    record: Record

    def finding(self, code: str, message: str) -> Finding:
        """What is to be said of this record."""
        return Finding(code, message, self.file, self.row, record=self.record.id)

    def called_beside(self, other: OfferedRecord) -> str:
        """How this record is called where ``other`` is spoken of."""
        return f"row {self.row:,} of {'this file' if self.file == other.file else self.file}"


@dataclass(frozen=True)
class OfferedRecords:
    """All that is compared; ``replaces`` are (offered id, id it replaces), ``complete`` is false when rows had to be left out."""

    records: tuple[OfferedRecord, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    complete: bool = True


def to_json(offering: OfferedRecords) -> dict[str, Any]:
    rows, left = [], MAX_BYTES
    for entry in offering.records:
        row = _row(entry)
        left -= len(json.dumps(row))
        if left < 0:
            break
        rows.append(row)
    return {
        "records": rows,
        "replaces": [list(pair) for pair in offering.replaces],
        "complete": offering.complete and len(rows) == len(offering.records),
    }


def from_json(data: dict[str, Any]) -> OfferedRecords:
    return OfferedRecords(
        tuple(_from_row(*row) for row in data["records"]),
        tuple((new, old) for new, old in data["replaces"]),
        data["complete"],
    )


def label(sources: Iterable[Source]) -> str:
    """What a record's origin is called when origins are counted: the title of its first source, else its address."""
    first = next(iter(sources), None)
    return ((first.title or first.url or "") if first else "")[:_SOURCE_CHARACTERS]


def _row(entry: OfferedRecord) -> list[Any]:
    r = entry.record
    place = [entry.file, entry.row]
    return [*place, r.id, r.title, r.text, r.lang, list(r.topic), r.license, label(r.sources), r.contributor]


def _from_row(
    file: str, row: int, name: str, title: str | None, text: str, lang: str, topic: list[str], spdx: str,
    source: str, contributor: str,
) -> OfferedRecord:  # fmt: skip
    record = Record(name, title, text, lang, tuple(topic), spdx, (Source(title=source),), contributor)
    return OfferedRecord(file, row, record)
