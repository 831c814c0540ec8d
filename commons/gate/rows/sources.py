"""The sources of a record: at least one that can be found again, with addresses and dates that mean what they say."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from commons.gate.findings import Finding, excerpt
from commons.gate.rows import characters, credentials
from commons.governance.policy import Policy
from commons.records.schema import MAX_SOURCE_FIELD_CHARACTERS, Record

SOURCE_FIELDS = ("title", "url", "author", "license", "retrieved")


def check(record: Record, policy: Policy) -> Iterator[Finding]:
    if not any(source.title or source.url for source in record.sources):
        yield Finding("source-missing", "no source with a title or a url")
    if len(record.sources) > policy.limits.max_sources:
        yield Finding(
            "source-invalid", f"{len(record.sources)} sources; {policy.limits.max_sources} are allowed"
        )
    for source in record.sources[: policy.limits.max_sources]:
        if source.url and len(source.url) <= MAX_SOURCE_FIELD_CHARACTERS:
            yield from credentials.check(source.url)
    for source in record.sources:
        for name in SOURCE_FIELDS:
            value = getattr(source, name)
            if value is None:
                continue
            yield from characters.check(f"source.{name}", value, newlines=False)
            if not value or len(value) > MAX_SOURCE_FIELD_CHARACTERS:
                yield Finding(
                    "source-invalid",
                    f"source.{name} is empty or longer than {MAX_SOURCE_FIELD_CHARACTERS} characters",
                )
        if source.url is not None and not is_web_address(source.url):
            yield Finding("source-invalid", f"{excerpt(source.url)} is not an absolute http(s) address")
        if source.retrieved is not None and not _is_date(source.retrieved):
            yield Finding("source-invalid", f"{excerpt(source.retrieved)} is not a date such as 2026-11-22")


def is_web_address(text: str) -> bool:
    """An absolute http(s) IRI without spaces, quotes, invisible characters or user information."""
    if any(c.isspace() or c in "<>\"'`\\" or unicodedata.category(c)[0] == "C" for c in text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
