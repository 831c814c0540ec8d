"""How results, hints, progress and errors look in a terminal."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich import markup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from commons.checks.findings import Finding, Report, Severity, said_once
from commons.errors import CommonsError
from commons.progress import Progress

EXIT_CODES = {None: 0, Severity.NOTE: 0, Severity.WARN: 2, Severity.REFUSE: 1}
_MARKS = {Severity.REFUSE: "[red]✗[/]", Severity.WARN: "[yellow]![/]", Severity.NOTE: "[blue]·[/]"}
_DIRECTION = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)  # turn the reading order around
_SHOWN_FINDINGS = 20
_SHOWN_ROWS = 3

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def plain(text: str) -> str:
    """Foreign text as text: it neither formats the terminal nor commands it."""
    return markup.escape(harmless(text))


def harmless(text: str) -> str:
    """Foreign text without what commands a terminal."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\n\t" or (
        unicodedata.category(character) not in ("Cc", "Cs") and character not in _DIRECTION
    ):
        return character
    return f"\\u{ord(character):04x}"


def emit_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def hint(text: str) -> None:
    """Something worth knowing that is not the result."""
    err.print(f"[dim]{plain(text)}[/]")


def complain(error: CommonsError) -> None:
    """What happened, to what, and what to do next; the code lets scripts tell errors apart."""
    err.print(f"[bold red]Error[/] [dim]({error.code})[/] {plain(error.message)}")
    if error.hint:
        err.print(f"[dim]→ {plain(error.hint)}[/]")


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """A bar for each step, on stderr; nothing is drawn when stderr is no terminal."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def draw(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total or None)
            bars.update(tasks[label], completed=done, total=total or None)

        yield draw


def print_report(report: Report) -> None:
    """A report for people: impact first, then what stands in the way."""
    impact = report.impact
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in (
        ("records", f"{impact.records:,}" if impact.records else ""),
        ("links", f"{impact.links:,}" if impact.links else ""),
        ("questions", f"{impact.questions:,}" if impact.questions else ""),
        ("collections", _listed(impact.collections)),
        ("licences", _listed(impact.licenses)),
        ("pools", _listed(impact.pools)),
        ("languages", _listed(impact.languages)),
        ("topics", _listed(impact.topics)),
        ("contribution", report.contribution),
        ("signed by", report.author_key_id),
    ):
        if value:
            table.add_row(f"[dim]{name}[/]", plain(value))
    out.print(table)
    print_findings(report.findings)
    verdict = {
        None: "[green]clean[/]: nothing stands against it",
        Severity.WARN: "[yellow]warnings[/]",
        Severity.REFUSE: "[red]refused[/] by the gate",
    }[report.verdict]
    out.print(f"Verdict: {verdict}")


def print_findings(findings: Iterable[Finding]) -> None:
    """A line for each thing that is said, with the rows it is said of; --format json lists every row."""
    said = said_once(findings)
    for one in said[:_SHOWN_FINDINGS]:
        place = one.place(_SHOWN_ROWS)
        mark, where = _MARKS[one.finding.severity], f" {place}" if place else ""
        out.print(f"{mark} [bold]{one.finding.code}[/]{where}: {plain(one.finding.message)}")
    if len(said) > _SHOWN_FINDINGS:
        out.print(f"  … and {len(said) - _SHOWN_FINDINGS:,} more; --format json lists all.")


def print_github(findings: Iterable[Finding]) -> None:
    """Findings as GitHub annotations."""
    for finding in findings:
        level = {Severity.REFUSE: "error", Severity.WARN: "warning", Severity.NOTE: "notice"}[
            finding.severity
        ]
        message = harmless(finding.message).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        line = f",line={finding.row}" if finding.row else ""
        click.echo(f"::{level} file={finding.file}{line},title={finding.code}::{message}")


def _listed(counts: dict[str, int], limit: int = 6) -> str:
    shown = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:limit])
    return shown + (f", and {len(counts) - limit} more" if len(counts) > limit else "")
