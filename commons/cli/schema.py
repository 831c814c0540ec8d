"""commons schema: the JSON Schema of what --format json prints."""

from __future__ import annotations

import click

from commons.cli.shared.output import emit_json
from commons.operations import schema

_EPILOG = """\b
Examples:
  commons schema > packet.schema.json          of commons search and commons record
  commons schema context                       of commons context
"""


@click.command("schema", epilog=_EPILOG)
@click.argument("name", default="packet", metavar="[packet|context]")
def command(name: str) -> int:
    """Print the JSON Schema (draft 2020-12) of the evidence that --format json prints."""
    emit_json(schema.of(name))
    return 0
