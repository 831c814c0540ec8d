"""What the tests stand on: a real Hub in a thread, commons founded on it, people with keys, and a tiny true embedder.

Nothing here pretends: rows are read from files, signed with real keys, checked in a confined child and landed over HTTP.
"""

from __future__ import annotations

import os
import tempfile

# Before any client is imported: it reads these once. Nothing of a test may touch what belongs to the person who runs it.
os.environ["COMMONS_HOME"] = tempfile.mkdtemp(prefix="commons-tests-")
os.environ["COMMONS_KEY_FILE"] = os.environ["COMMONS_HOME"] + "/key.pem"
os.environ["HF_HOME"] = os.environ["COMMONS_HOME"] + "/hf"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["HF_UPDATE_DOWNLOAD_COUNTS"] = "0"
os.environ.pop("HF_TOKEN", None)
os.environ.pop("HF_ENDPOINT", None)
os.environ.pop("COMMONS_REPO", None)
os.environ.pop("COMMONS_ENDPOINT", None)
os.environ.pop("COMMONS_KEY", None)
os.environ.pop("COMMONS_PASSPHRASE", None)
os.environ.pop("COMMONS_MODEL", None)
os.environ["COMMONS_ENGINE"] = "reference"  # what has no need of speed should not prepare for it

import hashlib
import itertools
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from huggingface_hub import HfApi
from hypothesis import HealthCheck, settings

from commons import contribute, init, land, review
from commons.cards import dataset_card
from commons.checks import preparation
from commons.checks.preparation import Input, Prepared
from commons.governance import policy as policies
from commons.governance.policy import Policy
from commons.hub import snapshot as snapshots
from commons.hub.repository import Proposal, Repository
from commons.hub.snapshot import Snapshot
from commons.index.embedder import EmbedderIdentity, Engine
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.local_hub import RunningHub, running
from commons.progress import Progress, silent
from commons.records import identity
from commons.records.mapping import Mapping
from commons.records.schema import Record, Source

