"""What the tests stand on: a real Hub in a thread, and commons founded on it. The people and what they do are ``support.world``."""

from __future__ import annotations

from support import environment  # first: clients read their settings when they are imported

# isort: split
import itertools
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from support import accounts
from support.embedder import TinyEmbedder
from support.model_repositories import ModelRepositories, model_repositories
from support.world import (
    CONTRIBUTOR,
    MAINTAINER,
    ORIGIN,
    REVIEWER,
    SECOND_MAINTAINER,
    STRANGER,
    World,
    key_of,
)

from commons import layout
from commons.cards import dataset_card
from commons.errors import PolicyError, SchemaError
from commons.gate import child_process, examine
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.gate.report import Report
from commons.governance import policy as policies
from commons.governance.people import People
from commons.governance.policy import Policy
from commons.index.build import artifact_audit, confined_audit
from commons.index.build.audit_result import ArtifactAudit
from commons.layout import Kind
from commons.local_hub import RunningHub, running
from commons.records import identity, shards
from commons.records.schema import Record, Source
from commons.sandbox import foreign_tables

# The machine may be busy; a property that holds slowly holds.
settings.register_profile(
    "commons",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("commons")


def pytest_sessionfinish() -> None:
    shutil.rmtree(environment.HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    # The bot's receiver listens on loopback.
    with running(tmp_path_factory.mktemp("hub"), allow_private_webhooks=True) as local:
        yield local


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelRepositories]:
    """Another Hub, which has models and no commons."""
    with model_repositories(tmp_path_factory.mktemp("models")) as repositories:
        yield repositories


@pytest.fixture(scope="session")
def tokens(hub: RunningHub) -> dict[str, str]:
    return accounts.register(hub, (MAINTAINER, CONTRIBUTOR, STRANGER, REVIEWER, SECOND_MAINTAINER))


@pytest.fixture(scope="session")
def found_commons(hub: RunningHub, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that founds another commons on the Hub."""
    numbers = itertools.count(1)

    def found(policy_changes: dict[str, str] | None = None) -> World:
        repo_id = f"{MAINTAINER}/commons-{next(numbers)}"
        world = World.found(
            hub, tokens, repo_id, tmp_path_factory.mktemp("world"), origin=f"{ORIGIN}/{repo_id}"
        )
        if policy_changes:
            world.change_policy(policy_changes)
        return world

    return found


@pytest.fixture
def world(found_commons: Any) -> World:
    """A fresh, empty commons."""
    made: World = found_commons()
    return made


@pytest.fixture(scope="module")
def shared(found_commons: Any) -> World:
    """A commons that the tests of a module share; they must not depend on each other's leftovers."""
    made: World = found_commons()
    return made


@pytest.fixture(scope="module")
def gate_in_this_process() -> Iterator[None]:
    """The gate, the tables and the index of a copy read here, without the seconds of processor time that confined children take to start.

    For modules about what becomes of it; tests/gate, tests/sandbox, tests/golden, the first landings of test_land and tests/test_road.py
    have the children.
    """

    def here(offer: Offer, policy: bytes, state: CommonsState, *, head: str = "") -> Report:
        return examine.contribution(offer, policies.parse(policy), state, head=head)

    def tables_here(
        openings: Mapping[str, Path], files: Mapping[str, tuple[Kind, Path]]
    ) -> Iterator[tuple[str, Any]]:
        tables = {**{name: (None, path) for name, path in openings.items()}, **files}
        for name, (kind, path) in tables.items():
            try:
                if not path.is_file():
                    raise SchemaError(f"{name} cannot be read: there is no such file.")
                yield (
                    name,
                    shards.read(kind, path, name=name) if kind else shards.read_openings(path, name=name),
                )
            except SchemaError as error:
                yield name, error

    def people_here(path: Path, name: str) -> People:
        if not path.is_file():
            raise PolicyError(f"{name} cannot be read: there is no such file.")
        return People.parse(path.read_bytes())

    def index_here(
        folder: Path,
        slug: str,
        paths: Sequence[str],
        landed: Mapping[str, datetime],
        *,
        files_only: bool = False,
    ) -> ArtifactAudit:
        audit = artifact_audit.audit_files if files_only else artifact_audit.audit
        return audit(folder, slug, [path for path in paths if not path.startswith(layout.LOG)], landed)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child_process, "examine", here)
        patch.setattr(confined_audit, "audit", index_here)
        patch.setattr(foreign_tables, "read_contributions", tables_here)
        patch.setattr(foreign_tables, "read_people", people_here)
        yield


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The founding policy."""
    return policies.parse(dataset_card.founding_policy("Test commons", ORIGIN))


@pytest.fixture(scope="session")
def key() -> Any:
    """A function: name -> signing key, always the same."""
    return key_of


@pytest.fixture(scope="session")
def make_record() -> Any:
    """A function that makes a good record, its id right, with whatever is given changed."""

    def make(text: str = "Water boils at 100 °C at sea level.", **changes: Any) -> Record:
        fields: dict[str, Any] = {
            "title": None,
            "text": text,
            "lang": "en",
            "topic": ("science",),
            "license": "CC0-1.0",
            "sources": (Source(title="A notebook"),),
            **changes,
        }
        record = Record(id="", **fields)
        return Record(id=identity.record_id(record.core()), **fields)

    return make


@pytest.fixture
def embedder() -> TinyEmbedder:
    return TinyEmbedder()


@pytest.fixture(scope="session")
def make_embedder() -> Any:
    """The class of ``embedder``, for tests that need another one."""
    return TinyEmbedder
