"""Writes the golden repository of the present format: a commons that went through everything a log can say.

    .venv/bin/python tests/golden/write_repository.py tests/golden/format-N

It is run once, by the last version before a format changes, and what it wrote is committed; a test never calls it. The folder must not
exist. Records with links, a correction, questions, a proposal that was adopted, changed roles, two rotated keys (a contributor's and a
maintainer's), what their successors did, and an index by the tests' own tiny embedder.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import accounts
from support.embedder import TinyEmbedder
from support.world import World, key_of

from commons import digests, layout
from commons.governance.roles import RoleKey, Roles
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.ledger import log
from commons.ledger.keys import SigningKey
from commons.ledger.log import Leaf
from commons.ledger.signed_statements import Signer
from commons.ledger.statements import StatementKind
from commons.local_hub import running
from commons.operations import adopt, key, verify
from commons.records import shards

ORIGIN = "knowledge-commons/tests/golden"
PEOPLE = ("maya", "rosa", "carl", "eve")
RECORDS = [
    {"id": "water", "title": "Water", "text": "Water boils at 100 °C at sea level.", "source.url": "https://example.org/w"},
    {"text": "Eis schmilzt bei 0 °C.", "lang": "de", "license": "CC-BY-4.0", "links": [{"predicate": "skos:related", "object": "water"}]},
    {"title": "Steam", "text": "Steam is water as a gas.", "topic": ["science", "language"], "source.author": "Ada"},
    {"text": "L'eau bout à 100 °C.", "lang": "fr", "license": "CC-BY-SA-4.0"},
]  # fmt: skip
QUESTIONS = [
    {"question": "When does water boil?", "relevant": ["Water"], "lang": "en", "license": "CC-BY-4.0"},
    {"question": "Who wrote this?", "relevant": [], "lang": "en", "license": "CC-BY-4.0"},
]
BY_HAND = b'question,answer\nWhy is grass green?,It holds chlorophyll.\nWhy is the sea salty?,"Rivers carry salt."\n'
READ_AS = Mapping(
    {"title": "question", "text": "answer"},
    {"license": "CC0-1.0", "lang": "en", "topic": ["science"], "source.title": "A notebook"},
)


def main(folder: Path) -> None:
    if folder.exists():
        sys.exit(f"{folder} exists; a golden repository is written once.")
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch) / "hub") as hub:
        world = World.found(hub, accounts.register(hub, PEOPLE), "maya/golden", Path(scratch), origin=ORIGIN)
        _live(world)
        snapshot = world.snapshot()
        verdict = verify.verify(snapshot, embedder=TinyEmbedder())
        assert verdict.ok, verdict
        shutil.copytree(snapshot.folder, folder, ignore=shutil.ignore_patterns(".gitattributes", ".cache"))
    print(f"{folder}: {sum(path.is_file() for path in folder.rglob('*'))} files. It holds; commit it.")


def _live(world: World) -> None:
    """Everything that leaves a trace."""
    maya, rosa, carl = key_of("maya"), key_of("rosa"), key_of("carl")
    _let_rosa_review(world, maya, rosa)
    world.add(RECORDS, "water")
    records = {row.title: row.id for row in _records(world)}
    corrected = {"title": "Steam", "text": "Steam is water as a gas; what one sees of it are droplets."}
    correction = [{"predicate": "dcterms:replaces", "object": records["Steam"]}]
    world.add([{**corrected, "links": correction}], "water")
    world.add_collections({"water": QUESTIONS}, kind=Kind.QUESTION)
    by_hand = world.propose_files({"notes.csv": BY_HAND}, "eve")
    adopted = adopt.adopt(world.repository(), by_hand.number, rosa, mapping=READ_AS).proposal
    assert adopted
    world.approve(adopted.number)
    world.land(adopted.number)
    policy = world.snapshot(need=Need.GOVERNANCE).policy
    second_carl, second_maya = key_of("carl the second"), key_of("maya the second")
    world.land(key.rotate(world.repository("carl"), policy, carl, second_carl).number)
    rotation = key.rotate(world.repository(), policy, maya, second_maya)
    world.land(rotation.number, key=second_maya)
    _after_the_rotations(world, second_carl, second_maya)
    world.build(TinyEmbedder())


def _let_rosa_review(world: World, maya: SigningKey, rosa: SigningKey) -> None:
    """Other roles, signed by the maintainer in a policy statement of their own."""
    snapshot = world.snapshot()
    named = Roles(maintainers=(RoleKey.of(maya.public),), reviewers=(RoleKey.of(rosa.public),)).to_bytes()
    signed = Signer(maya, ORIGIN).policy(
        snapshot.policy_bytes, digests.sha256_hex(snapshot.policy_bytes), named
    )
    grown = log.append(snapshot.log(), [Leaf(StatementKind.POLICY, digests.sha256_hex(signed))], maya)
    world.repository().commit(
        {**grown.files, layout.envelope_path(digests.sha256_hex(signed)): signed, layout.ROLES: named},
        message="Rosa reviews",
        parent=snapshot.revision,
        deleted=grown.removed,
    )


def _after_the_rotations(world: World, carl: SigningKey, maya: SigningKey) -> None:
    """A contribution by the contributor's new key, reviewed and landed by the maintainer's."""
    snow = [{"title": "Snow", "text": "Snow is frozen water from clouds."}]
    number = world.propose_collections({"water": snow}, key=carl).number
    world.approve(number, key=maya)
    world.land(number, key=maya)


def _records(world: World) -> list[Any]:
    snapshot = world.snapshot()
    return [row for s in snapshot.shards(Kind.RECORD) for row in shards.read(Kind.RECORD, snapshot.path(s))]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
