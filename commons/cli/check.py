"""commons check: the gate on files, here and now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from commons.cli.shared import options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.inputs import ROW_KINDS, opened_inputs, print_refused, reading_options, require_extras
from commons.cli.shared.options import Where
from commons.cli.shared.output import (
    EXIT_CODES,
    emit_json,
    print_findings,
    print_github,
    print_report,
    progress_bars,
)
from commons.files import keeping_nothing
from commons.gate.comparison.compare import ComparisonResources
from commons.intake.preparation import RefusedRow
from commons.layout import Need
from commons.operations import check

_EPILOG = """\b
Examples:
  commons check notes.csv --license cc-by-4.0 --lang en --topic medicine --source-url https://example.org
  commons check qa.jsonl.gz --map title=question,text=answer --format github
  commons check tests.csv --kind questions --collection medquad --license cc-by-4.0 --lang en
"""


@click.command("check", epilog=_EPILOG)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@reading_options
@comparison_options
@options.repository_options
@options.format_option("github")
def command(
    files: tuple[str, ...],
    resources: ComparisonResources,
    where: Where,
    style: str,
    **reading: Any,
) -> int:
    """Run the gate on files, here and now; nothing is sent and nothing is written."""
    require_extras(files)
    snapshot = where.snapshot(need=Need.COMPARING)
    with keeping_nothing(), progress_bars() as progress, opened_inputs(files, where, reading) as inputs:
        checked = check.check(snapshot, inputs, ROW_KINDS[reading["kind"]], resources, progress=progress)
    prepared, report = checked.prepared, checked.report
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
        print_refused(prepared)
    return 1 if prepared.refused_count or report is None else EXIT_CODES[report.verdict]


def _refused_json(row: RefusedRow) -> dict[str, Any]:
    return {"row": row.number, "findings": [finding.to_json() for finding in row.findings]}
