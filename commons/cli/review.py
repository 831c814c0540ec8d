"""commons review: a signed word on a proposal."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, plain, progress_bars
from commons.errors import UsageError
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.decision import Outcome
from commons.operations import review
from commons.operations.review import ReviewOutcome
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
    """Sign a review of proposal NUMBER at the head you were shown.

    A refusal that decides closes the proposal; a maintainer's goes to the log, where nobody can take it away.
    """
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
    outcome = review.submit(examined, key, approve=approve, reason=reason)
    decision = outcome.decision
    if style == "json":
        emit_json(
            {
                "number": number,
                "decision": decision.outcome.value,
                "reasons": decision.reasons,
                "counts": outcome.counts,
                "logged": outcome.logged,
                "closed": outcome.closed,
            }
        )
    else:
        out.print(f"Proposal {number}: {decision.outcome.value} ({plain('; '.join(decision.reasons))})")
        for line in _consequences(outcome, number, approve=approve):
            hint(line)


def _consequences(outcome: ReviewOutcome, number: int, *, approve: bool) -> Iterator[str]:
    """What the word did, and what is missing still; whoever could do it has not just done it."""
    decision = outcome.decision
    if outcome.counts:
        yield f"Your {'approval' if approve else 'refusal'} is signed and counts."
    match decision.outcome:
        case Outcome.ACCEPT:
            yield f"Land it: commons land {number}"
        case Outcome.WAIT if approve and decision.missing:
            yield f"Approvals by other persons are missing: {decision.missing}. Yours again would add nothing."
        case Outcome.WAIT if not approve:
            yield "By the rules of this commons one refusal does not end it; others may refuse it too."
        case Outcome.REFUSE if outcome.logged:
            yield "The refusal is in the log; nobody can take it away."
        case Outcome.REFUSE if outcome.counts:
            yield "The refusal becomes part of the log with the next landing, or when a maintainer runs: commons log sweep"
    if decision.outcome is Outcome.REFUSE and not outcome.closed:
        yield "Your account may not close the proposal; its author or a maintainer may."


def _print_what_is_signed(examined: Examination) -> None:
    """Head, verdict and a sample, before the signature."""
    verdict = examined.report.verdict.value if examined.report.verdict else "clean"
    hint(f"Signing for {examined.proposal.head[:12]}, which the gate calls {verdict}; in it:")
    for excerpt in examined.report.impact.samples[:_SAMPLES]:
        hint(f"  {excerpt.title or excerpt.text[:80]}")
