"""Settings: what the doors read from the environment, in one place. Operations never see it; they are handed what they need.

COMMONS_REPO         namespace/name, where --repo is not given
HF_ENDPOINT          the Hub; COMMONS_ENDPOINT wins over it; either may leave out https://
HF_TOKEN             who is asking; where it is not set, the login that ``hf auth login`` stored is used (``hub.login``)
COMMONS_KEY          an Ed25519 private key in PEM itself (for bots), or COMMONS_KEY_FILE its path
COMMONS_PASSPHRASE   opens an encrypted key
COMMONS_WEBHOOK_SECRET  what deliveries to the bot carry
COMMONS_HOME         where vectors, converted models, sketches, checkpoints, person ids and what was shown last are kept
COMMONS_MODEL        sentence-transformers model id or folder, in place of the one that the policy of the commons names
COMMONS_MODEL_ENDPOINT  the Hub that models come from: huggingface.co, whatever Hub the data is on
COMMONS_ENGINE       what computes the vectors: auto, or an engine that ``commons.embedding.engines`` lists
COMMONS_HOSTS        hosts, with commas, under which agents may reach the Space beside its own (``mcp.web``)
COMMONS_UNCONFINED   1: read files of strangers also where the system has nothing to confine the process that does
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from commons import addresses


@dataclass(frozen=True)
class Settings:
    repo: str
    endpoint: str
    token: str
    key_pem: str
    key_file: Path
    passphrase: str
    home: Path
    model: str
    model_endpoint: str
    engine: str
    webhook_secret: str
    hosts: tuple[str, ...]
    unconfined: bool

    @property
    def checkpoints(self) -> Path:
        """The last checkpoint seen of each log."""
        return self.home / "checkpoints"

    @property
    def engines(self) -> Path:
        """Models in the form an engine runs, and which engine is fastest here."""
        return self.home / "engines"

    @property
    def sketches(self) -> Path:
        """What the gate keeps of each shard to find repetitions, by shard digest."""
        return self.home / "sketches"

    @property
    def shown(self) -> Path:
        """At which head this person was shown a proposal last."""
        return self.home / "shown"

    @property
    def persons(self) -> Path:
        """Person ids that were drawn here and have not landed yet."""
        return self.home / "persons"

    @property
    def trials(self) -> Path:
        """Which indexes were opened in a confined process and did it no harm."""
        return self.home / "trials"

    @property
    def vectors(self) -> Path:
        """Vectors that were made here, by weights and shard digest."""
        return self.home / "vectors"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process."""
    home = Path(environment.get("COMMONS_HOME") or platformdirs.user_data_dir("commons"))
    config = Path(platformdirs.user_config_dir("commons"))
    endpoint = environment.get("COMMONS_ENDPOINT") or environment.get("HF_ENDPOINT") or addresses.PUBLIC_HUB
    return Settings(
        repo=environment.get("COMMONS_REPO", ""),
        endpoint=addresses.endpoint_of(endpoint),
        token=clean_token(environment.get("HF_TOKEN", "")),
        key_pem=environment.get("COMMONS_KEY", ""),
        key_file=Path(environment.get("COMMONS_KEY_FILE") or config / "key.pem"),
        passphrase=environment.get("COMMONS_PASSPHRASE", ""),
        home=home,
        model=environment.get("COMMONS_MODEL", ""),
        model_endpoint=addresses.endpoint_of(
            environment.get("COMMONS_MODEL_ENDPOINT") or addresses.PUBLIC_HUB
        ),
        engine=environment.get("COMMONS_ENGINE", ""),
        webhook_secret=environment.get("COMMONS_WEBHOOK_SECRET", ""),
        hosts=tuple(environment.get("COMMONS_HOSTS", "").replace(",", " ").split()),
        unconfined=environment.get("COMMONS_UNCONFINED") == "1",
    )


def with_choices(
    known: Settings,
    *,
    repo: str | None,
    endpoint: str | None,
    token: str | None,
    model: str | None,
    engine: str | None,
) -> Settings:
    """The settings with what options of a command say; where one is not given, the environment stands."""
    return replace(
        known,
        repo=repo or known.repo,
        endpoint=addresses.endpoint_of(endpoint or "") or known.endpoint,
        token=clean_token(token or "") or known.token,
        model=model or known.model,
        engine=engine or known.engine,
    )


def clean_token(written: str) -> str:
    """A token without the line end or the blanks that came along when it was copied."""
    return "".join(written.split())
