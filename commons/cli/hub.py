"""commons hub: a Hub on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commons.cli.shared.output import out
from commons.errors import HubError, MissingExtraError, UsageError

_HUB_EPILOG = """\b
Examples:
  commons hub --folder ./hub --port 7000     serve until Ctrl-C
  commons hub user ada --folder ./hub        print a token for ada, making the account if needed
  export HF_ENDPOINT=http://127.0.0.1:7000   all that unmodified Hub clients need
"""


@click.group("hub", invoke_without_command=True, epilog=_HUB_EPILOG)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where everything is kept; created if missing."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, help="0 takes a free one.")
@click.option(
    "--public-url", default="", metavar="URL", help="The address others know, for links in webhooks."
)
@click.pass_context
def command(context: click.Context, folder: Path | None, host: str, port: int, public_url: str) -> None:
    """Start a Hub on this machine; `commons hub user NAME` makes accounts, also while it runs."""
    if context.invoked_subcommand:
        return
    if folder is None:
        raise UsageError("Where shall the Hub keep everything?", hint="commons hub --folder ./hub")
    with _local_hub() as room:
        room.serve(
            folder,
            host=host,
            port=port,
            public_url=public_url,
            on_ready=lambda url: out.print(f"Local Hub: {url}"),
        )


@command.command(
    "user",
    epilog="\b\nExamples:\n  commons hub user ada --folder ./hub\n  commons hub user bot --folder ./hub --role read\n",
)
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), required=True, help="The folder of the Hub.")
@click.option("--role", type=click.Choice(["read", "write"]), default="write", show_default=True)
def hub_user(name: str, folder: Path, role: str) -> None:
    """Print a new token for NAME, making the account if needed."""
    with _local_hub() as room, room.LocalHub(folder, exclusive=False) as opened:
        if opened.accounts.find(name) is None:
            opened.create_user(name)
        out.print(opened.create_token(name, role))


@contextmanager
def _local_hub() -> Iterator[Any]:
    """The room, when its libraries are here; its errors as ours."""
    try:
        from commons import local_hub
    except ImportError as error:
        raise MissingExtraError(error.name or "pygit2", "hub") from error
    try:
        yield local_hub
    except (local_hub.FolderInUse, local_hub.HubFault) as error:
        raise HubError(str(error), code="local-hub") from error
