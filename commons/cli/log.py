"""commons log: what maintainers do with the log."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, progress_bars
from commons.operations import log

_EPILOG = """\b
Examples:
  commons log sweep                   before you trust that nothing refused can come back
  commons log sweep --format json
"""


@click.group("log", epilog=_EPILOG)
def command() -> None:
    """Keep the signed log."""


@command.command("sweep", epilog=_EPILOG)
@options.repository_options
@options.format_option()
def sweep(where: Where, style: str) -> None:
    """Take into the log what reviewers refused under any proposal, so that nobody can take it away; with a maintainer's key."""
    key = options.signing_key()
    with progress_bars() as progress:
        swept = log.sweep(where.repository(progress), key, progress=progress)
    count = len(swept.refusals)
    proposals = f"{swept.proposals:,} proposal{'s' * (swept.proposals != 1)}"
    if style == "json":
        refused = [{"about": each.about, "envelope": each.envelope} for each in swept.refusals]
        emit_json({"proposals": swept.proposals, "refusals": refused})
    elif style == "quiet":
        out.print(count)
    elif count:
        out.print(f"{count:,} refusal{'s' * (count != 1)} went to the log, from {proposals}.")
    else:
        out.print(f"Nothing to do: the log knows every refusal under {proposals}.")
