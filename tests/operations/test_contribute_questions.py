"""Questions take the road that records take: offered, checked, reviewed, landed, loaded and verified."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import researcher, terminal

from commons import digests
from commons.cli import run
from commons.hub.repository import Repository
from commons.intake import offering
from commons.intake.inputs import Input
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.operations import contribute, verify
from commons.records import shards
from commons.records.schema import Question, Record
from commons.snapshots import snapshot as snapshots

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

RECORDS = [
    {"title": "Ice", "text": "Ice is solid water."},
    {"title": "Boiling", "text": "Water boils at 100 °C at sea level."},
    {"title": "Twins", "text": "Twins, one."},
    {"title": "Twins", "text": "Twins, the other."},
]
QUESTIONS = [
    {"q": "What is frozen water called?", "answers": ["Ice"]},
    {"q": "When does water boil?", "answers": ["Water boils at 100 °C at sea level.", "Ice"]},
    {"q": "Who wrote this?", "answers": []},
]
WORDS = ["--kind", "questions", "--collection", "water", "--map", "question=q,relevant=answers"]
WORDS += ["--license", "cc-by-4.0", "--lang", "en"]

CHILD = """
import json, sys
from datasets import load_dataset
questions = load_dataset(sys.argv[1], "questions", split="train")
records = {row["id"]: row["text"] for row in load_dataset(sys.argv[1], split="train")}
print(json.dumps([[row["question"], row["license"], sorted(records[name] for name in row["relevant"])] for row in questions]))
"""


@pytest.fixture(scope="module")
def water(found_commons: Any) -> World:
    """A commons that holds a few records to ask about."""
    made: World = found_commons()
    made.add(RECORDS, "water")
    return made


@pytest.fixture
def carl(water: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    terminal.sit_down(monkeypatch, water, "carl", tmp_path, has_key=False)
    return water


def jsonl(folder: Path, *rows: Any) -> Path:
    path = folder / "asked.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def landed(water: World, key: Any) -> World:
    """The questions, landed by the operations that the commands call."""
    from commons.intake.inputs import Input
    from commons.intake.mapping import Mapping

    mapping = Mapping(
        {"question": "q", "relevant": "answers"}, {"license": "cc-by-4.0", "lang": "en"}, Kind.QUESTION
    )
    source = Input(jsonl(water.folder, *QUESTIONS), mapping, "water")
    snapshot = water.snapshot(need=Need.CHECKING)
    prepared = offering.prepare(snapshot, [source], Kind.QUESTION)
    sealed = offering.seal(prepared.groups, key("carl"), snapshot.policy, water.identity())
    proposal = contribute.propose(water.repository("carl"), sealed, prepared.groups)
    assert proposal.title == "Add 3 questions to water (CC-BY-4.0)"
    examined = water.approve(proposal.number)
    assert examined.report.findings == ()
    assert examined.report.impact.questions == 3
    landing = water.land(proposal.number)
    assert (landing.records, landing.links, landing.questions) == (0, 0, 3)
    return water


def test_what_landed_is_what_was_asked(landed: World) -> None:
    snapshot = landed.snapshot()
    by_id = {
        row.id: row.title
        for shard in snapshot.shards(Kind.RECORD)
        for row in shards.read(Kind.RECORD, snapshot.path(shard))
        if isinstance(row, Record)
    }
    (shard,) = snapshot.shards(Kind.QUESTION)
    assert str(shard).startswith("questions/water/")
    found = [row for row in shards.read(Kind.QUESTION, snapshot.path(shard)) if isinstance(row, Question)]
    assert [(row.question, sorted(by_id[name] or "" for name in row.relevant)) for row in found] == [
        ("What is frozen water called?", ["Ice"]),
        ("When does water boil?", ["Boiling", "Ice"]),
        ("Who wrote this?", []),
    ]


def test_every_claim_of_a_commons_with_questions_holds(landed: World, tmp_path: Path) -> None:
    verdict = verify.verify(landed.snapshot())
    assert verdict.ok, verdict
    rows = next(check for check in verdict.checks if check.name == "rows")
    assert rows.looked_at.startswith("7 rows of 2 contributions")


def test_a_question_that_was_changed_on_main_is_found(landed: World) -> None:
    snapshot = landed.snapshot()
    (shard,) = snapshot.shards(Kind.QUESTION)
    rows = shards.read(Kind.QUESTION, snapshot.path(shard))
    first = rows[0]
    assert isinstance(first, Question)
    forged = shards.write(Kind.QUESTION, [replace(first, relevant=()), *rows[1:]])
    path = f"questions/water/{digests.sha256_hex(forged)}.parquet"
    sha = landed.repository().commit(
        {path: forged}, deleted=[str(shard)], message="Forge", parent=landed.head()
    )
    verdict = verify.verify(landed.snapshot(sha))
    assert [check.name for check in verdict.checks if not check.ok] == ["inventory", "rows"]
    landed.repository().commit(
        {str(shard): snapshot.read(str(shard))}, deleted=[path], message="Back", parent=sha
    )


def test_the_card_counts_them(landed: World) -> None:
    readme = " ".join(landed.snapshot().read("README.md").decode().split())
    assert "3 questions that they answer" in readme
    assert "Add 3 questions to water" in landed.snapshot().read("CHANGELOG.md").decode().replace("\\", "")


def test_plain_datasets_loads_them(landed: World, tmp_path: Path) -> None:
    done = researcher.run(CHILD, landed.repo_id, world=landed, folder=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [
        ["What is frozen water called?", "CC-BY-4.0", ["Ice is solid water."]],
        [
            "When does water boil?",
            "CC-BY-4.0",
            ["Ice is solid water.", "Water boils at 100 °C at sea level."],
        ],
        ["Who wrote this?", "CC-BY-4.0", []],
    ]


class TestTheCommands:
    def test_check_says_what_would_be_offered(
        self, carl: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = jsonl(tmp_path, {"q": "Another?", "answers": "Ice"}, {"q": "And another?", "answers": []})
        assert run(["check", str(path), *WORDS, "--format", "json"]) == 0
        impact = json.loads(capsys.readouterr().out)["reports"][0]["impact"]
        assert (impact["records"], impact["questions"]) == (0, 2)
        assert impact["collections"] == {"water": 2}
        assert impact["languages"] == {"en": 2}
        assert impact["samples"][0]["title"] == "Another?"
        assert run(["check", str(path), *WORDS]) == 0
        said = capsys.readouterr().out
        assert "questions" in said
        assert "records" not in said

    def test_a_name_that_is_not_found_refuses_the_row_with_its_reason(
        self, carl: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = jsonl(
            tmp_path,
            {"q": "Good?", "answers": "Ice"},
            {"q": "Bad?", "answers": "Steam"},
            {"q": "Unclear?", "answers": ["Twins"]},
        )
        before = carl.repository().proposals(only_open=False)
        assert run(["contribute", str(path), *WORDS]) == 1
        assert "rows-refused" in capsys.readouterr().err
        assert carl.repository().proposals(only_open=False) == before
        refused = [
            json.loads(line) for line in (tmp_path / "asked.jsonl.refused.jsonl").read_text().splitlines()
        ]
        assert [(row["row"], row["findings"][0]["code"]) for row in refused] == [
            (2, "question-dangling"),
            (3, "question-ambiguous"),
        ]
        assert refused[0]["data"] == {"q": "Bad?", "answers": "Steam"}
        assert refused[1]["findings"][0]["hint"]

    def test_the_others_may_be_offered_all_the_same(
        self, carl: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = jsonl(tmp_path, {"q": "Partly?", "answers": "Ice"}, {"q": "Bad?", "answers": "Steam"})
        assert run(["contribute", str(path), *WORDS, "--accept-partial", "--format", "quiet"]) == 0
        number = int(capsys.readouterr().out)
        assert carl.repository().proposal(number).title == "Add 1 question to water (CC-BY-4.0)"
        carl.repository().close(number, comment="Only a test.")

    def test_questions_have_no_topic_and_no_source(
        self, carl: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = jsonl(tmp_path, {"q": "Why?", "answers": "Ice"})
        for more in (["--topic", "science"], ["--source-url", "https://example.org"]):
            assert run(["check", str(path), *WORDS, *more]) == 64
            assert "A question has no field" in capsys.readouterr().err


def test_questions_about_ids_only_need_no_data(water: World) -> None:
    """A check of a few questions does not download the commons."""
    first = next(iter(sorted(name for name in water.snapshot().row_ids() if name.startswith("kr1"))))
    mapping = Mapping(defaults={"license": "cc0-1.0", "lang": "en"}, kind=Kind.QUESTION)
    source = Input(jsonl(water.folder, {"question": "Which?", "relevant": [first]}), mapping, "water")
    bare = Repository(water.repo_id, endpoint=water.url, cache_dir=water.folder / "bare")
    snapshot = snapshots.take(bare, need=Need.CHECKING)
    assert offering.prepare(snapshot, [source], Kind.QUESTION).accepted == 1
    assert not (snapshot.folder / "data").exists()
    named = Input(jsonl(water.folder, {"question": "Which?", "relevant": ["Ice"]}), mapping, "water")
    assert offering.prepare(snapshot, [named], Kind.QUESTION).accepted == 1
    assert (snapshot.folder / "data").exists()
