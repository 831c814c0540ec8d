"""From a foreign row to the fields of a record or a question, by a mapping the contributor gives.

A mapping says ``target = column``; a value with braces is a template over columns, ``title = "{country}: {field}"``. Targets are
``id`` (a local key that links in the same contribution may use), ``title``, ``text``, ``lang``, ``topic``, ``license``, ``links`` and
``source.title|url|author|license|retrieved``; those of a question are ``question``, ``relevant``, ``lang`` and ``license``. A column that
bears a target's own name maps to it without being asked.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import InputError, UsageError, first_line
from commons.layout import Kind

SOURCE_TARGETS = ("source.title", "source.url", "source.author", "source.license", "source.retrieved")
TARGETS = {
    Kind.RECORD: ("id", "title", "text", "lang", "topic", "license", "links", "sources", *SOURCE_TARGETS),
    Kind.QUESTION: ("question", "relevant", "lang", "license"),
}
_NAMES = {Kind.RECORD: "record", Kind.QUESTION: "question"}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Mapping:
    """``columns``: target -> column name or template. ``defaults``: target -> value for rows that have none.

    Raises:
        UsageError: a target that rows of this kind do not have.
    """

    columns: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    kind: Kind = Kind.RECORD

    def __post_init__(self) -> None:
        for target in (*self.columns, *self.defaults):
            if target not in TARGETS[self.kind]:
                raise UsageError(
                    f"A {_NAMES[self.kind]} has no field {target!r}.",
                    hint=f"Fields: {', '.join(TARGETS[self.kind])}.",
                )

    def needed(self) -> set[str]:
        """The columns that the mapping names."""
        return {
            column for value in self.columns.values() for column in (_PLACEHOLDER.findall(value) or [value])
        }

    def used(self, columns: Iterable[str]) -> set[str]:
        """Of these columns, those that end up in a row of ours."""
        return {column for column in columns if column in self.needed() or column in TARGETS[self.kind]}

    def refuse_unknown(self, columns: Iterable[str], *, file: str) -> None:
        """Raise InputError (``mapping-column``) when the file lacks a named column."""
        have = sorted(columns)
        if missing := sorted(self.needed() - set(have)):
            raise InputError(
                f"{file} has no column {missing[0]!r}, which the mapping names.",
                hint=f"Its columns: {', '.join(have)}.",
                code="mapping-column",
            )

    def apply(self, values: dict[str, Any]) -> dict[str, Any]:
        """The mapped fields of one row: only targets that have a value."""
        mapped = dict(self.defaults)
        for target in TARGETS[self.kind]:
            value = self._value(target, values)
            if value not in (None, ""):
                mapped[target] = value
        return mapped

    def _value(self, target: str, values: dict[str, Any]) -> Any:
        column = self.columns.get(target)
        if column is None:
            return values.get(target)
        names = _PLACEHOLDER.findall(column)
        if not names:
            return values.get(column)
        if any(values.get(name) is None for name in names):
            return None
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), column)


def parse(text: str) -> dict[str, str]:
    """``title=question,text=answer`` as given on the command line."""
    columns: dict[str, str] = {}
    for part in text.split(","):
        target, separator, column = part.partition("=")
        if not separator or not column.strip():
            raise UsageError(f"{part!r} is not a mapping.", hint="Write --map title=question,text=answer")
        columns[target.strip()] = column.strip()
    return columns


def load(path: Path, kind: Kind = Kind.RECORD) -> Mapping:
    """A mapping file: TOML with a table ``[map]`` and, if wanted, ``[defaults]``.

    Raises:
        InputError: unreadable or not TOML; UsageError as for ``Mapping``.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The mapping file {path} cannot be read: {first_line(error)}", code="mapping-file"
        ) from error
    if unknown := set(tables) - {"map", "defaults"}:
        raise InputError(
            f"{path} has a table {sorted(unknown)[0]!r}; [map] and [defaults] are known.", code="mapping-file"
        )
    columns = {target: str(column) for target, column in _flat(tables, "map", path).items()}
    return Mapping(columns, _flat(tables, "defaults", path), kind)


def _flat(tables: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    """The table ``name``; TOML reads an unquoted ``source.url = …`` as a table in it, which means the same."""
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise InputError(f"{path}: {name} must be a table, [{name}].", code="mapping-file")
    nested = table.pop("source", {})
    if not isinstance(nested, dict):
        raise InputError(
            f"{path}: [{name}] maps the parts of a source, such as source.url.", code="mapping-file"
        )
    return {**table, **{f"source.{part}": value for part, value in nested.items()}}
