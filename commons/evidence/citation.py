"""How a record is cited, in one line."""

from __future__ import annotations

from commons.governance import licenses
from commons.records.schema import Record


def citation(record: Record) -> str:
    """One line: title, authors, sources, licence."""
    named = [
        ", ".join(part for part in (source.author, source.title, source.url) if part)
        for source in record.sources
    ]
    head = f"“{record.title}”. " if record.title else ""
    return f"{head}{'; '.join(named)}. {licenses.name_of(record.license)}. {record.id}"
