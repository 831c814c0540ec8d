"""The contributor's commands: key, check, contribute."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commons.cli import options
from commons.cli.comparing import comparing_options
from commons.cli.mapping import mapping_from, mapping_options
from commons.cli.options import Where
from commons.cli.output import (
    EXIT_CODES,
    emit_json,
    err,
    out,
    plain,
    print_findings,
    print_github,
    print_report,
    progress_bars,
)
from commons.errors import InputError
from commons.gate.comparison.compare import Means
from commons.hub import dataset_import as datasets_export
from commons.intake.preparation import Input, Prepared, RefusedRow
from commons.ledger.keys import SigningKey
from commons.operations import contribute as verb
from commons.records.schema import Kind
from commons.snapshots import snapshot as snapshots

Command = TypeVar("Command", bound=Callable[..., Any])
_KINDS = {"records": Kind.RECORD, "questions": Kind.QUESTION}
_DATASET_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")


def _reading_options(function: Command) -> Command:
    """How foreign rows become records or questions; shared by check and contribute."""
    for option in (
        click.option("--revision", default="", help="Revision of the Hub dataset."),
        click.option("--split", default="train", show_default=True, help="Split of the Hub dataset."),
        click.option("--config", default="", help="Config of the Hub dataset."),
        click.option(
            "--encoding", default="utf-8-sig", show_default=True, help="Text encoding of the files."
        ),
        click.option(
            "--kind",
            type=click.Choice(list(_KINDS)),
            default="records",
            show_default=True,
            help="What the rows are: records, or questions that records of the commons answer.",
        ),
    ):
        function = option(function)
    return mapping_options(function)


_CHECK_EPILOG = """\b
Examples:
  commons check notes.csv --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons check qa.jsonl.gz --map title=question,text=answer --format github
  commons check tests.csv --kind questions --collection medquad --license cc-by-4.0 --lang en
"""

_CONTRIBUTE_EPILOG = """\b
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


