"""JSON to raw rows: JSON Lines, an array of objects, an object with one list of objects, or objects one after another.

What is on one line is read line by line, so that a bad line costs nothing but itself. Anything else is read piece by piece, never as a
whole: where it is damaged, the rows before the damage stay, and what follows is one unreadable row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, TextIO

from commons.errors import InputError
from commons.intake import raw_rows
from commons.intake.column_names import folded, target_of
from commons.intake.formats import Data, encodings
from commons.intake.formats.encodings import TextEncoding, refusing_foreign_text
from commons.intake.formats.json_pieces import DoubledKeyError, JsonPieces, JsonText, JsonValues
from commons.intake.raw_rows import RawRow, ReadingOptions, TableShape, UnreadableRow

_MAX_DEPTH = 100  # of a JSON value; whoever walks through it later does so from wherever they stand
_SAMPLE_ROWS = 100  # whose columns are the table's
_LINE_SUFFIXES = (".jsonl", ".ndjson")
_TEXTS = {"text", "question"}  # without which there is no record, and no question


def rows(data: Data, name: str, options: ReadingOptions) -> Iterator[TableShape | RawRow | UnreadableRow]:
    """See ``formats.ReadableFormat``."""
    with refusing_foreign_text(name, options.encoding):
        encoding = encodings.find(data, name, options)
        document = _Document(data, encoding, name, options)
        yield from raw_rows.refuse_empty(document.table(), name, hint="")


@dataclass(frozen=True)
class _Document:
    """The text of a file, which may be read more than once."""

    data: Data
    encoding: TextEncoding
    name: str
    options: ReadingOptions

    def table(self) -> Iterator[TableShape | RawRow | UnreadableRow]:
        form, texts = self._parted()
        rows = self._rows(texts)
        first = list(islice(rows, _SAMPLE_ROWS))
        columns = dict.fromkeys(column for row in first if isinstance(row, RawRow) for column in row.values)
        yield TableShape(tuple(columns), ", ".join(filter(None, (form, self.encoding.description))))
        yield from chain(first, rows)

    def _rows(self, texts: Iterator[JsonText]) -> Iterator[RawRow | UnreadableRow]:
        for number, text in enumerate(texts, start=1):
            fault = text.fault or self.encoding.fault(text.text) or _misfit(text)
            if fault:
                yield UnreadableRow(number, self.encoding.shown(text.text), fault, text.line)
            else:
                yield RawRow(number, text.value, text.line)

    def _parted(self) -> tuple[str, Iterator[JsonText]]:
        """What kind of document this is, in words, and the texts of its rows."""
        first, second = (*islice((line for line in self._opened() if line.strip()), 2), "", "")[:2]
        sign = first.lstrip()[:1]
        if sign in ("{", "[") and not self._is_lines(first, second):
            if sign == "[":
                return "a JSON array", JsonPieces(self._opened()).elements()
            if (parted := self._of_objects()) is not None:
                return parted
        return "JSON Lines", _lines(self._opened())

    def _is_lines(self, first: str, second: str) -> bool:
        """Whether a line is a row: the first is whole, and another follows or the name says so."""
        if not _is_value(first):
            return False
        is_called_so = PurePath(self.name.lower()).suffix in _LINE_SUFFIXES and not self.options.sheet
        return bool(second) or (is_called_so and first.lstrip().startswith("{"))

    def _of_objects(self) -> tuple[str, Iterator[JsonText]] | None:
        """The rows of objects, or of one: itself, its only list of objects, or the list asked for; None for what is no whole object."""
        outline = JsonPieces(self._opened()).outline()
        if outline is None:
            return None
        if outline.is_followed:
            return "JSON objects one after another", JsonPieces(self._opened()).values()
        wanted = self.options.sheet
        if not wanted and (not outline.lists or self._is_row(outline.fields)):
            return "one JSON object", JsonPieces(self._opened()).values()
        if outline.doubled:
            raise InputError(
                f"{self.name} is one JSON object, and {DoubledKeyError(outline.doubled)}.",
                hint="Give one of the two another name.",
                code="file-format",
            )
        if wanted in outline.lists or (not wanted and len(outline.lists) == 1):
            path = wanted or outline.lists[0]
            return f"the list {path!r} of a JSON object", JsonPieces(self._opened()).elements_at(path)
        raise self._refusal(outline.lists, wanted)

    def _is_row(self, fields: list[str]) -> bool:
        names = set(map(folded, fields))
        wanted = {folded(name) for name in self.options.wanted or ()}
        if wanted:
            return wanted <= names
        return any(target_of(field) in _TEXTS for field in fields)

    def _refusal(self, lists: list[str], wanted: str) -> InputError:
        if not lists:
            message, hint = "holds one JSON object without a list of objects", "Leave --sheet out."
        else:
            named = ", ".join(map(repr, lists[:10]))
            message = (
                f"has no list {wanted!r}"
                if wanted
                else f"holds several lists of objects in one JSON object: {named}"
            )
            hint = f"Name the one with the rows: --sheet {lists[0]}" + (
                f" (there are {named})" if wanted else ""
            )
        return InputError(f"{self.name} {message}.", hint=hint, code="file-format")

    def _opened(self) -> TextIO:
        return self.encoding.opened(self.data, newline=None)


def _lines(lines: TextIO) -> Iterator[JsonText]:
    values = JsonValues()
    for place, line in enumerate(lines, start=1):
        text = line.rstrip("\n")
        if not text.strip():
            continue
        try:
            yield JsonText(place, text, values.whole(text))
        except (ValueError, RecursionError) as error:
            yield JsonText(place, text, fault=_not_json(error))


def _not_json(error: Exception) -> str:
    return str(error) if isinstance(error, DoubledKeyError) else f"not JSON: {error}"


def _is_value(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _misfit(text: JsonText) -> str:
    """Why a value of JSON is no row."""
    if not isinstance(text.value, dict):
        return "a JSON object is expected for every row"
    if text.text.count("[") + text.text.count("{") > _MAX_DEPTH and _is_deep(text.value):
        return f"nested more than {_MAX_DEPTH} deep"
    return ""


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [inner for part in parts for inner in part if isinstance(inner, dict | list)]
    return bool(level)


def load() -> None:
    """See ``formats.ReadableFormat``."""
    encodings.load()
    for sample in (
        b'{"text": "x"}\n{"text": "y"}\n',
        b'[{"text": "x"}]',
        b'{"data": [{"text": "x"}]}',
        b'{"text":\n"x"}',
    ):
        list(rows(sample, "sample", ReadingOptions()))
