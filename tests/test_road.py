"""The whole road once, as in the README: files become pull requests, land, are indexed, found, and loaded by plain ``datasets``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import researcher

from commons.embedding import loading
from commons.index import library as libraries
from commons.index.library import Library
from commons.operations import review, search, show
from commons.records.catalogue import Filters

if TYPE_CHECKING:
    from support.world import World

MEDICINE = [
    {
        "title": "What causes glaucoma?",
        "text": "Glaucoma is usually caused by raised pressure inside the eye that damages the optic nerve.",
        "topic": ["medicine"],
        "license": "CC-BY-4.0",
        "source.url": "https://example.org/glaucoma",
    },
    {
        "title": "Signs of diabetes",
        "text": "Thirst, tiredness and frequent urination are early signs of diabetes.",
        "topic": ["medicine"],
        "license": "CC-BY-4.0",
    },
]
COUNTRIES = [
    {"text": f"The capital of {country} is {capital}.", "topic": ["geography"], "license": "odbl"}
    for country, capital in (("Bhutan", "Thimphu"), ("Chad", "N'Djamena"), ("Peru", "Lima"))
]
GERMAN = [
    {"text": "Mit dem Befehl cp kopiert man eine Datei.", "lang": "de", "topic": ["computing"]},
    {"text": "Mit dem Befehl rm löscht man eine Datei.", "lang": "de", "topic": ["computing"]},
]
LINKED = [
    {"id": "dog", "text": "A dog is a domesticated canid.", "topic": ["language"],
     "links": [{"predicate": "skos:broader", "object": "animal"}]},
    {"id": "animal", "text": "An animal is a living organism.", "topic": ["language"]},
]  # fmt: skip

CHILD = """
import json, sys
from datasets import load_dataset
repo, number = sys.argv[1:]
def told(rows):
    rows = list(rows)
    return {"rows": len(rows), "columns": sorted(rows[0]), "licenses": sorted({row["license"] for row in rows}),
            "texts": sorted(row.get("text") or row["predicate"] for row in rows)}
print(json.dumps({
    "default": told(load_dataset(repo, split="train")),
    "collection": told(load_dataset(repo, "countries", split="train")),
    "pool": told(load_dataset(repo, "odbl", split="train")),
    "links": told(load_dataset(repo, "links", split="train")),
    "streaming": told(load_dataset(repo, split="train", streaming=True)),
    "preview": told(load_dataset(repo, split="train", revision=f"refs/pr/{number}")),
    "pinned": told(load_dataset(repo, split="train", revision="v1.0.0")),
}))
"""


@pytest.fixture(scope="module")
def road(found_commons: Any, key: Any) -> dict[str, Any]:
    """Four contributions landed, one refused with its reason, one still open; the index built with the packaged model."""
    world: World = found_commons()
    for rows, collection in (
        (MEDICINE, "health"),
        (COUNTRIES, "countries"),
        (GERMAN, "befehle"),
        (LINKED, "words"),
    ):
        world.add(rows, collection)
    world.api().create_tag(world.repo_id, tag="v1.0.0", repo_type="dataset")
    refused = world.propose(
        [{"text": "All rights reserved, nearly.", "license": "cc-by-nc-4.0"}],
        "stories",
        keep_refused_licenses=True,
    ).number
    examined = show.examine(world.repository(), refused)
    review.submit(examined, key("maya"), approve=False)
    waiting = world.propose([{"text": "Not landed yet."}], "waiting").number
    model = loading.load()
    published = world.build(model)
    return {"world": world, "refused": refused, "waiting": waiting, "model": model, "published": published}


@pytest.fixture(scope="module")
def loaded(road: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What ``load_dataset`` gives in a process of its own."""
    world: World = road["world"]
    folder = tmp_path_factory.mktemp("researcher")
    done = researcher.run(CHILD, world.repo_id, str(road["waiting"]), world=world, folder=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


class TestTheReader:
    @pytest.fixture(scope="class")
    @classmethod
    def library(cls, road: dict[str, Any]) -> Library:
        return libraries.open_library(road["world"].snapshot(), road["model"])

    @pytest.mark.parametrize(
        ("question", "filters", "words", "spdx"),
        [
            ("Why do people get glaucoma?", Filters(), "optic nerve", "CC-BY-4.0"),
            ("capital city of Bhutan", Filters(license=("ODbL-1.0",)), "Thimphu", "ODbL-1.0"),
            ("Wie kopiere ich eine Datei?", Filters(lang=("de",)), "cp", "CC0-1.0"),
        ],
    )
    def test_a_question_is_answered_with_citation_and_licence(
        self, question: str, filters: Filters, words: str, spdx: str, library: Library
    ) -> None:
        answer = search.find(library, question, k=3, filters=filters)
        first = answer.hits[0]
        assert words in first.record.text
        assert first.record.license == spdx
        assert first.record.id in first.citation()
        assert not answer.stale

    def test_nothing_that_did_not_land_is_found(self, library: Library) -> None:
        found = " ".join(
            hit.record.text for hit in search.find(library, "rights reserved not landed", k=50).hits
        )
        assert "reserved" not in found
        assert "Not landed" not in found


def test_the_refusal_gives_its_reason_on_the_proposal(road: dict[str, Any]) -> None:
    closed = road["world"].repository().proposal(road["refused"])
    assert not closed.is_open
    assert "commercial" in "\n".join(comment.text for comment in closed.comments)


def test_a_second_build_embeds_nothing_and_publishes_nothing(road: dict[str, Any], tmp_path: Path) -> None:
    again = road["world"].build(road["model"], tmp_path)
    assert (again.sha, again.built.embedded) == ("", 0)


class TestTheResearcher:
    def test_the_default_config_is_the_open_pool(self, loaded: Any) -> None:
        assert loaded["default"]["rows"] == 6
        assert loaded["default"]["licenses"] == ["CC-BY-4.0", "CC0-1.0"]
        assert loaded["default"]["columns"] == sorted(
            ["id", "title", "text", "lang", "topic", "license", "sources", "contributor", "contribution"]
        )

    def test_a_collection_and_a_pool_by_name(self, loaded: Any) -> None:
        assert loaded["collection"] == loaded["pool"]
        assert loaded["collection"]["texts"] == sorted(row["text"] for row in COUNTRIES)

    def test_links_by_name(self, loaded: Any) -> None:
        assert loaded["links"]["texts"] == ["skos:broader"]

    def test_streaming_gives_the_same_rows(self, loaded: Any) -> None:
        assert loaded["streaming"] == loaded["default"]

    def test_a_proposal_is_previewed_before_it_lands(self, loaded: Any) -> None:
        new = set(loaded["preview"]["texts"]) - set(loaded["default"]["texts"])
        assert new == {"Not landed yet."}

    def test_a_tag_pins_what_was_there(self, loaded: Any) -> None:
        assert loaded["pinned"] == loaded["default"]
