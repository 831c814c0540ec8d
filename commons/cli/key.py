"""commons key: the key that signs."""

from __future__ import annotations

from pathlib import Path

import click

from commons.cli.shared import options
from commons.cli.shared.options import Where
from commons.cli.shared.output import emit_json, hint, out
from commons.errors import UsageError
from commons.hub.repository import Proposal
from commons.layout import Need
from commons.ledger import keys
from commons.ledger.keys import PublicKey
from commons.operations import key


@click.group(
    "key",
    epilog="\b\nExamples:\n  commons key new\n  commons key show --format quiet\n  commons key rotate --to new.pem\n",
)
def command() -> None:
    """The Ed25519 key that signs what you contribute and review."""


@command.command(
    "new", epilog="\b\nExamples:\n  commons key new\n  commons key new --passphrase --file ./bot.pem\n"
)
@click.option("--passphrase", "ask", is_flag=True, help="Ask for a passphrase that encrypts the file.")
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Where to keep it.  [default: $COMMONS_KEY_FILE]"
)
def key_new(ask: bool, path: Path | None) -> None:
    """Make a new key."""
    known = options.settings()
    place = path or known.key_file
    passphrase = (
        click.prompt("Passphrase", hide_input=True, confirmation_prompt=True) if ask else known.passphrase
    )
    made = keys.create(place, passphrase)
    out.print(made.public.key_id)
    hint(f"Kept at {place}, readable by you only. Keep a copy: nobody can restore it.")


@command.command("show", epilog="\b\nExamples:\n  commons key show\n  commons key show --format json\n")
@options.format_option()
def key_show(style: str) -> None:
    """Show the public part of your key."""
    public = options.signing_key().public
    if style == "json":
        emit_json({"key_id": public.key_id, "ed25519": public.raw.hex()})
    elif style == "quiet":
        out.print(public.key_id)
    else:
        out.print(f"key id   {public.key_id}\ned25519  {public.raw.hex()}")


@command.command("register", epilog="\b\nExamples:\n  commons key register --repo our-org/commons\n")
@options.repository_options
def key_register(where: Where) -> None:
    """Propose to enter your key into the log. Not needed to contribute."""
    repository, snapshot = where.repository(), where.snapshot(need=Need.GOVERNANCE)
    identity = options.identities().of(repository, snapshot)
    _proposed(key.register(repository, snapshot, options.signing_key_or_new(), identity))


@command.command(
    "rotate", epilog="\b\nExamples:\n  commons key new --file new.pem\n  commons key rotate --to new.pem\n"
)
@click.option(
    "--to", "successor", type=click.Path(path_type=Path), required=True, help="File of the key that follows."
)
@options.repository_options
def key_rotate(successor: Path, where: Where) -> None:
    """Propose that another key follows yours; both sign. What yours signed stays signed."""
    repository, snapshot = where.repository(), where.snapshot(need=Need.GOVERNANCE)
    following = keys.load(successor, options.settings().passphrase)
    identity = options.identities().of(repository, snapshot)
    _proposed(key.rotate(repository, snapshot, options.signing_key(), following, identity))
    hint(f"Once it has landed, use the new key: export COMMONS_KEY_FILE={successor}")


@command.command(
    "revoke",
    epilog="\b\nExamples:\n  commons key revoke\n  commons key revoke --ed25519 3b6a…   (a maintainer)\n",
)
@click.option(
    "--ed25519",
    "public_hex",
    default="",
    help="Another's public key in hex; for maintainers.  [default: yours]",
)
@options.repository_options
def key_revoke(public_hex: str, where: Where) -> None:
    """Propose that a key counts no more."""
    signer = options.signing_key()
    try:
        revoked = PublicKey(bytes.fromhex(public_hex)) if public_hex else signer.public
    except ValueError as error:
        raise UsageError("--ed25519 wants 64 hex digits.", hint="commons key show prints them.") from error
    repository, snapshot = where.repository(), where.snapshot(need=Need.GOVERNANCE)
    identity = options.identities().of(repository, snapshot)
    _proposed(key.revoke(repository, snapshot, signer, revoked, identity))


def _proposed(proposal: Proposal) -> None:
    out.print(f"Proposal {proposal.number} is open: {proposal.url}")
    hint("It takes effect when a maintainer has landed it.")
