"""Commands that explain the rules: what a source's licence statement allows, and what the codes of findings mean."""

from __future__ import annotations

from pathlib import Path

import click

from commons.cli import options
from commons.cli.output import EXIT_CODES, emit_json, out, plain
from commons.gate.findings import CODES, Severity, table
from commons.governance import license_statements, licenses
from commons.governance.license_statements import Outcome

_LICENSE_EPILOG = """\b
Examples:
  commons license LICENSE README.md
  commons license ~/datasets/somebodys-data/*.md --format json
"""
_CODES_EPILOG = """\b
Examples:
  commons codes
  commons codes --format json
"""
_SEVERITIES = {Outcome.ACCEPT: None, Outcome.REVIEW: Severity.WARN, Outcome.REFUSE: Severity.REFUSE}
_HEADLINES = {
    Outcome.ACCEPT: "[green]It may be offered.[/]",
    Outcome.REVIEW: "[yellow]A person must read it first.[/]",
    Outcome.REFUSE: "[red]It cannot be offered.[/]",
}


@click.command("license", epilog=_LICENSE_EPILOG)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@options.format_option()
def license_(files: tuple[Path, ...], style: str) -> int:
    """Read what a source says of its licence: FILES are its licence file and its README. A first look, not legal advice."""
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in files}
    lines = [
        line
        for name, text in texts.items()
        if name.lower().startswith("readme")
        for line in text.splitlines()
    ]
    said = license_statements.read(texts, lines)
    pools = {name: licenses.BY_SPDX[name].pool for name in said.licenses if name in licenses.BY_SPDX}
    if style == "json":
        emit_json(
            {"outcome": said.outcome.value, "licenses": said.licenses, "reason": said.reason, "pools": pools}
        )
    else:
        out.print(f"{_HEADLINES[said.outcome]} {plain(said.reason.capitalize())}.")
        for name in said.licenses:
            place = f"pool {pools[name]}" if name in pools else "no pool of a commons takes it"
            out.print(f"  {plain(name)}  [dim]{place}[/]")
    return EXIT_CODES[_SEVERITIES[said.outcome]]


@click.command(epilog=_CODES_EPILOG)
@options.format_option()
def codes(style: str) -> int:
    """List every code a check can find, as a Markdown table: its severity, what it means and what to do."""
    if style == "json":
        emit_json(
            {
                code: {"severity": s.value, "meaning": meaning, "hint": hint}
                for code, (s, meaning, hint) in CODES.items()
            }
        )
    else:
        click.echo(table(), nl=False)
    return 0


COMMANDS = (license_, codes)
