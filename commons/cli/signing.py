"""Keys and proofs: key, verify, prove, verify-proof."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from commons.cli import options
from commons.cli.options import Where
from commons.cli.output import emit_json, hint, out, plain, progress_bars
from commons.errors import InputError, UsageError
from commons.files import write_whole
from commons.hub.repository import Proposal
from commons.ledger import keys
from commons.ledger.keys import PublicKey
from commons.operations import key as key_verb
from commons.operations import prove as prove_verb
from commons.operations import verify as verify_verb
from commons.snapshots import snapshot as snapshots


@click.group(
    epilog="\b\nExamples:\n  commons key new\n  commons key show --format quiet\n  commons key rotate --to new.pem\n"
)
def key() -> None:
    """The Ed25519 key that signs what you contribute and review."""


@key.command(
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


@key.command("show", epilog="\b\nExamples:\n  commons key show\n  commons key show --format json\n")
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


@key.command("register", epilog="\b\nExamples:\n  commons key register --repo our-org/commons\n")
@options.repository_options
def key_register(where: Where) -> None:
    """Propose to enter your key into the log. Not needed to contribute."""
    policy = where.snapshot(patterns=snapshots.GOVERNANCE).policy
    _proposed(key_verb.register(where.repository(), policy, options.signing_key_or_new()))


@key.command(
    "rotate", epilog="\b\nExamples:\n  commons key new --file new.pem\n  commons key rotate --to new.pem\n"
)
@click.option(
    "--to", "successor", type=click.Path(path_type=Path), required=True, help="File of the key that follows."
)
@options.repository_options
def key_rotate(successor: Path, where: Where) -> None:
    """Propose that another key follows yours; both sign. What yours signed stays signed."""
    policy = where.snapshot(patterns=snapshots.GOVERNANCE).policy
    following = keys.load(successor, options.settings().passphrase)
    _proposed(key_verb.rotate(where.repository(), policy, options.signing_key(), following))
    hint(f"Once it has landed, use the new key: export COMMONS_KEY_FILE={successor}")


@key.command(
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
    policy = where.snapshot(patterns=snapshots.GOVERNANCE).policy
    _proposed(key_verb.revoke(where.repository(), policy, signer, revoked))


_VERIFY_EPILOG = """\b
Examples:
  commons verify --repo our-org/commons
  commons verify --repo ./a-copy --format json
  commons verify --embed                     embed a sample of the records again, too
"""


@click.command(epilog=_VERIFY_EPILOG)
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
def verify(
    revision: str, forget: bool, embed: bool, model: str | None, engine: str | None, where: Where, style: str
) -> int:
    """Check every claim of a copy, offline once it is here: log, signatures, landings, rows, index, card."""
    embedder = options.load_embedder(model, engine) if embed else None
    with progress_bars() as progress:
        progress("Fetching the copy", 0, 0)
        snapshot = where.snapshot(revision, patterns=snapshots.FOR_VERIFYING, progress=progress)
        progress("Fetching the copy", 1, 1)
        memory = None if forget else options.settings().checkpoints
        verdict = verify_verb.verify(snapshot, memory=memory, embedder=embedder, progress=progress)
    if style == "json":
        emit_json(verdict.to_json())
    elif style != "quiet":
        for one in verdict.checks:
            mark = "[green]✓[/]" if one.ok else "[red]✗[/]"
            out.print(f"{mark} [bold]{one.name:<11}[/] {plain(one.looked_at)}")
            for problem in one.problems:
                out.print(f"    [red]{plain(problem)}[/]")
        sentence = "[green]Everything holds.[/]" if verdict.ok else "[red]This copy does not hold.[/]"
        out.print(f"{sentence} [dim]{plain(verdict.name)} at {verdict.revision[:12]}[/]")
    return 0 if verdict.ok else 1


@click.command(
    epilog="\b\nExamples:\n  commons prove kr1… > record.tlog-proof\n  commons prove kr1… --output record.tlog-proof\n"
)
@click.argument("record_id")
@click.option("--output", type=click.Path(path_type=Path), help="Where to write it.  [default: stdout]")
@click.option("--revision", default="main", show_default=True, help="Branch, tag or commit to prove from.")
@options.repository_options
def prove(record_id: str, output: Path | None, revision: str, where: Where) -> None:
    """Write a file that shows RECORD_ID to be in the log, for whoever has no copy of it."""
    data = prove_verb.prove(where.snapshot(revision, patterns=snapshots.FOR_PROVING), record_id)
    if output:
        write_whole(output, data)
        hint(f"Check it anywhere: commons verify-proof {output}")
    else:
        click.echo(data, nl=False)


_VERIFY_PROOF_EPILOG = """\b
Examples:
  commons verify-proof record.tlog-proof
  commons verify-proof record.tlog-proof --log-key 'origin+ab12cd34+…'
"""


@click.command(
    "verify-proof",
    epilog=_VERIFY_PROOF_EPILOG,
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--log-key", default="", help="The log's key as you know it from elsewhere (C2SP vkey).")
@options.format_option()
def verify_proof(file: Path, log_key: str, style: str) -> None:
    """Check a proof file offline, without any repository."""
    try:
        with file.open("rb") as opened:
            data = opened.read(prove_verb.MAX_PROOF_BYTES + 1)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", code="file-missing") from error
    proven = prove_verb.check(data, log_key=log_key)
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


def _proposed(proposal: Proposal) -> None:
    out.print(f"Proposal {proposal.number} is open: {proposal.url}")
    hint("It takes effect when a maintainer has landed it.")


COMMANDS = (key, verify, prove, verify_proof)