@click.command(epilog=_CHECK_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@_reading_options
@comparing_options
@options.repository_options
@options.format_option("github")
def check(
    files: tuple[str, ...],
    means: Means,
    where: Where,
    style: str,
    **reading: Any,
) -> int:
    """Run the gate on files, here and now; nothing is sent and nothing is written."""
    snapshot = where.snapshot(patterns=snapshots.FOR_COMPARING)
    with progress_bars() as progress, _inputs(files, where, reading) as inputs:
        prepared = verb.prepare(snapshot, inputs, _KINDS[reading["kind"]], progress=progress)
        report = None
        if prepared.accepted:
            # A key that nobody keeps: the report needs a sealed contribution, and this one goes nowhere.
            passing = SigningKey(Ed25519PrivateKey.generate())
            sealed = verb.seal(prepared, passing, snapshot.policy)
            report = verb.check(sealed, snapshot, means, progress=progress)
    if style == "json":
        refused = {
            source.label: [_refused_json(row) for row in rows] for source, rows in prepared.refused.items()
        }
        emit_json(
            {
                "report": report.to_json() if report else None,
                "notes": [note.to_json() for note in prepared.notes],
                "refused": refused,
            }
        )
    elif style == "github":
        refused_findings = [
            replace(finding, file=source.label, row=row.number)
            for source, rows in prepared.refused.items()
            for row in rows
            for finding in row.findings
        ]
        print_github([*refused_findings, *prepared.notes, *(report.findings if report else ())])
    elif style != "quiet":
        if report:
            print_report(report)
        print_findings(prepared.notes)
        _print_refused(prepared)
    return 1 if prepared.refused_count or report is None else EXIT_CODES[report.verdict]


@click.command(epilog=_CONTRIBUTE_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@_reading_options
@click.option("--accept-partial", is_flag=True, help="Offer the rows that pass although others are refused.")
@click.option(
    "--anyway", is_flag=True, help="Offer rows whose licence is refused too, for the community to answer."
)
@click.option("--message", "-m", default="", help="A word to the maintainers.")
@click.option("--dry-run", is_flag=True, help="Check and sign, but open no proposal.")
@comparing_options
@options.repository_options
@options.format_option()
def contribute(
    files: tuple[str, ...],
    accept_partial: bool,
    anyway: bool,
    message: str,
    dry_run: bool,
    means: Means,
    where: Where,
    style: str,
    **reading: Any,
) -> int:
    """Offer records, or questions that they answer: read FILEs (CSV, TSV, JSONL, each also .gz; Parquet; or a Hub dataset id), check,
    sign, open a pull request.

    Every row is either offered or written to FILE.refused.jsonl with its number, the reason and a hint.
    """
    repository = where.repository()
    snapshot = where.snapshot(patterns=snapshots.FOR_COMPARING)
    with progress_bars() as progress, _inputs(files, where, reading) as inputs:
        prepared = verb.prepare(
            snapshot,
            inputs,
            _KINDS[reading["kind"]],
            keep_refused_licenses=anyway,
            progress=progress,
        )
        _write_refused(inputs, prepared)
        if prepared.refused_count and style not in ("json", "quiet"):
            _print_refused(prepared)
        if prepared.refused_count and prepared.accepted and not accept_partial:
            raise InputError(
                f"{prepared.refused_count:,} of {prepared.read:,} rows were refused, so nothing was offered.",
                hint=f"Fix them, or offer the other {prepared.accepted:,} with --accept-partial.",
                code="rows-refused",
            )
        contribution = verb.seal(prepared, options.signing_key_or_new(), snapshot.policy)
        progress("Running the gate", 0, 1)
        report = verb.check(contribution, snapshot, means, progress=progress)
        progress("Running the gate", 1, 1)
        if report.refusals() and not anyway:
            emit_json(report.to_json()) if style == "json" else print_report(report)
            return 1
        proposal = None
        if not dry_run:
            progress("Opening the proposal", 0, 1)
            proposal = verb.propose(repository, contribution, prepared, message=message)
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


@contextmanager
def _inputs(files: tuple[str, ...], where: Where, reading: dict[str, Any]) -> Iterator[list[Input]]:
    """The inputs the arguments name; a Hub dataset is exported to a temporary file first."""
    mapping = mapping_from(reading, _KINDS[reading["kind"]])
    with tempfile.TemporaryDirectory(prefix="commons-") as folder:
        inputs = []
        for number, name in enumerate(files):
            path = Path(name)
            label = ""
            if not path.exists() and _DATASET_ID.fullmatch(name):
                label = name.replace("/", "--")
                path = Path(folder) / f"{number}.parquet"
                datasets_export.export(
                    name,
                    path,
                    endpoint=where.endpoint,
                    token=where.token,
                    config=reading["config"],
                    split=reading["split"],
                    revision=reading["revision"],
                )
            collection = reading["collection"] or _slug(label or path.name)
            inputs.append(Input(path, mapping, collection, reading["encoding"], label))
        yield inputs


def _slug(file_name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", file_name.split(".", maxsplit=1)[0].lower()).strip("-")[:64]


def _write_refused(inputs: list[Input], prepared: Prepared) -> None:
    for source in inputs:
        rows = prepared.refused.get(source, [])
        target = (Path.cwd() if source.name else source.path.parent) / f"{source.label}.refused.jsonl"
        if rows:
            verb.write_refused(rows, target)
            err.print(
                f"[yellow]{len(rows):,} refused rows of {plain(source.label)} are in {plain(str(target))}[/]"
            )
        else:
            target.unlink(missing_ok=True)  # of an earlier run; every row passes now


def _print_refused(prepared: Prepared) -> None:
    counts: dict[str, int] = {}
    for rows in prepared.refused.values():
        for row in rows:
            counts[row.findings[0].code] = counts.get(row.findings[0].code, 0) + 1
    for code, count in sorted(counts.items(), key=lambda item: -item[1]):
        first = next(r for rows in prepared.refused.values() for r in rows if r.findings[0].code == code)
        err.print(f"[red]✗[/] [bold]{code}[/] {count:,} rows, first row {first.number}: ", end="")
        err.print(f"{plain(first.findings[0].message)}. [dim]{plain(first.findings[0].hint)}[/]")


def _refused_json(row: RefusedRow) -> dict[str, Any]:
    return {"row": row.number, "findings": [finding.to_json() for finding in row.findings]}


COMMANDS = (contribute, check)
