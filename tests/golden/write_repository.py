"""Writes the golden repository of the present format: a commons that went through everything a log can say.

    .venv/bin/python tests/golden/write_repository.py tests/golden/format-N

It is run once, by the last version before a format changes, and what it wrote is committed; a test never calls it. The folder must not
exist. Persons behind keys that were registered, rotated (a contributor's and a maintainer's) and revoked; a founder's own contribution;
records of two pools with links in one contribution, a correction, questions, a proposal that was adopted, one that was refused; changed
roles with a reviewer and a builder; what the successors of rotated keys did; and a signed index by the tests' own tiny embedder.
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

from commons.governance.roles import RoleKey, Roles
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.ledger.statements import StatementKind
from commons.local_hub import running
from commons.operations import adopt, build, key, review, show, verify
from commons.records import shards
from commons.snapshots.snapshot import Snapshot

ORIGIN = "knowledge-commons/tests/golden"
PEOPLE = ("maya", "rosa", "carl", "eve")
EVE, BUILDER = key_of("eve"), key_of("a machine that builds")
OWN = [{"title": "Dew", "text": "Dew is water that condenses on cold grass."}]
KINDS = {
    *(StatementKind.POLICY, StatementKind.CONTRIBUTION, StatementKind.REVIEW, StatementKind.DECISION),
    *(StatementKind.KEY, StatementKind.INDEX, StatementKind.INVENTORY),
}
RECORDS = [
    {"id": "water", "title": "Water", "text": "Water boils at 100 °C at sea level.", "source.url": "https://example.org/w"},
    {"text": "Eis schmilzt bei 0 °C.", "lang": "de", "license": "CC-BY-4.0", "links": [{"predicate": "skos:related", "object": "water"}]},
    {"title": "Steam", "text": "Steam is water as a gas.", "topic": ["science", "language"], "source.author": "Ada"},
    {"text": "L'eau bout à 100 °C.", "lang": "fr", "license": "CC-BY-SA-4.0"},
]  # fmt: skip
MORE = [{"title": "Mist", "text": "Mist is a cloud near the ground.", "license": "MIT"}]
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
        assert verdict.complete, verdict
        assert {leaf.kind for leaf in snapshot.log().leaves()} == KINDS
        assert len(snapshot.refusals) == 1
        shutil.copytree(snapshot.folder, folder, ignore=shutil.ignore_patterns(".gitattributes", ".cache"))
    print(f"{folder}: {sum(path.is_file() for path in folder.rglob('*'))} files. It holds; commit it.")


def _live(world: World) -> None:
    """Everything that leaves a trace."""
    _found_alone(world)
    _join(world, "rosa")
    _give_roles(world)
    _contribute(world)
    _adopt(world)
    _refuse(world)
    _join(world, "eve")
    world.land(
        key.revoke(world.repository("eve"), _rules(world), EVE, EVE.public, world.identity("eve")).number
    )
    _rotate(world)
    build.build_and_publish(world.repository(), BUILDER, TinyEmbedder(), world.folder / "work")


def _found_alone(world: World) -> None:
    """What a founder contributes herself lands by her signature alone as long as nobody else has a role."""
    world.land(world.propose(OWN, "notes", "maya").number)


def _join(world: World, who: str) -> None:
    """Register a key, which makes its owner a person here."""
    world.land(key.register(world.repository(who), _rules(world), key_of(who), world.identity(who)).number)


def _give_roles(world: World) -> None:
    """Other roles, signed by the maintainer in a policy statement of their own."""
    maya, rosa = (RoleKey.of(key_of(who).public, world.identity(who).person) for who in ("maya", "rosa"))
    world.change_rules(
        roles=Roles(maintainers=(maya,), reviewers=(rosa,), builders=(RoleKey.of(BUILDER.public),))
    )


def _contribute(world: World) -> None:
    """Records with links, a correction of one of them, and questions, approved by the reviewer."""
    _land(world, world.propose_collections({"water": RECORDS, "more-water": MORE}).number)
    replaced = {row.title: row.id for row in _records(world)}["Steam"]
    corrected = {"title": "Steam", "text": "Steam is water as a gas; what one sees of it are droplets."}
    correction = [{"predicate": "dcterms:replaces", "object": replaced}]
    _land(world, world.propose([{**corrected, "links": correction}], "water").number)
    _land(world, world.propose_collections({"water": QUESTIONS}, kind=Kind.QUESTION).number)


def _adopt(world: World) -> None:
    """A reviewer signs for what somebody proposed by hand; the maintainer approves."""
    by_hand = world.propose_files({"notes.csv": BY_HAND}, "eve").number
    adopted = adopt.adopt(
        world.repository("rosa"), by_hand, key_of("rosa"), world.identity("rosa"), mapping=READ_AS
    ).proposal
    assert adopted
    world.approve(adopted.number)
    world.land(adopted.number)


def _refuse(world: World) -> None:
    """A reviewer refuses; what its author lands next takes the refusal into the log."""
    refused = world.propose([{"text": "Buy water here."}], "notes").number
    review.submit(
        show.examine(world.repository("rosa"), refused),
        key_of("rosa"),
        approve=False,
        reason="An advertisement",
    )
    _land(world, world.propose([{"title": "Ice", "text": "Ice floats on water."}], "notes").number)


def _rotate(world: World) -> None:
    """New keys for a contributor and the maintainer, and a contribution by the one, reviewed and landed by the other."""
    carl, maya = key_of("carl the second"), key_of("maya the second")
    rotation = key.rotate(
        world.repository("carl"), _rules(world), key_of("carl"), carl, world.identity("carl")
    )
    world.land(rotation.number)
    rotation = key.rotate(world.repository(), _rules(world), key_of("maya"), maya, world.identity("maya"))
    world.land(rotation.number, key=maya)
    snow = [{"title": "Snow", "text": "Snow is frozen water from clouds."}]
    number = world.propose_collections({"water": snow}, key=carl).number
    world.approve(number, key=maya)
    world.land(number, key=maya)


def _land(world: World, number: int) -> None:
    """As the reviewer approves it."""
    review.submit(show.examine(world.repository("rosa"), number), key_of("rosa"), approve=True)
    world.land(number)


def _rules(world: World) -> Snapshot:
    return world.snapshot(need=Need.GOVERNANCE)


def _records(world: World) -> list[Any]:
    snapshot = world.snapshot()
    return [row for s in snapshot.shards(Kind.RECORD) for row in shards.read(Kind.RECORD, snapshot.path(s))]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
