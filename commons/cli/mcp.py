"""commons mcp: the commons for agents, over stdio or HTTP.

Little is imported here: a client waits for the list of tools, and what opens a commons is loaded behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commons import settings as settings_room
from commons.errors import UsageError
from commons.mcp import sdk

if TYPE_CHECKING:
    from commons.index.editions import Keeper
    from commons.mcp.opening import CommonsOpening
    from commons.settings import Settings

_EPILOG = """\b
Examples:
  commons mcp --repo our-org/commons                        what a client starts, and speaks with over stdio
  commons mcp --repo ./a-local-copy --model ./our-model
  commons mcp --repo our-org/commons --http --port 7862     for clients elsewhere: http://127.0.0.1:7862/mcp

\b
How to tell the common clients of it: commons/mcp/INSTALL.md
"""


@click.command("mcp", epilog=_EPILOG)
@click.option("--http", is_flag=True, help="Serve over streamable HTTP instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve HTTP on.")
@click.option(
    "--port", default=7862, show_default=True, type=click.IntRange(0, 65535), help="Port to serve HTTP on."
)
@click.option("--model", metavar="ID|FOLDER", help="The model, where it is not to be that of the index.")
@click.option(
    "--engine", metavar="NAME", help="What computes the vectors.  [default: $COMMONS_ENGINE, else auto]"
)
@click.option(
    "--repo",
    metavar="NAMESPACE/NAME|FOLDER",
    help="The commons; the address of its page will do.  [default: $COMMONS_REPO]",
)
@click.option("--endpoint", metavar="URL", help="The Hub.  [default: $HF_ENDPOINT, else huggingface.co]")
@click.option("--token", help="Hub access token.  [default: $HF_TOKEN, else the login of hf auth login]")
def command(
    http: bool,
    host: str,
    port: int,
    model: str | None,
    engine: str | None,
    repo: str | None,
    endpoint: str | None,
    token: str | None,
) -> None:
    """Serve a commons to agents over the Model Context Protocol: search, read, cite and verify records. --repo may also be a folder."""
    sdk.require()
    known = settings_room.with_choices(
        settings_room.from_environment(),
        repo=repo,
        endpoint=endpoint,
        token=token,
        model=model,
        engine=engine,
    )
    if not known.repo:
        raise UsageError(
            "Which commons?", hint="Name a folder or NAMESPACE/NAME on the Hub, with --repo or COMMONS_REPO."
        )
    from commons.mcp.opening import CommonsOpening

    opening = CommonsOpening(lambda opened: _keeper(known, opened))
    if http:
        from commons.mcp import alone

        alone.serve(opening, host=host, port=port, hosts=known.hosts)
    else:
        from commons.mcp import stdio

        stdio.serve(opening)


def _keeper(known: Settings, opening: CommonsOpening) -> Keeper:
    from commons.mcp import keeping

    return keeping.keeper(known, opening)
