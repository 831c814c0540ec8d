"""Options that say what the columns of foreign tables hold, and the mapping they turn into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from commons.intake import mapping as mappings
from commons.intake.mapping import Mapping
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
            "--map-file", type=click.Path(path_type=Path), help="TOML file with [map] and [defaults]."
        ),
        click.option("--map", "map_", metavar="TARGET=COLUMN,…", help="Which column holds what."),
    ):
        function = option(function)
    return function


def mapping_from(reading: dict[str, Any], kind: Kind = Kind.RECORD) -> Mapping:
    """The mapping that these options describe; what is given on the command line wins over the file."""
    from_file = mappings.load(reading["map_file"], kind) if reading["map_file"] else Mapping(kind=kind)
    columns = {**from_file.columns, **(mappings.parse(reading["map_"]) if reading["map_"] else {})}
    given = {
        "license": reading["license_"],
        "lang": reading["lang"],
        "topic": list(reading["topic"]),
        "source.url": reading["source_url"],
        "source.title": reading["source_title"],
        "source.author": reading["source_author"],
    }
    return Mapping(
        columns, {**from_file.defaults, **{target: value for target, value in given.items() if value}}, kind
    )
