"""commons codes: what every finding means."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.output import emit_json
from commons.operations import codes

_EPILOG = """\b
Examples:
  commons codes
  commons codes --format json
"""


@click.command("codes", epilog=_EPILOG)
@options.format_option()
def command(style: str) -> int:
    """List every code a check can find, as a Markdown table: its severity, what it means and what to do."""
    if style == "json":
        emit_json(codes.as_json())
    else:
        click.echo(codes.as_table(), nl=False)
    return 0
