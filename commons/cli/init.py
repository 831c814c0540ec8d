"""commons init: found a commons."""

from __future__ import annotations

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, out, plain
from commons.operations import init


@click.command("init", epilog="\b\nExamples:\n  commons init --repo our-org/commons --name 'Our commons'\n")
@click.option("--name", required=True, help="What people will call it.")
@click.option("--private", is_flag=True, help="Create the repository as private.")
@options.repository_options
@options.format_option()
def command(name: str, private: bool, where: Where, style: str) -> None:
    """Found a commons: policy, roles with you as first maintainer, card; one commit."""
    repository = where.repository()
    founding = init.found(repository, options.signing_key_or_new(), name=name, private=private)
    if style == "json":
        emit_json({"repo": repository.id, "commit": founding.sha, "root": founding.root})
    elif style == "quiet":
        out.print(founding.root)
    else:
        out.print(f"Founded {plain(name)}: {repository.endpoint}/datasets/{repository.id}")
        out.print(f"Its root, by which others pin it: {founding.root}")
