"""Options that say what the columns of foreign tables hold, and the mapping they turn into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from commons.intake import mapping as mappings
from commons.intake import mapping_files
from commons.intake.mapping import Mapping
from commons.intake.mapping_files import MappingFile
from commons.layout import Kind

Command = TypeVar("Command", bound=Callable[..., Any])


def mapping_options(function: Command) -> Command:
    """Shared by check, contribute and adopt."""
    for option in (
        click.option(
            "--collection", metavar="NAME", help="Collection to add to.  [default: the file's name]"
        ),
        click.option("--source-author", metavar="TEXT", help="Who made it."),
        click.option("--source-title", metavar="TEXT", help="What the records come from."),
        click.option("--source-url", metavar="URL", help="Where the records come from."),
        click.option(
            "--topic", multiple=True, metavar="SLUG", help="Topic of all records; may be given several times."
        ),
        click.option("--lang", metavar="TAG", help="BCP 47 language tag of all rows."),
        click.option(
            "--license", "license_", metavar="ID", help="SPDX or Hub id of the licence of all rows."
        ),
        click.option(
            "--map-file",
            type=click.Path(path_type=Path),
            help="TOML file with [map], [defaults] and explode.",
        ),
        click.option(
            "--explode",
            multiple=True,
            metavar="COLUMN",
            help="Column with a list, of which each element becomes a row; may be given several times.",
        ),
        click.option(
            "--map",
            "map_",
            multiple=True,
            metavar="TARGET=COLUMN,…",
            help="Which column holds what; may be given several times.",
        ),
    ):
        function = option(function)
    return function


def mapping_from(
    reading: dict[str, Any], kind: Kind = Kind.RECORD, beside: Path | None = None
) -> MappingFile:
    """The mapping that these options describe, and the collection; what is given on the command line wins over the file.

    ``beside`` is the mapping file that was left with what is read, for when no other is named.
    """
    named = reading["map_file"] or beside
    file = mapping_files.load(named, kind) if named else MappingFile(Mapping(kind=kind))
    given = {
        "license": reading["license_"],
        "lang": reading["lang"],
        "topic": list(reading["topic"]),
        "source.url": reading["source_url"],
        "source.title": reading["source_title"],
        "source.author": reading["source_author"],
    }
    columns = {target: column for text in reading["map_"] for target, column in mappings.parse(text).items()}
    mapping = Mapping(
        {**file.mapping.columns, **columns},
        {**file.mapping.defaults, **{target: value for target, value in given.items() if value}},
        kind,
        tuple(reading["explode"]) or file.mapping.explode,
    )
    return replace(file, mapping=mapping, collection=reading["collection"] or file.collection)


def words_of(mapping: Mapping) -> list[str]:
    """The options that say what the mapping says."""
    columns = ",".join(f"{target}={column}" for target, column in mapping.columns.items())
    words = ["--map", columns] if columns else []
    for column in mapping.explode:
        words += ["--explode", column]
    for target, value in mapping.defaults.items():
        for each in value if isinstance(value, list) else [value]:
            words += [f"--{target.replace('.', '-')}", str(each)]
    return words
