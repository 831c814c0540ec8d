"""A commons on a real Hub, the people around it with their keys, and a tiny true embedder.

Nothing here pretends: rows are read from files, signed with real keys, checked in a confined child and landed over HTTP.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from huggingface_hub import HfApi

from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.hub.repository import Proposal, Repository
from commons.intake import offering, preparation
from commons.intake.mapping import Mapping
from commons.intake.preparation import Input, PreparedRows
from commons.layout import Need
from commons.ledger.contributions import Contribution
from commons.ledger.keys import SigningKey
from commons.operations import contribute, land, review, show
from commons.progress import Progress, silent
from commons.proposals.examination import Examination
from commons.snapshots import snapshot as snapshots
from commons.snapshots.snapshot import Snapshot

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
MAINTAINER, CONTRIBUTOR, STRANGER = "maya", "carl", "eve"


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

    def snapshot(self, revision: str = "main", need: Need = Need.VERIFYING) -> Snapshot:
        return snapshots.take(self.repository(), revision, need=need)

    def head(self, revision: str = "main") -> str:
        return self.repository().head(revision)

    def files(self, revision: str = "main") -> set[str]:
        return set(self.repository().files(revision))

    def prepare(
        self, rows: Sequence[dict[str, Any]], collection: str = "notes", **options: Any
    ) -> PreparedRows:
        path = self.folder / f"{collection}.jsonl"
        path.write_text("".join(json.dumps({**ROW, **row}) + "\n" for row in rows))
        snapshot = self.snapshot(need=Need.CHECKING)
        inputs = [Input(path, Mapping(), collection)]
        return preparation.prepare(inputs, snapshot.policy, known_ids=snapshot.row_ids(), **options)

    def seal(
        self, rows: Sequence[dict[str, Any]], collection: str = "notes", who: str = CONTRIBUTOR
    ) -> Contribution:
        snapshot = self.snapshot(need=Need.CHECKING)
        return offering.seal(self.prepare(rows, collection), key_of(who), snapshot.policy)

    def propose(
        self,
        rows: Sequence[dict[str, Any]],
        collection: str = "notes",
        who: str = CONTRIBUTOR,
        **options: Any,
    ) -> Proposal:
        prepared = self.prepare(rows, collection, **options)
        contribution = offering.seal(prepared, key_of(who), self.snapshot(need=Need.GOVERNANCE).policy)
        return contribute.propose(self.repository(who), contribution, prepared)

    def propose_files(self, files: dict[str, bytes], who: str = CONTRIBUTOR) -> Proposal:
        """A pull request made by hand, as somebody would who does not use our client."""
        return self.repository(who).propose(files, title="By hand", description="")

    def approve(self, number: int, who: str = MAINTAINER) -> Examination:
        examined = show.examine(self.repository(), number)
        review.submit(examined, key_of(who), approve=True)
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
