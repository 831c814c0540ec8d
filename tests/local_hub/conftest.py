"""A real local Hub for every module, spoken to by the unmodified clients."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import support.environment  # noqa: F401  first: clients read their settings when they are imported

# isort: split

import httpx
import pytest
from huggingface_hub import HfApi
from support import accounts
from support.patience import PATIENCE_S

from commons.local_hub import RunningHub, running


@dataclass(frozen=True)
class People:
    """Who is who: ada owns things, bob is a stranger, carol writes for the organisation, eve only reads."""

    url: str
    tokens: dict[str, str]

    def api(self, who: str | None) -> HfApi:
        return HfApi(endpoint=self.url, token=self.tokens[who] if who else False)

    def http(self, who: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE_S)


def populate(hub: RunningHub) -> People:
    store = hub.hub
    tokens = accounts.register(hub, ("ada", "bob", "carol", "eve"))
    tokens["ada-read"] = store.create_token("ada", "read")
    tokens["bob-proposes"] = store.create_token("bob", "fineGrained")
    store.create_organization("guild")
    store.add_member("guild", "ada", "admin")
    store.add_member("guild", "carol", "write")
    store.add_member("guild", "eve", "read")
    return People(hub.url, tokens)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    # The receivers of our webhooks listen on loopback.
    with running(tmp_path_factory.mktemp("hub"), allow_private_webhooks=True) as hub:
        yield hub


@pytest.fixture(scope="module")
def people(local: RunningHub) -> People:
    return populate(local)


@pytest.fixture
def ada(people: People) -> HfApi:
    return people.api("ada")


@pytest.fixture
def bob(people: People) -> HfApi:
    return people.api("bob")


@pytest.fixture
def dataset(ada: HfApi, request: pytest.FixtureRequest) -> str:
    """A fresh public dataset of ada's."""
    name = f"ada/{request.node.name[:80].strip('-_.').replace('[', '.').replace(']', '')}"
    return ada.create_repo(name.replace("..", "."), repo_type="dataset").repo_id


@pytest.fixture
def python(people: People, tmp_path: Path) -> Callable[..., str]:
    """Run a program in a child with ``HF_ENDPOINT`` set, the way a user would."""

    def run(program: str, *, who: str = "ada", **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "HF_ENDPOINT": people.url,
                "HF_TOKEN": people.tokens[who],
                "HF_HOME": str(tmp_path / "hf"),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.strip()

    return run
