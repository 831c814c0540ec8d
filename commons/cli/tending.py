"""The commands of those who tend proposals: bot, adopt."""

from __future__ import annotations

from typing import Any

import click

from commons.bot import running
from commons.cli import options
from commons.cli.comparing import comparing_options
from commons.cli.mapping import mapping_from, mapping_options
from commons.cli.options import Where
from commons.cli.output import emit_json, hint, out, print_report, progress_bars
from commons.gate.comparison.compare import Means
from commons.operations import adopt as adopt_verb

_BOT_EPILOG = """\b
Examples:
  commons bot --repo our-org/commons                       look every minute, until Ctrl-C
  commons bot --repo our-org/commons --once                look once and end (cron, Hub Jobs)
  commons bot --repo our-org/commons --port 7861           be told by webhooks ($COMMONS_WEBHOOK_SECRET)

\b
The webhook delivers to  http://HOST:PORT/webhook  and watches the dataset's repo and discussion events.
How to run it in a Space, as a service or as a Job: commons/bot/OPERATING.md
"""


@click.command(epilog=_BOT_EPILOG)
@click.option(
    "--every", type=click.FloatRange(min=1), help="Seconds between looks.  [default: 60; 3600 with --port]"
)
@click.option(
    "--once", is_flag=True, help="Look at every open proposal, and end; exit 1 if one could not be checked."
)
@click.option("--port", type=click.IntRange(0, 65535), help="Receive webhooks on this port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to receive webhooks on.")
@comparing_options
@options.repository_options
def bot(every: float | None, once: bool, port: int | None, host: str, means: Means, where: Where) -> int:
    """Keep the gate's report under every open proposal: on opening, on new commits, and on the comment "/commons check"."""
    running.log_to_stderr()
    repository = where.repository()
    if once:
        return 0 if running.once(repository, means=means) else 1
    if port is None:
        running.poll(repository, every_s=every or 60, means=means)
    else:
        secret = options.settings().webhook_secret
        running.listen(repository, host=host, port=port, secret=secret, every_s=every or 3600, means=means)
    return 0


_ADOPT_EPILOG = """\b
Examples:
  commons adopt 7 --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons adopt 7 --map title=question,text=answer --license cc0-1.0 --lang de --topic history \\
      --source-title "Their notes" --accept-partial
"""


@click.command(epilog=_ADOPT_EPILOG)
@click.argument("number", type=click.IntRange(min=1))
@mapping_options
@click.option("--accept-partial", is_flag=True, help="Adopt the rows that pass although others do not.")
@click.option("--dry-run", is_flag=True, help="Read, check and sign, but change nothing.")
@options.repository_options
@options.format_option()
def adopt(number: int, accept_partial: bool, dry_run: bool, where: Where, style: str, **reading: Any) -> int:
    """Sign, as a reviewer, for proposal NUMBER that was made by hand: it becomes a proposal that can land, its author named."""
    with progress_bars() as progress:
        adopted = adopt_verb.adopt(
            where.repository(),
            number,
            options.signing_key(),
            mapping=mapping_from(reading),
            collection=reading["collection"] or "",
            accept_partial=accept_partial,
            dry_run=dry_run,
            progress=progress,
        )
    new = adopted.proposal
    if style == "json":
        emit_json(
            {
                "adopted": number,
                "proposal": new.number if new else None,
                "url": new.url if new else None,
                **adopted.report.to_json(),
            }
        )
    elif style == "quiet":
        out.print(new.number if new else adopted.contribution.id)
    else:
        print_report(adopted.report)
        if new:
            out.print(f"Proposal {number} is adopted as proposal {new.number}: {new.url}")
            hint(f"You signed for it, so another reviewer approves: commons review {new.number} --approve")
        elif dry_run:
            out.print("Dry run: nothing was changed.")
    return 1 if adopted.report.refusals() else 0


COMMANDS = (bot, adopt)
