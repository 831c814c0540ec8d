"""The maintainer's commands: init, proposals, show, review, land."""

from __future__ import annotations

import click
from rich.table import Table

from commons.cli import options
from commons.cli.comparing import comparing_options
from commons.cli.options import Where
from commons.cli.output import (
    EXIT_CODES,
    emit_json,
    hint,
    out,
    plain,
    print_github,
    print_report,
    progress_bars,
)
from commons.errors import UsageError
from commons.gate.comparison.compare import Means
from commons.governance.decision import Outcome
from commons.operations import init as init_verb
from commons.operations import land as land_verb
from commons.operations import review as review_verb
from commons.proposals import unsigned_page as handmade_markdown
from commons.records import summary


@click.command(epilog="\b\nExamples:\n  commons init --repo our-org/commons --name 'Our commons'\n")
@click.option("--name", required=True, help="What people will call it.")
@click.option("--private", is_flag=True, help="Create the repository as private.")
@options.repository_options
@options.format_option()
def init(name: str, private: bool, where: Where, style: str) -> None:
    """Found a commons: policy, roles with you as first maintainer, card; one commit."""
    repository = where.repository()
    sha = init_verb.found(repository, options.signing_key_or_new(), name=name, private=private)
    if style == "json":
        emit_json({"repo": repository.id, "commit": sha})
    else:
        out.print(f"Founded {plain(name)}: {repository.endpoint}/datasets/{repository.id}")


@click.command(epilog="\b\nExamples:\n  commons proposals\n  commons proposals --all --format json\n")
@click.option("--all", "everything", is_flag=True, help="Closed ones too.")
@options.repository_options
@options.format_option()
def proposals(everything: bool, where: Where, style: str) -> None:
    """List open proposals."""
    repository = where.repository()
    found = repository.proposals(only_open=not everything)
    if style == "json":
        keys = ("number", "title", "status", "author", "url")
        emit_json(
            [
                {name: getattr(p, name) for name in keys} | {"opened_at": p.opened_at.isoformat()}
                for p in found
            ]
        )
    elif style == "quiet":
        for proposal in found:
            out.print(proposal.number)
    elif not found:
        out.print("No open proposals.")
    else:
        table = Table(box=None, header_style="dim")
        for column in ("#", "title", "by", "status", "opened"):
            table.add_column(column)
        for p in found:
            table.add_row(
                str(p.number), plain(p.title), plain(p.author), p.status, f"{p.opened_at:%Y-%m-%d %H:%M}"
            )
        out.print(table)


@click.command(
    epilog="\b\nExamples:\n  commons show 12\n  commons show 12 --comment     put the report under the proposal\n"
)
@click.argument("number", type=click.IntRange(min=1))
@click.option(
    "--comment", is_flag=True, help="Publish the report on the proposal, editing an earlier one in place."
)
@comparing_options
@options.repository_options
@options.format_option("github")
def show(number: int, comment: bool, means: Means, where: Where, style: str) -> int:
    """Run the gate on proposal NUMBER and show the report, the reviews and the decision."""
    with progress_bars() as progress:
        repository = where.repository(progress)
        progress("Checking the proposal", 0, 0)
        examined = review_verb.examine(repository, number, means, progress=progress)
        if comment:
            review_verb.publish_report(repository, examined)
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
                **examined.report.to_json(),
            }
        )
    elif style == "github":
        print_github(examined.report.findings)
    elif style != "quiet":
        proposal = examined.proposal
        out.print(
            f"[bold]#{number}[/] {plain(proposal.title)} [dim]by {plain(proposal.author)}, {proposal.status}[/]"
        )
        print_report(examined.report)
        for one in examined.reviews:
            counts = "" if one.bound else " [dim](of an earlier head; does not count)[/]"
            out.print(f"Review by {one.vote.key_id}: {'approved' if one.vote.approve else 'refused'}{counts}")
        out.print(f"Decision: {decision.outcome.value}: {plain('; '.join(decision.reasons))}")
        if by_hand := examined.handmade:
            out.print(f"Made by hand: {by_hand.passing:,} of {by_hand.rows:,} rows could be taken.")
            hint(f"Adopt it: {handmade_markdown.adopt_command(by_hand, number, repository.id)}")
    return EXIT_CODES[examined.report.verdict]


@click.command(
    epilog="\b\nExamples:\n  commons review 12 --approve\n  commons review 12 --refuse --reason 'Not about our topics'\n"
)
@click.argument("number", type=click.IntRange(min=1))
@click.option("--approve/--refuse", default=None, help="Your word on it.")
@click.option("--reason", default="", help="Why; shown under the proposal.")
@comparing_options
@options.repository_options
@options.format_option()
def review(
    number: int,
    approve: bool | None,
    reason: str,
    means: Means,
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
        examined = review_verb.examine(repository, number, means, progress=progress)
        review_verb.publish_report(repository, examined, repeat=False)
        decision = review_verb.submit(repository, examined, key, approve=approve, reason=reason)
        progress("Checking the proposal", 1, 1)
    if style == "json":
        emit_json({"number": number, "decision": decision.outcome.value, "reasons": decision.reasons})
    else:
        out.print(f"Proposal {number}: {decision.outcome.value} ({plain('; '.join(decision.reasons))})")
        if decision.outcome is Outcome.ACCEPT:
            hint(f"Land it: commons land {number}")


@click.command(epilog="\b\nExamples:\n  commons land 12\n")
@click.argument("number", type=click.IntRange(min=1))
@options.repository_options
@options.format_option()
def land(number: int, where: Where, style: str) -> None:
    """Bring the accepted proposal NUMBER to main in one atomic commit, and close it with a link."""
    repository = where.repository()
    key = options.signing_key()
    with progress_bars() as progress:
        landing = land_verb.land(repository, number, key, progress=progress)
    if style == "json":
        emit_json(vars(landing))
    elif style == "quiet":
        out.print(landing.sha)
    elif landing.kind == "key":
        out.print(f"Landed the statement about {landing.contribution}: {landing.url}")
    else:
        counts = summary.in_words(records=landing.records, links=landing.links, questions=landing.questions)
        out.print(f"Landed {counts}: {landing.url}")
        hint("Bring the index up to date: commons build --publish")


COMMANDS = (init, proposals, show, review, land)
