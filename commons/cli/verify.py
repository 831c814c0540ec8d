"""commons verify: every claim of a copy."""

from __future__ import annotations

import re

import click

from commons import extras
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, plain, progress_bars
from commons.errors import UsageError
from commons.layout import Need
from commons.operations import verify

_EPILOG = """\b
Examples:
  commons verify --repo our-org/commons
  commons verify --repo our-org/commons --root 3f2a…     and no other commons of that name
  commons verify --repo ./a-copy --format json
  commons verify --embed                     embed a sample of the records again, too
"""


@click.command("verify", epilog=_EPILOG)
@click.option(
    "--root",
    default="",
    metavar="SHA256",
    help="The commons this has to be: the digest of its log's first envelope, from somebody you trust.",
)
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to verify.")
@click.option(
    "--forget",
    is_flag=True,
    help="Do not compare with the checkpoint seen last, and do not remember this one.",
)
@click.option(
    "--embed",
    is_flag=True,
    help="Embed a sample of the records again and compare; needs the model of the index.",
)
@options.embedder_options("The model the index was built with, for --embed.")
@options.repository_options
@options.format_option()
def command(
    root: str,
    revision: str,
    forget: bool,
    embed: bool,
    model: str | None,
    engine: str | None,
    where: Where,
    style: str,
) -> int:
    """Check every claim of a copy, offline once it is here: log, signatures, landings, rows, index, card."""
    if root and not re.fullmatch("[0-9a-f]{64}", root):
        raise UsageError("--root wants 64 hex digits.", hint="Card, Space and commons init show the root.")
    if embed:
        extras.require("index")
    embedder = options.load_embedder(model, engine) if embed else None
    with progress_bars() as progress:
        progress("Fetching the copy", 0, 0)
        snapshot = where.snapshot(revision, need=Need.VERIFYING, progress=progress)
        progress("Fetching the copy", 1, 1)
        memory = None if forget else options.settings().checkpoints
        verdict = verify.verify(snapshot, root=root, memory=memory, embedder=embedder, progress=progress)
    if style == "json":
        emit_json(verdict.to_json())
    elif style != "quiet":
        for check in verdict.checks:
            mark = "[green]✓[/]" if check.ok else "[red]✗[/]"
            out.print(f"{mark} [bold]{check.name:<11}[/] {plain(check.looked_at)}")
            for problem in check.problems:
                out.print(f"    [red]{plain(problem)}[/]")
            for sentence in check.unchecked:
                out.print(f"    [yellow]not checked: {plain(sentence)}[/]")
            if unlisted := check.problem_count - len(check.problems):
                out.print(f"    [red]… and {unlisted:,} more[/]")
        sentence = "[green]Everything holds.[/]" if verdict.ok else "[red]This copy does not hold.[/]"
        out.print(f"{sentence} [dim]{plain(verdict.name)} at {verdict.revision[:12]}[/]")
    return 0 if verdict.ok else 1
