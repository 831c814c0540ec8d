"""commons hub: a Hub on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commons import extras
from commons.cli.shared.output import out, plain
from commons.errors import HubError, UsageError

_EPILOG = """\b
Examples:
  commons hub --folder ./hub --port 7000     serve until Ctrl-C
  commons hub user ada --folder ./hub        print a token for ada, making the account if needed
  commons hub token list --folder ./hub      who has which tokens; `token new` and `token revoke` as well
  export HF_ENDPOINT=http://127.0.0.1:7000   all that unmodified Hub clients need
"""


@click.group("hub", invoke_without_command=True, epilog=_EPILOG)
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where everything is kept; created if missing."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=0, help="0 takes a free one.")
@click.option(
    "--public-url", default="", metavar="URL", help="The address others know, for links in webhooks."
)
@click.option(
    "--allow-private-webhooks",
    is_flag=True,
    help="Send webhooks to loopback, link-local and private addresses as well.",
)
@click.option(
    "--max-requests",
    default=30_000,
    show_default=True,
    help="For each account and address in five minutes; 0 for no limit.",
)
@click.pass_context
def command(
    context: click.Context,
    folder: Path | None,
    host: str,
    port: int,
    public_url: str,
    allow_private_webhooks: bool,
    max_requests: int,
) -> None:
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
            allow_private_webhooks=allow_private_webhooks,
            request_limit=room.RequestLimit(max_requests) if max_requests > 0 else None,
            on_ready=lambda url: out.print(f"Local Hub: {url}"),
        )


_FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path), required=True, help="The folder of the Hub."
)
_ROLE = click.option(
    "--role",
    type=click.Choice(["read", "write", "propose"]),
    default="write",
    show_default=True,
    help="propose opens pull requests and takes part in discussions, not more.",
)
_EXPIRES = click.option(
    "--expires", type=int, metavar="DAYS", help="It ends by itself; else when it is revoked."
)


@command.command(
    "user",
    epilog="\b\nExamples:\n  commons hub user ada --folder ./hub\n  commons hub user bot --folder ./hub --role read\n",
)
@click.argument("name")
@_FOLDER
@_ROLE
@_EXPIRES
def hub_user(name: str, folder: Path, role: str, expires: int | None) -> None:
    """Print a new token for NAME, making the account if needed."""
    with _local_hub() as room, room.LocalHub(folder, exclusive=False) as opened:
        if opened.accounts.find(name) is None:
            opened.create_user(name)
        out.print(opened.create_token(name, room.ROLE_WORDS[role], expires_days=expires))


@command.group(
    "token",
    epilog="\b\nExamples:\n  commons hub token list --folder ./hub\n  commons hub token revoke 4f0c2a9b31de --folder ./hub\n",
)
def hub_token() -> None:
    """Make, list and revoke the tokens of a Hub on this machine, also while it runs."""


@hub_token.command(
    "new",
    epilog="\b\nExamples:\n  commons hub token new ada --folder ./hub --role propose --expires 30 --label laptop\n",
)
@click.argument("name")
@_FOLDER
@_ROLE
@_EXPIRES
@click.option("--label", default="", help="What it is for, shown by `token list`.")
def hub_token_new(name: str, folder: Path, role: str, expires: int | None, label: str) -> None:
    """Print another token for NAME; this is the only time it is shown."""
    with _local_hub() as room, room.LocalHub(folder, exclusive=False) as opened:
        out.print(opened.create_token(name, room.ROLE_WORDS[role], label, expires_days=expires))


@hub_token.command(
    "list",
    epilog="\b\nExamples:\n  commons hub token list --folder ./hub\n  commons hub token list ada --folder ./hub\n",
)
@click.argument("name", default="")
@_FOLDER
def hub_token_list(name: str, folder: Path) -> None:
    """Every token, or NAME's: id, user, role, end, when it was made, label."""
    with _local_hub() as room, room.LocalHub(folder, exclusive=False) as opened:
        for each in opened.tokens.all(name):
            cells = (each.id, each.user, each.role_word, each.end, each.created_at[:10], each.name)
            out.print(plain("\t".join(cells)))


@hub_token.command("revoke", epilog="\b\nExamples:\n  commons hub token revoke 4f0c2a9b31de --folder ./hub\n")
@click.argument("token_id", metavar="ID")
@_FOLDER
def hub_token_revoke(token_id: str, folder: Path) -> None:
    """End a token now, by the ID that `token list` shows; addresses given out for it end as well."""
    with _local_hub() as room, room.LocalHub(folder, exclusive=False) as opened:
        opened.tokens.revoke(token_id)


@contextmanager
def _local_hub() -> Iterator[Any]:
    """The room, when its libraries are here; its errors as ours."""
    extras.require("hub")
    from commons import local_hub

    try:
        yield local_hub
    except (local_hub.FolderInUse, local_hub.HubFault) as error:
        raise HubError(str(error), code="local-hub") from error
