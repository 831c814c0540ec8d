"""The options that say among which records to look, shared by the commands that are asked questions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

import click

from commons import extras
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import err, progress_bars
from commons.evidence import filter_check, written_filters
from commons.index.library import Library
from commons.records.catalogue import Filters
from commons.snapshots.snapshot import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class AskedFilters:
    """The filters as far as they are known before the commons is open, and the contributors as they were written."""

    known: Filters
    contributors: tuple[str, ...] = ()

    def among(self, snapshot: Snapshot) -> Filters:
        """Raises UsageError: a contributor whom nobody knows."""
        keys = written_filters.contributor_keys(self.contributors, snapshot.people)
        return replace(self.known, contributor=keys)


def filter_options(function: Command) -> Command:
    """--allow to --until, handed to the command as ``asked``."""

    @functools.wraps(function)
    def with_filters(
        allow: str,
        lang: str,
        topic: str,
        pool: str,
        collection: str,
        contributor: str,
        since: datetime | None,
        until: datetime | None,
        **others: Any,
    ) -> Any:
        extras.require("search")
        known = Filters(
            license=written_filters.allowed_licenses(listed(allow)),
            lang=listed(lang),
            topic=listed(topic),
            pool=listed(pool),
            collection=listed(collection),
            since=since.date() if since else None,
            until=until.date() if until else None,
        )
        return function(asked=AskedFilters(known, listed(contributor)), **others)

    command = cast(Command, with_filters)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


_OPTIONS = (
    click.option("--allow", default="", metavar="ID,…", help="Only records under these licences."),
    click.option("--lang", default="", metavar="TAG,…", help="Only records in these languages."),
    click.option("--topic", default="", metavar="SLUG,…", help="Only records on these topics."),
    click.option("--pool", default="", metavar="NAME,…", help="Only records of these pools."),
    click.option("--collection", default="", metavar="NAME,…", help="Only records of these collections."),
    click.option(
        "--contributor", default="", metavar="NAME,…", help="Only records by these: key id, Hub user or name."
    ),
    click.option(
        "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only records that landed on that day or later."
    ),
    click.option(
        "--until", type=click.DateTime(["%Y-%m-%d"]), help="Only records that landed on that day or earlier."
    ),
)


def open_for_question(
    where: Where, revision: str, asked: AskedFilters, model: str | None, engine: str | None
) -> tuple[Library, Filters]:
    """The commons made ready to answer, and the filters that were asked for, checked against what is there."""
    with progress_bars() as progress:
        progress("Opening the commons", 0, 0)
        snapshot = where.snapshot(revision, progress=progress)
        filters = asked.among(snapshot)
        catalogue = snapshot.catalogue()
        # Before the model: loading it takes seconds, and minutes where it is fetched and converted first.
        filter_check.refuse_unknown(catalogue, snapshot.policy, filters)
        library = options.open_library(snapshot, model, engine, catalogue=catalogue)
        progress("Opening the commons", 1, 1)
    missing = library.index.missing_records
    if missing:
        err.print(f"The index is stale: {missing:,} records are not in it yet.", style="yellow")
    return library, filters


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
