"""commons verify: every claim of a copy."""

from __future__ import annotations

import re

import click

from commons import extras
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, plain, progress_bars
from commons.errors import UsageError
from commons.index import model_choice
from commons.index.build.vector_audit import SAMPLE_RECORDS
from commons.layout import Need
from commons.operations import verify
from commons.verification.verdict import CheckResult, Verdict

_ALL = "all"
_EPILOG = """\b
Examples:
  commons verify --repo our-org/commons
  commons verify --repo our-org/commons --root 3f2a…     and no other commons of that name
  commons verify --repo ./a-copy --format json
  commons verify --embed                     embed a random sample of the records again, too
  commons verify --embed 2000 --seed 7       a larger one, and the same one every time
  commons verify --embed all --measure       every record; and recall and search quality measured again

Exit status: 0 everything that was asked was checked and holds, 1 something does not hold, 2 what was checked holds, and something
could not be checked. What is taken at its word, because nobody asked or only its author can know, is listed under its check.
"""


def _sample_size(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """Of --embed: None for all records, 0 where it was not given."""
    if value is None:
        return 0
    if value == _ALL:
        return None
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter(f"{value!r} is neither a number of records nor {_ALL!r}.")
    return int(value)


@click.command("verify", epilog=_EPILOG)
@click.option(
    "--root",
    default="",
    metavar="SHA256",
    help="The commons this has to be: the digest of its log's first envelope, from somebody you trust.",
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to verify.")
@click.option(
    "--forget",
    is_flag=True,
    help="Do not compare with the checkpoint seen last, and do not remember this one.",
)
@click.option(
    "--embed",
    "sample",
    metavar="[N|all]",
    is_flag=False,
    flag_value=str(SAMPLE_RECORDS),
    callback=_sample_size,
    help=f"Embed so many records of each index again, {SAMPLE_RECORDS} where no number is given, and compare; needs its model.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Draw the records of --embed as the run did that named this number.  [default: at random]",
)
@click.option(
    "--measure",
    is_flag=True,
    help="Measure recall and search quality again and compare with the figures of the index; needs its model.",
)
@options.embedder_options("The model the index was built with, for --embed and --measure.")
@options.repository_options
@options.format_option()
def command(
    root: str,
    revision: str,
    forget: bool,
    sample: int | None,
    seed: int | None,
    measure: bool,
    model: str | None,
    engine: str | None,
    where: Where,
    style: str,
) -> int:
    """Check every claim of a copy, offline once it is here: log, signatures, landings, rows, index, card."""
    if root and not re.fullmatch("[0-9a-f]{64}", root):
        raise UsageError("--root wants 64 hex digits.", hint="Card, Space and commons init show the root.")
    by_model = sample != 0 or measure
    if by_model:
        extras.require("search")
    if seed is not None and sample == 0:
        raise UsageError("--seed draws the records of --embed.", hint="Add --embed.")
    with progress_bars() as progress:
        progress("Fetching the copy", 0, 0)
        snapshot = where.snapshot(revision, need=Need.VERIFYING, progress=progress)
        progress("Fetching the copy", 1, 1)
        embedder = None
        if by_model:
            choice = model_choice.for_auditing(snapshot, model or options.settings().model)
            embedder = options.load_embedder(choice, engine)
        verdict = verify.verify(
            snapshot,
            root=root,
            memory=None if forget else options.settings().checkpoints,
            embedder=embedder,
            sample=sample,
            seed=seed,
            measure=measure,
            progress=progress,
        )
    if style == "json":
        emit_json(verdict.to_json())
    elif style != "quiet":
        for check in verdict.checks:
            _show_check(check)
        out.print(f"{_sentence(verdict)} [dim]{plain(verdict.name)} at {verdict.revision[:12]}[/]")
    if not verdict.ok:
        return 1
    return 0 if verdict.complete else 2


def _show_check(check: CheckResult) -> None:
    mark = "[red]✗[/]" if not check.ok else "[green]✓[/]" if check.complete else "[yellow]![/]"
    out.print(f"{mark} [bold]{check.name:<11}[/] {plain(check.looked_at)}")
    for problem in check.problems:
        out.print(f"    [red]{plain(problem)}[/]")
    if unlisted := check.problem_count - len(check.problems):
        out.print(f"    [red]… and {unlisted:,} more[/]")
    for sentence in check.unchecked:
        out.print(f"    [yellow]NOT CHECKED[/] {plain(sentence)}")
    for sentence in check.assumptions:
        out.print(f"    taken at its word: {plain(sentence)}")


def _sentence(verdict: Verdict) -> str:
    if not verdict.ok:
        return "[red]This copy does not hold.[/]"
    if not verdict.complete:
        return "[yellow]What was checked holds, but not everything could be checked.[/]"
    return (
        "[green]Everything that was checked holds.[/]" if verdict.assumed else "[green]Everything holds.[/]"
    )
