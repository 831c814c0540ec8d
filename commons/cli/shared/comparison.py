"""What the gate's second stage is handed by commands: a folder to remember in, and the index when there is one to ask."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from commons.cli.shared import options
from commons.gate.comparison.answers import Meaning
from commons.gate.comparison.compare import ComparisonResources
from commons.snapshots.snapshot import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])


def comparison_options(function: Command) -> Command:
    """--quick, and what comparing may use, handed to the command as ``resources``."""

    @functools.wraps(function)
    def with_resources(quick: bool, **others: Any) -> Any:
        return function(
            resources=ComparisonResources(options.settings().sketches, None if quick else open_index),
            **others,
        )

    return click.option("--quick", is_flag=True, help="Compare words only: load no model, ask no index.")(
        cast(Command, with_resources)
    )


def open_index(snapshot: Snapshot) -> Meaning:
    """The index of the commons with the embedder it was made with.

    Raises:
        IndexArtifactError: there is none, or none by the model that the settings ask for.
        MissingExtraError: there is nothing to embed with.
    """
    library = options.open_library(snapshot)
    return Meaning(library.index, library.embedder, library.index.missing_records)
