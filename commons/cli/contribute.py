"""commons contribute: files become signed proposals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from commons.cli.shared import account, options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.inputs import (
    opened_inputs,
    prepared_from,
    reading_options,
    require_extras,
    writable_folder,
)
from commons.cli.shared.options import Where
from commons.cli.shared.output import (
    EXIT_CODES,
    emit_json,
    err,
    hint,
    out,
    plain,
    print_report,
    progress_bars,
)
from commons.errors import InputError
from commons.gate import wording
from commons.gate.comparison.compare import ComparisonResources
from commons.governance.people import passing_identity
from commons.hub import preflight
from commons.intake import offering, refused_files
from commons.intake.inputs import Input
from commons.intake.prepared_rows import PreparedRows
from commons.layout import Need
from commons.operations import contribute
from commons.operations.contribute import OfferedContribution

_EPILOG = """\b
Targets of --map: id title text lang topic license links sources source.title source.url source.author
source.license source.retrieved, and each predicate of a link, as in 'skos:broader=parents'. A column may be
a path, text=qa.answer, or a template, 'title={country}: {field}'; links= says that no column is it.

\b
Of questions: question relevant lang license. What is relevant are the records that answer, named by record
id, exact text or exact title, several as a list; [] says that the commons should not know the answer.

\b
Examples:
  commons contribute notes.csv                          asks in a terminal for what the file does not say
  commons contribute notes.csv --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons contribute qa.tsv --map title=question,text=answer --license cc0-1.0 --lang de --topic history \\
      --source-title "My notes"
  commons contribute squad.json --explode paragraphs --map title=title,text=paragraphs.context …
  commons contribute notes.csv.refused.jsonl            what was refused, and has been mended
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
    """Offer records, or questions that they answer: read FILEs, check, sign, open a pull request.

    FILEs may be CSV, TSV, JSON, spreadsheets, Parquet, Arrow, OBO or SKOS, also packed; - for a pipe; or a Hub dataset id. Every row is
    offered, repeats what is there, or is written to FILE.refused.jsonl with its number, the reason and a hint. More rows than one
    contribution may hold become several proposals.
    """
    require_extras(files)
    repository = where.repository()
    if not dry_run:
        preflight.refuse_unready(repository)
    snapshot = where.snapshot(need=Need.COMPARING)
    is_human = style not in ("json", "quiet")
    with opened_inputs(files, where, reading) as opened:
        inputs, prepared = prepared_from(
            opened, snapshot, reading, is_human=is_human, keep_refused_licenses=anyway, remember=True
        )
        left_out = _write_left_out(inputs, prepared)
        if is_human:
            account.print_account(prepared, err)
        if prepared.stands_against and not prepared.is_empty and not accept_partial:
            raise _rows_refused(prepared, left_out)
        batches = (
            offering.batches(prepared, snapshot.policy.limits, snapshot.row_ids())
            if not prepared.is_nothing_new
            else []
        )
        identity = passing_identity() if dry_run else options.identities().of(repository, snapshot)
        key = options.signing_key_or_new()
        made: list[OfferedContribution] = []
        for number, batch in enumerate(batches, start=1):
            with progress_bars() as progress:
                offered = contribute.offer(
                    repository,
                    snapshot,
                    batch,
                    prepared,
                    key,
                    identity,
                    resources,
                    memory=resources.memory / "offers",
                    message=message,
                    part=f"part {number} of {len(batches)}" if len(batches) > 1 else "",
                    anyway=anyway,
                    dry_run=dry_run,
                    progress=progress,
                )
            made.append(offered)
            if is_human:
                _print_offer(offered, prepared)
            if offered.report.refusals() and not anyway:
                break
    _print_end(made, prepared, sum(batch.waiting for batch in batches), style)
    if any(offer.report.refusals() for offer in made) and not anyway:
        return 1
    return max((EXIT_CODES[offer.report.verdict] for offer in made), default=0) if dry_run else 0


def _rows_refused(prepared: PreparedRows, left_out: Sequence[str]) -> InputError:
    what = account.left_out_in_words(prepared)
    verb = "was" if prepared.stands_against == 1 else "were"
    rest = f"the other {prepared.accepted:,}" if prepared.accepted else "the links that are right"
    return InputError(
        f"{what} of {wording.amount(prepared.read, 'row')} {verb} refused, so nothing was offered.",
        hint=f"Offer {rest} with --accept-partial; what you mend in {wording.conjunction(left_out)} can be offered from there.",
        code="rows-refused",
    )


def _print_offer(offer: OfferedContribution, prepared: PreparedRows) -> None:
    print_report(offer.report, left_out=account.left_out_in_words(prepared))
    if offer.proposal:
        out.print(f"Proposal {offer.proposal.number} is open: {plain(offer.proposal.url)}")
    elif offer.report.refusals():
        err.print("Nothing was sent.")
    else:
        out.print("Dry run: nothing was sent.")


def _print_end(made: Sequence[OfferedContribution], prepared: PreparedRows, waiting: int, style: str) -> None:
    if style == "json":
        emit_json(
            {**account.as_json(prepared), "waiting_links": waiting, "proposals": [*map(_as_json, made)]}
        )
    elif style == "quiet":
        for offer in made:
            out.print(offer.proposal.number if offer.proposal else offer.contribution.id)
    elif not made:
        out.print("Nothing is new: every row stands in the commons already, or earlier in the file.")
    elif waiting:
        hint(
            f"{wording.amount(waiting, 'link')} between these proposals can be offered once they have landed: run the same command then."
        )


def _as_json(offer: OfferedContribution) -> dict[str, Any]:
    proposal = offer.proposal
    return {
        "proposal": proposal.number if proposal else None,
        "url": proposal.url if proposal else None,
        **offer.report.to_json(),
    }


def _write_left_out(inputs: Sequence[Input], prepared: PreparedRows) -> list[str]:
    """The files that hold what is not offered."""
    written = []
    taken = {source.path.resolve() for source in inputs}
    for source in inputs:
        target = refused_files.path_for(source, writable_folder(source), taken)
        taken.add(target.resolve())
        if prepared.left_out(source):
            refused_files.write(source, prepared, target)
            written.append(str(target))
            err.print(f"What stays out of {plain(source.label)} is in {plain(str(target))}.")
        else:
            refused_files.remove(target)  # of an earlier run; every row passes now
    return written
