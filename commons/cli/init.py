"""commons init: found a commons."""

from __future__ import annotations

from pathlib import Path

import click

from commons import addresses
from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out, plain
from commons.errors import UsageError
from commons.hub import embedding_models
from commons.operations import init

_EPILOG = """\b
Examples:
  commons init --repo our-org/commons --name 'Our commons'
  commons init --repo our-org/commons --name 'Our commons' --homepage https://our-org-commons.hf.space
  commons init --repo our-org/wissen --name 'Unser Wissen' --model intfloat/multilingual-e5-small
"""


@click.command("init", epilog=_EPILOG)
@click.option("--name", required=True, help="What people will call it.")
@click.option("--private", is_flag=True, help="Create the repository as private.")
@click.option(
    "--model",
    default="",
    metavar="ID",
    help="The model on the Hub that indexes are built with, which the policy then names.  [default: all-MiniLM-L6-v2]",
)
@click.option(
    "--homepage",
    default="",
    metavar="URL",
    help="The https address of its Space, where records have their permalinks.  [default: the page of the dataset]",
)
@options.repository_options
@options.format_option()
def command(name: str, private: bool, model: str, homepage: str, where: Where, style: str) -> None:
    """Found a commons: policy, roles with you as first maintainer, card; one commit."""
    embedder = _published_model(model) if model else ""
    repository = where.repository()
    founding = init.found(
        repository,
        options.signing_key_or_new(),
        name=name,
        private=private,
        embedder=embedder,
        homepage=homepage,
    )
    if style == "json":
        emit_json({"repo": repository.id, "commit": founding.sha, "root": founding.root})
    elif style == "quiet":
        out.print(founding.root)
    else:
        out.print(f"Founded {plain(name)}: {repository.endpoint}/datasets/{repository.id}")
        out.print(f"Its root, by which others pin it: {founding.root}")


def _published_model(written: str) -> str:
    """The id to write into the policy.

    Raises:
        UsageError: it is no id, or the path of a folder.
        HubError: the Hub has no such model (``model-missing``).
    """
    if Path(written).is_dir():
        raise UsageError(
            f"{written!r} is a folder of this machine, and the policy is published.",
            hint="Give the id of a model on the Hub here; a build takes a folder: commons build --model FOLDER",
        )
    model = addresses.model_of(written)
    hub = options.model_hub()
    if not embedding_models.refuse_missing(model, endpoint=hub.endpoint, token=hub.token):
        hint(f"{hub.endpoint} cannot be asked now whether it has {model}; the policy names it all the same.")
    return model
