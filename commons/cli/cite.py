"""commons cite: records as references."""

from __future__ import annotations

import sys

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import hint
from commons.evidence.harmless_text import json_text
from commons.operations import cite as citing

_MOST_BYTES = 1_000_000  # of stdin; a thousand addresses are a tenth of it
_EPILOG = """\b
Examples:
  commons cite kr1…
  commons cite kr1… kr1… --style bibtex >> references.bib
  commons search "glaucoma" --format quiet | commons cite - --style csl-json
  commons cite kr1… --style markdown --revision v1.2.0
"""


@click.command("cite", epilog=_EPILOG)
@click.argument("record_ids", nargs=-1, required=True, metavar="RECORD_ID…")
@click.option(
    "--style",
    "form",
    type=click.Choice(citing.STYLES),
    default="text",
    show_default=True,
    help="How to write them.",
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to cite.")
@options.repository_options
@options.format_option()
def command(record_ids: tuple[str, ...], form: str, revision: str, where: Where, style: str) -> int:
    """Write references to records, with permalink, revision, licence, contributor and sources. RECORD_ID may be the address of a page.

    A single - reads ids from stdin, as many as stand there. A record that was replaced is cited all the same, and what replaced it is
    named. --format json is CSL-JSON."""
    given = [name for name in record_ids if name != "-"]
    if len(given) < len(record_ids):
        given += sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace").split()
    snapshot = where.snapshot(revision)
    citations = citing.cite(snapshot, snapshot.catalogue(), given, style=form)
    for note in citations.notes:
        hint(note)
    if style == "json":
        click.echo(json_text(citations.to_json(), indent=2))
    elif style == "quiet":
        for each in citations.references:
            click.echo(each.id)
    else:
        click.echo(citations.text, nl=False)
    return 0
