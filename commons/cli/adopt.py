"""commons adopt: a reviewer signs for what was proposed without our client."""

from __future__ import annotations

from typing import Any

import click

from commons.cli.shared import options
from commons.cli.shared.mapping import mapping_from, mapping_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, print_report, progress_bars
from commons.layout import Need
from commons.operations import adopt

_EPILOG = """\b
Examples:
  commons adopt 7 --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons adopt 7 --map title=question,text=answer --license cc0-1.0 --lang de --topic history \\
      --source-title "Their notes" --accept-partial
"""


@click.command("adopt", epilog=_EPILOG)
@click.argument("number", type=click.IntRange(min=1))
@mapping_options
@click.option("--accept-partial", is_flag=True, help="Adopt the rows that pass although others do not.")
@click.option("--dry-run", is_flag=True, help="Read, check and sign, but change nothing.")
@options.repository_options
@options.format_option()
def command(
    number: int, accept_partial: bool, dry_run: bool, where: Where, style: str, **reading: Any
) -> int:
    """Sign, as a reviewer, for proposal NUMBER that was made by hand: it becomes a proposal that can land, its author named."""
    with progress_bars() as progress:
        repository = where.repository()
        adopted = adopt.adopt(
            repository,
            number,
            options.signing_key(),
            options.identities().of(repository, where.snapshot(need=Need.GOVERNANCE)),
            mapping=(file := mapping_from(reading)).mapping,
            collection=file.collection,
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
            if not adopted.closed:
                hint(f"Proposal {number} stays open until its author or a maintainer closes it.")
            hint(f"You signed for it, so another reviewer approves: commons review {new.number} --approve")
        elif dry_run:
            out.print("Dry run: nothing was changed.")
    return 1 if adopted.report.refusals() else 0
