"""commons land: what is accepted goes to main."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, progress_bars
from commons.operations import land
from commons.records import summary


@click.command("land", epilog="\b\nExamples:\n  commons land 12\n")
@click.argument("number", type=click.IntRange(min=1))
@options.repository_options
@options.format_option()
def command(number: int, where: Where, style: str) -> None:
    """Bring the accepted proposal NUMBER to main in one atomic commit, and close it with a link."""
    repository = where.repository()
    key = options.signing_key()
    with progress_bars() as progress:
        landing = land.land(repository, number, key, progress=progress)
    if style == "json":
        emit_json(vars(landing))
    elif style == "quiet":
        out.print(landing.sha)
    elif landing.kind == "key":
        out.print(f"Landed the statement about {landing.contribution}: {landing.url}")
    elif landing.kind == "index":
        out.print(f"Landed the index of {landing.records:,} records: {landing.url}")
    else:
        counts = summary.in_words(records=landing.records, links=landing.links, questions=landing.questions)
        out.print(f"Landed {counts}: {landing.url}")
        hint("Bring the index up to date: commons build --publish")
