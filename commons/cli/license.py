"""commons license: what a source says of its licence."""

from __future__ import annotations

from pathlib import Path

import click

from commons.cli.shared import options
from commons.cli.shared.output import EXIT_CODES, emit_json, out, plain
from commons.gate.findings import Severity
from commons.governance.license_statements import Suitability
from commons.operations import license

_EPILOG = """\b
Examples:
  commons license LICENSE README.md
  commons license ~/datasets/somebodys-data/*.md --format json
"""
_SEVERITIES = {
    Suitability.ACCEPT: None,
    Suitability.REVIEW: Severity.WARN,
    Suitability.REFUSE: Severity.REFUSE,
}
_HEADLINES = {
    Suitability.ACCEPT: "[green]It may be offered.[/]",
    Suitability.REVIEW: "[yellow]A person must read it first.[/]",
    Suitability.REFUSE: "[red]It cannot be offered.[/]",
}


def _sentence(reason: str) -> str:
    """With a capital and a full stop, and every other letter as it is: a reason quotes and names licences."""
    return f"{reason[:1].upper()}{reason[1:]}{'.' * (not reason.endswith('.'))}"


@click.command("license", epilog=_EPILOG)
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@options.format_option()
def command(files: tuple[Path, ...], style: str) -> int:
    """Read what a source says of its licence: FILES are its licence file, its README or dataset card, and any other terms.

    It may be offered when all that is said is understood and open. What limits the use, speaks of data and code apart, is said in another
    language than English, or is not understood, is for a person to read. A first look, not legal advice.
    """
    source = license.read({path.name: path.read_text(encoding="utf-8", errors="replace") for path in files})
    reading = source.reading
    if style == "json":
        emit_json(
            {
                "outcome": reading.suitability.value,
                "licenses": reading.licenses,
                "reason": reading.reason,
                "pools": source.pools,
            }
        )
    else:
        out.print(f"{_HEADLINES[reading.suitability]} {plain(_sentence(reading.reason))}")
        for name in reading.licenses:
            place = f"pool {source.pools[name]}" if name in source.pools else "no pool of a commons takes it"
            out.print(f"  {plain(name)}  [dim]{place}[/]")
    return EXIT_CODES[_SEVERITIES[reading.suitability]]
