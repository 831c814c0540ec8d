"""commons prove: a file that shows a record to be in the log."""

from __future__ import annotations

from pathlib import Path

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import hint
from commons.files import write_whole
from commons.layout import Need
from commons.operations import prove


@click.command(
    "prove",
    epilog="\b\nExamples:\n  commons prove kr1… > record.tlog-proof\n  commons prove kr1… --output record.tlog-proof\n",
)
@click.argument("record_id")
@click.option("--output", type=click.Path(path_type=Path), help="Where to write it.  [default: stdout]")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to prove from.")
@options.repository_options
def command(record_id: str, output: Path | None, revision: str, where: Where) -> None:
    """Write a file that shows RECORD_ID to be in the log, for whoever has no copy of it."""
    data = prove.prove(where.snapshot(revision, need=Need.PROVING), record_id)
    if output:
        write_whole(output, data)
        hint(f"Check it anywhere: commons verify-proof {output}")
    else:
        click.echo(data, nl=False)
