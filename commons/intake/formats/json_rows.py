"""JSON Lines to raw rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, TextIO

from commons.intake import raw_rows
from commons.intake.formats import Data
from commons.intake.formats.encodings import opened, refusing_foreign_text
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

_MAX_DEPTH = 100  # of a JSON value; whoever walks through it later does so from wherever they stand


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    encoding = options.encoding or "utf-8-sig"
    with refusing_foreign_text(name, encoding):
        yield from raw_rows.refuse_empty(_table(opened(data, encoding, newline=None)), name, hint="")


def _table(text: TextIO) -> Iterator[TableShape | RawRow | UnreadableRow]:
    yield TableShape((), "JSON Lines")
    yield from _objects(text)


def _objects(text: TextIO) -> Iterator[RawRow | UnreadableRow]:
    number = 0
    for place, line in enumerate(text, start=1):
        if not line.strip():
            continue
        number += 1
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield UnreadableRow(number, line.rstrip("\n"), f"not JSON: {error}", place)
            continue
        if not isinstance(values, dict):
            yield UnreadableRow(number, line.rstrip("\n"), "a JSON object is expected on every line", place)
        elif line.count("[") + line.count("{") > _MAX_DEPTH and _is_deep(values):
            yield UnreadableRow(number, line.rstrip("\n"), f"nested more than {_MAX_DEPTH} deep", place)
        else:
            yield RawRow(number, values, place)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [inner for part in parts for inner in part if isinstance(inner, dict | list)]
    return bool(level)


def load() -> None:
    """See ``formats.ReadableFormat``."""
    list(rows(io.BytesIO(b'{"text": "x"}\n').getvalue(), "sample", ReadingOptions()))
