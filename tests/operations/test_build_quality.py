"""What an index is worth on the commons' own questions, in manifest and card, as builds and landings follow each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commons.cards import search_quality
from commons.intake import offering
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.operations import contribute, verify

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

THINGS = ("granite", "basalt", "quartz", "marble", "slate", "chalk", "amber", "coral", "flint", "opal")


def ask(world: World, key: Any, questions: dict[str, list[str]]) -> None:
    """Land questions about the records with these titles."""
    path = world.folder / "asked.jsonl"
    path.write_text("".join(json.dumps({"question": q, "relevant": r}) + "\n" for q, r in questions.items()))
    mapping = Mapping(defaults={"license": "cc0-1.0", "lang": "en"}, kind=Kind.QUESTION)
    snapshot = world.snapshot(need=Need.CHECKING)
    prepared = offering.prepare(snapshot, [Input(path, mapping, "stones")], Kind.QUESTION)
    assert prepared.refused_count == 0
    sealed = offering.seal(prepared.groups, key("carl"), snapshot.policy, world.identity())
    number = contribute.propose(world.repository("carl"), sealed, prepared.groups).number
    world.approve(number)
    world.land(number)


def card(world: World) -> str:
    return world.snapshot(need=Need.GOVERNANCE).read("README.md").decode()


@pytest.fixture(scope="module")
def stones(found_commons: Any, key: Any) -> World:
    world: World = found_commons()
    rows = [{"title": name.title(), "text": f"All there is to know of {name}."} for name in THINGS]
    world.add(rows, "stones")
    ask(world, key, {f"Tell me of {name}, please?": [name.title()] for name in THINGS})
    return world


def test_quality_follows_builds_and_landings(
    stones: World, make_embedder: Any, key: Any, tmp_path: Path
) -> None:
    assert "## Search quality" not in card(stones)

    first = stones.build(make_embedder(), tmp_path)
    measured = first.built.manifest.quality["stones"]
    assert measured.hybrid.ndcg_at_10 > 0.9, "the questions hold the very words of the records"
    told = card(stones)
    assert f"| stones | {measured.hybrid.questions} | {measured.hybrid.ndcg_at_10:.3f} |" in told
    assert "An index of 10 records." in told

    again = stones.build(make_embedder(), tmp_path)
    assert again.sha == "", "nothing changed, so nothing is published"

    stones.add([{"title": "Clay", "text": "All there is to know of clay."}], "stones")
    assert "An index of 10 records; the commons holds 11 by now." in card(stones)
    assert f"| {measured.hybrid.ndcg_at_10:.3f} |" in card(stones), "a landing keeps what was measured"

    stones.build(make_embedder(), tmp_path)
    assert "An index of 11 records." in card(stones)

    many = {f"What of {name}, number {n}?": [name.title()] for name in THINGS for n in range(4)}
    ask(stones, key, many)
    asked = stones.build(make_embedder(), tmp_path)
    assert asked.sha, "new questions are asked although the artifact is the same"
    assert asked.built.manifest.quality["stones"].hybrid.questions > measured.hybrid.questions
    assert asked.built.embedded == 0
    assert verify.verify(stones.snapshot()).ok


def test_a_manifest_that_cannot_be_read_is_left_out_of_the_card_and_stops_no_landing(
    found_commons: Any,
) -> None:
    world: World = found_commons()
    world.repository().commit({"index/odd/manifest.json": b"{"}, message="By hand", parent=world.head())
    world.add([{"text": "one"}])
    assert search_quality.manifests_of(world.snapshot()) == []
    assert "## Search quality" not in card(world)
