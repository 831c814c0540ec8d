"""commons review: a signed word on a proposal."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import (
    emit_json,
    hint,
    out,
    plain,
    progress_bars,
)
from commons.errors import UsageError
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Outcome
from commons.operations import review


@click.command(
    "review",
    epilog="\b\nExamples:\n  commons review 12 --approve\n  commons review 12 --refuse --reason 'Not about our topics'\n",
)
@click.argument("number", type=click.IntRange(min=1))
@click.option("--approve/--refuse", default=None, help="Your word on it.")
@click.option("--reason", default="", help="Why; shown under the proposal.")
@comparison_options
@options.repository_options
@options.format_option()
def command(
    number: int,
    approve: bool | None,
    reason: str,
    resources: ComparisonResources,
    where: Where,
    style: str,
) -> None:
    """Sign a review of proposal NUMBER exactly as it stands now; a refusal that decides closes it."""
    if approve is None:
        raise UsageError("Approve or refuse?", hint=f"commons review {number} --approve")
    repository = where.repository()
    key = options.signing_key()
    with progress_bars() as progress:
        progress("Checking the proposal", 0, 0)
        decision = review.review(
            repository, number, key, approve=approve, reason=reason, resources=resources, progress=progress
        )
        progress("Checking the proposal", 1, 1)
    if style == "json":
        emit_json({"number": number, "decision": decision.outcome.value, "reasons": decision.reasons})
    else:
        out.print(f"Proposal {number}: {decision.outcome.value} ({plain('; '.join(decision.reasons))})")
        if decision.outcome is Outcome.ACCEPT:
            hint(f"Land it: commons land {number}")