# The machine may be busy; a property that holds slowly holds.
settings.register_profile(
    "commons",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("commons")

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
MAINTAINER, CONTRIBUTOR, STRANGER = "maya", "carl", "eve"


def pytest_sessionfinish() -> None:
    shutil.rmtree(os.environ["COMMONS_HOME"], ignore_errors=True)


def key_of(name: str) -> SigningKey:
    """The same key for the same name, so that ids in tests do not change."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


@dataclass(frozen=True)
class TinyEmbedder:
    """Hashed character trigrams, unit length: near for texts that share words, the same everywhere, and it counts its passages."""

    dimension: int = 64
    salt: str = ""
    calls: list[int] = field(default_factory=list)

    @property
    def identity(self) -> EmbedderIdentity:
        return EmbedderIdentity(
            model="tests/tiny",
            revision="",
            weights_sha256=hashlib.sha256(f"tiny {self.dimension} {self.salt}".encode()).hexdigest(),
            dimension=self.dimension,
            max_tokens=512,
            pooling="mean",
            normalised=True,
            question_prompt="",
            passage_prompt="",
            text="title, newline, text",
        )

    @property
    def engine(self) -> Engine:
        return Engine(name="trigrams", precision="float32", version="1")

    def embed_questions(
        self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding"
    ) -> Any:
        progress(label, len(texts), len(texts))
        return self._vectors(texts)

    def embed(self, texts: Sequence[str], *, progress: Progress = silent, label: str = "Embedding") -> Any:
        self.calls.append(len(texts))
        progress(label, len(texts), len(texts))
        return self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> Any:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            padded = f"  {text.lower()}  "
            for start in range(len(padded) - 2):
                gram = hashlib.blake2b(
                    (self.salt + padded[start : start + 3]).encode(), digest_size=8
                ).digest()
                value = int.from_bytes(gram, "big")
                vectors[row, value % self.dimension] += 1 if value & (1 << 40) else -1
            vectors[row, 0] += 1e-3  # never the null vector
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@dataclass(frozen=True)
class World:
    """A commons on the Hub, and the people around it: a maintainer, a contributor who may only propose, a stranger."""

    url: str
    tokens: dict[str, str]
    repo_id: str
    folder: Path  # to write input files into
    cache: Path

    def api(self, who: str = MAINTAINER) -> HfApi:
        return HfApi(endpoint=self.url, token=self.tokens[who])

    def repository(self, who: str = MAINTAINER) -> Repository:
        return Repository(self.repo_id, endpoint=self.url, token=self.tokens[who], cache_dir=self.cache)

    def snapshot(self, revision: str = "main", patterns: Sequence[str] = ("*",)) -> Snapshot:
        return snapshots.take(self.repository(), revision, patterns=patterns)

    def head(self, revision: str = "main") -> str:
        return self.repository().head(revision)

    def files(self, revision: str = "main") -> set[str]:
        return set(self.repository().files(revision))

    def prepare(self, rows: Sequence[dict[str, Any]], collection: str = "notes", **options: Any) -> Prepared:
        path = self.folder / f"{collection}.jsonl"
        path.write_text("".join(json.dumps({**ROW, **row}) + "\n" for row in rows))
        snapshot = self.snapshot(patterns=snapshots.FOR_CHECKING)
        inputs = [Input(path, Mapping(), collection)]
        return preparation.prepare(inputs, snapshot.policy, known_ids=snapshot.row_ids(), **options)

    def seal(
        self, rows: Sequence[dict[str, Any]], collection: str = "notes", who: str = CONTRIBUTOR
    ) -> Contribution:
        snapshot = self.snapshot(patterns=snapshots.FOR_CHECKING)
        return contribute.seal(self.prepare(rows, collection), key_of(who), snapshot.policy)

    def propose(
        self,
        rows: Sequence[dict[str, Any]],
        collection: str = "notes",
        who: str = CONTRIBUTOR,
        **options: Any,
    ) -> Proposal:
        prepared = self.prepare(rows, collection, **options)
        contribution = contribute.seal(
            prepared, key_of(who), self.snapshot(patterns=snapshots.GOVERNANCE).policy
        )
        return contribute.propose(self.repository(who), contribution, prepared)

    def propose_files(self, files: dict[str, bytes], who: str = CONTRIBUTOR) -> Proposal:
        """A pull request made by hand, as somebody would who does not use our client."""
        return self.repository(who).propose(files, title="By hand", description="")

    def approve(self, number: int, who: str = MAINTAINER) -> review.Examined:
        examined = review.examine(self.repository(), number)
        review.submit(self.repository(), examined, key_of(who), approve=True)
        return examined

    def land(self, number: int) -> land.Landing:
        return land.land(self.repository(), number, key_of(MAINTAINER))

    def add(self, rows: Sequence[dict[str, Any]], collection: str = "notes") -> land.Landing:
        """Propose, approve, land."""
        number = self.propose(rows, collection).number
        self.approve(number)
        return self.land(number)


ROW: dict[str, Any] = {
    "lang": "en",
    "topic": ["science"],
    "license": "CC0-1.0",
    "source.title": "A notebook",
}


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    # The bot's receiver listens on loopback.
    with running(tmp_path_factory.mktemp("hub"), allow_private_webhooks=True) as local:
        yield local


@pytest.fixture(scope="session")
def tokens(hub: RunningHub) -> dict[str, str]:
    found = {}
    for name in (MAINTAINER, CONTRIBUTOR, STRANGER):
        hub.hub.create_user(name)
        found[name] = hub.hub.create_token(name)
    return found


@pytest.fixture(scope="session")
def found_commons(hub: RunningHub, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A function that founds another commons on the Hub."""
    numbers = itertools.count(1)

    def found(policy_changes: dict[str, str] | None = None) -> World:
        repo_id = f"{MAINTAINER}/commons-{next(numbers)}"
        folder = tmp_path_factory.mktemp("world")
        world = World(hub.url, tokens, repo_id, folder, folder / "cache")
        init.found(world.repository(), key_of(MAINTAINER), name="Test commons", origin=f"{ORIGIN}/{repo_id}")
        if policy_changes:
            policy = world.snapshot(patterns=snapshots.GOVERNANCE).policy_bytes.decode()
            for old, new in policy_changes.items():
                assert old in policy
                policy = policy.replace(old, new)
            world.repository().commit(
                {"governance/policy.toml": policy.encode()}, message="Other rules", parent=world.head()
            )
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
