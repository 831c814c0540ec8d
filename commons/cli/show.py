"""commons show: a proposal with report, reviews and decision."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.options import Where
from commons.cli.shared.output import (
    EXIT_CODES,
    emit_json,
    hint,
    out,
    plain,
    print_findings,
    print_github,
    print_report,
    progress_bars,
)
from commons.gate.comparison.compare import ComparisonResources
from commons.gate.wording import conjunction
from commons.operations import show
from commons.proposals import refusals, unsigned_page
from commons.proposals.examination import Examination
from commons.proposals.shown_heads import ShownHeads
from commons.proposals.unsigned_proposal import WORDS_OF, UnsignedProposal


@click.command(
    "show",
    epilog="\b\nExamples:\n  commons show 12\n  commons show 12 --comment     put the report under the proposal\n",
)
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--comment", is_flag=True, help="Publish the report on the proposal, editing an earlier one in place."
)
@comparison_options
@options.repository_options
@options.format_option("github")
def command(number: int, comment: bool, resources: ComparisonResources, where: Where, style: str) -> int:
    """Run the gate on proposal NUMBER and show the report, the reviews and the decision."""
    with progress_bars() as progress:
        repository = where.repository(progress)
        progress("Checking the proposal", 0, 0)
        examined = show.examine(repository, number, resources, progress=progress)
        if comment:
            show.publish(examined)
        progress("Checking the proposal", 1, 1)
    decision = examined.decision
    if style == "json":
        reviews = [
            {"key": r.vote.key_id, "approve": r.vote.approve, "counts": r.bound} for r in examined.reviews
        ]
        emit_json(
            {
                "number": number,
                "status": examined.proposal.status,
                "decision": decision.outcome.value,
                "reasons": decision.reasons,
                "reviews": reviews,
                "refused_before": _refused_before(examined),
                "made_by_hand": examined.unsigned.to_json() if examined.unsigned else None,
                **examined.report.to_json(),
            }
        )
    elif style == "github":
        by_hand = examined.unsigned
        print_github([*examined.report.findings, *(by_hand.findings if by_hand else ())])
    elif style != "quiet":
        proposal = examined.proposal
        out.print(
            f"[bold]#{number}[/] {plain(proposal.title)} [dim]by {plain(proposal.author)}, {proposal.status}[/]"
        )
        out.print(f"[dim]at {proposal.head}[/]")
        print_report(examined.report)
        for given in examined.reviews:
            counts = f" [dim]({given.unbound}; does not count)[/]" if given.unbound else ""
            out.print(
                f"Review by {given.vote.key_id}: {'approved' if given.vote.approve else 'refused'}{counts}"
            )
        if refused_before := _refused_before(examined):
            out.print(plain(refused_before))
        out.print(f"Decision: {decision.outcome.value}: {plain('; '.join(decision.reasons))}")
        if by_hand := examined.unsigned:
            _print_unsigned(by_hand, number, repository.id)
    if style != "quiet":
        ShownHeads(options.settings().shown).remember(examined.proposal, repository)
    return EXIT_CODES[examined.report.verdict]


def _print_unsigned(by_hand: UnsignedProposal, number: int, repo_id: str) -> None:
    """What its tables hold, why rows of them cannot be taken, and how to go on."""
    out.print(f"Made by hand: {by_hand.passing:,} of {by_hand.rows:,} rows could be taken.")
    for table in by_hand.tables:
        if table.problem:
            out.print(f"    {plain(table.path)} could not be read: {plain(table.problem)}")
        elif not table.rows:
            out.print(f"    {plain(table.path)} holds no rows.")
    for path in by_hand.left_out:
        out.print(f"    {plain(path)} is not read: it is no table, too large, or changes what is there.")
    if by_hand.missing:
        words = conjunction([WORDS_OF[name] for name in by_hand.missing])
        out.print(f"    No row says {words}; somebody who knows must.")
    print_findings(by_hand.findings)
    if by_hand.passing:
        hint(f"Adopt it: {unsigned_page.adopt_command(by_hand, number, repo_id)}")
    else:
        hint(f"Its author mends the rows and pushes them to this proposal; then: commons show {number}")


def _refused_before(examined: Examination) -> str:
    """What follows from a refusal in the log, with the address of what was refused; empty where there is none."""
    former = refusals.refused_under(examined)
    return refusals.words(examined, f"proposal {former.number} ({former.url})" if former else "")
