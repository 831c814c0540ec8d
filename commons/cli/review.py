"""commons review: a signed word on a proposal."""

from __future__ import annotations

import re

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, plain, progress_bars
from commons.errors import UsageError
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Outcome
from commons.operations import review
from commons.proposals.examination import Examination
from commons.proposals.shown_heads import ShownHeads

_EPILOG = """\b
Examples:
  commons show 12                                             look first
  commons review 12 --approve                                 what you were shown, and nothing that came since
  commons review 12 --refuse --reason 'Not about our topics'
  commons review 12 --approve --head 3f2a0c…                  what you have seen elsewhere
"""
_SAMPLES = 3


@click.command("review", epilog=_EPILOG)
@click.argument("number", type=click.IntRange(min=1))
@click.option("--approve/--refuse", default=None, help="Your word on it.")
@click.option(
    "--head", default="", metavar="SHA", help="The commit you have seen.  [default: what you were shown last]"
)
@click.option("--reason", default="", help="Why; shown under the proposal.")
@comparison_options
@options.repository_options
@options.format_option()
def command(
    number: int,
    approve: bool | None,
    head: str,
    reason: str,
    resources: ComparisonResources,
    where: Where,
    style: str,
) -> None:
    """Sign a review of proposal NUMBER at the head you were shown; a refusal that decides closes it."""
    if approve is None:
        raise UsageError("Approve or refuse?", hint=f"commons review {number} --approve")
    repository = where.repository()
    key = options.signing_key()
    if head and not re.fullmatch("[0-9a-f]{40}", head):
        raise UsageError(
            f"--head {head} is no whole commit, and a part of one can be made to fit another.",
            hint=f"commons show {number} names it.",
        )
    seen = head or ShownHeads(options.settings().shown).head_of(number, repository)
    if not seen:
        raise UsageError(
            f"You were not shown proposal {number} here, and a review signs what was seen.",
            hint=f"commons show {number}, or name the commit you have seen: --head SHA",
        )
    with progress_bars() as progress:
        progress("Checking the proposal", 0, 0)
        examined = review.examine(
            repository, number, key, head=seen, approve=approve, resources=resources, progress=progress
        )
        progress("Checking the proposal", 1, 1)
    if style not in ("json", "quiet"):
        _print_what_is_signed(examined)
    decision = review.submit(examined, key, approve=approve, reason=reason)
    if style == "json":
        emit_json({"number": number, "decision": decision.outcome.value, "reasons": decision.reasons})
    else:
        out.print(f"Proposal {number}: {decision.outcome.value} ({plain('; '.join(decision.reasons))})")
        if decision.outcome is Outcome.ACCEPT:
            hint(f"Land it: commons land {number}")


def _print_what_is_signed(examined: Examination) -> None:
    """Head, verdict and a sample, before the signature."""
    verdict = examined.report.verdict.value if examined.report.verdict else "clean"
    hint(f"Signing for {examined.proposal.head[:12]}, which the gate calls {verdict}; in it:")
    for excerpt in examined.report.impact.samples[:_SAMPLES]:
        hint(f"  {excerpt.title or excerpt.text[:80]}")
