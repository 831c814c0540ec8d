"""Options that several commands share, and what they turn into."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from commons import addresses
from commons import settings as settings_room
from commons.addresses import DatasetAddress
from commons.cli.shared.output import hint
from commons.embedding import loading
from commons.embedding.embedder import Embedder
from commons.embedding.engines.model_source import ModelHub
from commons.errors import CommonsError, UsageError
from commons.hub import login
from commons.hub.repository import Repository
from commons.index import library as libraries
from commons.index import model_choice
from commons.index.library import Library
from commons.index.model_choice import ModelChoice
from commons.layout import Need
from commons.ledger import keys
from commons.ledger.keys import SigningKey
from commons.progress import Progress, silent
from commons.proposals.identities import Identities
from commons.records.catalogue import Catalogue
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
    """Which commons a command is about: --repo, --endpoint and --token, each with the environment behind it.

    ``repo`` is a folder, or ``namespace/name``; ``pinned`` is the revision that its address named, if it named one.
    """

    repo: str
    endpoint: str
    token: str | None
    pinned: str = ""

    @classmethod
    def of(cls, repo: str | None, endpoint: str | None, token: str | None) -> Where:
        """What the options say, and the settings where they say nothing; without a token, the login of this machine.

        Raises:
            UsageError: an address that is none, or one of another Hub than --endpoint.
        """
        known = settings()
        named = repo or known.repo
        dataset = DatasetAddress(named) if Path(named).is_dir() else addresses.dataset_of(named)
        given = addresses.endpoint_of(endpoint or "")
        if given and dataset.endpoint and given != dataset.endpoint:
            raise UsageError(
                f"{named} is on {dataset.endpoint}, and --endpoint says {given}.",
                hint="Leave one of them out.",
            )
        hub = dataset.endpoint or given or known.endpoint
        known_token = login.token_for(hub, asked=given or known.endpoint, token=known.token)
        return cls(dataset.id, hub, settings_room.clean_token(token or "") or known_token, dataset.revision)

    def repository(self, progress: Progress = silent) -> Repository:
        """The repository; ``progress`` is told of downloads. Raises UsageError when none is named anywhere."""
        if not self.repo:
            raise UsageError("Which commons?", hint="Name it with --repo NAMESPACE/NAME or COMMONS_REPO.")
        if self.pinned not in ("", "main"):
            raise UsageError(
                f"This is about {self.repo} as it stands, and the address names its revision {self.pinned}.",
                hint=f"--repo {self.repo}",
            )
        return Repository(self.repo, endpoint=self.endpoint, token=self.token, progress=progress)

    def snapshot(
        self, revision: str = "main", *, need: Need = Need.READING, progress: Progress = silent
    ) -> Snapshot:
        """A snapshot of the repository; a path to a folder is read as it lies there."""
        place = source.named(self.repo, endpoint=self.endpoint, token=self.token, progress=progress)
        return place.snapshot(self.pinned if self.pinned and revision == "main" else revision, need=need)


def repository_options(function: Command) -> Command:
    """--repo, --endpoint and --token, handed to the command as ``where``."""

    @functools.wraps(function)
    def with_where(repo: str | None, endpoint: str | None, token: str | None, **others: Any) -> Any:
        return function(where=Where.of(repo, endpoint, token), **others)

    command = cast(Command, with_where)
    for option in (
        click.option(
            "--token", help="Hub access token.  [default: $HF_TOKEN, else the login of hf auth login]"
        ),
        click.option(
            "--endpoint", metavar="URL", help="The Hub.  [default: $HF_ENDPOINT, else huggingface.co]"
        ),
        click.option(
            "--repo",
            metavar="NAMESPACE/NAME",
            help="The commons; the address of its page will do.  [default: $COMMONS_REPO]",
        ),
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
    try:
        made = keys.create(known.key_file, known.passphrase)
    except OSError as error:
        raise CommonsError(
            f"Your signing key cannot be written to {known.key_file}: {error.strerror or error}.",
            hint="Name a file that can be written with COMMONS_KEY_FILE, or hand over the key itself in COMMONS_KEY.",
            code="key-not-writable",
        ) from error
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
            "--model",
            metavar="ID|FOLDER",
            help=f"{model_help} An id comes from $COMMONS_MODEL_ENDPOINT, else huggingface.co.  "
            "[default: $COMMONS_MODEL, else the index's or the policy's]",
        )(command)

    return with_options


@functools.cache
def load_embedder(choice: ModelChoice, engine: str | None = None) -> Embedder:
    """The embedder of the model that was chosen, by the engine that --engine or the settings name; what is to be said of it is said."""
    known = settings()
    if choice.note:
        hint(choice.note)
    return loading.load(
        choice.model,
        revision=choice.revision,
        hub_only=choice.hub_only,
        hub=model_hub(),
        engine=engine or known.engine or loading.AUTO,
        home=known.engines,
        say=hint,
    )


def model_hub() -> ModelHub:
    """The Hub that models come from, with the token that may be shown there."""
    known = settings()
    token = login.token_for_models(known.model_endpoint, data=known.endpoint, token=known.token)
    return ModelHub(known.model_endpoint, token)


def open_library(
    snapshot: Snapshot,
    model: str | None = None,
    engine: str | None = None,
    *,
    catalogue: Catalogue | None = None,
) -> Library:
    """The commons made ready to answer, by the model that --model or the settings ask for, else that of its index."""
    known = settings()
    choice = model_choice.for_reading(snapshot, model or known.model)
    embedder = load_embedder(choice, engine)
    return libraries.open_library(snapshot, embedder, catalogue=catalogue, trials=known.trials)
