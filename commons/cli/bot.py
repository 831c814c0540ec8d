"""commons bot: keeps the report under every open proposal."""

from __future__ import annotations

import click

from commons.bot import running
from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.options import Where
from commons.gate.comparison.compare import ComparisonResources

_EPILOG = """\b
Examples:
  commons bot --repo our-org/commons                       look every minute, until Ctrl-C
  commons bot --repo our-org/commons --once                look once and end (cron, Hub Jobs)
  commons bot --repo our-org/commons --port 7861           be told by webhooks ($COMMONS_WEBHOOK_SECRET)

\b
The webhook delivers to  http://HOST:PORT/webhook  and watches the dataset's repo and discussion events.
How to run it in a Space, as a service or as a Job: commons/bot/OPERATING.md
"""


@click.command("bot", epilog=_EPILOG)
@click.option(
    "--every", type=click.FloatRange(min=1), help="Seconds between looks.  [default: 60; 3600 with --port]"
)
@click.option(
    "--once", is_flag=True, help="Look at every open proposal, and end; exit 1 if one could not be checked."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Receive webhooks on this port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to receive webhooks on.")
@comparison_options
@options.repository_options
def command(
    every: float | None, once: bool, port: int | None, host: str, resources: ComparisonResources, where: Where
) -> int:
    """Keep the gate's report under every open proposal: on opening, on new commits, and on the comment "/commons check"."""
    running.log_to_stderr()
    repository = where.repository()
    if once:
        return 0 if running.once(repository, resources=resources) else 1
    if port is None:
        running.poll(repository, every_s=every or 60, resources=resources)
    else:
        secret = options.settings().webhook_secret
        running.listen(
            repository, host=host, port=port, secret=secret, every_s=every or 3600, resources=resources
        )
    return 0
