"""Mapping files: a mapping written down, as a person writes it and as ``contribute`` leaves it beside what it refused.

collection = "countries"          # if the file's name does not say it
columns = ["country", "field"]    # of the table whose refused rows lie beside, for no row need have all of them
explode = ["paragraphs"]

[map]
title = "{country}: {field}"

[defaults]
license = "CC0-1.0"

[ids]                             # local ids of rows that were not refused, and their records, for links of those that were
c4 = "kr1…"
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import InputError, first_line
from commons.files import write_whole
from commons.intake.mapping import Mapping
from commons.layout import Kind

_BARE = re.compile(r"[A-Za-z0-9_-]+")  # what TOML takes without quotes
_KEYS = {"map", "defaults", "explode", "collection", "columns", "ids"}


@dataclass(frozen=True)
class MappingFile:
    """A mapping, and the collection where its rows go; empty when it does not say. ``columns`` and ``local_ids`` are of the table whose
    refused rows it reads."""

    mapping: Mapping
    collection: str = ""
    columns: tuple[str, ...] = ()
    local_ids: dict[str, str] = field(default_factory=dict)


def load(path: Path, kind: Kind = Kind.RECORD) -> MappingFile:
    """What the file says.

    Raises:
        InputError: unreadable or not TOML, or not a mapping (``mapping-file``); UsageError as for ``Mapping``.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"The mapping file {path} cannot be read: {first_line(error)}", code="mapping-file"
        ) from error
    if unknown := sorted(set(tables) - _KEYS):
        raise _unfit(path, f"{unknown[0]!r} is none of {', '.join(sorted(_KEYS))}")
    explode, known = (_columns(tables, name, path) for name in ("explode", "columns"))
    collection = tables.get("collection", "")
    if not isinstance(collection, str):
        raise _unfit(path, "collection must be a name")
    columns = {target: str(column) for target, column in _table(tables, "map", path).items()}
    mapping = Mapping(columns, _table(tables, "defaults", path), kind, explode)
    ids = {name: str(record_id) for name, record_id in _table(tables, "ids", path).items()}
    return MappingFile(mapping, collection, known, ids)


def _columns(tables: dict[str, Any], name: str, path: Path) -> tuple[str, ...]:
    columns = tables.get(name, [])
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise _unfit(path, f"{name} must be a list of columns")
    return tuple(columns)


def _table(tables: dict[str, Any], name: str, path: Path) -> dict[str, Any]:
    """The table ``name``; TOML reads an unquoted ``source.url = …`` as a table in it, which means the same."""
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise _unfit(path, f"{name} must be a table, [{name}]")
    nested = table.pop("source", {})
    if not isinstance(nested, dict):
        raise _unfit(path, f"[{name}] maps the parts of a source, such as source.url")
    return {**table, **{f"source.{part}": value for part, value in nested.items()}}


def _unfit(path: Path, what: str) -> InputError:
    return InputError(f"The mapping file {path}: {what}.", code="mapping-file")


def save(file: MappingFile, path: Path, *, comment: str = "") -> None:
    """Write the file whole or not at all, as ``load`` reads it; a comment stands above."""
    mapping = file.mapping
    lines = [f"# {comment}"] if comment else []
    lines += [f"collection = {_toml(file.collection)}"] if file.collection else []
    lines += [f"columns = {_toml(list(file.columns))}"] if file.columns else []
    lines += [f"explode = {_toml(list(mapping.explode))}"] if mapping.explode else []
    for name, table in (("map", mapping.columns), ("defaults", mapping.defaults), ("ids", file.local_ids)):
        if table:
            lines += ["", f"[{name}]", *(f"{_key(name)} = {_toml(value)}" for name, value in table.items())]
    write_whole(path, ("\n".join(lines).lstrip() + "\n").encode())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: Any) -> str:
    """A string or a list of strings; JSON writes both as TOML reads them."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
