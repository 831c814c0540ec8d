"""How results, hints, progress and errors look in a terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import click
from rich import markup
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table
from rich.text import Text

from commons.errors import CommonsError
from commons.escaping import github_message, github_property, terminal
from commons.evidence.harmless_text import json_text
from commons.evidence.packet import Packet
from commons.gate import wording
from commons.gate.findings import Finding, Severity, by_code
from commons.gate.impact import Correction, Excerpt, Pair
from commons.gate.report import Report
from commons.progress import Progress

EXIT_CODES = {None: 0, Severity.NOTE: 0, Severity.WARN: 2, Severity.REFUSE: 1}
_MARKS = {Severity.REFUSE: "[red]✗[/]", Severity.WARN: "[yellow]![/]", Severity.NOTE: "[blue]·[/]"}
_SHOWN_SENTENCES = 3  # of each code
_SHOWN_ROWS = 3
_SHOWN_CHARACTERS = 100
_PIPE_CHARACTERS = 100_000  # more than any row has

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def plain(text: str) -> str:
    """Foreign text as text: it neither formats the terminal nor commands it."""
    return markup.escape(terminal(text))


def emit_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def emit_packet(packet: Packet) -> None:
    """Evidence as JSON that stays data wherever it is pasted; parsers read the same as from any other."""
    emit_evidence(packet.to_json())


def emit_evidence(value: dict[str, Any]) -> None:
    """What records say, in another form than the packet's, as such JSON."""
    click.echo(json_text(value, indent=2))


def print_table(table: Table) -> None:
    """A table: in a terminal as wide as that is; in a pipe a row a line, for programs that read lines."""
    if out.is_terminal:
        out.print(table)
        return
    width = Measurement.get(out, out.options.update(max_width=_PIPE_CHARACTERS), table).maximum
    wide = Console(file=io.StringIO(), width=width, highlight=False)
    wide.print(table)
    for line in cast(io.StringIO, wide.file).getvalue().splitlines():
        click.echo(line.rstrip())


def hint(text: str) -> None:
    """Something worth knowing that is not the result."""
    err.print(f"[dim]{plain(text)}[/]")


def complain(error: CommonsError) -> None:
    """What happened, to what, and what to do next; the code lets scripts tell errors apart."""
    err.print(f"[bold red]Error[/] [dim]({error.code})[/] {plain(error.message)}")
    if error.hint:
        err.print(f"[dim]→ {plain(error.hint)}[/]")


class RateColumn(ProgressColumn):
    """How many a second, over the last half minute; empty while nobody can know."""

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text(f"{rate:,.0f}/s" if rate and rate >= 1 else "", style="progress.data.speed")


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """A bar for each step with its rate and the time it still takes, on stderr; nothing is drawn when stderr is no terminal."""
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def draw(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total or None)
            bars.update(tasks[label], completed=done, total=total or None)

        yield draw


def print_report(report: Report, *, left_out: str = "") -> None:
    """A report for people: the verdict, what would change, and what is the matter, each code once.

    ``left_out`` says what was left out before, such as "2 rows", which the report does not know.
    """
    impact = report.impact
    colour = {None: "green", Severity.WARN: "yellow", Severity.REFUSE: "red"}[report.verdict]
    verdict = f"[bold {colour}]{wording.verdict(report.verdict, left_out)}[/]"
    out.print(f"{verdict} {wording.additions(impact, plain)}".rstrip())
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in (
        ("pools", wording.enumeration(impact.pools, plain)),
        ("licences", wording.enumeration(impact.licenses, plain)),
        ("topics", wording.coverage(impact, "topic", impact.topics, plain)),
        ("languages", wording.coverage(impact, "language", impact.languages, plain)),
        ("answers", wording.answer_change(impact.answers)),
        ("contribution", plain(report.contribution)),
        ("signed by", plain(report.author_key_id)),
    ):
        if value:
            table.add_row(f"[dim]{name}[/]", value)
    print_table(table)
    _print_corrections(impact.corrections)
    print_findings(report.findings)
    _print_pairs(impact.pairs)


def print_findings(findings: Iterable[Finding], console: Console = out) -> None:
    """A line for each code with what is said first under it; --format json lists every row."""
    for group in by_code(findings):
        count = f" [dim]{group.rows:,} row{'s' * (group.rows != 1)}[/]" if group.rows > 1 else ""
        console.print(f"{_MARKS[group.severity]} [bold]{group.code}[/]{count}")
        for sentence in group.groups[:_SHOWN_SENTENCES]:
            place = plain(sentence.place(_SHOWN_ROWS))
            console.print(f"    {place + ': ' if place else ''}{plain(sentence.finding.message)}")
        if len(group.groups) > _SHOWN_SENTENCES:
            console.print(
                f"    [dim]… and {len(group.groups) - _SHOWN_SENTENCES:,} more; --format json lists all.[/]"
            )
        if group.hint:
            console.print(f"    [dim]→ {plain(group.hint)}[/]")


def _print_corrections(corrections: Sequence[Correction]) -> None:
    """The first few, old and new beside each other."""
    if not corrections:
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("replaces", "it says", "it would say"):
        table.add_column(column, overflow="fold")
    for correction in corrections[:_SHOWN_ROWS]:
        table.add_row(plain(correction.old.id), _excerpt(correction.old), _excerpt(correction.new))
    print_table(table)


def _print_pairs(pairs: Iterable[Pair]) -> None:
    """The most alike pair of each code, side by side; a row that was told under another code stands there once."""
    first: dict[int, Pair] = {}
    for pair in pairs:
        if pair.code not in {shown.code for shown in first.values()}:
            first.setdefault(pair.row, pair)
    if not first:
        return
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("", "row", "offered", "the other", "alike"):
        table.add_column(column, overflow="fold")
    for pair in first.values():
        table.add_row(pair.code, str(pair.row), _excerpt(pair.new), _excerpt(pair.other), f"{pair.alike:.0%}")
    print_table(table)


def _excerpt(excerpt: Excerpt) -> str:
    whole = (
        " ".join(f"{excerpt.title} — {excerpt.text}".split())
        if excerpt.title
        else " ".join(excerpt.text.split())
    )
    return plain(whole if len(whole) <= _SHOWN_CHARACTERS else whole[:_SHOWN_CHARACTERS] + "…")


def print_github(findings: Iterable[Finding]) -> None:
    """Findings as GitHub annotations."""
    for finding in findings:
        level = {Severity.REFUSE: "error", Severity.WARN: "warning", Severity.NOTE: "notice"}[
            finding.severity
        ]
        place = f"file={github_property(finding.file)}" if finding.file else ""
        line = f"line={finding.line}" if finding.line else ""
        properties = ",".join(part for part in (place, line, f"title={finding.code}") if part)
        row = f"row {finding.row:,}: " if finding.row else ""
        click.echo(f"::{level} {properties}::{github_message(row + finding.message)}")
