"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from commons import settings as settings_room
from commons.cli.shared.output import hint
from commons.embedding import loading
from commons.embedding.embedder import DEFAULT_MODEL, Embedder
from commons.errors import UsageError
from commons.hub.repository import Repository
from commons.layout import Need
from commons.ledger import keys
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.proposals.identities import Identities
from commons.settings import Settings
from commons.snapshots import source
from commons.snapshots.snapshot import Snapshot

Command = TypeVar("Command", bound=Callable[..., Any])


def settings() -> Settings:
    return settings_room.from_environment()


def identities() -> Identities:
    """As whom this person signs, commons by commons."""
    return Identities(settings().persons)


@dataclass(frozen=True)
class Where:
    """Which commons a command is about: --repo, --endpoint and --token, each with the environment behind it."""

    repo: str
    endpoint: str
    token: str | None

    def repository(self, progress: Progress = silent) -> Repository:
        """The repository; ``progress`` is told of downloads. Raises UsageError when none is named anywhere."""
        if not self.repo:
            raise UsageError("Which commons?", hint="Name it with --repo NAMESPACE/NAME or COMMONS_REPO.")
        return Repository(self.repo, endpoint=self.endpoint, token=self.token, progress=progress)

    def snapshot(
        self, revision: str = "main", *, need: Need = Need.READING, progress: Progress = silent
    ) -> Snapshot:
        """A snapshot of the repository; a path to a folder is read as it lies there."""
        place = source.named(self.repo, endpoint=self.endpoint, token=self.token, progress=progress)
        return place.snapshot(revision, need=need)


def repository_options(function: Command) -> Command:
    """--repo, --endpoint and --token, handed to the command as ``where``."""

    @functools.wraps(function)
    def with_where(repo: str | None, endpoint: str | None, token: str | None, **others: Any) -> Any:
        known = settings()
        where = Where(repo or known.repo, endpoint or known.endpoint, token or known.token or None)
        return function(where=where, **others)

    command = cast(Command, with_where)
    for option in (
        click.option("--token", help="Hub access token.  [default: $HF_TOKEN]"),
        click.option(
            "--endpoint", metavar="URL", help="The Hub.  [default: $HF_ENDPOINT, else huggingface.co]"
        ),
        click.option("--repo", metavar="NAMESPACE/NAME", help="The commons.  [default: $COMMONS_REPO]"),
    ):
        command = option(command)
    return command


def format_option(*more: str) -> Callable[[Command], Command]:
    """--format auto|human|json|quiet."""
    return click.option(
        "--format",
        "style",
        type=click.Choice(["auto", "human", "json", "quiet", *more]),
        default="auto",
        show_default=True,
        help="How to print the result.",
    )


def signing_key_or_new() -> SigningKey:
    """The key of this person, made on first use."""
    known = settings()
    if known.key_pem:
        return keys.parse(known.key_pem.encode(), known.passphrase, name="COMMONS_KEY")
    if known.key_file.exists():
        return keys.load(known.key_file, known.passphrase)
    made = keys.create(known.key_file, known.passphrase)
    hint(f"Made your signing key {made.public.key_id} at {known.key_file}; keep a copy of it.")
    return made


def signing_key() -> SigningKey:
    """The key of this person.

    Raises:
        LedgerError: there is none (``key-missing``), or it cannot be opened (``key-locked``).
    """
    known = settings()
    if known.key_pem:
        return keys.parse(known.key_pem.encode(), known.passphrase, name="COMMONS_KEY")
    return keys.load(known.key_file, known.passphrase)


def embedder_options(model_help: str) -> Callable[[Command], Command]:
    """--model and --engine, handed to the command as ``model`` and ``engine`` for ``load_embedder``."""

    def with_options(command: Command) -> Command:
        command = click.option(
            "--engine",
            type=click.Choice(loading.ENGINE_NAMES),
            help="What computes the vectors.  [default: $COMMONS_ENGINE, else auto: the fastest that is right here]",
        )(command)
        return click.option(
            "--model", help=f"{model_help}  [default: $COMMONS_MODEL, else all-MiniLM-L6-v2]"
        )(command)

    return with_options


@functools.cache
def load_embedder(model: str | None, engine: str | None = None) -> Embedder:
    """The embedder that --model and --engine or the settings name."""
    known = settings()
    return loading.load(
        model or known.model or DEFAULT_MODEL,
        engine=engine or known.engine or loading.AUTO,
        home=known.engines,
        say=hint,
    )
