"""A commons made the way people make one: founded, contributed to, reviewed, landed and built, on the real local Hub."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.trigrams import Trigrams

from commons.hub.repository import Repository
from commons.intake import offering, preparation
from commons.intake.mapping import Mapping
from commons.intake.preparation import Input
from commons.layout import Need
from commons.ledger.keys import SigningKey
from commons.local_hub import RunningHub
from commons.operations import build, contribute, init, land, review, show
from commons.snapshots import snapshot as snapshots


@dataclass(frozen=True)
class TestCommons:
    """maya founded it and reviews; carl contributes."""

    __test__ = False

    maintainer: Repository
    contributor: Repository
    maintainer_key: SigningKey
    contributor_key: SigningKey
    folder: Path

    def land(self, collections: dict[str, list[dict[str, Any]]]) -> str:
        """carl offers rows for all collections in one proposal, maya approves and lands it; the commit."""
        inputs = []
        for name, rows in collections.items():
            path = self.folder / f"{name}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            inputs.append(Input(path, Mapping(), name))
        snapshot = snapshots.take(self.contributor, need=Need.CHECKING)
        prepared = preparation.prepare(inputs, snapshot.policy, known_ids=snapshot.row_ids())
        refused = [row.to_json() for rows in prepared.refused.values() for row in rows]
        assert not refused, refused
        contribution = offering.seal(prepared, self.contributor_key, snapshot.policy)
        number = contribute.propose(self.contributor, contribution, prepared).number
        review.submit(show.examine(self.maintainer, number), self.maintainer_key, approve=True)
        return land.land(self.maintainer, number, self.maintainer_key).sha

    def build(self) -> None:
        build.build_and_publish(self.maintainer, Trigrams(), self.folder / "vectors")


def found(hub: RunningHub, tokens: dict[str, str], name: str, folder: Path) -> TestCommons:
    maintainer, contributor = (
        Repository(f"maya/{name}", endpoint=hub.url, token=tokens[who], cache_dir=folder / "cache")
        for who in ("maya", "carl")
    )
    keys = [SigningKey(Ed25519PrivateKey.generate()) for _ in range(2)]
    init.found(maintainer, keys[0], name="The Library of Tests")
    return TestCommons(maintainer, contributor, keys[0], keys[1], folder)
