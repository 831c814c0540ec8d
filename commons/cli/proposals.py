"""commons proposals: what waits for a decision."""

from __future__ import annotations

import click
from rich.table import Table

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, plain, print_table
from commons.operations import proposals


@click.command(
    "proposals", epilog="\b\nExamples:\n  commons proposals\n  commons proposals --all --format json\n"
)
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@options.repository_options
@options.format_option()
def command(everything: bool, where: Where, style: str) -> None:
    """List open proposals."""
    repository = where.repository()
    listed = proposals.waiting(repository, closed_too=everything)
    if style == "json":
        keys = ("number", "title", "status", "author", "url")
        emit_json(
            [
                {name: getattr(p, name) for name in keys} | {"opened_at": p.opened_at.isoformat()}
                for p in listed
            ]
        )
    elif style == "quiet":
        for proposal in listed:
            out.print(proposal.number)
    elif not listed:
        out.print("No proposals." if everything else "No open proposals.")
    else:
        table = Table(box=None, header_style="dim")
        for column in ("#", "title", "by", "status", "opened"):
            table.add_column(column)
        for p in listed:
            table.add_row(
                str(p.number),
                plain(" ".join(p.title.split())),
                plain(p.author),
                p.status,
                f"{p.opened_at:%Y-%m-%d %H:%M}",
            )
        print_table(table)
