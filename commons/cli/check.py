"""commons check: the gate on files, here and now."""

from __future__ import annotations

from typing import Any

import click

from commons.cli.shared import account, options
from commons.cli.shared.comparison import comparison_options
from commons.cli.shared.inputs import opened_inputs, prepared_from, reading_options, require_extras
from commons.cli.shared.options import Where
from commons.cli.shared.output import EXIT_CODES, emit_json, out, print_github, print_report, progress_bars
from commons.files import keeping_nothing
from commons.gate.comparison.compare import ComparisonResources
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
    """Run the gate on FILEs, here and now; nothing is sent and nothing is written."""
    require_extras(files)
    snapshot = where.snapshot(need=Need.COMPARING)
    is_human = style not in ("json", "quiet", "github")
    with keeping_nothing(), opened_inputs(files, where, reading) as inputs:
        _, prepared = prepared_from(inputs, snapshot, reading, is_human=is_human)
    with keeping_nothing(), progress_bars() as progress:
        reports = check.reports(prepared, snapshot, resources, progress=progress)
    if style == "json":
        emit_json({**account.as_json(prepared), "reports": [report.to_json() for report in reports]})
    elif style == "github":
        print_github(
            [
                *account.all_findings(prepared),
                *(finding for report in reports for finding in report.findings),
            ]
        )
    elif style != "quiet":
        account.print_account(prepared, out)
        for report in reports:
            print_report(report, left_out=account.left_out_in_words(prepared))
    if prepared.stands_against or (not reports and not prepared.is_nothing_new):
        return 1
    return max((EXIT_CODES[report.verdict] for report in reports), default=0)
