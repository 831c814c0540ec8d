"""commons contribute: files become a signed proposal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.inputs import ROW_KINDS, opened_inputs, print_refused, reading_options, require_extras
from commons.cli.shared.options import Where
from commons.cli.shared.output import (
    EXIT_CODES,
    emit_json,
    err,
    out,
    plain,
    print_findings,
    print_report,
    progress_bars,
)
from commons.errors import InputError
from commons.files import first_writable
from commons.gate import preview
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.people import passing_identity
from commons.hub import preflight
from commons.intake import offering
from commons.intake.preparation import Input, PreparedRows
from commons.layout import Need
from commons.operations import contribute

_EPILOG = """\b
Targets of --map: id title text lang topic license links sources source.title source.url source.author
source.license source.retrieved; "{country}: {field}" is a template over columns (in a mapping file).

\b
Of questions: question relevant lang license. What is relevant are the records that answer, named by record
id, exact text or exact title, several as a list; [] says that the commons should not know the answer.

\b
Examples:
  commons contribute notes.csv --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons contribute qa.tsv --map title=question,text=answer --license cc0-1.0 --lang de --topic history \\
      --source-title "My notes"
  commons contribute rajpurkar/squad --map title=question,text=context --license cc-by-sa-4.0 --lang en \\
      --topic encyclopaedia --source-url https://rajpurkar.github.io/SQuAD-explorer/
  commons contribute rajpurkar/squad --kind questions --collection squad --map relevant=context \\
      --license cc-by-sa-4.0 --lang en --split validation
"""


@click.command("contribute", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@reading_options
@click.option("--accept-partial", is_flag=True, help="Offer the rows that pass although others are refused.")
@click.option(
    "--anyway", is_flag=True, help="Offer rows whose licence is refused too, for the community to answer."
)
@click.option("--message", "-m", default="", help="A word to the maintainers.")
@click.option("--dry-run", is_flag=True, help="Check and sign, but open no proposal.")
@comparison_options
@options.repository_options
@options.format_option()
def command(
    files: tuple[str, ...],
    accept_partial: bool,
    anyway: bool,
    message: str,
    dry_run: bool,
    resources: ComparisonResources,
    where: Where,
    style: str,
    **reading: Any,
) -> int:
    """Offer records, or questions that they answer: read FILEs (CSV, TSV, JSONL, each also .gz; Parquet; or a Hub dataset id), check,
    sign, open a pull request.

    Every row is either offered or written to FILE.refused.jsonl with its number, the reason and a hint.
    """
    require_extras(files)
    repository = where.repository()
    if not dry_run:
        preflight.refuse_unready(repository)
    snapshot = where.snapshot(need=Need.COMPARING)
    with progress_bars() as progress, opened_inputs(files, where, reading) as inputs:
        prepared = offering.prepare(
            snapshot,
            inputs,
            ROW_KINDS[reading["kind"]],
            keep_refused_licenses=anyway,
            progress=progress,
        )
        _write_refused(inputs, prepared)
        if prepared.refused_count and style not in ("json", "quiet"):
            print_refused(prepared)
        if prepared.refused_count and prepared.accepted and not accept_partial:
            raise InputError(
                f"{prepared.refused_count:,} of {prepared.read:,} rows were refused, so nothing was offered.",
                hint=f"Fix them, or offer the other {prepared.accepted:,} with --accept-partial.",
                code="rows-refused",
            )
        identity = passing_identity() if dry_run else options.identities().of(repository, snapshot)
        contribution = offering.seal(prepared, options.signing_key_or_new(), snapshot.policy, identity)
        progress("Running the gate", 0, 1)
        report = preview.report(contribution, snapshot, resources, progress=progress)
        progress("Running the gate", 1, 1)
        memory = resources.memory / "offers"
        if not dry_run:
            report = contribute.beside_open_proposals(report, repository, prepared, memory, progress=progress)
        if report.refusals() and not anyway:
            emit_json(report.to_json()) if style == "json" else print_report(report)
            return 1
        proposal = None
        if not dry_run:
            progress("Opening the proposal", 0, 1)
            proposal = contribute.propose(repository, contribution, prepared, message=message, memory=memory)
            progress("Opening the proposal", 1, 1)
    if style == "json":
        emit_json(
            {
                "proposal": proposal.number if proposal else None,
                "url": proposal.url if proposal else None,
                **report.to_json(),
            }
        )
    elif style == "quiet":
        out.print(proposal.number if proposal else contribution.id)
    else:
        print_report(report)
        print_findings(prepared.notes)
        out.print(
            f"Proposal {proposal.number} is open: {proposal.url}"
            if proposal
            else "Dry run: nothing was sent."
        )
    return EXIT_CODES[report.verdict] if dry_run else 0


def _write_refused(inputs: list[Input], prepared: PreparedRows) -> None:
    for source in inputs:
        rows = prepared.refused.get(source, [])
        beside = Path.cwd() if source.name else source.path.parent
        target = first_writable(beside, Path.cwd()) / f"{source.label}.refused.jsonl"
        if rows:
            offering.write_refused(rows, target)
            err.print(
                f"[yellow]{len(rows):,} refused rows of {plain(source.label)} are in {plain(str(target))}[/]"
            )
        else:
            target.unlink(missing_ok=True)  # of an earlier run; every row passes now
