"""commons verify-proof: a proof, without the repository."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from commons.cli.shared import options
from commons.cli.shared.output import emit_json, hint, out, plain
from commons.errors import InputError
from commons.operations import verify_proof

_EPILOG = """\b
Examples:
  commons verify-proof record.tlog-proof
  commons verify-proof record.tlog-proof --log-key 'origin+ab12cd34+…'
"""


@click.command(
    "verify-proof",
    epilog=_EPILOG,
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--log-key", default="", help="The log's key as you know it from elsewhere (C2SP vkey).")
@options.format_option()
def command(file: Path, log_key: str, style: str) -> None:
    """Check a proof file offline, without any repository."""
    try:
        with file.open("rb") as opened:
            data = opened.read(verify_proof.MAX_PROOF_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", code="file-missing") from error
    proven = verify_proof.check(data, log_key=log_key)
    if style == "json":
        emit_json(asdict(proven))
        return
    out.print(f"[bold]{plain(proven.core['title'] or proven.record_id)}[/]\n{plain(proven.core['text'])}\n")
    out.print(f"[green]✓[/] {proven.record_id} was signed by {proven.signer}")
    out.print(
        f"[green]✓[/] in {proven.contribution}, leaf {proven.index} of {proven.size} of the log {plain(proven.origin)}"
    )
    if log_key:
        out.print("[green]✓[/] under the log key you gave")
    else:
        hint(
            f"Under the log key {proven.log_key}; compare it with the one you know, or give it with --log-key."
        )
